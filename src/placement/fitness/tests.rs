use serde_json::{Value, json};

use super::unfit;

/// A pod with one container, and `more` in its spec.
fn reasons(more: Value) -> Vec<String> {
    let mut spec = json!({ "containers": [{ "name": "main", "image": "app" }] });
    spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    unfit(&serde_json::from_value(spec).unwrap())
}

fn container(more: Value) -> Value {
    let mut container = json!({ "name": "main" });
    container.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ "containers": [container] })
}

fn required(terms: Value) -> Value {
    json!({ "affinity": { "nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": { "nodeSelectorTerms": terms },
    } } })
}

fn expression(key: &str, operator: &str, values: &[&str]) -> Value {
    json!({ "matchExpressions": [{ "key": key, "operator": operator, "values": values }] })
}

#[test]
fn each_rule_names_its_field() {
    let requests = |cpu: &str, memory: &str| json!({ "resources": { "requests": { "cpu": cpu, "memory": memory } } });
    let limit = |name: &str| json!({ "resources": { "limits": { name: "1" } } });
    let volume = |source: Value| {
        let mut volume = json!({ "name": "data" });
        volume.as_object_mut().unwrap().extend(source.as_object().unwrap().clone());
        json!({ "volumes": [volume] })
    };
    for (spec, field) in [
        (json!({ "hostNetwork": true }), "hostNetwork"),
        (json!({ "os": { "name": "windows" } }), "os.name windows"),
        (json!({ "nodeSelector": { "kubernetes.io/arch": "arm64" } }), "nodeSelector kubernetes.io/arch=arm64"),
        (
            json!({ "nodeSelector": { "beta.kubernetes.io/arch": "arm64" } }),
            "nodeSelector beta.kubernetes.io/arch=arm64",
        ),
        (json!({ "nodeSelector": { "kubernetes.io/os": "windows" } }), "nodeSelector kubernetes.io/os=windows"),
        (
            required(json!([expression("kubernetes.io/arch", "In", &["arm64"])])),
            "affinity.nodeAffinity requires kubernetes.io/arch In arm64",
        ),
        (
            required(json!([expression("kubernetes.io/os", "NotIn", &["linux"])])),
            "affinity.nodeAffinity requires kubernetes.io/os NotIn linux",
        ),
        (container(json!({ "securityContext": { "privileged": true } })), "container main: securityContext.privileged"),
        (
            container(json!({ "securityContext": { "capabilities": { "add": ["CHOWN", "NET_ADMIN"] } } })),
            "container main: capabilities.add NET_ADMIN",
        ),
        (container(json!({ "ports": [{ "containerPort": 80 }, { "hostPort": 80 }] })), "container main: hostPort 80"),
        (container(json!({ "ports": [{ "hostIP": "127.0.0.1" }] })), "container main: hostIP 127.0.0.1"),
        (container(limit("nvidia.com/gpu")), "container main: resources nvidia.com/gpu"),
        (container(limit("amd.com/gpu")), "container main: resources amd.com/gpu"),
        (container(limit("gpu.intel.com/i915")), "container main: resources gpu.intel.com/i915"),
        (container(limit("aws.amazon.com/neuron")), "container main: resources aws.amazon.com/neuron"),
        (container(limit("aws.amazon.com/neuroncore")), "container main: resources aws.amazon.com/neuroncore"),
        (container(requests("16500m", "1Gi")), "requests.cpu 16.5 in all"),
        (container(requests("1", "120Gi")), "requests.memory 120.0 GiB in all"),
        (volume(json!({ "hostPath": { "path": "/var/log" } })), "volume data: hostPath"),
        (volume(json!({ "awsElasticBlockStore": { "volumeID": "vol-1" } })), "volume data: awsElasticBlockStore"),
        (volume(json!({ "ephemeral": { "volumeClaimTemplate": {} } })), "volume data: ephemeral"),
        (volume(json!({ "csi": { "driver": "ebs.csi.aws.com" } })), "volume data: csi.driver ebs.csi.aws.com"),
        (volume(json!({ "csi": { "driver": "fsx.csi.aws.com" } })), "volume data: csi.driver fsx.csi.aws.com"),
    ] {
        let found = reasons(spec.clone());
        assert_eq!(found.len(), 1, "{spec}: {found:?}");
        let (before_rule, rule) = found[0].rsplit_once(": ").unwrap();
        assert_eq!(before_rule, field, "{spec}");
        assert!(rule.contains("Fargate"), "{rule}");
    }
}

