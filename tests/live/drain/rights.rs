//! Evictions that Kubernetes refuses for good: rights that the operator lacks, and a pod with two budgets.

use bed::Bed;
use bed::testing::TestNamespace;
use fargate_operator::api::ConditionType::{Available, Ready};
use k8s_openapi::api::authorization::v1::SubjectAccessReview;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::api::rbac::v1::ClusterRole;
use kube::ResourceExt;
use kube::api::{Api, PostParams};
use serde_json::json;

use crate::support::drains::{another_role, deletions, event, fargate, stalls};
use crate::support::objects::stalled;
use crate::support::{BedExt, is, profile, until_async};

const OPERATOR: &str = "system:serviceaccount:fargate-operator:fargate-operator";

/// Gives the operator these verbs, and no others, by the rule of its role that names the resource; waits until that counts.
/// The next user of the bed is given the roles anew.
async fn may(bed: &Bed, (group, resource): (&str, &str), verbs: &[&str], asked: &str) {
    let roles: Api<ClusterRole> = Api::all(bed.client());
    let mut role = roles.get("fargate-operator-pods").await.unwrap();
    let names = |resources: &Option<Vec<String>>| resources.iter().flatten().any(|name| name == resource);
    let rule = role.rules.iter_mut().flatten().find(|rule| names(&rule.resources)).unwrap();
    rule.verbs = verbs.iter().map(|verb| (*verb).to_owned()).collect();
    roles.replace(&role.name_any(), &PostParams::default(), &role).await.unwrap();
    let reviews: Api<SubjectAccessReview> = Api::all(bed.client());
    let (name, part) = resource.split_once('/').unwrap_or((resource, ""));
    let attributes =
        json!({ "group": group, "resource": name, "subresource": part, "verb": asked, "namespace": "rights" });
    let review = serde_json::from_value(json!({ "spec": { "user": OPERATOR, "resourceAttributes": attributes } }));
    let review: SubjectAccessReview = review.unwrap();
    let expected = verbs.contains(&asked);
    until_async(&format!("the operator may {asked} {resource}: {expected}"), async || {
        let answer = reviews.create(&PostParams::default(), &review).await.unwrap();
        answer.status.is_some_and(|status| status.allowed) == expected
    })
    .await;
}

const EVICTIONS: (&str, &str) = ("", "pods/eviction");
const DEPLOYMENTS: (&str, &str) = ("apps", "deployments");
const REPLICA_SETS: (&str, &str) = ("apps", "replicasets");
const PODS: (&str, &str) = ("", "pods");

#[tokio::test]
async fn an_eviction_that_is_refused_for_good_is_told_with_what_to_mend_and_goes_on_when_it_is_mended() {
    let bed = Bed::start(fargate(60.0)).await.unwrap();
    let ns = TestNamespace::new(&bed, "rights").await;
    bed.create(&profile("rights", "rights")).await;
    let mut unseen = profile("unseen", "unseen");
    unseen["spec"]["replacement"] = json!({ "drain": { "timeout": "10m", "onTimeout": "Proceed" } });
    bed.create(&unseen).await;
    bed.settled("rights").await;
    bed.settled("unseen").await;
    ns.budgeted("web", 1).await;
    ns.complete("web").await;
    let pod = ns.pods().await.remove(0);
    let name = pod.name_any();
    let left = |why: &str| format!("1 pod left on EKS profile rights-9999: rights/{name}: {why}");
    let roles = "compare its roles with deploy/rbac";

    may(&bed, EVICTIONS, &["get"], "create").await;
    bed.patch("rights", another_role()).await;
    let why = format!("the operator may not create resource pods/eviction in the namespace rights: {roles}");
    let held = stalls(&bed, "rights", "EvictionRefused", &left(&why)).await;
    assert!(is(&held, Ready) && is(&held, Available));

    // In this order: it may try at any moment, and asks for the eviction last.
    may(&bed, REPLICA_SETS, &["list"], "get").await;
    let why =
        format!("the operator may not get resource replicasets in API group apps in the namespace rights: {roles}");
    stalls(&bed, "rights", "EvictionRefused", &left(&why)).await;
    may(&bed, EVICTIONS, &["create"], "create").await;

    may(&bed, DEPLOYMENTS, &["list"], "get").await;
    may(&bed, REPLICA_SETS, &["get"], "get").await;
    let why =
        format!("the operator may not get resource deployments in API group apps in the namespace rights: {roles}");
    stalls(&bed, "rights", "EvictionRefused", &left(&why)).await;

    may(&bed, DEPLOYMENTS, &["get"], "get").await;
    let why = format!(
        "Deployment rights/web: the operator may not list resource replicasets in API group apps in the namespace rights: {roles}"
    );
    stalls(&bed, "rights", "EvictionRefused", &left(&why)).await;

    let second = json!({
        "metadata": { "name": "second" },
        "spec": { "maxUnavailable": 1, "selector": { "matchLabels": { "app": "web" } } },
    });
    ns.create::<PodDisruptionBudget>(second).await;
    may(&bed, REPLICA_SETS, &["get", "list"], "list").await;
    let why = "the pod has more than one PodDisruptionBudget, which Kubernetes does not support: leave one of them";
    stalls(&bed, "rights", "EvictionRefused", &left(why)).await;
    assert_eq!(deletions(&bed, "rights-9999"), 0);
    assert!(ns.asked_to_go(&ns.fargate.record()).is_empty());
    ns.delete::<PodDisruptionBudget>("second").await;
    bed.settled("rights").await;
    ns.complete("web").await;

    may(&bed, PODS, &["get"], "list").await;
    bed.patch("unseen", another_role()).await;
    let held = stalled(&bed, "unseen", "PodsUnknown").await;
    bed.settled("unseen").await;
    event(&bed, &held, "asked EKS to delete superseded profile unseen-9999: replacement.drain.timeout is over").await;
    assert_eq!(bed.names(), ["rights-9998", "unseen-9998"]);
}
