//! Roles: what IAM tells of them, and whether EKS may use them.

use eks_simulator::{Effect, Fault, Operation, ProfileSpec, Role, RoleTrust};
use serde_json::{Value, json};

use crate::caller::{Caller, seconds, standing};

const ROLE: &str = "arn:aws:iam::111122223333:role/pods";
const NAMED: &str = "RoleName=pods";

async fn create_with(caller: &Caller, name: &str) -> u16 {
    let spec = ProfileSpec { pod_execution_role_arn: ROLE.to_owned(), ..ProfileSpec::named(name) };
    caller.create(&spec).await.status
}

fn decoded(text: &str) -> Value {
    serde_json::from_str(&percent_encoding::percent_decode_str(text).decode_utf8().unwrap()).unwrap()
}

#[tokio::test]
async fn a_role_that_nothing_was_said_of_is_as_it_should_be() {
    let (_eks, caller) = standing().await;
    let role = caller.query("iam", "GetRole", NAMED).await;
    assert_eq!((role.status, role.content_type.as_str()), (200, "text/xml"));
    assert_eq!((role.all("Arn"), role.all("Path"), role.all("RoleName")), (vec![ROLE], vec!["/"], vec!["pods"]));
    assert_eq!(role.all("CreateDate"), ["2023-11-14T22:13:20Z"]);
    let policy = role.all("AssumeRolePolicyDocument")[0];
    assert!(policy.starts_with("%7B%22"), "{policy}");
    assert_eq!(decoded(policy), Role::trusting("eks-fargate-pods.amazonaws.com"));
    let attached = caller.query("iam", "ListAttachedRolePolicies", NAMED).await;
    assert_eq!(attached.all("PolicyName"), ["AmazonEKSFargatePodExecutionRolePolicy"]);
    assert_eq!(attached.all("PolicyArn"), ["arn:aws:iam::aws:policy/AmazonEKSFargatePodExecutionRolePolicy"]);
    let inline = caller.query("iam", "ListRolePolicies", NAMED).await;
    assert_eq!((inline.all("member").len(), inline.all("IsTruncated")), (0, vec!["false"]));
}

#[tokio::test]
async fn a_role_that_is_missing_is_missed_by_iam_and_by_eks() {
    let (eks, caller) = standing().await;
    eks.set_role(ROLE, RoleTrust::Missing);
    for action in ["GetRole", "ListAttachedRolePolicies", "ListRolePolicies"] {
        caller.query("iam", action, NAMED).await.is_refused_in_xml(
            404,
            "NoSuchEntity",
            "The role with name pods cannot be found.",
        );
    }
    assert_eq!(create_with(&caller, "web").await, 400);
    eks.advance(seconds(60));
    eks.set_role(ROLE, RoleTrust::Trusted);
    assert_eq!(create_with(&caller, "web").await, 200);
    assert!(eks.role(ROLE).unwrap().created_at > Role::default().created_at, "made anew, it is a new one");
}

#[tokio::test]
async fn eks_reads_the_same_trust_policy_that_iam_shows() {
    let (eks, caller) = standing().await;
    let confined = |cluster: &str| {
        let mut policy = Role::trusting("eks-fargate-pods.amazonaws.com");
        let arn = format!("arn:aws:eks:eu-central-1:111122223333:fargateprofile/{cluster}/*");
        policy["Statement"][0]["Condition"] = json!({ "ArnLike": { "aws:SourceArn": arn } });
        policy
    };
    eks.change_role(ROLE, |role| role.trust_policy = confined("other"));
    let shown = caller.query("iam", "GetRole", NAMED).await;
    assert_eq!(decoded(shown.all("AssumeRolePolicyDocument")[0]), confined("other"));
    assert_eq!(create_with(&caller, "web").await, 400);
    eks.change_role(ROLE, |role| role.trust_policy = confined("prod"));
    assert_eq!(create_with(&caller, "web").await, 200);
    eks.set_role(ROLE, RoleTrust::Untrusted);
    let shown = caller.query("iam", "GetRole", NAMED).await;
    assert_eq!(decoded(shown.all("AssumeRolePolicyDocument")[0]), Role::trusting("ec2.amazonaws.com"));
}

