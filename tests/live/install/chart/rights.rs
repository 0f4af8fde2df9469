//! The operator as the chart runs it: with exactly the rendered arguments and environment and a token of the rendered
//! ServiceAccount. Its rights are sufficient: nothing is denied. Each is necessary: taken away, a request is denied that the
//! operator has made.

use std::collections::BTreeSet;

use bed::child::{End, GuardedChild};
use bed::testing::found;
use bed::{CLUSTER, ControlPlane, Kubectl, Port, ROLE};
use eks_simulator::{ClusterSettings, Control, RoleTrust, Settings};
use fargate_operator::api::{ConditionType, FargateProfile, POD_PROFILE_LABEL};
use k8s_openapi::ByteString;
use k8s_openapi::api::authorization::v1::SubjectAccessReview;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::events::v1::Event;
use k8s_openapi::api::rbac::v1::{ClusterRole, PolicyRule, Role};
use kube::api::{Api, DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::{Client, ResourceExt};
use serde_json::{Value, json};

use super::helm::{CRDS, Helm, NAMESPACE, OPERATOR, values};
use super::kubelet;
use super::recorder::{Asked, Recorder};
use crate::support::{is, profile, until, until_async};

/// The ServiceAccount, as RBAC names it.
const OPERATOR_USER: &str = "system:serviceaccount:fargate-operator:fargate-operator";

/// The operator's roles, each with its namespace.
const ROLES: [(&str, Option<&str>); 3] = [
    ("fargate-operator-pods", None),
    ("fargate-operator-lease", Some(NAMESPACE)),
    ("fargate-operator-prerequisites", Some("kube-system")),
];
/// Of these, the one for pods allows some, too: events in the namespace default, and reading namespaces.
const ROLES_WITHOUT_PODS: [(&str, Option<&str>); 3] = [
    ("fargate-operator-core", None),
    ("fargate-operator-events", Some("default")),
    ("fargate-operator-prerequisites", None),
];
/// The namespaces that these other roles allow to be read.
const ALLOWED_TWICE: [&str; 2] = ["kube-system", "aws-observability"];

// The proxy answers while kubectl is waited for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_rights_of_the_chart_are_sufficient_and_each_is_necessary() {
    let control_plane = ControlPlane::start().await.unwrap();
    let client = control_plane.client().await.unwrap();
    let helm = Helm::new("rights").await.on(control_plane.kubeconfig());
    let kubectl = Kubectl::new(control_plane.programs().join("kubectl"), control_plane.kubeconfig());
    let eks = eks_simulator::start(Settings::scaled(60.0)).await.unwrap();
    let mut cluster = ClusterSettings::named(CLUSTER);
    let authority = ByteString(control_plane.authority().as_bytes().to_vec());
    cluster.certificate_authority = serde_json::to_value(authority).unwrap().as_str().unwrap().to_owned();
    cluster.endpoint = control_plane.url().to_owned();
    eks.add_cluster(cluster);
    eks.set_role(ROLE, RoleTrust::Trusted);

    helm.run(&format!("install fargate-operator-crds {CRDS} -n {NAMESPACE} --create-namespace")).await.unwrap();
    let port = Port::free().unwrap();
    let variable = |name: &str, value: &str| json!({ "name": name, "value": value });
    let chosen = values(json!({
        "region": eks.identity().region,
        "defaultPodExecutionRoleArn": ROLE,
        "port": port.number(),
        "adminListen": "127.0.0.1:0",
        // Scaled, the time limit of a call would be too short for a busy machine.
        "intervals": { "quiet": "10m", "operationTimeout": "5m" },
        "log": { "filter": "info,fargate_operator=debug", "format": "json" },
        // Where AWS is, and how fast its time goes.
        "extraEnv": [
            variable("AWS_ENDPOINT_URL", &eks.url()),
            variable("AWS_ACCESS_KEY_ID", "test"),
            variable("AWS_SECRET_ACCESS_KEY", "test"),
            variable("FARGATE_OPERATOR_TIME_SCALE", "60"),
        ],
    }));
    let line = format!("fargate-operator {OPERATOR} -n {NAMESPACE}");
    helm.with(&format!("install {line}"), &chosen).await.unwrap();

    let pod = kubelet::pods(&client, "fargate-operator", 2).await.remove(0);
    let recorder = Recorder::before(&kubelet::kubeconfig(&control_plane, &client, "fargate-operator").await).await;
    let log = helm.folder().join("operator.log");
    let operator = GuardedChild::start(&kubelet::command(&pod, &recorder.kubeconfig), &log, &End::asked()).unwrap();
    life(&client, &kubectl, &eks.control()).await;
    drop(operator);

    let (asked, denied) = (recorder.record.asked(), recorder.record.denied());
    assert_eq!(denied, [], "{}", std::fs::read_to_string(&log).unwrap());
    let mut unused = BTreeSet::new();
    for role in ROLES {
        unused.extend(each_is_necessary(&client, role, &asked).await);
    }
    let mut without = chosen.clone();
    without["rbac"] = json!({ "pods": false });
    helm.with(&format!("upgrade {line}"), &without).await.unwrap();
    for role in ROLES_WITHOUT_PODS {
        unused.extend(each_is_necessary(&client, role, &asked).await);
    }
    assert!(unused.is_empty(), "nobody has asked for what these allow: {unused:#?}\nbut for {asked:#?}");
}

