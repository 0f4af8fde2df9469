//! Faults on the calls that change what pods need beside their profile.

use eks_simulator::{AccessEntry, Addon, Control, Effect, Fault, Operation, Role, RoleTrust, Simulator};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::caller::{Answer, Caller, seconds, standing};

const ROLE: &str = "arn:aws:iam::111122223333:role/pods";
const POLICY: &str = "arn:aws:iam::aws:policy/AmazonEKSFargatePodExecutionRolePolicy";

/// A role, its access entry and an add-on, or none of them where the operation is to make one.
async fn scene(operation: Operation) -> (Simulator, Caller) {
    let (eks, caller) = standing().await;
    eks.change_role_settings(|roles| roles.only_known = true);
    if operation != Operation::CreateRole {
        eks.set_role(ROLE, RoleTrust::Trusted);
    }
    if matches!(operation, Operation::AttachRolePolicy | Operation::DeleteRole) {
        eks.change_role(ROLE, |role| role.attached_policies.clear());
    }
    eks.change_cluster("prod", |prod| {
        prod.addons.insert("coredns".to_owned(), Addon::default());
        if operation != Operation::CreateAccessEntry {
            prod.access_entries.insert(ROLE.to_owned(), AccessEntry::default());
        }
    })
    .unwrap();
    (eks, caller)
}

async fn call(caller: &Caller, operation: Operation) -> Result<Answer, String> {
    let trust = utf8_percent_encode(&Role::trusting("a").to_string(), NON_ALPHANUMERIC).to_string();
    let entries = "/clusters/prod/access-entries";
    let parameters = match operation {
        Operation::CreateRole => format!("RoleName=pods&AssumeRolePolicyDocument={trust}"),
        _ => format!("RoleName=pods&PolicyArn={POLICY}"),
    };
    match operation {
        Operation::CreateAccessEntry => caller.send("POST", entries, json!({ "principalArn": ROLE }).to_string()).await,
        Operation::DeleteAccessEntry => caller.send("DELETE", &format!("{entries}/{ROLE}"), String::new()).await,
        Operation::UpdateAddon => {
            let body = json!({ "configurationValues": "{}" }).to_string();
            caller.send("POST", "/clusters/prod/addons/coredns/update", body).await
        }
        role => caller.try_query("iam", role.as_str(), &parameters).await,
    }
}

/// All that these calls can change.
fn state(eks: &Control) -> (Option<Role>, Value, Value) {
    let prod = eks.cluster_settings("prod").unwrap();
    (eks.role(ROLE), json!(prod.access_entries), json!(prod.addons))
}

#[tokio::test]
async fn each_can_be_refused_cut_and_carried_out_without_a_reply() {
    for operation in Operation::MENDING {
        let (eks, caller) = scene(operation).await;
        let before = state(&eks);
        for effect in [Effect::AccessDenied, Effect::Throttled] {
            eks.add_fault(Fault::new(effect).on([operation]).times(1));
            let refused = call(&caller, operation).await.unwrap();
            assert!(refused.status >= 400, "{operation:?}: {}", refused.text);
        }
        eks.add_fault(Fault::new(Effect::Cut).on([operation]).times(1));
        call(&caller, operation).await.unwrap_err();
        assert_eq!(state(&eks), before, "{operation:?}");
        eks.add_fault(Fault::new(Effect::LoseReply).on(Operation::MENDING).times(1));
        call(&caller, operation).await.unwrap_err();
        assert_ne!(state(&eks), before, "{operation:?}");
    }
}

#[tokio::test]
async fn each_can_come_late_and_is_logged_with_its_body() {
    for operation in Operation::MENDING {
        let (eks, caller) = scene(operation).await;
        let before = state(&eks);
        eks.add_fault(Fault::new(Effect::Late { by: seconds(30), silent: false }).on([operation]));
        call(&caller, operation).await.unwrap_err();
        assert_eq!(state(&eks), before, "{operation:?}");
        eks.advance(seconds(30));
        assert_ne!(state(&eks), before, "{operation:?}");
        let calls = eks.calls(&[operation]);
        assert_eq!((calls[0].status, calls[1].status, calls.len()), (None, Some(200), 2), "{operation:?}");
        let named = match operation {
            Operation::CreateAccessEntry => calls[1].body["principalArn"] == ROLE,
            Operation::UpdateAddon => calls[1].body["configurationValues"] == "{}",
            Operation::DeleteAccessEntry => calls[1].path.ends_with(ROLE),
            _ => calls[1].body["RoleName"] == "pods",
        };
        assert!(named, "{:?}", calls[1]);
    }
}

#[tokio::test]
async fn a_denied_change_names_what_it_was_to_change() {
    let place = "arn:aws:eks:eu-central-1:111122223333";
    for (operation, resource) in [
        (Operation::CreateRole, ROLE.to_owned()),
        (Operation::DeleteRole, "role pods".to_owned()),
        (Operation::AttachRolePolicy, "role pods".to_owned()),
        (Operation::DetachRolePolicy, "role pods".to_owned()),
        (Operation::CreateAccessEntry, format!("{place}:cluster/prod")),
        (Operation::DeleteAccessEntry, format!("{place}:access-entry/prod/role/111122223333/pods/*")),
        (Operation::UpdateAddon, format!("{place}:addon/prod/coredns/*")),
    ] {
        let (eks, caller) = scene(operation).await;
        eks.add_fault(Fault::new(Effect::AccessDenied).on([operation]));
        let said = call(&caller, operation).await.unwrap().text;
        assert!(said.contains(&format!("{} on resource: {resource} because", operation.as_str())), "{said}");
    }
}
