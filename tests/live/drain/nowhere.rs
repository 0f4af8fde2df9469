//! Pods that no other profile would take as long as their own is there: selectors narrowed, a name that sorts first, a
//! template that names a profile; and objects that are deleted with their pods.

use bed::testing::{TestNamespace, deployment};
use bed::{Bed, CLUSTER};
use data_plane::{PROFILE_LABEL, What};
use fargate_operator::api::ConditionType::{Available, Ready, Stalled};
use fargate_operator::api::{APPROVE_ANNOTATION, FargateProfile};
use k8s_openapi::api::apps::v1::Deployment;
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};

use crate::support::drains::{another_role, deletions, event, fargate, foreign, plan, stalls};
use crate::support::objects::{selecting, spec, status};
use crate::support::oracle::served_without_a_gap;
use crate::support::{BedExt, is, message, profile};

const UNPIN: &str = "Take the label out of their templates, or let them end: kubectl annotate --overwrite fp";
const LOST: &str = "Undo the edit, or widen spec.selectors, or let them end: kubectl annotate --overwrite fp";

/// An object whose pods run: those of `web`, three within a budget, and one of `api`.
async fn two_kinds(ns: &TestNamespace<'_>, drain: Value) {
    let name = ns.name.as_str();
    let mut object = profile(name, name);
    object["spec"]["replacement"] = json!({ "drain": drain });
    ns.bed.create(&object).await;
    ns.bed.settled(name).await;
    ns.budgeted("web", 3).await;
    ns.create::<Deployment>(deployment("api", 1)).await;
    ns.complete("web").await;
    ns.complete("api").await;
}

/// A patch of the spec after which only pods of `web` match.
fn only_web(namespace: &str) -> Value {
    spec(json!({ "selectors": [{ "namespace": namespace, "labels": { "app": "web" } }] }))
}

/// Waits until only the pod of `api` is left, and nobody would take it.
async fn only_api_is_left(ns: &TestNamespace<'_>) -> FargateProfile {
    let name = &ns.name;
    let pods = ns.pods().await;
    let names = pods.iter().filter_map(|pod| pod.metadata.name.as_deref());
    let api = names.into_iter().find(|pod| pod.starts_with("api-")).unwrap();
    let text = format!("1 pod would lose Fargate, such as {name}/{api}. {LOST} {name} {APPROVE_ANNOTATION}=<plan>");
    let held = stalls(ns.bed, name, "PodsWithoutProfile", &text).await;
    assert!(is(&held, Ready) && is(&held, Available));
    let pods = status(&held).replacement.unwrap().pods.unwrap();
    assert_eq!((pods.to_move, pods.moved, pods.losing_fargate, pods.pinned), (3, 3, 1, 0));
    assert_eq!(deletions(ns.bed, &format!("{name}-9999")), 0);
    held
}

async fn approve(bed: &Bed, object: &FargateProfile) {
    let name = object.metadata.name.as_deref().unwrap();
    bed.patch(name, json!({ "metadata": { "annotations": { APPROVE_ANNOTATION: plan(object) } } })).await;
}

/// The pods of `web` have moved within their budget.
async fn web_has_moved(ns: &TestNamespace<'_>, to: &str) {
    ns.complete("web").await;
    let record = ns.fargate.record();
    assert_eq!(ns.created_on(&record, to), 3, "{:?}", record.life(&ns.name, "web"));
    served_without_a_gap(ns.bed, &ns.name);
}

async fn approved(bed: &Bed) {
    let ns = TestNamespace::new(bed, "approved").await;
    two_kinds(&ns, json!({})).await;
    bed.patch("approved", only_web("approved")).await;
    let held = only_api_is_left(&ns).await;
    approve(bed, &held).await;
    bed.settled("approved").await;
    event(bed, &held, "asked EKS to delete superseded profile approved-9999, as approved; 1 pod ends with it").await;
    web_has_moved(&ns, "approved-9998").await;
}

async fn timed_out(bed: &Bed) {
    let ns = TestNamespace::new(bed, "timed").await;
    two_kinds(&ns, json!({ "timeout": "15m", "onTimeout": "Proceed" })).await;
    bed.patch("timed", only_web("timed")).await;
    let held = only_api_is_left(&ns).await;
    bed.settled("timed").await;
    event(
        bed,
        &held,
        "asked EKS to delete superseded profile timed-9999: replacement.drain.timeout is over; 1 pod ends with it",
    )
    .await;
    web_has_moved(&ns, "timed-9998").await;
}

async fn widened_again(bed: &Bed) {
    let ns = TestNamespace::new(bed, "widened").await;
    two_kinds(&ns, json!({})).await;
    bed.patch("widened", only_web("widened")).await;
    only_api_is_left(&ns).await;
    let from = ns.fargate.now();
    bed.patch("widened", selecting("widened")).await;
    bed.settled("widened").await;
    // The widest of the three took them all, and the one that was there before them was never the target again.
    assert_eq!(ns.created_on(&ns.fargate.record(), "widened-9997"), 4);
    ns.complete("api").await;
    assert!(ns.fargate.record().fewest_ready("widened", from) >= 2);
    served_without_a_gap(bed, "widened");
}

