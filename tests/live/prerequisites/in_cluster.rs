//! What the cluster itself tells: each thing that is wrong is told on the object, holds up nothing, is mended from outside, and is told no
//! more.

use bed::testing::{TestNamespace, deployment};
use bed::{Bed, CLUSTER};
use eks_simulator::SecurityGroup;
use fargate_operator::api::FargateProfile;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::api::rbac::v1::{ClusterRole, Role};
use kube::ResourceExt;
use kube::api::{Api, PostParams};
use serde_json::{Value, json};

use super::{checking, findings, found, has, with_checks};
use crate::support::drains::fargate;
use crate::support::{BedExt, profile, quick, until};

/// A bed with Fargate whose operator checks.
async fn with_fargate() -> Bed {
    Bed::start(with_checks(fargate(120.0))).await.unwrap()
}

/// Waits until a finding of this check says this.
async fn says(bed: &Bed, name: &str, check: &str, text: &str) {
    let told = |object: &FargateProfile| {
        let all = findings(object);
        all.iter().any(|one| one.check == check && one.severity == "Advisory" && one.message.contains(text))
    };
    bed.wait(name, &format!("told of {text} by {check}"), told).await;
}

async fn mended(bed: &Bed, name: &str, check: &str) {
    let object = bed.wait(name, &format!("mended: {check}"), |object| !has(object, check, "Advisory")).await;
    assert!(!has(&object, check, "Unknown"), "{:?}", findings(&object));
    bed.settled(name).await;
}

#[tokio::test]
async fn a_webhook_of_eks_that_is_gone_is_told_until_it_is_back() {
    let bed = checking().await;
    let kept = bed.kubectl().run(&format!("get mutatingwebhookconfiguration {} -o json", data_plane::WEBHOOK)).unwrap();
    bed.kubectl().run(&format!("delete mutatingwebhookconfiguration {}", data_plane::WEBHOOK)).unwrap();
    bed.create(&profile("web", "web")).await;
    bed.settled("web").await;
    says(&bed, "web", "Webhook", data_plane::WEBHOOK).await;
    let mut kept: Value = serde_json::from_str(&kept).unwrap();
    kept["metadata"] = json!({ "name": data_plane::WEBHOOK });
    bed.kubectl().apply(&kept.to_string()).unwrap();
    mended(&bed, "web", "Webhook").await;
}

#[tokio::test]
async fn budgets_that_let_no_pod_go_are_told_until_they_do() {
    let bed = with_fargate().await;
    let ns = TestNamespace::new(&bed, "rigid").await;
    let selector = json!({ "matchLabels": { "app": "web" } });
    let budget = |name: &str, spec: Value| {
        let mut budget = json!({ "metadata": { "name": name }, "spec": spec });
        budget["spec"]["selector"] = selector.clone();
        budget
    };
    ns.create::<PodDisruptionBudget>(budget("all", json!({ "minAvailable": 1 }))).await;
    ns.create::<Deployment>(deployment("web", 1)).await;
    bed.create(&profile("rigid", "rigid")).await;
    says(&bed, "rigid", "DisruptionBudget", "rigid/all never lets a pod go").await;
    let patch = r#"{"spec":{"minAvailable":null,"maxUnavailable":1}}"#;
    bed.kubectl().words(&["patch", "pdb", "all", "-n", "rigid", "--type=merge", "-p", patch]).unwrap();
    mended(&bed, "rigid", "DisruptionBudget").await;
    ns.create::<PodDisruptionBudget>(budget("another", json!({ "maxUnavailable": 1 }))).await;
    says(&bed, "rigid", "DisruptionBudget", "rigid/all and rigid/another select the same pod").await;
    ns.delete::<PodDisruptionBudget>("another").await;
    mended(&bed, "rigid", "DisruptionBudget").await;
}

/// As much of the kind as the operator reads.
fn group_policies() -> Value {
    let open = json!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true });
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": { "name": "securitygrouppolicies.vpcresources.k8s.aws" },
        "spec": {
            "group": "vpcresources.k8s.aws", "scope": "Namespaced",
            "names": { "kind": "SecurityGroupPolicy", "plural": "securitygrouppolicies", "singular": "securitygrouppolicy" },
            "versions": [{
                "name": "v1beta1", "served": true, "storage": true,
                "schema": { "openAPIV3Schema": { "type": "object", "properties": { "spec": open } } },
            }],
        },
    })
}

