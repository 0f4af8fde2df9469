//! Of pods beside a profile that is ACTIVE: labels, age, place, what Fargate does not run, and what it says.

use bed::Bed;
use bed::testing::{TestNamespace, pod_condition};
use data_plane::{TroubleKind, Webhook};
use k8s_openapi::api::core::v1::Pod;
use serde_json::json;

use super::templates::{seen, unseen};
use super::workloads::{bare, without_pods};
use super::{asks, case, made, selecting};
use crate::support::drains::{fargate, foreign};
use crate::support::{BedExt, profile, until_async};

/// Pods that are older than the profile: one on an EC2 node, one that waits.
async fn older(ns: &TestNamespace<'_>) {
    ns.fargate.ec2(1).await.unwrap();
    made(ns, "runs", |_| {}).await;
    until_async("it runs on a node", async || {
        ns.pods().await.iter().any(|pod| pod.spec.as_ref().is_some_and(|spec| spec.node_name.is_some()))
    })
    .await;
    ns.fargate.ec2(0).await.unwrap();
    made(ns, "waits", |_| {}).await;
}

/// The profiles. Of the two for one namespace, one sorts first.
async fn profiles(bed: &Bed) {
    let mut old = profile("old", "old");
    old["spec"]["pendingPods"] = json!("Ignore");
    // The operator recreates a pod that slips past the webhook in the first moments of its profile.
    let mut shop = selecting("shop", "shop", "fargate", "yes");
    shop["spec"]["pendingPods"] = json!("Ignore");
    let objects = [shop, profile("first", "both"), profile("second", "both"), old];
    let ill = TROUBLES.map(|(name, _)| selecting(name, "ill", "app", name));
    let objects = || objects.iter().chain(&ill);
    for object in objects() {
        bed.create(object).await;
    }
    for object in objects() {
        bed.settled(object["metadata"]["name"].as_str().unwrap()).await;
    }
}

/// How Fargate fails. Sources: tests/live/pod_issues/ways.rs.
const TROUBLES: [(&str, TroubleKind); 5] = [
    (
        "auth",
        TroubleKind::Says(
            "Misconfigured Fargate Profile: fargate profile auth-9999 blocked for new launches due to: Pod execution role is not found in auth config or does not have all required permissions for launching fargate pods.",
        ),
    ),
    ("timeout", TroubleKind::Provisioning { retried: false }),
    (
        "quota",
        TroubleKind::Says(
            "Your AWS account has reached the limit on the number of Fargate pods it can run concurrently",
        ),
    ),
    (
        "capacity",
        TroubleKind::Says(
            "Fargate capacity is unavailable at this time. Please try again later or in a different availability zone.",
        ),
    ),
    ("pull", TroubleKind::ImagePull),
];

fn trouble(ns: &TestNamespace<'_>) {
    for (name, kind) in TROUBLES {
        ns.fargate.trouble(format!("{name}-*"), kind, None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_cause_is_named_in_the_first_line() {
    let bed = Bed::start(fargate(60.0)).await.unwrap();
    let names = ["shop", "old", "both", "foreign", "ill"];
    let [shop, old, both, theirs, ill] = futures::future::join_all(names.map(|name| TestNamespace::new(&bed, name)))
        .await
        .try_into()
        .unwrap_or_else(|_| panic!("a namespace for each"));
    older(&old).await;
    profiles(&bed).await;
    trouble(&ill);
    foreign(&bed, "theirs", "foreign", &[("app", "web")]);
    for (special, case) in seen() {
        made(&shop, case.what.strip_prefix("deploy/").unwrap(), special).await;
    }
    for (name, _) in TROUBLES {
        made(&ill, name, |_| {}).await;
    }
    made(&both, "web", |_| {}).await;
    made(&theirs, "web", |_| {}).await;
    both.complete("web").await;
    theirs.complete("web").await;
    shop.fargate.webhook(Webhook::Absent).await.unwrap();
    for (special, case) in unseen() {
        made(&shop, case.what.strip_prefix("deploy/").unwrap(), special).await;
    }
    shop.fargate.webhook(Webhook::Present).await.unwrap();
    said(&shop, 1).await;
    said(&ill, TROUBLES.len()).await;
    for (_, case) in seen().into_iter().chain(unseen()) {
        asks(&bed, "shop", &case);
    }
    for (namespace, case) in [
        (
            "old",
            case(
                "deploy/runs",
                "OlderOnNode",
                "its pods have run on node ",
                "kubectl -n old rollout restart deployment runs",
            ),
        ),
        (
            "old",
            case(
                "deploy/waits",
                "OlderThanProfile",
                "its pods are older than EKS profile old-9999, and EKS gives a pod its profile only when it is created.",
                "kubectl -n old rollout restart deployment waits",
            ),
        ),
        (
            "ill",
            case(
                "deploy/auth",
                "RoleNotAuthorized",
                "Fargate says: Pod execution role is not found in auth config",
                "access entry",
            ),
        ),
        (
            "ill",
            case(
                "deploy/timeout",
                "ProvisioningTimedOut",
                "Fargate says: Pod provisioning timed out",
                "Fargate tries again",
            ),
        ),
        (
            "ill",
            case(
                "deploy/quota",
                "FargateQuota",
                "Fargate says: Your AWS account has reached the limit",
                "Raise the quota",
            ),
        ),
        (
            "ill",
            case(
                "deploy/capacity",
                "CapacityUnavailable",
                "is not on Fargate yet: Fargate says: Fargate capacity is unavailable",
                "Availability Zone",
            ),
        ),
        (
            "ill",
            case(
                "deploy/pull",
                "ImagePull",
                "is on Fargate, but not working: ImagePullBackOff",
                "Check the image's name",
            ),
        ),
        (
            "both",
            case(
                "deploy/web",
                "FirstByName",
                "is on Fargate: EKS profile first-9999 of FargateProfile first, whose name sorts before second-9999 of FargateProfile second, which selects them too, node fargate-",
                "first (EKS profile first-9999) #1",
            ),
        ),
        (
            "foreign",
            case(
                "deploy/web",
                "ForeignProfile",
                "is on Fargate: EKS profile theirs, which no FargateProfile has, node fargate-",
                "kubectl fargate get",
            ),
        ),
    ] {
        asks(&bed, namespace, &case);
    }
    without_pods(&shop).await;
    bare(&theirs).await;
}

/// So many pods have been told by Fargate, or by a kubelet, what keeps them.
async fn said(ns: &TestNamespace<'_>, pods: usize) {
    let is_told = |pod: &Pod| {
        let waits = pod_condition(pod, "PodScheduled")
            .is_some_and(|(status, _, text)| status == "False" && text.contains("Fargate"));
        let timed_out = pod_condition(pod, "PodScheduled")
            .is_some_and(|(_, _, text)| text.contains("timed out") || text.contains("auth config"));
        waits || timed_out || serde_json::to_string(&pod.status).unwrap().contains("ImagePullBackOff")
    };
    until_async("what keeps the pods is told", async || {
        ns.pods().await.iter().filter(|pod| is_told(pod)).count() == pods
    })
    .await;
}
