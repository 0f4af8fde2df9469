//! The operator: whether one is at work, in which version, and how its pods are.

use super::super::gather::{Operator, OperatorPod, Read};
use super::super::line::{Check, Line};
use super::count;

const ALIVE: Check = Check("operator", "operator");
const VERSION: Check = Check("version", "version");
const SEVERAL: Check = Check("installations", "installations");
const PODS: Check = Check("operator-pods", "operator pods");

/// With so many restarts, something is wrong with it.
const RESTARTS: i32 = 3;

pub(super) fn lines(read: &Read<Vec<Operator>>) -> Vec<Line> {
    ALIVE.of(read, |operators| {
        let mut lines = Vec::new();
        let alive: Vec<&Operator> = operators.iter().filter(|operator| operator.is_alive).collect();
        match (alive.as_slice(), operators.as_slice()) {
            ([], []) => lines
                .push(ALIVE.fail("there is no Lease fargate-operator: no operator has ever run here").cure(INSTALL)),
            ([], dead) => lines.extend(dead.iter().flat_map(|operator| [dies(operator), version(operator)])),
            (alive, _) => lines.extend(alive.iter().flat_map(|operator| [leads(operator), version(operator)])),
        }
        if let [first, second, ..] = alive.as_slice() {
            let (first, second) = (&first.installation.namespace, &second.installation.namespace);
            let detail =
                format!("operators are at work in namespaces {first} and {second}, on the same FargateProfiles");
            let cure = "uninstall one of them; to see its Helm release:";
            lines.push(SEVERAL.fail(detail).cure(cure).command(format!("helm -n {second} list")));
        }
        if !alive.is_empty() {
            lines.extend(operators.iter().filter(|operator| !operator.is_alive).map(left_over));
        }
        lines
    })
}

const INSTALL: &str = "install the operator: see docs/quickstart.md";

fn leads(operator: &Operator) -> Line {
    let installation = &operator.installation;
    let holder = installation.holder.as_deref().unwrap_or_default();
    ALIVE.ok(format!("{holder} leads in namespace {} and renews its Lease", installation.namespace))
}

fn dies(operator: &Operator) -> Line {
    let installation = &operator.installation;
    let (namespace, lease) = (&installation.namespace, &installation.lease);
    let who = match &installation.holder {
        Some(holder) => format!("{holder} holds Lease {namespace}/{lease} and does not renew it"),
        None => format!("nobody holds Lease {namespace}/{lease}"),
    };
    ALIVE
        .fail(format!("{who}: no operator is at work, and everything below may be out of date"))
        .command(format!("kubectl -n {namespace} get pods; kubectl -n {namespace} logs deployment/fargate-operator"))
}

/// What an uninstalled operator leaves behind.
fn left_over(operator: &Operator) -> Line {
    let (namespace, lease) = (&operator.installation.namespace, &operator.installation.lease);
    SEVERAL
        .warn(format!("Lease {namespace}/{lease} was left by an operator that no longer runs"))
        .command(format!("kubectl -n {namespace} delete lease {lease}"))
}

fn version(operator: &Operator) -> Line {
    let ours = env!("CARGO_PKG_VERSION");
    match operator.installation.record.as_ref().map(|record| record.version.as_str()) {
        None => {
            VERSION.warn(format!("the operator's Lease does not say its version; this plugin is {ours}")).cure(ALIKE)
        }
        Some(theirs) if theirs == ours => VERSION.ok(format!("operator and plugin are {ours}")),
        Some(theirs) => VERSION.warn(format!("the operator is {theirs}, this plugin {ours}")).cure(ALIKE),
    }
}

const ALIKE: &str =
    "upgrade the older one: the Helm release of the operator, or the plugin with kubectl krew upgrade fargate";

