//! What the charts render to, over a matrix of values: every object is what the API server takes. kubeconform checks it by
//! schemas made of the API server's own OpenAPI; of kinds that are not Kubernetes' own it knows none.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use axum::http::Request;
use bed::{Bed, Options, programs};
use serde_json::{Value, json};

use super::helm::{CRDS, Helm, OPERATOR, object, values};

/// Kinds of others: the Prometheus operator's and ACK's.
const FOREIGN: &str = "PodMonitor,PrometheusRule,PodIdentityAssociation";

/// Group and version of every other kind that the charts make.
const VERSIONS: [&str; 9] = [
    "api/v1",
    "apis/admissionregistration.k8s.io/v1",
    "apis/apiextensions.k8s.io/v1",
    "apis/apps/v1",
    "apis/batch/v1",
    "apis/networking.k8s.io/v1",
    "apis/policy/v1",
    "apis/rbac.authorization.k8s.io/v1",
    "apis/coordination.k8s.io/v1",
];

/// All that can be switched on.
pub fn everything() -> Value {
    values(json!({
        "defaultPodExecutionRoleArn": "arn:aws:iam::111122223333:role/fargate-pods",
        "defaultSubnets": ["subnet-0a1b2c3d4e5f67890", "subnet-0f9e8d7c6b5a43210"],
        "defaultPrerequisites": "Warn",
        "log": { "filter": "debug", "format": "json" },
        "intervals": {
            "quiet": "61s", "settle": "91s", "progressDeadline": "11m", "resync": "3m", "describeAgain": "6m",
            "operationTimeout": "31s",
        },
        "leaderElection": { "leaseDuration": "16s", "renewDeadline": "11s", "retry": "3s" },
        "port": 9090,
        "adminListen": "127.0.0.1:9091",
        "otlpEndpoint": "http://collector:4318",
        "networkPolicy": { "enabled": true },
        "podMonitor": { "enabled": true, "labels": { "release": "prometheus" } },
        "prometheusRule": { "enabled": true },
        "dashboard": { "enabled": true, "annotations": { "folder": "AWS" } },
        "kubeStateMetrics": { "enabled": true },
        "mending": { "accessEntries": { "enabled": true }, "coreDns": { "enabled": true } },
    }))
}

/// Mending that cannot be together with [`everything`]: the operator creates the pod execution role.
pub fn managed_role() -> Value {
    values(json!({ "mending": { "podExecutionRole": {
        "enabled": true, "name": "pods", "path": "/team/", "tags": { "team": "a b", "stage": "prod" },
        "permissionsBoundary": "arn:aws:iam::111122223333:policy/boundary",
    } } }))
}

