//! The time limit of a drain is about the pods that do not go, not about days on which nobody can move them.

use std::time::Duration;

use bed::Bed;
use bed::testing::TestNamespace;
use data_plane::What;
use eks_simulator::{Effect, Fault, Operation};
use fargate_operator::api::ConditionType::Reconciling;
use fargate_operator::api::FargateProfile;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use kube::api::{Patch, PatchParams};
use serde_json::json;

use crate::support::drains::another_role;
use crate::support::objects::status;
use crate::support::served::{Served, WEB, brisk};
use crate::support::{BedExt, message, profile, until};

const MINUTE: Duration = Duration::from_secs(60);

async fn let_go(ns: &TestNamespace<'_>, most: u32) {
    let patch = Patch::Merge(json!({ "spec": { "maxUnavailable": most } }));
    ns.api::<PodDisruptionBudget>().patch(WEB, &PatchParams::default(), &patch).await.unwrap();
}

#[tokio::test]
async fn an_outage_of_eks_that_outlasts_the_time_limit_ends_no_pod_under_proceed() {
    let bed = Bed::start(brisk()).await.unwrap();
    let mut object = profile("web", "web");
    object["spec"]["replacement"] = json!({ "drain": { "timeout": "10m", "onTimeout": "Proceed" } });
    bed.create(&object).await;
    bed.settled("web").await;
    let served = Served::start(&bed, "web", 6).await;
    bed.patch("web", another_role()).await;
    served.ns.told("the first pod is moved", |record| record.of("web-9998", What::Ready).count() >= 1).await;
    let_go(&served.ns, 0).await;
    let is_held = |object: &FargateProfile| {
        let drain = status(object).profiles.into_iter().find_map(|record| record.drain);
        let is_counted = drain.is_some_and(|drain| drain.left.is_some_and(|left| left < drain.total));
        is_counted && message(object, Reconciling).contains("disruption budget")
    };
    bed.wait("web", "held by its budget, with what was moved on record", is_held).await;

    let fault = bed.eks().add_fault(Fault::new(Effect::Unavailable).on(Operation::LOOKS));
    let until_then = bed.eks().now() + 14 * MINUTE;
    until("EKS has been away for longer than a drain may take", || bed.eks().now() > until_then).await;
    let_go(&served.ns, 1).await;
    bed.eks().remove_fault(fault);
    bed.settled("web").await;
    served.moved_to("web-9998").await;
}
