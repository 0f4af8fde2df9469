//! What may stand in the template of a Deployment, and the answer.

use data_plane::PROFILE_LABEL;
use serde_json::{Value, json};

use super::{Case, Special, case, labelled};

/// The pods that EKS's webhook sees: what is special, and the answer.
pub(super) fn seen() -> [(Special, Case); 8] {
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
pub(super) fn unseen() -> [(Special, Case); 10] {
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
