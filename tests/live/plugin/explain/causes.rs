//! Of pods beside a profile that is ACTIVE: labels, age, place, what Fargate does not run, and what it says.

use bed::testing::{TestNamespace, deployment, pod_condition};
use bed::{Bed, CLUSTER};
use data_plane::{PROFILE_LABEL, TroubleKind, Webhook};
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment};
use k8s_openapi::api::batch::v1::CronJob;
use k8s_openapi::api::core::v1::Pod;
use serde_json::{Value, json};

use super::{Case, Special, asks, case, labelled, made, selecting};
use crate::support::drains::{fargate, foreign};
use crate::support::{BedExt, profile, until_async};

/// The pods that EKS's webhook sees: what is special, and the answer.
fn seen() -> [(Special, Case); 8] {
    [
        (
            |_| {},
            case(
                "deploy/missing",
                "LabelMissing",
                "its pods lack the label fargate=yes that FargateProfile shop asks for.",
                r#"kubectl -n shop patch deployment missing --type merge -p '{"spec":{"template":{"metadata":{"labels":{"fargate":"yes"}}}}}'"#,
            ),
        ),
        (
            |it| it["metadata"]["labels"]["fargate"] = json!("no"),
            case(
                "deploy/differs",
                "LabelDiffers",
                "its pods have fargate=no, and FargateProfile shop asks for fargate=yes.",
                r#""labels":{"fargate":"yes"}"#,
            ),
        ),
        (
            |it| it["metadata"]["labels"]["Fargate"] = json!("yes"),
            case(
                "deploy/key",
                "LabelKeyAlike",
                "its pods have Fargate=yes, and FargateProfile shop asks for fargate=yes: was that meant?",
                r#""labels":{"fargate":"yes"}"#,
            ),
        ),
        (
            |it| {
                labelled(it);
                it["metadata"]["annotations"] = json!({ "eks.amazonaws.com/compute-type": "ec2" });
            },
            case(
                "deploy/ec2",
                "OptedOut",
                "its pods have the annotation eks.amazonaws.com/compute-type: ec2",
                r#""annotations":{"eks.amazonaws.com/compute-type":null}"#,
            ),
        ),
        (
            |it| {
                labelled(it);
                it["metadata"]["labels"][PROFILE_LABEL] = json!("gone");
            },
            case(
                "deploy/pinned",
                "PinnedUnknown",
                "names EKS profile gone, which no FargateProfile has",
                r#""labels":{"eks.amazonaws.com/fargate-profile":null}"#,
            ),
        ),
        (
            |it| {
                labelled(it);
                it["metadata"]["labels"][PROFILE_LABEL] = json!("first-9999");
            },
            case(
                "deploy/elsewhere",
                "PinnedElsewhere",
                "no selector of FargateProfile first matches them",
                r#""eks.amazonaws.com/fargate-profile":null"#,
            ),
        ),
        (
            |it| {
                labelled(it);
                it["spec"]["hostNetwork"] = json!(true);
            },
            case(
                "deploy/host",
                "PodNotSupported",
                "is not on Fargate yet: Fargate says: Pod not supported on Fargate: fields not supported: HostNetwork",
                "kubectl -n shop describe pod host-",
            ),
        ),
        (
            |it| {
                labelled(it);
                it["spec"]["schedulingGates"] = json!([{ "name": "test/gate" }]);
            },
            case("deploy/gated", "Gated", "its pods have scheduling gates", "describe pod gated-"),
        ),
    ]
}

/// The pods that are made while the webhook is away.
fn unseen() -> [(Special, Case); 10] {
    [
        (
            labelled,
            case(
                "deploy/slipped",
                "SlippedPastWebhook",
                "EKS's webhook did not see them when created, although EKS profile shop-9999 was ACTIVE",
                "kubectl -n shop rollout restart deployment slipped",
            ),
        ),
        (
            |it| {
                labelled(it);
                it["spec"]["schedulerName"] = json!("volcano");
            },
            case(
                "deploy/volcano",
                "OtherScheduler",
                "schedulerName volcano gives them to another scheduler",
                r#"{"spec":{"template":{"spec":{"schedulerName":null}}}}"#,
            ),
        ),
        (
            |it| {
                labelled(it);
                it["spec"]["nodeSelector"] = json!({ "pool": "blue" });
            },
            case(
                "deploy/pool",
                "NodeSelector",
                "nodeSelector pool=blue asks for other nodes than Fargate's",
                r#""nodeSelector":{"pool":null}"#,
            ),
        ),
        (
            |it| {
                labelled(it);
                it["spec"]["nodeSelector"] = json!({ "kubernetes.io/arch": "arm64" });
            },
            case(
                "deploy/arm",
                "NotSupported",
                "nodeSelector kubernetes.io/arch=arm64",
                "kubectl -n shop edit deployment arm",
            ),
        ),
        (
            |it| {
                labelled(it);
                it["spec"]["affinity"] = affinity("kubernetes.io/arch", "arm64");
            },
            case(
                "deploy/affine",
                "NotSupported",
                "affinity.nodeAffinity requires kubernetes.io/arch In arm64",
                "kubectl -n shop edit deployment affine",
            ),
        ),
        (
            |it| {
                labelled(it);
                it["spec"]["containers"][0]["securityContext"] = json!({ "privileged": true });
            },
            case(
                "deploy/privileged",
                "NotSupported",
                "container main: securityContext.privileged",
                "kubectl -n shop edit",
            ),
        ),
        (
            |it| {
                labelled(it);
                it["spec"]["containers"][0]["ports"] = json!([{ "containerPort": 80, "hostPort": 8080 }]);
            },
            case("deploy/port", "NotSupported", "container main: hostPort 8080", "kubectl -n shop edit"),
        ),
        (
            |it| {
                labelled(it);
                it["spec"]["containers"][0]["resources"] = json!({ "limits": { "nvidia.com/gpu": "1" } });
            },
            case("deploy/gpu", "NotSupported", "container main: resources nvidia.com/gpu", "kubectl -n shop edit"),
        ),
        (
            |it| {
                labelled(it);
                it["spec"]["volumes"] = json!([{ "name": "data", "awsElasticBlockStore": { "volumeID": "vol-1" } }]);
            },
            case("deploy/disk", "NotSupported", "volume data: awsElasticBlockStore", "kubectl -n shop edit"),
        ),
        (
            |it| {
                labelled(it);
                it["spec"]["containers"][0]["resources"] = json!({ "requests": { "cpu": "17" } });
            },
            case("deploy/large", "NotSupported", "requests.cpu 17 in all", "kubectl -n shop edit"),
        ),
    ]
}

fn affinity(key: &str, value: &str) -> Value {
    let expression = json!({ "key": key, "operator": "In", "values": [value] });
    let terms = json!([{ "matchExpressions": [expression] }]);
    json!({ "nodeAffinity": { "requiredDuringSchedulingIgnoredDuringExecution": { "nodeSelectorTerms": terms } } })
}

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
    let objects =
        [selecting("shop", "shop", "fargate", "yes"), profile("first", "both"), profile("second", "both"), old];
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

#[tokio::test]
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

/// Workloads that make no pods, and those whose pods never run on Fargate.
async fn without_pods(ns: &TestNamespace<'_>) {
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
    ] {
        asks(ns.bed, "shop", &case);
    }
}

/// A pod that nobody makes anew, and one whose profile somebody has deleted.
async fn bare(ns: &TestNamespace<'_>) {
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