fn matrix() -> Vec<(&'static str, Value)> {
    vec![
        ("least", values(json!({}))),
        ("everything", everything()),
        ("managed-role", managed_role()),
        ("irsa", values(json!({ "aws": { "irsa": { "roleArn": "arn:aws:iam::111122223333:role/operator" } } }))),
        (
            "pod-identity",
            values(json!({ "aws": { "podIdentity": {
                "enabled": true,
                "association": { "create": true, "roleArn": "arn:aws-cn:iam::111122223333:role/operator" },
            } }, "networkPolicy": { "enabled": true } })),
        ),
        (
            "nothing-optional",
            values(json!({
                "rbac": { "create": false, "people": false },
                "serviceAccount": { "create": false, "name": "mine" },
                "policies": {
                    "quotas": { "enabled": false }, "preventDeletion": { "enabled": false }, "approval": { "enabled": false },
                    "protectedNamespaces": { "enabled": false }, "consequences": { "enabled": false },
                    "overlaps": { "enabled": false },
                },
                "podDisruptionBudget": { "enabled": false },
                "uninstallCheck": { "enabled": false },
                "priorityClassName": "",
                "topologySpreadConstraints": [],
                "nodeSelector": { "kubernetes.io/os": null },
                "resources": null,
            })),
        ),
        (
            "emptied",
            values(json!({
                "commonLabels": null, "podLabels": null, "podAnnotations": null, "extraEnv": null, "defaultSubnets": null,
                "defaultPodExecutionRoleArn": null, "mending": { "podExecutionRole": { "name": null, "tags": null } }, "policies": { "protectedNamespaces": { "namespaces": null } }, "tolerations": null, "serviceAccount": { "annotations": null },
            })),
        ),
        (
            "parts-of-the-rights",
            values(json!({ "rbac": { "pods": false, "events": false, "prerequisites": false, "aggregate": false } })),
        ),
        (
            "extra",
            values(json!({
                "replicas": 1,
                "podDisruptionBudget": { "maxUnavailable": "50%" },
                "updateStrategy": { "type": "Recreate" },
                "dnsPolicy": "Default",
                "extraEnv": [
                    { "name": "HTTPS_PROXY", "value": "http://proxy:3128" },
                    { "name": "SECRET", "valueFrom": { "secretKeyRef": { "name": "s", "key": "k" } } },
                ],
                "extraVolumes": [{ "name": "ca", "configMap": { "name": "ca" } }],
                "extraVolumeMounts": [{ "name": "ca", "mountPath": "/ca", "readOnly": true }],
                "commonLabels": { "team": "platform", "app.kubernetes.io/part-of": "platform" },
                "podMonitor": { "enabled": true, "labels": { "team": "metrics" } },
                "deploymentAnnotations": { "reloader": "yes" },
                "podLabels": { "fargate": "yes" },
                "podAnnotations": { "a": "b" },
                "serviceAccount": { "annotations": { "c": "d" } },
                "tolerations": [{ "key": "CriticalAddonsOnly", "operator": "Exists" }],
                "affinity": { "nodeAffinity": { "requiredDuringSchedulingIgnoredDuringExecution": {
                    "nodeSelectorTerms": [{ "matchExpressions": [{ "key": "pool", "operator": "In", "values": ["system"] }] }],
                } } },
                "topologySpreadConstraints": [{
                    "maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule",
                    "labelSelector": { "matchLabels": { "x": "y" } },
                }],
                "image": {
                    "repository": "registry.example.com/fargate-operator",
                    "digest": format!("sha256:{}", "0123456789abcdef".repeat(4)),
                    "pullSecrets": ["pull"],
                },
                "networkPolicy": {
                    "enabled": true,
                    "metricsFrom": [{ "namespaceSelector": { "matchLabels": { "name": "monitoring" } } }],
                    "egressPorts": [443, 6443],
                    "extraEgress": [{ "ports": [{ "port": 4317, "protocol": "TCP" }] }],
                },
            })),
        ),
    ]
}

#[tokio::test]
async fn charts_pass_helm_lint_strict() {
    let helm = Helm::new("lint").await;
    for (_, values) in matrix() {
        helm.with(&format!("lint --strict --quiet {OPERATOR}"), &values).await.unwrap();
    }
    // Without any values, too, so that the chart can be checked before anything is known of a cluster.
    helm.run(&format!("lint --strict --quiet {OPERATOR} {CRDS}")).await.unwrap();
}

#[tokio::test]
async fn every_object_of_the_matrix_has_the_form_that_the_api_server_asks_for() {
    let helm = Helm::new("matrix").await;
    let schemas = helm.folder().join("schemas");
    let manifests = helm.folder().join("manifests");
    std::fs::create_dir_all(&schemas).unwrap();
    std::fs::create_dir_all(&manifests).unwrap();
    let bed = Bed::without_operator(Options::default()).await.unwrap();
    for version in VERSIONS {
        write_schemas(&bed, version, &schemas).await;
    }
    let mut count = 0;
    for (name, values) in matrix() {
        count += write_manifests(&manifests, name, &helm.template(OPERATOR, &values).await);
    }
    count += write_manifests(&manifests, "crds", &helm.template(CRDS, &json!({ "labels": { "a": "b" } })).await);

    let checked = kubeconform(&schemas, &manifests).await.unwrap();
    assert!(checked.contains(&format!("Summary: {count} resources found")), "{count}\n{checked}");
    assert!(checked.contains("Errors: 0") && checked.contains("Invalid: 0"), "{checked}");

    // It does look: a field misspelt, and one of another type.
    let mut broken = helm.template(OPERATOR, &values(json!({}))).await;
    broken.retain(|object| object["kind"] == "Deployment");
    broken[0]["spec"]["replicaCount"] = json!(2);
    write_manifests(&manifests, "broken", &broken);
    let error = kubeconform(&schemas, &manifests).await.unwrap_err();
    assert!(error.contains("replicaCount"), "{error}");
    broken[0]["spec"].as_object_mut().unwrap().remove("replicaCount");
    broken[0]["spec"]["replicas"] = json!("2");
    write_manifests(&manifests, "broken", &broken);
    let error = kubeconform(&schemas, &manifests).await.unwrap_err();
    assert!(error.contains("/spec/replicas"), "{error}");
}

/// The pod of an object that is one or makes some.
fn pod(object: &Value) -> Option<&Value> {
    match object["kind"].as_str() {
        Some("Pod") => Some(&object["spec"]),
        Some("Deployment" | "Job") => Some(&object["spec"]["template"]["spec"]),
        _ => None,
    }
}

