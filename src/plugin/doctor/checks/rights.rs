//! Rights in Kubernetes.

use super::super::gather::{Read, Right, Rights};
use super::super::line::{Check, Line};
use super::few;

const OPERATOR: Check = Check("operator-rights", "operator's rights");
const YOURS: Check = Check("your-rights", "your rights");

pub(super) fn of_operator(read: &Read<Rights>) -> Vec<Line> {
    OPERATOR.of(read, |rights| {
        let of = &rights.of;
        if rights.lacking.is_empty() {
            return vec![OPERATOR.ok(format!("ServiceAccount {of} has them"))];
        }
        let line = |right: &Right| {
            let lacks = format!("ServiceAccount {of} may not {right}");
            let line = match right.serves {
                None => OPERATOR.fail(format!("{lacks}, without which nothing works")),
                Some(what) => OPERATOR.warn(format!("{lacks}, which serves {what}")),
            };
            line.cure("upgrade the Helm release of the operator, or in a clone of the repository:")
                .command("kubectl apply -k deploy/rbac")
        };
        rights.lacking.iter().map(line).collect()
    })
}

/// It is no fault if somebody may only read.
pub(super) fn yours(read: &Read<Rights>) -> Vec<Line> {
    YOURS.of(read, |rights| {
        if rights.lacking.is_empty() {
            return vec![YOURS.ok("you may do what the other commands do")];
        }
        let lacks: Vec<String> = rights.lacking.iter().map(ToString::to_string).collect();
        let mut serves: Vec<&str> =
            rights.lacking.iter().filter_map(|right| right.serves).flat_map(|it| it.split(", ")).collect();
        serves.sort_unstable();
        serves.dedup();
        let detail = format!("you may not {}: {} need that", few(&lacks), serves.join(", "));
        vec![
            YOURS
                .ok(detail)
                .cure("if you need these rights, ask for ClusterRole fargate-operator-view, -edit or -approver"),
        ]
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::line::Level::{self, Fail, Ok as Good, Warn};
    use super::*;

    fn lacking(rights: Vec<Right>) -> Read<Rights> {
        Ok(Rights { of: "ns/sa".into(), lacking: rights })
    }

    #[test]
    fn a_right_that_is_missing_fails_if_nothing_works_without() {
        let needed = Right::to("list", "", "fargateprofiles");
        let useful = Right::to("list", "", "pods").serves("drains");
        let levels = |lines: Vec<Line>| lines.iter().map(|line| line.level).collect::<Vec<Level>>();
        assert_eq!(levels(of_operator(&lacking(vec![]))), [Good]);
        assert_eq!(levels(of_operator(&lacking(vec![useful.clone()]))), [Warn]);
        let both = of_operator(&lacking(vec![needed, useful.clone()]));
        assert_eq!(both[0].detail, "ServiceAccount ns/sa may not list fargateprofiles, without which nothing works");
        assert_eq!(both[1].detail, "ServiceAccount ns/sa may not list pods, which serves drains");
        assert_eq!(levels(both), [Fail, Warn]);
        assert_eq!(levels(yours(&lacking(vec![useful]))), [Good]);
    }
}
