//! ACTIVE does not mean that pods land on it: the webhook learns of a profile later, or sorts names otherwise than it is
//! told to.

use std::time::Duration;

use bed::testing::TestNamespace;
use bed::{Bed, ROLE};
use data_plane::{Order, What};
use fargate_operator::api::ConditionType::{Available, Ready, Stalled};
use fargate_operator::api::Reason::DrainBounced;
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use serde_json::json;

use crate::support::drains::{another_role, deletions, fargate, stalls};
use crate::support::objects::{spec, stalled};
use crate::support::oracle::{reached, served_without_a_gap};
use crate::support::{BedExt, is, message, profile, until};
use eks_simulator::ProfileStatus;

const SECOND: Duration = Duration::from_secs(1);

/// The only pod of the namespace that came to be last.
async fn newest(ns: &TestNamespace<'_>) -> Pod {
    let record = ns.fargate.record();
    let last = record.entries.iter().rfind(|line| line.namespace == ns.name && line.what == What::Created);
    ns.api::<Pod>().get(&last.unwrap().pod).await.unwrap()
}

fn bounced(pod: &Pod, from: &str, to: &str) -> String {
    format!(
        "pod web/{} was created on superseded EKS profile {from}, although {to} should have taken it: delete that pod. The drain goes on when a pod is created on {to}",
        pod.name_any()
    )
}

#[tokio::test]
async fn pods_come_back_to_the_old_profile_at_most_once_whatever_the_webhook_knows() {
    let bed = Bed::start(fargate(60.0)).await.unwrap();
    let ns = TestNamespace::new(&bed, "web").await;
    bed.create(&profile("web", "web")).await;
    bed.settled("web").await;
    ns.budgeted("web", 3).await;
    ns.complete("web").await;
    let began = ns.fargate.now();

    // A minute late: nobody notices.
    ns.fargate.change(|switches| switches.webhook_learns_after = 60 * SECOND);
    bed.patch("web", another_role()).await;
    bed.settled("web").await;
    let record = ns.fargate.record();
    assert_eq!((record.landed_after("web-9999", began).count(), ns.created_on(&record, "web-9998")), (0, 3));

    // Later than anybody expects: one pod finds out, and no other follows.
    let late = 300 * SECOND;
    ns.fargate.change(|switches| switches.webhook_learns_after = late);
    let asked = ns.fargate.now();
    bed.patch("web", spec(json!({ "podExecutionRoleArn": ROLE }))).await;
    let held = stalled(&bed, "web", "DrainBounced").await;
    let back = newest(&ns).await;
    assert_eq!(message(&held, Stalled), bounced(&back, "web-9998", "web-9997"));
    assert!(is(&held, Ready) && is(&held, Available));
    bed.looks(3).await;
    let active = Duration::from_secs_f64(reached(&bed, "web-9997", ProfileStatus::Active).unwrap());
    until("the webhook has learnt", || ns.fargate.now() > active + late + SECOND).await;
    let record = ns.fargate.record();
    assert_eq!(record.landed_after("web-9998", asked).count(), 1, "{:?}", record.entries);
    // It goes on by itself as soon as a pod shows it the way.
    ns.delete::<Pod>(&back.name_any()).await;
    bed.settled("web").await;
    ns.complete("web").await;
    assert_eq!(bed.names(), ["web-9997"]);

    // An order in which the new one never comes first: found out by the first pod, and nothing is deleted.
    ns.fargate.change(|switches| {
        switches.webhook_learns_after = Duration::ZERO;
        switches.order = Order::Reversed;
    });
    let asked = ns.fargate.now();
    bed.patch("web", another_role()).await;
    stalled(&bed, "web", "DrainBounced").await;
    let back = newest(&ns).await;
    stalls(&bed, "web", DrainBounced.name(), &bounced(&back, "web-9997", "web-9996")).await;
    bed.looks(5).await;
    ns.complete("web").await;
    let record = ns.fargate.record();
    assert_eq!(record.landed_after("web-9997", asked).count(), 1);
    assert_eq!(ns.created_on(&record, "web-9996"), 0);
    assert_eq!((bed.names(), deletions(&bed, "web-9997")), (vec!["web-9996".to_owned(), "web-9997".to_owned()], 0));
    assert!(record.fewest_ready("web", began) >= 2, "{:?}", record.ready_over_time("web"));
    served_without_a_gap(&bed, "web");
}