/// Objects whose life asks for all that the operator does: pods of every kind that waited for their profile, one of them that
/// can never be made anew, a change that has to be made twice, a pod that is moved, and the end.
async fn life(client: &Client, kubectl: &Kubectl, eks: &Control) {
    kubectl.run("create namespace web").unwrap();
    // Logs are wanted, so that it matters whether Fargate ships them.
    kubectl.run("create namespace aws-observability").unwrap();
    kubectl.run("create configmap aws-logging -n aws-observability").unwrap();
    let containers = json!([{ "name": "main", "image": "none" }]);
    let template = |name: &str, restart: &str| json!({ "metadata": { "labels": { "app": name } }, "spec": { "restartPolicy": restart, "containers": containers } });
    let selector = |name: &str| json!({ "matchLabels": { "app": name } });
    let object = |version: &str, kind: &str, name: &str, spec: Value| json!({ "apiVersion": version, "kind": kind, "metadata": { "name": name, "namespace": "web" }, "spec": spec });
    for made in [
        object(
            "apps/v1",
            "Deployment",
            "site",
            json!({ "replicas": 1, "selector": selector("site"), "template": template("site", "Always") }),
        ),
        object(
            "apps/v1",
            "StatefulSet",
            "db",
            json!({ "serviceName": "db", "selector": selector("db"), "template": template("db", "Always") }),
        ),
        object("batch/v1", "Job", "batch", json!({ "backoffLimit": 4, "template": template("batch", "Never") })),
        object("batch/v1", "Job", "last-try", json!({ "backoffLimit": 0, "template": template("last-try", "Never") })),
        object(
            "v1",
            "ReplicationController",
            "old",
            json!({ "replicas": 1, "selector": { "app": "old" }, "template": template("old", "Always") }),
        ),
    ] {
        kubectl.apply(&made.to_string()).unwrap();
    }
    // Nobody here runs the controller of that last kind.
    let uid = kubectl.words(&["get", "rc", "old", "-n", "web", "-o", "jsonpath={.metadata.uid}"]).unwrap();
    let owner =
        json!([{ "apiVersion": "v1", "kind": "ReplicationController", "name": "old", "uid": uid, "controller": true }]);
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": { "name": "old-1", "namespace": "web", "labels": { "app": "old" }, "ownerReferences": owner },
        "spec": { "containers": containers },
    });
    until_async("a pod can be made", async || kubectl.apply(&pod.to_string()).is_ok()).await;
    let pods: Api<Pod> = Api::namespaced(client.clone(), "web");
    until_async("all pods exist", async || pods.list(&ListParams::default()).await.unwrap().items.len() == 5).await;

    kubectl.apply(&profile("web", "web").to_string()).unwrap();
    let profiles: Api<FargateProfile> = Api::all(client.clone());
    let ready = |object: Option<&FargateProfile>| object.is_some_and(|object| is(object, ConditionType::Ready));
    found(profiles.clone(), "web", ready).await.unwrap();
    let patch = Patch::Merge(json!({ "spec": { "tags": { "team": "a" } } }));
    profiles.patch("web", &PatchParams::default(), &patch).await.unwrap();
    for _ in 0..3 {
        let is_tagged =
            || eks.profiles(CLUSTER).iter().all(|profile| profile.tags.get("team").is_some_and(|it| it == "a"));
        until("the tag is there", is_tagged).await;
        // Of the same generation, and so the same event.
        for profile in eks.profiles(CLUSTER) {
            eks.outsider().strip_tags(CLUSTER, &profile.name, &["team"]).unwrap();
        }
    }
    until_async("a repeated event is counted", async || {
        events(client, "default").await.iter().any(|event| is_of(event, "Tagged") && count(event) > 1)
    })
    .await;
    until_async("all that can be made anew is", async || {
        let told = events(client, "web").await;
        told.iter().filter(|event| is_of(event, "Recreated")).count() == 4
            && told.iter().any(|event| is_of(event, "EvictionRefused") && count(event) > 1)
    })
    .await;
    moved(client, kubectl, &profiles).await;
    profiles.delete("web", &DeleteParams::default()).await.unwrap();
    until_async("the object is gone", async || profiles.get_opt("web").await.unwrap().is_none()).await;
}

