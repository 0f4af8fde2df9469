//! Roles that come and go by calls.

use eks_simulator::{ProfileSpec, Role, RoleTrust, Simulator};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

use crate::caller::{Answer, Caller, seconds, standing};

const ROLE: &str = "arn:aws:iam::111122223333:role/pods";
const POLICY: &str = "arn:aws:iam::aws:policy/AmazonEKSFargatePodExecutionRolePolicy";
const FARGATE: &str = "eks-fargate-pods.amazonaws.com";

/// An account in which no role exists of which nothing was said.
async fn bare() -> (Simulator, Caller) {
    let (eks, caller) = standing().await;
    eks.change_role_settings(|roles| roles.only_known = true);
    (eks, caller)
}

fn trusting(service: &str) -> String {
    utf8_percent_encode(&Role::trusting(service).to_string(), NON_ALPHANUMERIC).to_string()
}

async fn create(caller: &Caller, more: &str) -> Answer {
    let parameters = format!("RoleName=pods&AssumeRolePolicyDocument={}{more}", trusting(FARGATE));
    caller.query("iam", "CreateRole", &parameters).await
}

async fn about_policy(caller: &Caller, action: &str, policy: &str) -> Answer {
    caller.query("iam", action, &format!("RoleName=pods&PolicyArn={policy}")).await
}

async fn profile_status(caller: &Caller, name: &str) -> u16 {
    let spec = ProfileSpec { pod_execution_role_arn: ROLE.to_owned(), ..ProfileSpec::named(name) };
    caller.create(&spec).await.status
}

#[tokio::test]
async fn an_account_has_only_the_roles_that_were_said_if_so_set() {
    let (eks, caller) = bare().await;
    let missing = "The role with name pods cannot be found.";
    caller.query("iam", "GetRole", "RoleName=pods").await.is_refused_in_xml(404, "NoSuchEntity", missing);
    assert_eq!((eks.role(ROLE), profile_status(&caller, "web").await), (None, 400));
    eks.set_role(ROLE, RoleTrust::Trusted);
    assert_eq!(caller.query("iam", "GetRole", "RoleName=pods").await.all("Arn"), [ROLE]);
    assert!(eks.role(&eks.identity().service_linked_role()).is_some());
}

#[tokio::test]
async fn a_role_is_created_as_it_is_asked_for_and_shown_at_once() {
    let (eks, caller) = bare().await;
    let boundary = "arn:aws:iam::111122223333:policy/bounds";
    let more = format!(
        "&Path=/team/&Description=of+pods&PermissionsBoundary={boundary}&Tags.member.1.Key=team&Tags.member.1.Value=a\
         &Tags.member.2.Key=empty&Tags.member.2.Value="
    );
    let made = create(&caller, &more).await;
    assert_eq!(made.status, 200, "{}", made.text);
    let shown = caller.query("iam", "GetRole", "RoleName=pods").await;
    for answer in [&made, &shown] {
        assert_eq!(answer.all("Arn"), ["arn:aws:iam::111122223333:role/team/pods"]);
        assert_eq!((answer.all("Path"), answer.all("Description")), (vec!["/team/"], vec!["of pods"]));
        assert_eq!(answer.all("PermissionsBoundaryArn"), [boundary]);
        assert_eq!((answer.all("Key"), answer.all("Value")), (vec!["empty", "team"], vec!["", "a"]));
    }
    assert_eq!(made.all("RoleId"), shown.all("RoleId"));
    assert!(made.text.starts_with("<CreateRoleResponse") && made.text.contains("<CreateRoleResult><Role>"));
    let role = eks.role("arn:aws:iam::111122223333:role/team/pods").unwrap();
    assert_eq!((role.trust_policy, role.attached_policies.len()), (Role::trusting(FARGATE), 0));
    let taken = create(&caller, "").await;
    taken.is_refused_in_xml(409, "EntityAlreadyExists", "Role with name pods already exists.");
}

#[tokio::test]
async fn eks_hears_of_a_new_role_after_a_while() {
    let (eks, caller) = bare().await;
    create(&caller, "").await;
    eks.advance(seconds(4));
    assert_eq!(profile_status(&caller, "web").await, 400);
    eks.advance(seconds(1));
    assert_eq!(profile_status(&caller, "web").await, 200);
    let (eks, caller) = bare().await;
    eks.change_role_settings(|roles| roles.new_unknown_for = seconds(0));
    create(&caller, "").await;
    assert_eq!(profile_status(&caller, "web").await, 200);
}

