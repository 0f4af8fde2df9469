//! The IAM policies that are shipped: all that the operator asks for in a whole life is allowed, every statement is needed for
//! it, and what it has no business with is denied.

mod mended_life;
mod mending;
mod policy;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bed::{Bed, CLUSTER, OTHER_ROLE, Options};
use eks_simulator::log::{CallRecord, Entry};
use eks_simulator::{ClusterSettings, Operation, ProfileSpec, ProfileStatus};
use fargate_operator::api::{TAG_INSTALLATION, TAG_OWNER};
use serde_json::{Value, json};

use self::policy::{ACCOUNT, Policy, REGION, Request};
use crate::prerequisites::{all_is_asked, crowd, with_checks};
use crate::support::{BedExt, profile};

/// The path of the role that EKS makes for itself.
const SERVICE_LINKED: &str = "aws-service-role/eks-fargate.amazonaws.com/";

type Tags = BTreeMap<String, String>;

fn request(action: &str, resource: String, asked: &Tags, there: &Tags) -> Request {
    let keys = |kind: &str, tags: &Tags| -> Tags {
        tags.iter().map(|(key, value)| (format!("aws:{kind}/{key}"), value.clone())).collect()
    };
    let context = keys("RequestTag", asked).into_iter().chain(keys("ResourceTag", there)).collect();
    Request { action: action.to_owned(), resource, context }
}

fn cluster(name: &str) -> String {
    format!("arn:aws:eks:{REGION}:{ACCOUNT}:cluster/{name}")
}

fn of_profile(name: &str) -> String {
    format!("arn:aws:eks:{REGION}:{ACCOUNT}:fargateprofile/{CLUSTER}/{name}/12b3c4d5")
}

fn tags(value: &Value) -> Tags {
    serde_json::from_value(value.clone()).unwrap_or_default()
}

/// A role is passed to Fargate, and looked at by EKS; with the first profile of an account, EKS makes its own role.
fn with_role(arn: &str, service: &str) -> Vec<Request> {
    let to = |key: &str, value: &str| [(key.to_owned(), value.to_owned())].into();
    let plain = |action: &str, resource: String, context: Tags| Request { action: action.into(), resource, context };
    vec![
        plain("iam:PassRole", arn.to_owned(), to("iam:PassedToService", service)),
        plain("iam:GetRole", arn.to_owned(), Tags::new()),
        plain(
            "iam:CreateServiceLinkedRole",
            of_role("AWSServiceRoleForAmazonEKSForFargate"),
            to("iam:AWSServiceName", "eks-fargate.amazonaws.com"),
        ),
    ]
}

/// What IAM is asked about a call, with the tags that its profile has at that moment (service authorization reference for EKS).
fn asked(call: &CallRecord, there: &Tags) -> Vec<Request> {
    let none = Tags::new();
    let name = call.profile.clone().unwrap_or_default();
    let of = |action: &str, asked: &Tags| vec![request(action, of_profile(&name), asked, there)];
    match call.operation {
        Operation::DescribeCluster => vec![request("eks:DescribeCluster", cluster(CLUSTER), &none, &none)],
        Operation::ListFargateProfiles => vec![request("eks:ListFargateProfiles", cluster(CLUSTER), &none, &none)],
        Operation::DescribeFargateProfile => of("eks:DescribeFargateProfile", &none),
        Operation::CreateFargateProfile => {
            let asked = tags(&call.body["tags"]);
            let name = call.body["fargateProfileName"].as_str().unwrap();
            let role = call.body["podExecutionRoleArn"].as_str().unwrap();
            let create = request("eks:CreateFargateProfile", cluster(CLUSTER), &asked, &none);
            let tag = request("eks:TagResource", of_profile(name), &asked, &none);
            [create, tag].into_iter().chain(with_role(role, "eks-fargate-pods.amazonaws.com")).collect()
        }
        Operation::DeleteFargateProfile => of("eks:DeleteFargateProfile", &none),
        Operation::TagResource => of("eks:TagResource", &tags(&call.body["tags"])),
        Operation::UntagResource => of("eks:UntagResource", &none),
        looked if Operation::PREREQUISITES.contains(&looked) => vec![of_check(call)],
        other => mending::asked(other.as_str(), &call.body, there),
    }
}

