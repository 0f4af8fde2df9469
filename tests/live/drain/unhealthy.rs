//! A target on which no pod starts.

use bed::testing::{TestNamespace, deployment, is_ready};
use bed::{Bed, CLUSTER};
use data_plane::TroubleKind;
use eks_simulator::ProfileStatus;
use fargate_operator::api::ConditionType::{Available, Ready, Stalled};
use fargate_operator::api::{FailedBy, FargateProfile};
use futures::future::join_all;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};

use crate::support::drains::{another_role, change, comes_to_rest, deletions, fargate};
use crate::support::objects::{spec, stalled, status};
use crate::support::oracle::{created, gaps, never_too_many};
use crate::support::recorder::record;
use crate::support::steady::steady_but_for;
use crate::support::{BedExt, is, message, profile};

const WAY_OUT: &str =
    "check the way out of its subnets (NAT gateway or VPC endpoints) and whether its role may pull images";

/// The message of a stall, with the name of the only pod of the namespace that is not Ready in place of `<pod>`.
async fn with_pod(ns: &TestNamespace<'_>, text: &str) -> String {
    let pods = ns.pods().await;
    let probe = pods.iter().find(|pod| !is_ready(pod)).and_then(|pod| pod.metadata.name.clone());
    text.replace("<pod>", &format!("{}/{}", ns.name, probe.unwrap()))
}

/// The generation is refused by pods, which is told in these words, and the old profile serves on.
fn is_taken_back(object: &FargateProfile, words: &str) {
    let name = object.metadata.name.clone().unwrap();
    let status = status(object);
    assert_eq!((status.failed_generation, status.failed_by), (object.metadata.generation, Some(FailedBy::Pods)));
    assert_eq!(status.profile.unwrap().name, format!("{name}-9999"));
    assert!(is(object, Available) && !is(object, Ready));
    let said = message(object, Stalled);
    let begin = format!("rolled back to EKS profile {name}-9999: pod {name}/web-");
    let end = format!(
        " is not Ready on EKS profile {name}-9998: {words}. Change the spec, or annotate fargate-operator.dev/retry"
    );
    assert!(said.starts_with(&begin) && said.ends_with(&end), "{said}");
}

