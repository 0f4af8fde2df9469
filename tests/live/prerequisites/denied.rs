//! Every action that the checks need, denied in turn: Unknown, named, and nothing held up.

use bed::CLUSTER;
use eks_simulator::{Effect, Fault, Operation};
use fargate_operator::api::FargateProfile;

use super::{all_is_asked, checking, findings};
use crate::support::{BedExt, profile};

/// The action of an IAM policy.
fn action(operation: Operation) -> String {
    let service = match operation {
        Operation::GetRole | Operation::ListAttachedRolePolicies | Operation::ListRolePolicies => "iam",
        Operation::DescribeAccessEntry | Operation::DescribeAddon => "eks",
        Operation::GetServiceQuota => "servicequotas",
        _ => "ec2",
    };
    format!("{service}:{}", operation.as_str())
}

#[tokio::test]
async fn an_action_that_is_denied_is_named_and_holds_up_nothing() {
    let bed = checking().await;
    bed.eks().change_cluster(CLUSTER, |cluster| "API".clone_into(&mut cluster.authentication_mode)).unwrap();
    all_is_asked(&bed);
    for operation in Operation::PREREQUISITES {
        bed.eks().set_faults([Fault::new(Effect::AccessDenied).on([operation])]);
        let name = operation.as_str().to_lowercase();
        bed.create(&profile(&name, &name)).await;
        // The quota of vCPUs matters to whoever has a pod.
        let has_pod = operation == Operation::GetServiceQuota;
        if has_pod {
            bed.settled(&name).await;
            bed.pod("counted", &format!("{name}-9999")).await;
        }
        let action = action(operation);
        let is_named = |object: &FargateProfile| {
            findings(object)
                .iter()
                .any(|finding| finding.severity == "Unknown" && finding.message.contains(&format!("may not {action}")))
        };
        bed.wait(&name, &format!("Unknown for want of {action}"), is_named).await;
        let object = bed.settled(&name).await;
        assert!(findings(&object).iter().all(|finding| finding.severity != "Blocking"), "{:?}", findings(&object));
        if has_pod {
            bed.remove_pod("counted").await;
        }
        bed.delete(&name).await;
        bed.gone(&name).await;
    }
}

#[tokio::test]
async fn an_ec2_and_an_iam_that_do_not_answer_hold_up_nobody_for_long() {
    let bed = checking().await;
    bed.eks().set_faults([Fault::new(Effect::LoseReply).on(Operation::PREREQUISITES)]);
    bed.create(&profile("web", "web")).await;
    let object = bed.settled("web").await;
    let told: Vec<String> = findings(&object).into_iter().map(|finding| finding.severity).collect();
    assert!(!told.is_empty() && told.iter().all(|severity| severity == "Unknown"), "{:?}", findings(&object));
}