/// What IAM is asked about a call that changes nothing (service authorization references for EC2, IAM and EKS).
fn of_check(call: &CallRecord) -> Request {
    let (service, resource) = match call.operation {
        Operation::DescribeAccessEntry => (
            "eks",
            format!("arn:aws:eks:{REGION}:{ACCOUNT}:access-entry/{CLUSTER}/role/{ACCOUNT}/fargate-pods/1a2b3c4d"),
        ),
        Operation::DescribeAddon => ("eks", format!("arn:aws:eks:{REGION}:{ACCOUNT}:addon/{CLUSTER}/coredns/1a2b3c4d")),
        Operation::GetRole | Operation::ListAttachedRolePolicies | Operation::ListRolePolicies => {
            ("iam", of_role(call.body["RoleName"].as_str().unwrap()))
        }
        Operation::GetServiceQuota => ("servicequotas", "*".to_owned()),
        _ => ("ec2", "*".to_owned()),
    };
    request(&format!("{service}:{}", call.operation.as_str()), resource, &Tags::new(), &Tags::new())
}

/// The ARN of a role of this name. That of a service-linked role has a path.
fn of_role(name: &str) -> String {
    let path = if name == "AWSServiceRoleForAmazonEKSForFargate" { SERVICE_LINKED } else { "" };
    format!("arn:aws:iam::{ACCOUNT}:role/{path}{name}")
}

/// What IAM was asked in the course of a log.
fn asked_in(log: &[Entry]) -> Vec<Request> {
    let mut there: BTreeMap<String, Tags> = BTreeMap::new();
    let mut all = Vec::new();
    // The change that a call brings about stands before it: what counts are the tags before both.
    let mut before = there.clone();
    for entry in log {
        if let Some(change) = entry.change() {
            before.insert(change.profile.clone(), there.get(&change.profile).cloned().unwrap_or_default());
            there.insert(change.profile.clone(), change.tags.clone());
        } else if let Some(call) = entry.call().filter(|call| call.status == Some(200)) {
            let role = || call.body["RoleName"].as_str().map(str::to_owned);
            let name = call.profile.clone().or_else(role).unwrap_or_default();
            let is_change = Operation::MUTATIONS.contains(&call.operation);
            let tags = if is_change { before.get(&name) } else { there.get(&name) };
            all.extend(asked(call, tags.unwrap_or(&Tags::new())));
            if call.operation.as_str() == "CreateRole" {
                there.insert(name, mending::form_tags(&call.body));
            }
        }
    }
    all
}

/// Everything that becomes of profiles: made, tagged, replaced, taken over, let go, deleted.
async fn life(strategy: &str) -> Vec<Request> {
    let settings = ClusterSettings::named("").creating(Duration::from_secs(40)).deleting(Duration::from_secs(20));
    let bed = Bed::start(Options { cluster: settings, ..Options::default() }).await.unwrap();
    let mut object = profile("web", "web");
    object["spec"]["replacement"] = json!({ "strategy": strategy });
    bed.create(&object).await;
    bed.settled("web").await;
    bed.patch("web", json!({ "spec": { "tags": { "team": "web" } } })).await;
    bed.settled("web").await;
    bed.patch("web", json!({ "spec": { "podExecutionRoleArn": OTHER_ROLE, "tags": null } })).await;
    bed.settled("web").await;
    if strategy == "CreateFirst" {
        let theirs = ProfileSpec::named("theirs").selecting("theirs", &[]);
        bed.eks().outsider().place_profile(CLUSTER, theirs, ProfileStatus::Active).unwrap();
        let mut object = profile("theirs", "theirs");
        object["spec"]["adoption"] = json!("IfUnowned");
        object["spec"]["deletionPolicy"] = json!("Retain");
        bed.create(&object).await;
        bed.settled("theirs").await;
        bed.delete("theirs").await;
        bed.gone("theirs").await;
    }
    bed.delete("web").await;
    bed.gone("web").await;
    asked_in(&bed.eks().log())
}