#[tokio::test]
async fn iam_shows_a_policy_at_once_that_eks_hears_of_later() {
    let (eks, caller) = standing().await;
    eks.set_role(ROLE, RoleTrust::TrustedAfter(seconds(10)));
    let shown = caller.query("iam", "GetRole", NAMED).await;
    assert!(shown.all("AssumeRolePolicyDocument")[0].contains("eks-fargate-pods"));
    assert_eq!(create_with(&caller, "web").await, 400);
    eks.advance(seconds(10));
    assert_eq!(create_with(&caller, "web").await, 200);
}

#[tokio::test]
async fn policies_come_in_pages() {
    let (eks, caller) = standing().await;
    eks.change_role(ROLE, |role| role.inline_policies = ["a", "b", "c"].map(str::to_owned).into());
    let first = caller.query("iam", "ListRolePolicies", "RoleName=pods&MaxItems=2").await;
    assert_eq!((first.all("member"), first.all("IsTruncated")), (vec!["a", "b"], vec!["true"]));
    let next = format!("RoleName=pods&MaxItems=2&Marker={}", first.all("Marker")[0]);
    let second = caller.query("iam", "ListRolePolicies", &next).await;
    assert_eq!((second.all("member"), second.all("IsTruncated")), (vec!["c"], vec!["false"]));
}

#[tokio::test]
async fn a_role_has_its_path_in_its_arn_and_is_named_without_it() {
    let (eks, caller) = standing().await;
    eks.set_role("arn:aws:iam::111122223333:role/team/a/pods", RoleTrust::Trusted);
    let role = caller.query("iam", "GetRole", NAMED).await;
    assert_eq!(
        (role.all("Path"), role.all("Arn")),
        (vec!["/team/a/"], vec!["arn:aws:iam::111122223333:role/team/a/pods"])
    );
    assert_eq!(caller.query("iam", "GetRole", "RoleName=team/pods").await.all("Code"), ["ValidationError"]);
}

#[tokio::test]
async fn the_service_linked_role_is_there_or_comes_with_the_first_profile() {
    let (eks, caller) = standing().await;
    let named = "RoleName=AWSServiceRoleForAmazonEKSForFargate";
    let arn = eks.identity().service_linked_role();
    let shown = caller.query("iam", "GetRole", named).await;
    assert_eq!(
        (shown.all("Arn"), shown.all("Path")),
        (vec![&*arn], vec!["/aws-service-role/eks-fargate.amazonaws.com/"])
    );
    let policy = decoded(shown.all("AssumeRolePolicyDocument")[0]);
    assert_eq!(policy, Role::trusting("eks-fargate.amazonaws.com"));
    eks.set_role(&arn, RoleTrust::Missing);
    assert_eq!(caller.query("iam", "GetRole", named).await.all("Code"), ["NoSuchEntity"]);
    caller.create_named("web").await.ok();
    assert_eq!(caller.query("iam", "GetRole", named).await.all("Arn"), [&*arn]);
}

#[tokio::test]
async fn a_denied_look_at_a_role_is_worded_as_iam_does() {
    let (eks, caller) = standing().await;
    eks.add_fault(Fault::new(Effect::AccessDenied).on([Operation::GetRole]));
    caller.query("iam", "GetRole", NAMED).await.is_refused_in_xml(
        403,
        "AccessDenied",
        "User: arn:aws:sts::111122223333:assumed-role/fargate-operator/session is not authorized to perform: iam:GetRole on resource: role pods because no identity-based policy allows the iam:GetRole action",
    );
}

#[tokio::test]
async fn the_control_endpoint_changes_a_role_in_part() {
    let (eks, caller) = standing().await;
    let patch = json!({ "arn": ROLE, "role": { "attached_policies": [], "inline_policies": ["logs"] } });
    caller.call("PATCH", "/_simulator/roles", patch).await.ok();
    let role = eks.role(ROLE).unwrap();
    assert!(role.attached_policies.is_empty() && role.inline_policies.contains("logs") && role.may_be_passed);
    caller.call("PUT", "/_simulator/roles", json!({ "arn": ROLE, "trust": "missing" })).await.ok();
    assert_eq!(eks.role(ROLE), None);
}