#[tokio::test]
async fn groups_of_a_policy_that_are_gone_or_let_no_name_be_asked_for_are_told_until_they_are_replaced() {
    let bed = with_fargate().await;
    let ns = TestNamespace::new(&bed, "groups").await;
    ns.create::<Deployment>(deployment("web", 1)).await;
    bed.create(&profile("groups", "groups")).await;
    // Without the kind there are no policies, and nothing to tell.
    let object = bed.settled("groups").await;
    assert!(findings(&object).iter().all(|one| one.check != "SecurityGroupPolicy"), "{:?}", findings(&object));

    bed.kubectl().apply(&group_policies().to_string()).unwrap();
    bed.kubectl()
        .run("wait --for=condition=Established crd/securitygrouppolicies.vpcresources.k8s.aws --timeout=60s")
        .unwrap();
    let with = async |groups: &[&str]| {
        let spec =
            json!({ "podSelector": { "matchLabels": { "app": "web" } }, "securityGroups": { "groupIds": groups } });
        let metadata = json!({ "name": "web", "namespace": "groups" });
        let policy = json!({ "apiVersion": "vpcresources.k8s.aws/v1beta1", "kind": "SecurityGroupPolicy", "metadata": metadata, "spec": spec });
        // A kind that is established may not be served yet.
        until("the policy is there", || bed.kubectl().apply(&policy.to_string()).is_ok()).await;
    };
    let (gone, shut) = ("sg-0000000000000dead", "sg-00000000000005447");
    let own = bed.eks().cluster_settings(CLUSTER).unwrap().security_group.clone();
    with(&[&own, gone]).await;
    says(&bed, "groups", "SecurityGroupPolicy", gone).await;
    bed.eks()
        .change_network(CLUSTER, |network| {
            network.security_groups.insert(shut.to_owned(), SecurityGroup::default());
        })
        .unwrap();
    with(&[shut]).await;
    says(&bed, "groups", "SecurityGroupPolicy", "let no 53/udp, 443/tcp out").await;
    with(&[&own, shut]).await;
    mended(&bed, "groups", "SecurityGroupPolicy").await;
    bed.kubectl().run("delete crd securitygrouppolicies.vpcresources.k8s.aws").unwrap();
}

#[tokio::test]
async fn logs_that_are_wanted_and_would_not_be_shipped_are_told_until_they_would() {
    let bed = checking().await;
    let apply = |kind: &str, metadata: Value, data: Value| {
        let object = json!({ "apiVersion": "v1", "kind": kind, "metadata": metadata, "data": data });
        bed.kubectl().apply(&object.to_string()).unwrap();
    };
    let output = |plugin: &str| {
        let data = json!({ "output.conf": format!("[OUTPUT]\n    Name {plugin}\n    Match *\n") });
        apply("ConfigMap", json!({ "name": "aws-logging", "namespace": "aws-observability" }), data);
    };
    let namespace = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "aws-observability" } });
    bed.kubectl().apply(&namespace.to_string()).unwrap();
    output("s3");
    bed.create(&profile("web", "web")).await;
    says(&bed, "web", "Logging", "kubectl label namespace").await;
    says(&bed, "web", "Logging", "names s3").await;
    bed.kubectl().run("label namespace aws-observability aws-observability=enabled --overwrite").unwrap();
    output("cloudwatch_logs");
    says(&bed, "web", "Logging", "PutLogEvents").await;
    assert!(!found(&bed, "web", "Logging", "Advisory").await.contains("kubectl label namespace"));
    output("es");
    mended(&bed, "web", "Logging").await;
    bed.kubectl().run("delete configmap aws-logging -n aws-observability").unwrap();
}

#[tokio::test]
async fn each_right_in_the_cluster_that_is_missing_is_named_and_holds_up_nothing() {
    const NAME: &str = "fargate-operator-prerequisites";
    let mut bed = Bed::without_operator(with_checks(quick(240.0))).await.unwrap();
    // The next user of the control plane is given them anew.
    let roles: Api<ClusterRole> = Api::all(bed.client());
    let role = ClusterRole { rules: None, ..roles.get(NAME).await.unwrap() };
    roles.replace(&role.name_any(), &PostParams::default(), &role).await.unwrap();
    let mut role = roles.get("fargate-operator-pods").await.unwrap();
    role.rules.as_mut().unwrap().retain(|rule| !rule.resources.iter().flatten().any(|resource| resource == "services"));
    roles.replace("fargate-operator-pods", &PostParams::default(), &role).await.unwrap();
    let roles: Api<Role> = Api::namespaced(bed.client(), "kube-system");
    let role = Role { rules: None, ..roles.get(NAME).await.unwrap() };
    roles.replace(&role.name_any(), &PostParams::default(), &role).await.unwrap();
    bed.start_operator().await.unwrap();

    // It may be there already.
    let _ = bed.kubectl().run("create namespace web");
    let mut waiting = deployment("web", 1);
    waiting["apiVersion"] = json!("apps/v1");
    waiting["kind"] = json!("Deployment");
    waiting["metadata"]["namespace"] = json!("web");
    bed.kubectl().apply(&waiting.to_string()).unwrap();
    bed.create(&profile("web", "web")).await;
    for action in [
        "get configmaps/aws-logging",
        "get configmaps/aws-auth",
        "get mutatingwebhookconfigurations",
        "list poddisruptionbudgets",
        "list securitygrouppolicies",
        "get services/kube-dns",
    ] {
        let is_named = |object: &FargateProfile| {
            let all = findings(object);
            all.iter().any(|one| one.severity == "Unknown" && one.message.contains(&format!("may not {action}")))
        };
        bed.wait("web", &format!("Unknown for want of {action}"), is_named).await;
    }
    let object = bed.settled("web").await;
    assert!(findings(&object).iter().all(|finding| finding.severity == "Unknown"), "{:?}", findings(&object));
}
