//! `fargate-operator check-uninstall`: run before the operator is removed, by the chart as a hook.

use kube::ResourceExt;
use kube::api::{Api, ListParams};

use super::kubernetes;
use crate::api::{FINALIZER, FargateProfile};

/// So many objects are named; of the others the number is told.
const NAMED: usize = 10;

pub(super) fn check() -> anyhow::Result<()> {
    let held = kubernetes::run(async |client| {
        let profiles: Api<FargateProfile> = Api::all(client);
        match profiles.list_metadata(&ListParams::default()).await {
            Ok(found) => {
                let held = found.items.into_iter().filter(|it| it.finalizers().iter().any(|name| name == FINALIZER));
                Ok(held.map(|it| it.name_any()).collect())
            }
            // Without the CRD there are none.
            Err(kube::Error::Api(answer)) if answer.code == 404 => Ok(Vec::new()),
            Err(error) => Err(anyhow::Error::new(error).context("listing FargateProfiles")),
        }
    })?;
    let told = verdict(&held)?;
    println!("{told}");
    Ok(())
}

/// What it means that these objects have the operator's finalizer.
fn verdict(held: &[String]) -> anyhow::Result<&'static str> {
    if held.is_empty() {
        return Ok("no FargateProfile needs the operator any more: it can be uninstalled");
    }
    let named = held.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = match held.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    anyhow::bail!(
        "nothing has been uninstalled, because FargateProfiles are there that only the operator can let go: {named}{more}. \
         Without it nobody would look after their EKS profiles, and once deleted the objects would hang for ever, by their \
         finalizer {FINALIZER}. While the operator runs:\n\n\
         \x20 kubectl patch fp NAME --type=merge -p '{{\"spec\":{{\"deletionPolicy\":\"Retain\"}}}}'   # for each whose EKS profile is to stay\n\
         \x20 kubectl delete fp --all   # deletes the other EKS profiles; the pods that run under them end\n\n\
         then uninstall again. If an operator will be installed again and is to find them as they are: helm uninstall --no-hooks"
    )
}

#[cfg(test)]
mod tests {
    use super::verdict;

    fn names(count: usize) -> Vec<String> {
        (1..=count).map(|n| format!("fp-{n}")).collect()
    }

    #[test]
    fn objects_that_need_the_operator_are_named_with_the_way_out() {
        let error = verdict(&names(2)).unwrap_err().to_string();
        for part in [
            "only the operator can let go: fp-1, fp-2. ",
            "kubectl patch fp NAME --type=merge -p '{\"spec\":{\"deletionPolicy\":\"Retain\"}}'",
            "\n  kubectl delete fp --all",
            "fargate-operator.dev/profiles",
        ] {
            assert!(error.contains(part), "{part}\n{error}");
        }
    }

    #[test]
    fn of_many_only_some_are_named() {
        let error = verdict(&names(12)).unwrap_err().to_string();
        assert!(error.contains("fp-9, fp-10 and 2 more. "), "{error}");
    }

    #[test]
    fn without_any_it_can_go() {
        assert!(verdict(&[]).unwrap().contains("can be uninstalled"));
    }
}