#[tokio::test]
async fn a_target_on_which_no_pod_starts_is_taken_back_or_held_and_costs_no_running_pod() {
    let bed = Bed::start(fargate(120.0)).await.unwrap();
    let names = ["pull", "lost", "hold"];
    let namespaces = join_all(names.map(|name| TestNamespace::new(&bed, name))).await;
    for (name, ns) in names.iter().zip(&namespaces) {
        let mut object = profile(name, name);
        if *name == "hold" {
            object["spec"]["replacement"] = json!({ "drain": { "onUnhealthy": "Hold" } });
        }
        bed.create(&object).await;
        bed.settled(name).await;
        ns.budgeted("web", 3).await;
    }
    join_all(namespaces.iter().map(|ns| ns.complete("web"))).await;
    let from = namespaces[0].fargate.now();
    for (profile, kind) in [
        ("pull-9998", TroubleKind::ImagePull),
        ("lost-9998", TroubleKind::Provisioning { retried: true }),
        ("hold-9998", TroubleKind::ImagePull),
    ] {
        namespaces[0].fargate.trouble(profile, kind, None);
    }
    change(&bed, &names, &another_role()).await;

    let held = stalled(&bed, "hold", "ReplacementUnhealthy").await;
    let text = "pod <pod> is not Ready on EKS profile hold-9998: ImagePullBackOff: Back-off pulling image \"none\": dial tcp: i/o timeout. The drain of EKS profile hold-9999 waits: ";
    assert_eq!(message(&held, Stalled), with_pod(&namespaces[2], text).await + WAY_OUT);
    assert!(is(&held, Ready) && is(&held, Available));
    let pull = stalled(&bed, "pull", "ReplacementUnhealthy").await;
    is_taken_back(&pull, "ImagePullBackOff: Back-off pulling image \"none\": dial tcp: i/o timeout");
    let lost = stalled(&bed, "lost", "ReplacementUnhealthy").await;
    is_taken_back(&lost, "Pod provisioning timed out (will retry)");
    for name in names {
        comes_to_rest(&bed, name).await;
    }
    assert_eq!(bed.names(), ["hold-9998", "hold-9999", "lost-9999", "pull-9999"]);
    assert_eq!(created(&bed, "pull"), ["pull-9999", "pull-9998"], "a refused generation is not tried again");

    // Mended, what is held goes on; what was rolled back waits for another generation, which is tried.
    namespaces[0].fargate.cure();
    bed.settled("hold").await;
    assert_eq!(created(&bed, "lost"), ["lost-9999", "lost-9998"]);
    let subnet = bed.eks().cluster_settings(CLUSTER).unwrap().private_subnets[0].clone();
    bed.patch("pull", spec(json!({ "subnets": [subnet] }))).await;
    let object = bed.settled("pull").await;
    assert_eq!((status(&object).failed_generation, status(&object).failed_by), (None, None));
    assert_eq!(bed.names(), ["hold-9998", "lost-9999", "pull-9998"]);
    assert_eq!(bed.eks().profile(CLUSTER, "pull-9998").unwrap().status, ProfileStatus::Active);
    join_all(namespaces.iter().map(|ns| ns.complete("web"))).await;
    let record = namespaces[0].fargate.record();
    for (name, ns) in names.iter().zip(&namespaces) {
        assert!(record.fewest_ready(&ns.name, from) >= 2, "{:?}", record.ready_over_time(&ns.name));
        assert!(gaps(&bed, name).is_empty());
        never_too_many(&bed, name);
    }
    assert_eq!(["hold-9999", "pull-9999", "lost-9999"].map(|name| deletions(&bed, name)), [1, 1, 0]);
}

/// A budget of the Deployment `web`.
fn budget(most: u32) -> Value {
    json!({
        "metadata": { "name": "web" },
        "spec": { "maxUnavailable": most, "selector": { "matchLabels": { "app": "web" } } },
    })
}

#[tokio::test]
async fn a_target_on_which_some_pods_start_and_others_do_not_is_held_and_told_of_once() {
    let bed = Bed::start(fargate(120.0)).await.unwrap();
    let (old, more) = (TestNamespace::new(&bed, "old").await, TestNamespace::new(&bed, "more").await);
    bed.create(&profile("web", "old")).await;
    bed.settled("web").await;
    old.create::<PodDisruptionBudget>(budget(0)).await;
    old.create::<Deployment>(deployment("web", 2)).await;
    more.create::<Deployment>(deployment("web", 1)).await;
    old.complete("web").await;
    // A pod that the new profile alone selects starts there, however long the others are held up.
    bed.patch("web", spec(json!({ "selectors": [{ "namespace": "old" }, { "namespace": "more" }] }))).await;
    more.complete("web").await;
    let recorder = record(&bed, "web");
    old.fargate.trouble("web-9998", TroubleKind::ImagePull, None);
    let patch = Patch::Merge(json!({ "spec": budget(1)["spec"] }));
    old.api::<PodDisruptionBudget>().patch("web", &PatchParams::default(), &patch).await.unwrap();

    let held = stalled(&bed, "web", "ReplacementUnhealthy").await;
    assert!(message(&held, Stalled).contains("ImagePullBackOff"), "{}", message(&held, Stalled));
    assert!(is(&held, Available));
    comes_to_rest(&bed, "web").await;
    steady_but_for(&recorder, &["ReplacementUnhealthy"], 1);
    assert_eq!(old.asked_to_go(&old.fargate.record()).len(), 1);
    assert_eq!(bed.names(), ["web-9998", "web-9999"]);
    old.fargate.cure();
    bed.settled("web").await;
    old.complete("web").await;
    assert_eq!(bed.names(), ["web-9998"]);
}