pub(super) fn pods(read: &Read<Vec<OperatorPod>>) -> Vec<Line> {
    PODS.of(read, |pods| {
        if pods.is_empty() {
            return vec![PODS.skip("there are none with the label app.kubernetes.io/name=fargate-operator")];
        }
        let ready = pods.iter().filter(|pod| pod.is_ready).count();
        let troubled: Vec<Line> = pods.iter().filter_map(troubled).collect();
        if troubled.is_empty() {
            vec![PODS.ok(format!("{} of them, {ready} Ready", count(pods.len(), "pod")))]
        } else {
            troubled
        }
    })
}

fn troubled(pod: &OperatorPod) -> Option<Line> {
    let why = pod.trouble.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    let line = match pod {
        OperatorPod { is_ready: false, .. } => PODS.fail(format!("is not Ready{why}")),
        OperatorPod { restarts, .. } if *restarts >= RESTARTS => {
            PODS.warn(format!("has been restarted {restarts} times{why}"))
        }
        _ => return None,
    };
    Some(
        line.about(format!("operator pod {}", pod.name))
            .command(format!("kubectl -n {} logs --previous {}", pod.namespace, pod.name)),
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::super::line::Level::{self, Fail, Ok as Good, Skip, Warn};
    use super::*;
    use crate::plugin::installation::Installation;
    use crate::state::InstallationRecord;

    fn operator(namespace: &str, version: Option<&str>, is_alive: bool) -> Operator {
        let record = |version: &str| InstallationRecord { version: version.into(), ..InstallationRecord::default() };
        let installation = Installation {
            namespace: namespace.into(),
            lease: "fargate-operator".into(),
            holder: Some("pod-1".into()),
            renewed: None,
            duration: Duration::from_secs(15),
            record: version.map(record),
        };
        Operator { installation, is_alive }
    }

    fn levels(lines: &[Line]) -> Vec<(&'static str, Level)> {
        lines.iter().map(|line| (line.check, line.level)).collect()
    }

    #[test]
    fn an_operator_is_at_work_once_and_in_the_version_of_the_plugin() {
        let ours = Some(env!("CARGO_PKG_VERSION"));
        let nobody = Operator {
            installation: Installation { holder: None, ..operator("a", ours, false).installation },
            is_alive: false,
        };
        for (operators, expected) in [
            (vec![operator("a", ours, true)], vec![("operator", Good), ("version", Good)]),
            (vec![operator("a", Some("9.9.9"), true)], vec![("operator", Good), ("version", Warn)]),
            (vec![operator("a", None, true)], vec![("operator", Good), ("version", Warn)]),
            (vec![], vec![("operator", Fail)]),
            (vec![operator("a", ours, false)], vec![("operator", Fail), ("version", Good)]),
            (vec![nobody], vec![("operator", Fail), ("version", Good)]),
            (
                vec![operator("a", ours, true), operator("b", ours, false)],
                vec![("operator", Good), ("version", Good), ("installations", Warn)],
            ),
            (
                vec![operator("a", ours, true), operator("b", ours, true)],
                vec![
                    ("operator", Good),
                    ("version", Good),
                    ("operator", Good),
                    ("version", Good),
                    ("installations", Fail),
                ],
            ),
        ] {
            assert_eq!(levels(&lines(&Ok(operators.clone()))), expected, "{operators:?}");
        }
    }

    #[test]
    fn its_pods_are_ready_and_stay_up() {
        let pod = |is_ready, restarts| OperatorPod { name: "o-1".into(), is_ready, restarts, ..OperatorPod::default() };
        for (found, expected) in [
            (vec![], Skip),
            (vec![pod(true, 0)], Good),
            (vec![pod(true, 2)], Good),
            (vec![pod(true, 3)], Warn),
            (vec![pod(false, 0)], Fail),
            (vec![pod(true, 0), pod(false, 7)], Fail),
        ] {
            assert_eq!(levels(&pods(&Ok(found.clone()))), [("operator-pods", expected)], "{found:?}");
        }
    }
}
