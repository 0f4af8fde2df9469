//! Workloads that make no pods, and pods that nobody makes anew.

use std::collections::BTreeSet;

use bed::CLUSTER;
use bed::testing::{TestNamespace, deployment, until_async};
use data_plane::TroubleKind;
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, StatefulSet};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{Event, Pod};
use kube::api::ListParams;
use serde_json::json;

use super::{asks, case};

/// Workloads that make no pods, and those whose pods never run on Fargate.
pub(super) async fn without_pods(ns: &TestNamespace<'_>) {
    ns.create::<Deployment>(deployment("zero", 0)).await;
    let template = json!({ "metadata": { "labels": { "app": "nightly" } }, "spec": { "restartPolicy": "Never", "containers": [{ "name": "main", "image": "none" }] } });
    let nightly = json!({
        "metadata": { "name": "nightly" },
        "spec": { "schedule": "0 3 * * *", "suspend": true, "jobTemplate": { "spec": { "template": template } } },
    });
    ns.create::<CronJob>(nightly).await;
    let agent = json!({
        "metadata": { "name": "agent" },
        "spec": { "selector": { "matchLabels": { "app": "agent" } }, "template": deployment("agent", 1)["spec"]["template"] },
    });
    ns.create::<DaemonSet>(agent).await;
    // Plain pods break the rules of Pod Security that the namespace has from now on.
    ns.bed.kubectl().run("label namespace shop pod-security.kubernetes.io/enforce=restricted").unwrap();
    ns.create::<Deployment>(deployment("refused", 1)).await;
    ns.until("refused", "refused", |found: &Deployment| {
        let conditions = found.status.as_ref().and_then(|status| status.conditions.as_ref());
        conditions.is_some_and(|all| {
            all.iter()
                .any(|one| one.type_.as_deref() == Some("ReplicaFailure") && one.status.as_deref() == Some("True"))
        })
    })
    .await;
    refused_by_event(ns).await;
    for case in [
        case(
            "deploy/zero",
            "NoReplicas",
            "it makes no pods: spec.replicas is 0.",
            "kubectl -n shop scale deployment zero --replicas=1",
        ),
        case(
            "cj/nightly",
            "WorkloadSuspended",
            "it makes no pods: spec.suspend is true.",
            r#"kubectl -n shop patch cronjob nightly --type merge -p '{"spec":{"suspend":false}}'"#,
        ),
        case("ds/agent", "DaemonSet", "Fargate runs no pods of DaemonSets.", "sidecar"),
        case(
            "deploy/refused",
            "PodsRefused",
            "its pods are refused: pods ",
            "kubectl -n shop describe deployment refused",
        ),
        case(
            "sts/refused-too",
            "PodsRefused",
            "its pods are refused: Create Pod refused-too-0 ",
            "kubectl -n shop describe statefulset refused-too",
        ),
        case(
            "job/refused-too",
            "PodsRefused",
            "its pods are refused: Error creating: pods ",
            "kubectl -n shop describe job refused-too",
        ),
    ] {
        asks(ns.bed, "shop", &case);
    }
}

/// Workloads of kinds that have no condition for it: there is an event alone.
async fn refused_by_event(ns: &TestNamespace<'_>) {
    let plain = deployment("refused-too", 1);
    ns.create::<StatefulSet>(plain.clone()).await;
    let mut template = plain["spec"]["template"].clone();
    template["spec"]["restartPolicy"] = json!("Never");
    ns.create::<Job>(json!({ "metadata": { "name": "refused-too" }, "spec": { "template": template } })).await;
    until_async("an event tells of both", async || {
        let fields = "involvedObject.name=refused-too,reason=FailedCreate";
        let events = ns.api::<Event>().list(&ListParams::default().fields(fields)).await.unwrap();
        let kinds: BTreeSet<_> = events.iter().filter_map(|event| event.involved_object.kind.clone()).collect();
        kinds.len() == 2
    })
    .await;
}

/// A pod that nobody makes anew, and one whose profile somebody has deleted.
pub(super) async fn bare(ns: &TestNamespace<'_>) {
    ns.pod("bare", json!({})).await;
    asks(
        ns.bed,
        "foreign",
        &case(
            "pod/bare",
            "NamespaceNotSelected",
            "Pod foreign/bare is not on Fargate: no FargateProfile has a selector for namespace foreign.",
            "kubectl apply -f -",
        ),
    );
    ns.fargate.trouble("theirs", TroubleKind::Provisioning { retried: false }, None);
    ns.fargate.change(|switches| switches.pending_pods_go = false);
    ns.pod("stray", json!({ "app": "web" })).await;
    ns.bed.eks().outsider().vanish_profile(CLUSTER, "theirs").unwrap();
    asks(
        ns.bed,
        "foreign",
        &case(
            "stray",
            "ProfileGone",
            "Fargate has taken it for EKS profile theirs, which no FargateProfile has.",
            "kubectl -n foreign replace --force -f FILE",
        ),
    );
    ns.delete::<Pod>("stray").await;
}
