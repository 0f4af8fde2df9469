//! Trap 6: somebody takes the operator's tags off a profile.

use bed::{Bed, CLUSTER};
use eks_simulator::Operation;
use fargate_operator::api::ConditionType::{Available, Ready, Stalled};
use fargate_operator::api::{TAG_INSTALLATION, TAG_OWNER};
use kube::ResourceExt;
use serde_json::json;

use crate::support::oracle::{calls, created};
use crate::support::{BedExt, is, message, observed, profile, quick, reason};

#[tokio::test]
async fn trap_6_a_profile_whose_tags_are_stripped_is_named_and_no_second_one_created() {
    let bed = Bed::start(quick(300.0)).await.unwrap();
    bed.create(&profile("web", "web")).await;
    let before = bed.settled("web").await;
    bed.eks().outsider().strip_tags(CLUSTER, "web-9999", &[]).unwrap();

    let lost = bed.wait("web", "stalled", |object| reason(object, Stalled).as_deref() == Some("OwnershipLost")).await;
    assert!(!is(&lost, Ready) && is(&lost, Available));
    assert!(message(&lost, Stalled).contains("web-9999"), "{}", message(&lost, Stalled));
    bed.looks(5).await;
    bed.patch("web", json!({ "spec": { "selectors": [{ "namespace": "jobs" }] } })).await;
    bed.wait("web", "looked at again", |object| observed(object) && !is(object, Ready)).await;
    bed.looks(5).await;
    assert_eq!(created(&bed, "web").len(), 1);
    assert_eq!(calls(&bed, Operation::DeleteFargateProfile), 0);

    // The message says which tags to restore.
    let tags = bed.eks().log().into_iter().find_map(|entry| Some(entry.change()?.tags.clone())).unwrap();
    for tag in [TAG_OWNER, TAG_INSTALLATION] {
        assert!(message(&lost, Stalled).contains(&format!("{tag}={}", tags[tag])), "{}", message(&lost, Stalled));
    }
    let tags: Vec<(&str, &str)> = tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    bed.eks().outsider().set_tags(CLUSTER, "web-9999", &tags).unwrap();
    let after = bed.settled("web").await;
    assert_eq!(bed.names(), ["web-9998"]);
    assert_eq!(before.uid(), after.uid());
}