#[tokio::test]
async fn every_container_is_without_root_capabilities_and_a_file_system_to_write_to() {
    let helm = Helm::new("confined").await;
    let mut kinds = BTreeSet::new();
    for (name, values) in matrix() {
        for object in helm.template(OPERATOR, &values).await {
            let Some(pod) = pod(&object) else { continue };
            kinds.insert(object["kind"].to_string());
            let context = &pod["securityContext"];
            let of_pod = (&context["runAsNonRoot"], &context["seccompProfile"]["type"]);
            assert_eq!(of_pod, (&json!(true), &json!("RuntimeDefault")), "{name}: {object}");
            for container in pod["containers"].as_array().unwrap() {
                let expected = json!({
                    "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": { "drop": ["ALL"] },
                });
                assert_eq!(container["securityContext"], expected, "{name}: {object}");
            }
        }
    }
    assert_eq!(kinds.len(), 3, "the operator, its hook and its test: {kinds:?}");
}

/// How many there are.
fn write_manifests(folder: &Path, name: &str, objects: &[Value]) -> usize {
    for (n, object) in objects.iter().enumerate() {
        std::fs::write(folder.join(format!("{name}-{n}.json")), object.to_string()).unwrap();
    }
    objects.len()
}

async fn kubeconform(schemas: &Path, manifests: &Path) -> Result<String, String> {
    let location = format!("{}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json", schemas.display());
    let output = Command::new(programs::tools().await.unwrap().join("kubeconform"))
        .args(["-strict", "-summary", "-skip", FOREIGN, "-schema-location", &location])
        .arg(manifests)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() { Ok(text) } else { Err(text) }
}

/// One for each kind of a version, closed: what the API server does not know is an error.
async fn write_schemas(bed: &Bed, version: &str, folder: &Path) {
    let request = Request::get(format!("/openapi/v3/{version}")).body(Vec::new()).unwrap();
    let document: Value = bed.client().request(request).await.unwrap();
    let mut schemas = document["components"]["schemas"].clone();
    for schema in schemas.as_object_mut().unwrap().values_mut() {
        if schema.get("properties").is_some() && schema.get("additionalProperties").is_none() {
            schema["additionalProperties"] = json!(false);
        }
    }
    for (name, schema) in schemas.as_object().unwrap() {
        for kind in schema["x-kubernetes-group-version-kind"].as_array().into_iter().flatten() {
            let group = kind["group"].as_str().unwrap().split('.').next().unwrap();
            let parts = [kind["kind"].as_str().unwrap(), group, kind["version"].as_str().unwrap()];
            let file = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-").to_lowercase();
            let root = json!({ "$ref": format!("#/components/schemas/{name}"), "components": { "schemas": schemas } });
            // Kinds that every version has, such as DeleteOptions, are none that a chart makes.
            if !name.contains("apimachinery") {
                std::fs::write(folder.join(format!("{file}.json")), root.to_string()).unwrap();
            }
        }
    }
}

#[tokio::test]
async fn what_telemetry_ships_is_in_the_objects_as_it_stands() {
    let helm = Helm::new("telemetry").await;
    let file =
        |name: &str| std::fs::read_to_string(programs::repository().join(OPERATOR).join("files").join(name)).unwrap();
    let rendered = helm.template(OPERATOR, &everything()).await;
    let rules = object(&rendered, "PrometheusRule", "fargate-operator");
    assert_eq!(rules["spec"], serde_saphyr::from_str::<Value>(&file("alerts.yaml")).unwrap());
    let dashboard = object(&rendered, "ConfigMap", "fargate-operator-dashboard");
    let text = dashboard["data"]["fargate-operator.json"].as_str().unwrap();
    assert_eq!(text.trim(), file("dashboard.json").trim());
    let metrics = object(&rendered, "ConfigMap", "fargate-operator-kube-state-metrics");
    assert_eq!(metrics["data"]["config.yaml"].as_str().unwrap().trim(), file("kube-state-metrics.yaml").trim());
}

#[tokio::test]
async fn the_chart_of_the_crd_has_the_crd_that_the_operator_prints() {
    let helm = Helm::new("crds").await;
    let rendered = helm.template(CRDS, &json!({ "labels": { "a": "b" }, "annotations": { "c": "d" } })).await;
    let mut printed: Value = serde_saphyr::from_str(
        &std::fs::read_to_string(programs::repository().join("crds/fargateprofiles.yaml")).unwrap(),
    )
    .unwrap();
    let mut made = rendered[0].clone();
    assert_eq!(made["metadata"]["labels"]["a"], "b");
    assert_eq!(
        made["metadata"]["annotations"],
        json!({ "c": "d", "helm.sh/resource-policy": "keep", "fargate-operator.dev/prevent-deletion": "true" })
    );
    for object in [&mut made, &mut printed] {
        object["metadata"] = json!({ "name": object["metadata"]["name"] });
        numbers_alike(object);
    }
    assert_eq!(rendered.len(), 1);
    assert_eq!(made, printed);
}

