//! Mending in the chart: it renders what is asked for and no more, and the operator may patch CoreDNS's Deployment alone.

use std::collections::BTreeSet;

use bed::{ControlPlane, Kubectl};
use serde_json::{Value, json};

use super::helm::{CRDS, Helm, NAMESPACE, OPERATOR, object, values};
use super::recorder::Asked;
use super::rendered::managed_role;
use super::rights::is_allowed;
use crate::support::until_async;

/// What a chart renders of mending: the settings by their names, and the objects.
async fn mending(helm: &Helm, values: &Value) -> (BTreeSet<String>, Vec<Value>) {
    let rendered = helm.template(OPERATOR, values).await;
    let container = &object(&rendered, "Deployment", "fargate-operator")["spec"]["template"]["spec"]["containers"][0];
    let env = container["env"].as_array().unwrap();
    let settings = env.iter().map(|variable| variable["name"].as_str().unwrap().to_owned());
    let is_of_mending = |name: &String| ["MANAGED_", "RESTORE_", "MOVE_"].iter().any(|part| name.contains(part));
    let settings = settings.filter(is_of_mending).collect();
    (settings, rendered.into_iter().filter(|it| it["metadata"]["name"] == "fargate-operator-mending").collect())
}

#[tokio::test]
async fn mending_is_rendered_only_if_it_is_asked_for_and_only_that() {
    let helm = Helm::new("mending").await;
    let (settings, objects) = mending(&helm, &values(json!({}))).await;
    assert!(settings.is_empty() && objects.is_empty(), "{settings:?} {objects:?}");

    let names = |names: &[&str]| names.iter().map(|name| format!("FARGATE_OPERATOR_{name}")).collect::<BTreeSet<_>>();
    let (settings, objects) = mending(&helm, &managed_role()).await;
    let of_role = ["MANAGED_POD_EXECUTION_ROLE", "MANAGED_ROLE_NAME", "MANAGED_ROLE_PATH"];
    let more = ["MANAGED_ROLE_PERMISSIONS_BOUNDARY", "MANAGED_ROLE_TAGS"];
    assert_eq!(settings, names(&[&of_role[..], &more[..]].concat()));
    assert!(objects.is_empty(), "{objects:?}");

    let entries = values(json!({ "mending": { "accessEntries": { "enabled": true } } }));
    let (settings, objects) = mending(&helm, &entries).await;
    assert_eq!((settings, objects), (names(&["RESTORE_ACCESS_ENTRIES"]), Vec::new()));

    let deployment = |namespace: &str, name: &str| json!({ "namespace": namespace, "name": name });
    let deployments = [("kube-system", "coredns"), ("dns", "coredns"), ("kube-system", "coredns-2")];
    let deployments = deployments.map(|(namespace, name)| deployment(namespace, name));
    let coredns = values(json!({ "mending": { "coreDns": { "enabled": true, "deployments": deployments } } }));
    let (settings, objects) = mending(&helm, &coredns).await;
    assert_eq!(settings, names(&["MOVE_COREDNS"]));
    let of_kind = |kind: &str| objects.iter().filter(|object| object["kind"] == kind).cloned().collect::<Vec<_>>();
    let rights = |of: &[&str]| {
        json!([
            { "apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["list"] },
            { "apiGroups": ["apps"], "resources": ["deployments"], "resourceNames": of, "verbs": ["patch"] },
        ])
    };
    let roles = of_kind("Role");
    let roles: Vec<_> = roles.iter().map(|role| (&role["metadata"]["namespace"], &role["rules"])).collect();
    let expected = [(json!("dns"), rights(&["coredns"])), (json!("kube-system"), rights(&["coredns", "coredns-2"]))];
    assert_eq!(roles, expected.iter().map(|(namespace, rules)| (namespace, rules)).collect::<Vec<_>>());
    let bindings = of_kind("RoleBinding");
    assert_eq!(bindings.iter().map(|it| &it["metadata"]["namespace"]).collect::<Vec<_>>(), ["dns", "kube-system"]);
    assert_eq!(objects.len(), 4);

    let mut without = coredns;
    without["rbac"] = json!({ "create": false });
    assert!(mending(&helm, &without).await.1.is_empty());
}

#[tokio::test]
async fn the_rights_to_move_coredns_are_for_the_deployments_that_are_named() {
    let control_plane = ControlPlane::start().await.unwrap();
    let client = control_plane.client().await.unwrap();
    let helm = Helm::new("mending-rights").await.on(control_plane.kubeconfig());
    let kubectl = Kubectl::new(control_plane.programs().join("kubectl"), control_plane.kubeconfig());
    kubectl.run("create namespace dns").unwrap();
    helm.run(&format!("install fargate-operator-crds {CRDS} -n {NAMESPACE} --create-namespace")).await.unwrap();
    let line = format!("fargate-operator {OPERATOR} -n {NAMESPACE}");
    let deployment = json!({ "namespace": "dns", "name": "coredns" });
    let coredns = values(json!({ "mending": { "coreDns": { "enabled": true, "deployments": [deployment] } } }));
    helm.with(&format!("install {line}"), &coredns).await.unwrap();

    let asks = |verb, resource: &str, namespace: &str, name: Option<&str>| Asked {
        verb,
        group: if resource == "services" { String::new() } else { "apps".to_owned() },
        resource: resource.to_owned(),
        namespace: Some(namespace.to_owned()),
        name: name.map(str::to_owned),
    };
    let patch = asks("patch", "deployments", "dns", Some("coredns"));
    let needed = [
        asks("list", "deployments", "dns", None),
        // By the role for pods.
        asks("get", "services", "kube-system", Some("kube-dns")),
        asks("list", "services", "dns", None),
    ];
    let none_of_its_business = [
        asks("patch", "deployments", "dns", Some("other")),
        asks("patch", "deployments", "kube-system", Some("coredns")),
        asks("list", "deployments", "kube-system", None),
        asks("patch", "deployments/scale", "dns", Some("coredns")),
        asks("update", "deployments", "dns", Some("coredns")),
        asks("delete", "deployments", "dns", Some("coredns")),
        asks("create", "deployments", "dns", None),
    ];
    for asked in needed.iter().chain([&patch]) {
        until_async(&format!("this is allowed: {asked:?}"), async || is_allowed(&client, asked).await).await;
    }
    for asked in &none_of_its_business {
        assert!(!is_allowed(&client, asked).await, "{asked:?}");
    }
    helm.with(&format!("upgrade {line}"), &values(json!({}))).await.unwrap();
    until_async("nothing of it is left", async || !is_allowed(&client, &patch).await).await;
}