#[tokio::test]
async fn a_policy_is_attached_once_and_detached_once() {
    let (eks, caller) = bare().await;
    create(&caller, "").await;
    for _ in 0..2 {
        assert_eq!(about_policy(&caller, "AttachRolePolicy", POLICY).await.status, 200);
    }
    assert_eq!(eks.role(ROLE).unwrap().attached_policies, [POLICY.to_owned()].into());
    let done = about_policy(&caller, "DetachRolePolicy", POLICY).await;
    assert!(done.status == 200 && !done.text.contains("Result>"), "{}", done.text);
    let gone = about_policy(&caller, "DetachRolePolicy", POLICY).await;
    gone.is_refused_in_xml(404, "NoSuchEntity", &format!("Policy {POLICY} was not found."));
    for wrong in ["arn:aws-cn:iam::aws:policy/Any", "arn:aws:iam::444455556666:policy/theirs"] {
        let refused = about_policy(&caller, "AttachRolePolicy", wrong).await;
        let message = format!("Policy {wrong} does not exist or is not attachable.");
        refused.is_refused_in_xml(404, "NoSuchEntity", &message);
    }
    let refused = about_policy(&caller, "AttachRolePolicy", "pods").await;
    refused.is_refused_in_xml(400, "InvalidInput", "ARN pods is not valid.");
}

#[tokio::test]
async fn a_role_is_deleted_when_it_has_no_policies_and_made_anew_it_is_another_one() {
    let (eks, caller) = bare().await;
    let delete = async || caller.query("iam", "DeleteRole", "RoleName=pods").await;
    let missing = delete().await;
    missing.is_refused_in_xml(404, "NoSuchEntity", "The role with name pods cannot be found.");
    let first = create(&caller, "&Path=/team/").await.all("RoleId")[0].to_owned();
    about_policy(&caller, "AttachRolePolicy", POLICY).await;
    let held = delete().await;
    held.is_refused_in_xml(409, "DeleteConflict", "Cannot delete entity, must detach all policies first.");
    about_policy(&caller, "DetachRolePolicy", POLICY).await;
    eks.change_role("arn:aws:iam::111122223333:role/team/pods", |role| {
        role.inline_policies.insert("logs".to_owned());
    });
    let held = delete().await;
    held.is_refused_in_xml(409, "DeleteConflict", "Cannot delete entity, must delete policies first.");
    eks.change_role("arn:aws:iam::111122223333:role/team/pods", |role| role.inline_policies.clear());
    assert_eq!(delete().await.status, 200);
    assert_eq!(caller.query("iam", "GetRole", "RoleName=pods").await.all("Code"), ["NoSuchEntity"]);
    let second = create(&caller, "").await;
    assert_ne!(second.all("RoleId"), [first]);
    assert_eq!(caller.query("iam", "GetRole", "RoleName=pods").await.all("Arn"), [ROLE]);
}

#[tokio::test]
async fn roles_that_make_no_sense_are_refused() {
    let (_eks, caller) = bare().await;
    let refused = caller.query("iam", "CreateRole", "RoleName=pods&AssumeRolePolicyDocument=nonsense").await;
    refused.is_refused_in_xml(400, "MalformedPolicyDocument", "This policy contains invalid Json");
    let refused = caller.query("iam", "CreateRole", "RoleName=pods&AssumeRolePolicyDocument=%7B%7D").await;
    refused.is_refused_in_xml(400, "MalformedPolicyDocument", "Syntax errors in policy.");
    let tags = "&Tags.member.1.Key=a&Tags.member.1.Value=1&Tags.member.2.Key=A&Tags.member.2.Value=2";
    for (more, code) in [
        ("&Path=team", "ValidationError"),
        ("&Path=/a//b/", "ValidationError"),
        ("&PermissionsBoundary=bounds", "InvalidParameterValue"),
        (tags, "InvalidInput"),
        ("&Tags.member.1.Key=aws:a&Tags.member.1.Value=1", "InvalidInput"),
    ] {
        let refused = create(&caller, more).await;
        assert_eq!((refused.status, refused.all("Code")), (400, vec![code]), "{more}");
    }
    let long = "p".repeat(65);
    let parameters = format!("RoleName={long}&AssumeRolePolicyDocument={}", trusting(FARGATE));
    assert_eq!(caller.query("iam", "CreateRole", &parameters).await.all("Code"), ["ValidationError"]);
}

#[tokio::test]
async fn the_control_endpoint_sets_which_roles_there_are() {
    let (eks, caller) = standing().await;
    let settings = json!({ "only_known": true, "new_unknown_for": 0 });
    caller.call("PUT", "/_simulator/roles/settings", settings).await.ok();
    assert_eq!(eks.role(ROLE), None);
}