/// A profile of somebody else whose name sorts after another's takes nothing as long as that one is there.
async fn behind(bed: &Bed) {
    let ns = TestNamespace::new(bed, "both").await;
    bed.create(&profile("both-a", "both")).await;
    bed.settled("both-a").await;
    foreign(bed, "both-b", "both", &[]);
    ns.budgeted("web", 2).await;
    ns.complete("web").await;
    assert_eq!(ns.created_on(&ns.fargate.record(), "both-a-9999"), 2, "they were not both-b's");
    bed.patch("both-a", another_role()).await;
    bed.settled("both-a").await;
    assert_eq!(ns.created_on(&ns.fargate.record(), "both-a-9998"), 2);
    bed.patch("both-a", selecting("nobody")).await;
    let held = bed
        .wait("both-a", "held", |object| {
            let behind = "EKS profile both-b matches, but does not sort before this one";
            status(object).held_pods.iter().filter(|pod| pod.ends_with(behind)).count() == 2
        })
        .await;
    assert!(message(&held, Stalled).starts_with("2 pods would lose Fargate, such as both/web-"));
    approve(bed, &held).await;
    bed.settled("both-a").await;
    ns.complete("web").await;
    assert_eq!(ns.created_on(&ns.fargate.record(), "both-b"), 2);
}

async fn pinned(bed: &Bed) {
    let ns = TestNamespace::new(bed, "pinned").await;
    bed.create(&profile("pinned", "pinned")).await;
    bed.settled("pinned").await;
    let mut made = deployment("web", 1);
    made["spec"]["template"]["metadata"]["labels"][PROFILE_LABEL] = json!("pinned-9999");
    ns.create::<Deployment>(made).await;
    ns.complete("web").await;
    let pod = ns.pods().await[0].metadata.name.clone().unwrap();
    bed.patch("pinned", another_role()).await;
    let text = format!("1 pod would lose Fargate, such as pinned/{pod}. {UNPIN} pinned {APPROVE_ANNOTATION}=<plan>");
    let held = stalls(bed, "pinned", "PodsWithoutProfile", &text).await;
    let pods = status(&held).replacement.unwrap().pods.unwrap();
    assert_eq!((pods.losing_fargate, pods.pinned), (1, 1));
    assert!(ns.asked_to_go(&ns.fargate.record()).is_empty());
    let template = json!({ "metadata": { "labels": { PROFILE_LABEL: null } } });
    let patch = Patch::Merge(json!({ "spec": { "template": template } }));
    ns.api::<Deployment>().patch("web", &PatchParams::default(), &patch).await.unwrap();
    bed.settled("pinned").await;
    ns.complete("web").await;
    assert_eq!(ns.created_on(&ns.fargate.record(), "pinned-9998"), 1);
}

#[tokio::test]
async fn pods_that_no_other_profile_takes_hold_theirs_until_a_person_the_spec_or_the_time_decides() {
    let bed = Bed::start(fargate(60.0)).await.unwrap();
    tokio::join!(approved(&bed), timed_out(&bed), widened_again(&bed), behind(&bed), pinned(&bed));
    let names: Vec<String> = bed.names();
    assert_eq!(names, ["approved-9998", "both-a-9997", "both-b", "pinned-9998", "timed-9998", "widened-9997"]);
}

async fn taken_by_another(bed: &Bed) {
    let ns = TestNamespace::new(bed, "leaving").await;
    bed.create(&profile("leaving", "leaving")).await;
    bed.settled("leaving").await;
    ns.budgeted("web", 3).await;
    ns.complete("web").await;
    let from = ns.fargate.now();
    foreign(bed, "a-taker", "leaving", &[]);
    bed.delete("leaving").await;
    bed.gone("leaving").await;
    ns.complete("web").await;
    let record = ns.fargate.record();
    assert_eq!(ns.created_on(&record, "a-taker"), 3);
    assert!(record.fewest_ready("leaving", from) >= 2, "{:?}", record.ready_over_time("leaving"));
}

async fn taken_by_nobody(bed: &Bed) {
    let ns = TestNamespace::new(bed, "ending").await;
    bed.create(&profile("ending", "ending")).await;
    let object = bed.settled("ending").await;
    ns.create::<Deployment>(deployment("web", 2)).await;
    ns.complete("web").await;
    bed.delete("ending").await;
    bed.gone("ending").await;
    event(
        bed,
        &object,
        "asked EKS to delete profile ending-9999: the FargateProfile is being deleted; 2 pods end with it",
    )
    .await;
    ns.told("both have gone", |record| record.of("ending-9999", What::Gone).count() == 2).await;
    assert!(bed.eks().profile(CLUSTER, "ending-9999").is_none());
}

#[tokio::test]
async fn an_object_that_is_deleted_leaves_its_pods_to_whoever_takes_them_and_tells_of_the_others() {
    let bed = Bed::start(fargate(60.0)).await.unwrap();
    tokio::join!(taken_by_another(&bed), taken_by_nobody(&bed));
    assert_eq!(bed.names(), ["a-taker"]);
}