#[test]
fn what_fargate_supports_has_no_reason() {
    let volumes = json!({ "volumes": [
        { "name": "a", "emptyDir": {} }, { "name": "b", "configMap": {} }, { "name": "c", "projected": {} },
        { "name": "d", "persistentVolumeClaim": { "claimName": "efs" } }, { "name": "e", "csi": { "driver": "secrets-store.csi.k8s.io" } },
    ] });
    let preferred = json!({ "affinity": { "nodeAffinity": { "preferredDuringSchedulingIgnoredDuringExecution": [
        { "weight": 1, "preference": expression("kubernetes.io/arch", "In", &["arm64"]) },
    ] }, "podAntiAffinity": {} } });
    for spec in [
        json!({}),
        json!({ "hostNetwork": false, "os": { "name": "linux" }, "nodeSelector": { "kubernetes.io/arch": "amd64", "team": "a" } }),
        json!({ "nodeSelector": { "kubernetes.io/os": "linux" } }),
        preferred,
        required(json!([])),
        required(json!([expression("kubernetes.io/arch", "In", &["arm64", "amd64"])])),
        required(json!([expression("kubernetes.io/arch", "NotIn", &["arm64"])])),
        required(json!([expression("kubernetes.io/arch", "Exists", &[])])),
        required(json!([expression("topology.kubernetes.io/zone", "In", &["us-east-1a"])])),
        // One term of several is enough.
        required(json!([
            expression("kubernetes.io/arch", "In", &["arm64"]),
            expression("kubernetes.io/arch", "In", &["amd64"])
        ])),
        container(
            json!({ "securityContext": { "privileged": false, "runAsUser": 1 }, "ports": [{ "containerPort": 80, "hostPort": 0 }] }),
        ),
        container(
            json!({ "resources": { "requests": { "cpu": "16", "memory": "119Gi", "ephemeral-storage": "50Gi" } } }),
        ),
        volumes,
    ] {
        assert_eq!(reasons(spec.clone()), Vec::<String>::new(), "{spec}");
    }
}

#[test]
fn all_reasons_are_told_and_init_containers_count() {
    let spec = json!({
        "hostNetwork": true,
        "initContainers": [{ "name": "setup", "securityContext": { "privileged": true } }],
        "containers": [{ "name": "main", "ports": [{ "hostPort": 53 }] }],
        "volumes": [{ "name": "socket", "hostPath": {} }],
    });
    let fields: Vec<String> =
        reasons(spec).iter().map(|reason| reason.rsplit_once(": ").unwrap().0.to_owned()).collect();
    assert_eq!(
        fields,
        [
            "hostNetwork",
            "container setup: securityContext.privileged",
            "container main: hostPort 53",
            "volume socket: hostPath"
        ]
    );
}

#[test]
fn the_size_is_that_of_the_containers_together_or_of_the_largest_before_them() {
    let cpu = |cpu: &str, more: Value| {
        let mut container = json!({ "name": "c", "resources": { "requests": { "cpu": cpu } } });
        container.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        container
    };
    let too_large =
        |init: Vec<Value>, main: Vec<Value>| !reasons(json!({ "initContainers": init, "containers": main })).is_empty();
    let plain = |text| cpu(text, json!({}));
    let sidecar = |text| cpu(text, json!({ "restartPolicy": "Always" }));
    assert!(!too_large(vec![], vec![plain("8"), plain("8")]));
    assert!(too_large(vec![], vec![plain("8"), plain("8001m")]));
    assert!(!too_large(vec![plain("16"), plain("16")], vec![plain("1")]));
    assert!(too_large(vec![plain("17")], vec![plain("1")]));
    assert!(too_large(vec![sidecar("8")], vec![plain("9")]));
    let limits = json!({ "containers": [{ "name": "c", "resources": { "limits": { "cpu": "17" } } }] });
    assert!(!reasons(limits).is_empty(), "a limit without a request is the request");
}