fn denied<'a>(policy: &Policy, asked: &'a [Request]) -> Vec<&'a Request> {
    asked.iter().filter(|request| !policy.allows(request)).collect()
}

#[tokio::test]
async fn what_a_life_asks_for_is_allowed_and_each_statement_is_needed_for_it() {
    let asked = life("CreateFirst").await;
    let adopts = Policy::read(&["permissions.json", "adoption.json"], "");
    assert!(denied(&adopts, &asked).is_empty(), "{:#?}", denied(&adopts, &asked));
    // Without the right to adopt, that alone is denied.
    let usual = Policy::read(&["permissions.json"], "");
    let (usually, adoption): (Vec<Request>, Vec<Request>) = asked.into_iter().partition(|it| usual.allows(it));
    let is_adoption = |it: &Request| it.action == "eks:TagResource" && it.resource.contains("/theirs/");
    assert!(!adoption.is_empty() && adoption.iter().all(is_adoption), "{adoption:#?}");
    for sid in usual.sids() {
        assert!(!denied(&usual.without(&sid), &usually).is_empty(), "{sid} is needed for nothing");
    }
}

/// All that the checks ask for.
async fn checks() -> Vec<Request> {
    let bed = Bed::start(with_checks(Options::default())).await.unwrap();
    all_is_asked(&bed);
    bed.create(&profile("web", "web")).await;
    bed.settled("web").await;
    // Beyond EKS's default quota.
    bed.eks().change_cluster(CLUSTER, |cluster| cluster.quotas.profiles = 20).unwrap();
    crowd(&bed, 10);
    bed.create(&profile("more", "more")).await;
    bed.settled("more").await;
    let mut asked = asked_in(&bed.eks().log());
    let is_read = |action: &str| action.contains(":Describe") || action.starts_with("iam:");
    asked.retain(|it| is_read(&it.action) || it.action.starts_with("servicequotas:"));
    assert!(asked.iter().any(|it| it.resource.contains(SERVICE_LINKED) && it.action == "iam:GetRole"));
    asked
}

#[tokio::test]
async fn what_the_checks_ask_for_is_allowed_and_each_action_is_needed_for_it() {
    let asked = checks().await;
    let checking = Policy::read(&["permissions.json", "checks.json"], "");
    assert!(denied(&checking, &asked).is_empty(), "{:#?}", denied(&checking, &asked));
    // The core level allows what it always did, and none of the checks but GetRole.
    let core = Policy::read(&["permissions.json"], "");
    let beyond: BTreeSet<&str> = denied(&core, &asked).iter().map(|it| it.action.as_str()).collect();
    let allowed = Policy::read(&["checks.json"], "").actions();
    let unused: Vec<_> = allowed.iter().filter(|it| !beyond.contains(it.as_str()) && *it != "iam:GetRole").collect();
    assert!(unused.is_empty(), "needed for nothing: {unused:?}, of {beyond:?}");
}

#[tokio::test]
async fn an_exact_name_needs_the_policy_for_it() {
    let asked = life("DeleteFirst").await;
    let usual = Policy::read(&["permissions.json"], "");
    let denied_names: Vec<&str> = denied(&usual, &asked).iter().map(|request| request.action.as_str()).collect();
    assert!(!denied_names.is_empty() && denied_names.iter().all(|action| *action == "eks:TagResource"));
    let exact = Policy::read(&["permissions.json", "exact-name.json"], "web");
    assert!(denied(&exact, &asked).is_empty(), "{:#?}", denied(&exact, &asked));
}

