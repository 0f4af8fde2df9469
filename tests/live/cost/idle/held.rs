//! What is held, by whatever, writes nothing as long as it is.

use bed::testing::{TestNamespace, deployment, template};
use bed::{Bed, Options};
use data_plane::{Order, TroubleKind};
use eks_simulator::{Effect, Fault, Operation};
use fargate_operator::api::ConditionType::{Ready, Stalled};
use fargate_operator::api::FargateProfile;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use serde_json::{Value, json};

use super::{SETTLED, nothing_happens, often};
use crate::support::drains::{another_role, comes_to_rest, fargate};
use crate::support::objects::{manual, spec, stalled};
use crate::support::{BedExt, message, observed, profile, reason};

/// A bed with Fargate whose operator comes round often.
fn busy() -> Options {
    Options { environment: often(), ..fargate(60.0) }
}

/// Whose drain is over a minute after the last pod moved.
fn hasty(name: &str) -> Value {
    let mut object = profile(name, name);
    object["spec"]["replacement"] = json!({ "drain": { "timeout": "1m" } });
    object
}

/// What each workload adds an hour that a budget holds: it is asked for again every 30 to 60 s, at first more often, after a look
/// at its object's two profiles, and by up to six reads of the object, the pod's controllers and their pods.
const HELD: (f64, f64) = (400.0, 1200.0);

/// So many workloads of one pod each, which their budgets let nobody evict.
async fn budgets_that_let_no_pod_go(bed: &Bed, name: &str, workloads: usize) {
    let ns = TestNamespace::new(bed, name).await;
    bed.create(&hasty(name)).await;
    bed.settled(name).await;
    for app in (0..workloads).map(|n| format!("app-{n}")) {
        let budget = json!({
            "metadata": { "name": app },
            "spec": { "minAvailable": 1, "selector": { "matchLabels": { "app": app } } },
        });
        ns.create::<PodDisruptionBudget>(budget).await;
        ns.create::<Deployment>(deployment(&app, 1)).await;
        ns.complete(&app).await;
    }
    bed.patch(name, another_role()).await;
    let held = stalled(bed, name, "DrainHeld").await;
    assert!(message(&held, Stalled).contains("disruption budget"), "{}", message(&held, Stalled));
}

/// A pod that nobody makes again.
async fn bare_pod(bed: &Bed) {
    let ns = TestNamespace::new(bed, "bare").await;
    bed.create(&hasty("bare")).await;
    bed.settled("bare").await;
    let mut pod = template("alone");
    pod["metadata"]["name"] = json!("alone");
    ns.create::<Pod>(pod).await;
    ns.ready("alone").await;
    bed.patch("bare", another_role()).await;
    stalled(bed, "bare", "DrainHeld").await;
}

/// Pods that the spec gives up and nobody takes.
async fn losing(bed: &Bed) {
    let ns = TestNamespace::new(bed, "lost").await;
    bed.create(&hasty("lost")).await;
    bed.settled("lost").await;
    ns.budgeted("web", 2).await;
    ns.complete("web").await;
    bed.patch("lost", spec(json!({ "selectors": [{ "namespace": "lost", "labels": { "app": "api" } }] }))).await;
    stalled(bed, "lost", "PodsWithoutProfile").await;
}

/// Pods that do not start on the new profile.
async fn unhealthy(bed: &Bed) {
    let ns = TestNamespace::new(bed, "sick").await;
    let mut object = hasty("sick");
    object["spec"]["replacement"]["drain"]["onUnhealthy"] = json!("Hold");
    bed.create(&object).await;
    bed.settled("sick").await;
    ns.budgeted("web", 2).await;
    ns.complete("web").await;
    ns.fargate.trouble("sick-9998", TroubleKind::ImagePull, None);
    bed.patch("sick", another_role()).await;
    stalled(bed, "sick", "ReplacementUnhealthy").await;
}

/// A change that nobody has approved.
async fn awaiting_approval(bed: &Bed) {
    let mut object = profile("ask", "ask");
    object["spec"]["replacement"] = json!({});
    bed.create(&manual(object)).await;
    bed.settled("ask").await;
    bed.patch("ask", another_role()).await;
    let awaits =
        |object: &FargateProfile| observed(object) && reason(object, Ready).as_deref() == Some("AwaitingApproval");
    bed.wait("ask", "awaiting approval", awaits).await;
}

/// A cluster that is not there.
async fn no_cluster(bed: &Bed) {
    let mut object = profile("gone", "gone");
    object["spec"]["clusterName"] = json!("nowhere");
    bed.create(&object).await;
    stalled(bed, "gone", "ClusterNotFound").await;
}

/// A pod that was made on the old profile again: names sort otherwise than EKS says.
async fn bounced(bed: &Bed) {
    let ns = TestNamespace::new(bed, "back").await;
    bed.create(&profile("back", "back")).await;
    bed.settled("back").await;
    ns.budgeted("web", 2).await;
    ns.complete("web").await;
    ns.fargate.change(|switches| switches.order = Order::Reversed);
    bed.patch("back", another_role()).await;
    stalled(bed, "back", "DrainBounced").await;
}

/// A profile that this operator may not describe.
async fn blind(bed: &Bed) {
    bed.create(&profile("blind", "blind")).await;
    bed.settled("blind").await;
    let denied = Fault::new(Effect::AccessDenied).on([Operation::DescribeFargateProfile]);
    bed.eks().add_fault(denied.profile("blind-*"));
    stalled(bed, "blind", "AccessDenied").await;
}

/// A first profile for which there is no slot.
async fn no_slot(bed: &Bed) {
    bed.create(&profile("full", "full")).await;
    stalled(bed, "full", "NoFreeSlot").await;
}

#[tokio::test]
async fn what_has_bounced_is_out_of_sight_or_finds_no_slot_is_left_alone() {
    let mut options = busy();
    options.cluster = options.cluster.profile_quota(3);
    let mut bed = Bed::start(options).await.unwrap();
    tokio::join!(bounced(&bed), blind(&bed));
    no_slot(&bed).await;
    for name in ["back", "blind", "full"] {
        comes_to_rest(&bed, name).await;
    }
    nothing_happens(&mut bed, SETTLED).await;
}

#[tokio::test]
async fn what_is_held_is_left_alone() {
    let mut bed = Bed::start(busy()).await.unwrap();
    tokio::join!(
        budgets_that_let_no_pod_go(&bed, "one", 1),
        budgets_that_let_no_pod_go(&bed, "three", 3),
        bare_pod(&bed),
        losing(&bed),
        unhealthy(&bed),
        awaiting_approval(&bed),
        no_cluster(&bed),
    );
    for name in ["one", "three", "bare", "lost", "sick", "ask", "gone"] {
        comes_to_rest(&bed, name).await;
    }
    let workloads = 4.0;
    nothing_happens(&mut bed, (SETTLED.0 + workloads * HELD.0, SETTLED.1 + workloads * HELD.1)).await;
}
