//! deploy/ and the charts make the same objects. What differs is named here, and nothing else may.

use std::collections::BTreeMap;

use bed::{Kubectl, programs};
use serde_json::{Map, Value, json};

use super::helm::{CRDS, Helm, OPERATOR, objects, values};

/// By kind, namespace and name.
type Objects = BTreeMap<(String, String, String), Value>;

fn by_name(objects: Vec<Value>) -> Objects {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let key = |object: &Value| {
        let metadata = &object["metadata"];
        (text(&object["kind"]), text(&metadata["namespace"]), text(&metadata["name"]))
    };
    objects.into_iter().map(|object| (key(&object), object)).collect()
}

fn entries<'a>(object: &'a mut Value, path: &str) -> Option<&'a mut Map<String, Value>> {
    object.pointer_mut(path).and_then(Value::as_object_mut)
}

/// Takes away what only the charts have.
fn less_of_helm(object: &mut Value) {
    // Labels that Helm's charts have by convention, and those that say nothing beside the others.
    if let Some(labels) = entries(object, "/metadata/labels") {
        for label in ["instance", "version", "managed-by"] {
            labels.remove(&format!("app.kubernetes.io/{label}"));
        }
        labels.remove("helm.sh/chart");
    }
    if object["kind"] == "CustomResourceDefinition" {
        entries(object, "/metadata/labels").unwrap().remove("app.kubernetes.io/name");
        // kubectl delete -k has the policy alone between it and the CRD.
        entries(object, "/metadata/annotations").unwrap().remove("helm.sh/resource-policy");
    }
}

/// The settings: with kustomize they come out of a ConfigMap that users fill.
fn less_of_settings(object: &mut Value) {
    if object["kind"] == "Deployment" {
        let container = entries(object, "/spec/template/spec/containers/0").unwrap();
        container.remove("envFrom");
        let env = container["env"].as_array_mut().unwrap();
        env.retain(|variable| variable["name"] != "FARGATE_OPERATOR_CLUSTER_NAME" && variable["name"] != "AWS_REGION");
    }
}

/// What kustomize makes of a folder.
async fn kustomized(helm: &Helm, folder: &str) -> Objects {
    let kubectl = programs::control_plane().await.unwrap().join("kubectl");
    let kubectl = Kubectl::new(kubectl, helm.folder().join("kubeconfig"));
    let folder = programs::repository().join(folder).display().to_string();
    by_name(objects(&kubectl.words(&["kustomize", &folder]).unwrap()))
}

#[tokio::test]
async fn deploy_and_the_charts_make_the_same_objects() {
    let helm = Helm::new("deploy").await;
    let mut deployed = kustomized(&helm, "deploy").await;
    let mut charted = helm.template(CRDS, &json!({})).await;
    charted.extend(helm.template(OPERATOR, &values(json!({}))).await);
    // Hooks are Helm's: the check before an uninstall and helm test. deploy/README.md has the first by hand.
    charted.retain(|object| object["metadata"]["annotations"]["helm.sh/hook"].is_null());
    let mut charted = by_name(charted);

    // Helm makes the namespace itself (--create-namespace).
    let namespace = ("Namespace".to_owned(), String::new(), "fargate-operator".to_owned());
    deployed.remove(&namespace).unwrap();
    let settings: Vec<_> =
        deployed.keys().filter(|(_, _, name)| name.starts_with("fargate-operator-settings-")).cloned().collect();
    assert_eq!(settings.len(), 1, "the settings that users fill");
    deployed.remove(&settings[0]);

    for object in charted.values_mut() {
        less_of_helm(object);
    }
    for object in charted.values_mut().chain(deployed.values_mut()) {
        less_of_settings(object);
    }
    assert_eq!(charted.keys().collect::<Vec<_>>(), deployed.keys().collect::<Vec<_>>());
    for (name, charted) in &charted {
        let pretty = |value: &Value| serde_json::to_string_pretty(value).unwrap();
        assert!(
            *charted == deployed[name],
            "{name:?}: the chart has\n{}\nand deploy/\n{}",
            pretty(charted),
            pretty(&deployed[name])
        );
    }
}

#[tokio::test]
async fn the_folder_for_mending_has_the_rights_that_the_chart_adds_for_coredns() {
    let helm = Helm::new("deploy-mending").await;
    let plain = by_name(helm.template(OPERATOR, &values(json!({}))).await);
    let mended = values(json!({ "mending": { "coreDns": { "enabled": true } } }));
    let mut added = by_name(helm.template(OPERATOR, &mended).await);
    added.retain(|name, _| !plain.contains_key(name));
    added.values_mut().for_each(less_of_helm);
    assert_eq!(added, kustomized(&helm, "deploy/mending").await);
}