#[test]
fn what_the_operator_has_no_business_with_is_denied() {
    let ours: Tags = [(TAG_OWNER, "web"), (TAG_INSTALLATION, "id")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    let none = Tags::new();
    let only = |key: &str| -> Tags { ours.clone().into_iter().filter(|(it, _)| it == key).collect() };
    let on = |name: &str, action: &str, asked: &Tags, there: &Tags| request(action, of_profile(name), asked, there);
    let elsewhere =
        |request: Request, from: &str, to: &str| Request { resource: request.resource.replace(from, to), ..request };
    let role = |name: &str| format!("arn:aws:iam::{ACCOUNT}:role/{name}");
    let create = |asked: &Tags| request("eks:CreateFargateProfile", cluster(CLUSTER), asked, &none);

    let usual = Policy::read(&["permissions.json"], "");
    let mut table = vec![
        // As an adoption does it, of what looks like a name with a counter.
        ("a profile named …-prod is marked as ours", on("payments-prod", "eks:TagResource", &ours, &none)),
        ("… …-blue", on("team-blue", "eks:TagResource", &ours, &none)),
        ("… …-2024", on("jobs-2024", "eks:TagResource", &ours, &none)),
        ("a profile of nobody is deleted", on("web-9999", "eks:DeleteFargateProfile", &none, &none)),
        ("… that has an owner alone", on("web-9999", "eks:DeleteFargateProfile", &none, &only(TAG_OWNER))),
        ("… an installation alone", on("web-9999", "eks:DeleteFargateProfile", &none, &only(TAG_INSTALLATION))),
        ("a profile of nobody loses tags", on("web-9999", "eks:UntagResource", &none, &none)),
        ("… gets a tag", on("web-9999", "eks:TagResource", &[("team".into(), "x".into())].into(), &none)),
        ("a profile is created without our tags", create(&none)),
        ("… without its installation", create(&only(TAG_OWNER))),
        ("… in another cluster", elsewhere(create(&ours), "cluster/prod", "cluster/other")),
        ("… in another region", elsewhere(create(&ours), REGION, "us-east-1")),
        ("… in another account", elsewhere(create(&ours), ACCOUNT, "999999999999")),
        ("another cluster's profile is deleted", {
            elsewhere(on("web-9999", "eks:DeleteFargateProfile", &none, &ours), "/prod/", "/other/")
        }),
        ("a cluster is deleted", request("eks:DeleteCluster", cluster(CLUSTER), &none, &none)),
        ("a node group is created", request("eks:CreateNodegroup", cluster(CLUSTER), &ours, &none)),
        ("another role is passed", with_role(&role("admin"), "eks-fargate-pods.amazonaws.com").remove(0)),
        ("a role is passed to another service", with_role(&role("fargate-pods"), "ec2.amazonaws.com").remove(0)),
        ("another role is looked at", with_role(&role("admin"), "").remove(1)),
    ];
    for (what, request) in table.drain(..) {
        assert!(!usual.allows(&request), "{what}: {request:?}");
    }

    // Whoever adopts may mark what is nobody's, and no more.
    let adopts = Policy::read(&["permissions.json", "adoption.json"], "");
    assert!(adopts.allows(&on("payments-prod", "eks:TagResource", &ours, &none)));
    for mark in [
        "aws:cloudformation:stack-id",
        "services.k8s.aws/controller-version",
        "services.k8s.aws/namespace",
        "eks:controller-version",
        "eks:eks-capability-arn",
        "crossplane-kind",
        "crossplane-name",
        "crossplane-providerconfig",
    ] {
        let there: Tags = [(mark.to_owned(), "x".to_owned())].into();
        assert!(!adopts.allows(&on("payments-prod", "eks:TagResource", &ours, &there)), "{mark}");
    }
    assert!(!adopts.allows(&on("payments-prod", "eks:DeleteFargateProfile", &none, &none)));
}
