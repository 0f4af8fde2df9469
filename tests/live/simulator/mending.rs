//! What pods need beside their profile is made and changed by AWS's own command line, errors included.

use std::time::Duration;

use bed::ROLE;
use eks_simulator::{Addon, Role};
use serde_json::json;

use super::aws_cli::eks;

const POLICY: &str = "arn:aws:iam::aws:policy/AmazonEKSFargatePodExecutionRolePolicy";

/// What the command line says of an error.
fn error(code: &str, operation: &str, message: &str) -> String {
    format!("An error occurred ({code}) when calling the {operation} operation: {message}")
}

// The command line blocks its thread, and the simulator needs another one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_is_created_with_tags_and_a_boundary_and_deleted_when_its_policy_is_detached() {
    let (eks, aws) = eks().await;
    eks.change_role_settings(|roles| roles.only_known = true);
    let run = |line: &str| aws.run(line).unwrap();
    let says = |line: &str| aws.run(line).unwrap_err().to_string();
    let trust = Role::trusting("eks-fargate-pods.amazonaws.com");
    let boundary = "arn:aws:iam::111122223333:policy/bounds";
    let create = format!(
        "iam create-role --role-name mine --path /team/ --assume-role-policy-document {trust} --permissions-boundary {boundary} \
         --tags Key=team,Value=a Key=stage,Value=test"
    );
    let made = &run(&create)["Role"];
    let found = &run("iam get-role --role-name mine")["Role"];
    assert_eq!((&made["RoleId"], &made["Tags"]), (&found["RoleId"], &found["Tags"]));
    assert_eq!(found["Arn"], "arn:aws:iam::111122223333:role/team/mine");
    assert_eq!(found["AssumeRolePolicyDocument"], trust);
    assert_eq!(found["Tags"], json!([{ "Key": "stage", "Value": "test" }, { "Key": "team", "Value": "a" }]));
    assert_eq!(found["PermissionsBoundary"]["PermissionsBoundaryArn"], boundary);
    assert_eq!(says(&create), error("EntityAlreadyExists", "CreateRole", "Role with name mine already exists."));

    let of_policy = |verb: &str| format!("iam {verb}-role-policy --role-name mine --policy-arn {POLICY}");
    run(&of_policy("attach"));
    let attached = run("iam list-attached-role-policies --role-name mine");
    assert_eq!(attached["AttachedPolicies"][0]["PolicyArn"], POLICY);
    let delete = "iam delete-role --role-name mine";
    let held = "Cannot delete entity, must detach all policies first.";
    assert_eq!(says(delete), error("DeleteConflict", "DeleteRole", held));
    run(&of_policy("detach"));
    let gone = format!("Policy {POLICY} was not found.");
    assert_eq!(says(&of_policy("detach")), error("NoSuchEntity", "DetachRolePolicy", &gone));
    run(delete);
    let missing = "The role with name mine cannot be found.";
    assert_eq!(says(delete), error("NoSuchEntity", "DeleteRole", missing));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_access_entry_is_deleted_and_created_again_with_its_tags() {
    let (_eks, aws) = eks().await;
    let run = |line: &str| aws.run(line).unwrap();
    let says = |line: &str| aws.run(line).unwrap_err().to_string();
    let entry = format!("--cluster-name prod --principal-arn {ROLE}");
    let create = format!("eks create-access-entry {entry} --type FARGATE_LINUX --tags team=a");
    let made = run(&create);
    assert_eq!(made["accessEntry"]["type"], "FARGATE_LINUX");
    assert_eq!(run(&format!("eks describe-access-entry {entry}"))["accessEntry"]["tags"], json!({ "team": "a" }));
    let there = "The specified access entry resource is already in use on this cluster.";
    assert_eq!(says(&create), error("ResourceInUseException", "CreateAccessEntry", there));
    let delete = format!("eks delete-access-entry {entry}");
    run(&delete);
    let missing = "The specified principalArn could not be found. You can view your available access entries with \
                   'list-access-entries'.";
    assert_eq!(says(&delete), error("ResourceNotFoundException", "DeleteAccessEntry", missing));
    run(&create);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn coredns_is_configured_for_fargate_by_its_addon() {
    let (eks, aws) = eks().await;
    eks.change_cluster("prod", |prod| {
        prod.addons.insert("coredns".to_owned(), Addon::default());
        // Longer than the command line takes.
        prod.durations.addon_updating = Duration::from_secs(3600);
    })
    .unwrap();
    let addon = "--cluster-name prod --addon-name coredns";
    let values = r#"{"computeType":"Fargate"}"#;
    let update = format!("eks update-addon {addon} --configuration-values {values} --resolve-conflicts PRESERVE");
    let begun = &aws.run(&update).unwrap()["update"];
    assert_eq!((&begun["type"], &begun["params"][1]["value"]), (&json!("AddonUpdate"), &json!(values)));
    let busy = "Addon coredns cannot be updated as it is currently in UPDATING state";
    assert_eq!(aws.run(&update).unwrap_err().to_string(), error("ResourceInUseException", "UpdateAddon", busy));
    eks.advance(Duration::from_secs(3600));
    let shown = &aws.run(&format!("eks describe-addon {addon}")).unwrap()["addon"];
    assert_eq!((&shown["status"], &shown["configurationValues"]), (&json!("ACTIVE"), &json!(values)));
}