/// Helm writes 0 for 0.0.
fn numbers_alike(value: &mut Value) {
    match value {
        Value::Number(number) => *value = json!(number.as_f64()),
        Value::Array(all) => all.iter_mut().for_each(numbers_alike),
        Value::Object(all) => all.values_mut().for_each(numbers_alike),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

#[tokio::test]
async fn a_label_stands_once_and_the_strategy_has_what_belongs_to_it() {
    let helm = Helm::new("labels").await;
    let (_, extra) = matrix().into_iter().find(|(name, _)| *name == "extra").unwrap();
    let text = helm.with(&format!("template x {OPERATOR}"), &extra).await.unwrap();
    for manifest in text.split("\n---\n") {
        let metadata = manifest.split("\nspec:\n").next().unwrap();
        let count = metadata.matches("app.kubernetes.io/part-of: ").count();
        assert!(count < 2, "{count} of them\n{metadata}");
    }
    let rendered = helm.template(OPERATOR, &extra).await;
    let deployment = object(&rendered, "Deployment", "fargate-operator");
    assert_eq!(deployment["metadata"]["labels"]["app.kubernetes.io/part-of"], "platform");
    assert_eq!(object(&rendered, "PodMonitor", "fargate-operator")["metadata"]["labels"]["team"], "metrics");
    // The API server refuses settings of a rolling update beside it.
    assert_eq!(deployment["spec"]["strategy"], json!({ "type": "Recreate" }));
}

#[tokio::test]
async fn the_network_policy_is_for_the_pods_of_the_hooks_too() {
    let helm = Helm::new("network").await;
    let rendered = helm.template(OPERATOR, &values(json!({ "networkPolicy": { "enabled": true } }))).await;
    let selector = &object(&rendered, "NetworkPolicy", "fargate-operator")["spec"]["podSelector"];
    let pods = [
        &object(&rendered, "Deployment", "fargate-operator")["spec"]["template"],
        object(&rendered, "Pod", "fargate-operator-test"),
        &object(&rendered, "Job", "fargate-operator-uninstall-check")["spec"]["template"],
    ];
    let names: Vec<&Value> = pods.iter().map(|pod| &pod["metadata"]["labels"]["app.kubernetes.io/name"]).collect();
    assert_eq!(
        *selector,
        json!({ "matchExpressions": [{ "key": "app.kubernetes.io/name", "operator": "In", "values": names }] }),
    );
}

#[tokio::test]
async fn pods_with_pod_identity_stay_off_fargate_and_irsa_is_an_annotation() {
    let helm = Helm::new("credentials").await;
    let matrix = matrix();
    let of = |name: &str| matrix.iter().find(|(other, _)| *other == name).unwrap().1.clone();
    let with = helm.template(OPERATOR, &of("pod-identity")).await;
    let pods = object(&with, "Deployment", "fargate-operator")["spec"]["template"].clone();
    assert_eq!(pods["metadata"]["annotations"]["eks.amazonaws.com/compute-type"], "ec2");
    let term = &pods["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"];
    assert_eq!(
        term[0]["matchExpressions"][0],
        json!({ "key": "eks.amazonaws.com/compute-type", "operator": "NotIn", "values": ["fargate"] })
    );
    assert_eq!(object(&with, "ServiceAccount", "fargate-operator")["metadata"]["annotations"], Value::Null);
    assert_eq!(
        object(&with, "PodIdentityAssociation", "fargate-operator")["spec"],
        json!({
            "clusterName": "prod", "namespace": "fargate-operator", "serviceAccount": "fargate-operator",
            "roleARN": "arn:aws-cn:iam::111122223333:role/operator",
        })
    );
    let with = helm.template(OPERATOR, &of("irsa")).await;
    assert_eq!(
        object(&with, "ServiceAccount", "fargate-operator")["metadata"]["annotations"],
        json!({
            "eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/operator",
            "eks.amazonaws.com/sts-regional-endpoints": "true",
        })
    );
    let pods = object(&with, "Deployment", "fargate-operator")["spec"]["template"].clone();
    assert_eq!(pods["spec"]["affinity"], Value::Null);
}