/// A pod that is moved. Nobody here is EKS's webhook or its scheduler.
async fn moved(client: &Client, kubectl: &Kubectl, profiles: &Api<FargateProfile>) {
    let spec = json!({ "schedulerName": "fargate-scheduler", "containers": [{ "name": "main", "image": "none" }] });
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "moved", "namespace": "web" },
        "spec": {
            "selector": { "matchLabels": { "app": "moved" } },
            "template": { "metadata": { "labels": { "app": "moved" } }, "spec": spec },
        },
    });
    kubectl.apply(&deployment.to_string()).unwrap();
    let pods: Api<Pod> = Api::namespaced(client.clone(), "web");
    let its = ListParams::default().labels("app=moved");
    until_async("its pod is there", async || pods.list(&its).await.unwrap().items.len() == 1).await;
    kubectl.run(&format!("label pod -n web -l app=moved {POD_PROFILE_LABEL}=web-9999")).unwrap();
    let patch = Patch::Merge(json!({ "spec": { "selectors": [{ "namespace": "web" }, { "namespace": "more" }] } }));
    profiles.patch("web", &PatchParams::default(), &patch).await.unwrap();
    until_async("it is moved", async || events(client, "web").await.iter().any(|event| is_of(event, "Evicted"))).await;
}

async fn events(client: &Client, namespace: &str) -> Vec<Event> {
    Api::<Event>::namespaced(client.clone(), namespace).list(&ListParams::default()).await.unwrap().items
}

fn is_of(event: &Event, reason: &str) -> bool {
    event.reason.as_deref() == Some(reason)
}

fn count(event: &Event) -> i32 {
    event.series.as_ref().map_or(1, |series| series.count)
}

/// Takes away each verb of each rule of a role, one at a time, and asks the API server whether it denies what it has
/// allowed. Returns those that nobody has asked for.
async fn each_is_necessary(client: &Client, role: (&str, Option<&str>), asked: &[Asked]) -> Vec<String> {
    let rules = rules(client, role).await;
    let mut unused = Vec::new();
    for (n, rule) in rules.iter().enumerate() {
        for (verb, resource) in
            rule.verbs.iter().flat_map(|verb| rule.resources.iter().flatten().map(move |it| (verb, it)))
        {
            let here = |asked: &&Asked| match role.1 {
                Some(namespace) => asked.namespace.as_deref() == Some(namespace),
                // There another role allows it as well.
                None if role == ROLES[0] => {
                    let is_allowed_twice = asked.name.as_deref().is_some_and(|name| ALLOWED_TWICE.contains(&name));
                    asked.namespace.as_deref() != Some("default") && !is_allowed_twice
                }
                None => true,
            };
            let used = asked
                .iter()
                .filter(here)
                .find(|asked| asked.verb == verb && asked.resource == *resource && asked.is_allowed_by(rule));
            let Some(used) = used else {
                unused.push(format!("{}: {verb} {resource}", role.0));
                continue;
            };
            assert!(is_allowed(client, used).await, "{used:?}");
            // A rule for several resources is split, so that the others are left.
            let mut less = rules.clone();
            less[n].verbs.retain(|other| other != verb);
            let others: Vec<String> =
                rule.resources.iter().flatten().filter(|other| *other != resource).cloned().collect();
            less.push(PolicyRule { verbs: vec![verb.clone()], resources: Some(others), ..rule.clone() });
            less.retain(|rule| !rule.verbs.is_empty() && rule.resources.iter().flatten().next().is_some());
            set_rules(client, role, less).await;
            until_async(&format!("without it in {}, this is denied: {used:?}", role.0), async || {
                !is_allowed(client, used).await
            })
            .await;
            set_rules(client, role, rules.clone()).await;
            until_async("it is allowed again", async || is_allowed(client, used).await).await;
        }
    }
    unused
}

/// Whether the API server lets the operator do this.
pub async fn is_allowed(client: &Client, asked: &Asked) -> bool {
    let (resource, part) = asked.resource.split_once('/').unwrap_or((&asked.resource, ""));
    let attributes = json!({
        "verb": asked.verb, "group": asked.group, "resource": resource, "subresource": part,
        "namespace": asked.namespace, "name": asked.name,
    });
    let review = json!({ "spec": { "user": OPERATOR_USER, "resourceAttributes": attributes } });
    let review: SubjectAccessReview = serde_json::from_value(review).unwrap();
    let reviews: Api<SubjectAccessReview> = Api::all(client.clone());
    reviews.create(&PostParams::default(), &review).await.unwrap().status.is_some_and(|status| status.allowed)
}

async fn rules(client: &Client, (name, namespace): (&str, Option<&str>)) -> Vec<PolicyRule> {
    match namespace {
        None => Api::<ClusterRole>::all(client.clone()).get(name).await.unwrap().rules,
        Some(namespace) => Api::<Role>::namespaced(client.clone(), namespace).get(name).await.unwrap().rules,
    }
    .unwrap()
}

async fn set_rules(client: &Client, (name, namespace): (&str, Option<&str>), rules: Vec<PolicyRule>) {
    match namespace {
        None => {
            let roles: Api<ClusterRole> = Api::all(client.clone());
            let role = ClusterRole { rules: Some(rules), ..roles.get(name).await.unwrap() };
            roles.replace(&role.name_any(), &PostParams::default(), &role).await.unwrap();
        }
        Some(namespace) => {
            let roles: Api<Role> = Api::namespaced(client.clone(), namespace);
            let role = Role { rules: Some(rules), ..roles.get(name).await.unwrap() };
            roles.replace(&role.name_any(), &PostParams::default(), &role).await.unwrap();
        }
    }
}
