//! The label that names a profile can be written by anybody. A pod that EKS has not taken for the profile holds nothing,
//! proves nothing and is not moved.

use bed::Bed;
use bed::testing::{TestNamespace, deployment, is_ready, template};
use data_plane::{PROFILE_LABEL, TroubleKind};
use fargate_operator::api::ConditionType::{Available, Ready};
use futures::FutureExt;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use serde_json::{Value, json};

use crate::support::drains::{another_role, fargate};
use crate::support::objects::stalled;
use crate::support::oracle::{created, served_without_a_gap};
use crate::support::recorder::record;
use crate::support::run::run;
use crate::support::steady::{steady, steady_but_for};
use crate::support::{BedExt, is, profile};

/// A pod by itself that says it is on this profile.
fn forged(name: &str, profile: &str) -> Value {
    let mut pod = template(name);
    pod["metadata"]["name"] = json!(name);
    pod["metadata"]["labels"][PROFILE_LABEL] = json!(profile);
    pod
}

/// An object for the namespace of its name, with two workloads of two pods each within budgets.
async fn serving<'a>(bed: &'a Bed, name: &str) -> TestNamespace<'a> {
    let ns = TestNamespace::new(bed, name).await;
    bed.create(&profile(name, name)).await;
    bed.settled(name).await;
    for workload in ["web", "api"] {
        ns.budgeted(workload, 2).await;
    }
    for workload in ["web", "api"] {
        ns.complete(workload).await;
    }
    ns
}

/// In a namespace that nobody selects, one pod waits for ever and another one runs, both labelled for the old profile.
async fn holds_nothing(bed: &Bed, tenant: &TestNamespace<'_>) {
    let ns = serving(bed, "open").await;
    let mut nowhere = forged("nowhere", "open-9999");
    nowhere["spec"]["schedulerName"] = json!("nobodys");
    tenant.create::<Pod>(nowhere).await;
    tenant.create::<Pod>(forged("old", "open-9999")).await;
    tenant.ready("old").await;
    // One that may run where it is selected, but on a node: it is nobody's to move.
    let mut on_nodes = deployment("nodes", 1);
    on_nodes["spec"]["template"]["metadata"]["labels"][PROFILE_LABEL] = json!("open-9999");
    on_nodes["spec"]["template"]["metadata"]["annotations"] = json!({ "eks.amazonaws.com/compute-type": "ec2" });
    ns.create::<Deployment>(on_nodes).await;
    ns.complete("nodes").await;
    let recorder = record(bed, "open");
    let from = ns.fargate.now();
    bed.patch("open", another_role()).await;
    bed.settled("open").await;
    steady(&recorder);
    let moved = recorder.replacements().into_iter().filter_map(|shown| shown.pods).collect::<Vec<_>>();
    assert!(moved.iter().all(|pods| pods.to_move <= 4 && pods.losing_fargate == 0), "{moved:?}");
    let record = ns.fargate.record();
    let asked = ns.asked_to_go(&record);
    assert!(asked.len() == 4 && !asked.iter().any(|pod| pod.starts_with("nodes-")), "{asked:?}");
    assert_eq!(ns.created_on(&record, "open-9998"), 4);
    assert!(record.fewest_ready("open", from) >= 3);
    served_without_a_gap(bed, "open");
    let left: Vec<String> = tenant.pods().await.iter().map(ResourceExt::name_any).collect();
    assert!(["nowhere", "old"].iter().all(|pod| left.contains(&(*pod).to_owned())), "{left:?}");
}

/// Pods that are Ready and labelled for a target on which no pod starts: it is taken back all the same, at the cost of the
/// one that was to find that out.
async fn proves_nothing(bed: &Bed, name: &str, squatter: Option<&TestNamespace<'_>>) {
    let ns = serving(bed, name).await;
    let target = format!("{name}-9998");
    let mut pod = forged(&format!("ready-{name}"), &target);
    pod["metadata"]["annotations"] = json!({ "eks.amazonaws.com/compute-type": "ec2" });
    let squats = squatter.unwrap_or(&ns);
    squats.create::<Pod>(pod).await;
    squats.ready(&format!("ready-{name}")).await;
    ns.fargate.trouble(target.as_str(), TroubleKind::ImagePull, None);
    let recorder = record(bed, name);
    bed.patch(name, another_role()).await;
    let taken_back = stalled(bed, name, "ReplacementUnhealthy").await;
    assert!(is(&taken_back, Available) && !is(&taken_back, Ready));
    for workload in ["web", "api"] {
        ns.complete(workload).await;
    }
    let asked = ns.asked_to_go(&ns.fargate.record());
    let old = asked.iter().filter(|pod| pod.starts_with("web-") || pod.starts_with("api-"));
    // The probe, and what became of it.
    assert!(old.count() <= 2, "{asked:?}");
    assert_eq!(bed.eks().profile(bed::CLUSTER, &target), None);
    assert_eq!(created(bed, name).len(), 2);
    steady_but_for(&recorder, &["ReplacementUnhealthy"], 1);
    assert!(squats.pods().await.iter().any(|pod| pod.name_any() == format!("ready-{name}") && is_ready(pod)));
}

#[tokio::test]
async fn a_pod_that_only_says_it_is_on_a_profile_holds_nothing_proves_nothing_and_is_not_moved() {
    let bed = Bed::start(fargate(60.0)).await.unwrap();
    let tenant = TestNamespace::new(&bed, "tenant").await;
    bed.fargate().unwrap().ec2(2).await.unwrap();
    run(vec![
        ("on the old profile", holds_nothing(&bed, &tenant).boxed_local()),
        ("on the target, elsewhere", proves_nothing(&bed, "lure", Some(&tenant)).boxed_local()),
        ("on the target, on a node", proves_nothing(&bed, "bait", None).boxed_local()),
    ])
    .await;
}
