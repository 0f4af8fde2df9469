//! The simulator speaks EKS well enough for AWS's own command line, errors included.

use std::time::Duration;

use bed::Aws;
use bed::bed::ROLE;
use eks_simulator::{ClusterSettings, ProfileStatus, RoleTrust, Settings, Simulator, start};
use serde_json::json;

async fn eks() -> (Simulator, Aws) {
    let eks = start(Settings::scaled(1.0)).await.unwrap();
    eks.add_cluster(ClusterSettings::named("prod"));
    eks.set_role(ROLE, RoleTrust::Trusted);
    let aws = Aws::new(&eks.url(), &eks.identity().region).unwrap();
    (eks, aws)
}

/// What stands in every command about a profile.
const WEB: &str = "--cluster-name prod --fargate-profile-name web";

// The command line blocks its thread, and the simulator needs another one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_profile_is_created_described_listed_tagged_untagged_and_deleted() {
    let (eks, aws) = eks().await;
    let run = |line: &str| aws.run(line).unwrap();
    let made = run(&format!(
        "eks create-fargate-profile {WEB} --pod-execution-role-arn {ROLE} --tags team=a \
         --selectors namespace=web,labels={{tier=front}} namespace=jobs"
    ));
    assert_eq!(made["fargateProfile"]["status"], "CREATING");
    eks.advance(Duration::from_secs(301));

    let found = &run(&format!("eks describe-fargate-profile {WEB}"))["fargateProfile"];
    assert_eq!(found["status"], "ACTIVE");
    assert_eq!(found["podExecutionRoleArn"], ROLE);
    assert_eq!(
        found["selectors"],
        json!([{ "namespace": "web", "labels": { "tier": "front" } }, { "namespace": "jobs" }])
    );
    let listed = run("eks list-fargate-profiles --cluster-name prod");
    assert_eq!(listed["fargateProfileNames"], json!(["web"]));

    let arn = found["fargateProfileArn"].as_str().unwrap();
    run(&format!("eks tag-resource --resource-arn {arn} --tags team=b,stage=test"));
    run(&format!("eks untag-resource --resource-arn {arn} --tag-keys stage"));
    assert_eq!(run(&format!("eks list-tags-for-resource --resource-arn {arn}"))["tags"], json!({ "team": "b" }));

    let going = run(&format!("eks delete-fargate-profile {WEB}"));
    assert_eq!(going["fargateProfile"]["status"], "DELETING");
    assert_eq!(eks.profile("prod", "web").unwrap().status, ProfileStatus::Deleting);
    eks.advance(Duration::from_secs(121));
    assert_eq!(run("eks list-fargate-profiles --cluster-name prod")["fargateProfileNames"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_read_as_those_of_eks_do() {
    let (eks, aws) = eks().await;
    let says = |line: &str| aws.run(line).unwrap_err().to_string();
    let create = |name: &str| {
        format!(
            "eks create-fargate-profile --cluster-name prod --fargate-profile-name {name} \
             --pod-execution-role-arn {ROLE} --selectors namespace=web"
        )
    };
    let error = |code: &str, operation: &str, message: &str| {
        format!("An error occurred ({code}) when calling the {operation} operation: {message}")
    };
    assert_eq!(
        says("eks describe-fargate-profile --cluster-name nowhere --fargate-profile-name web"),
        error("ResourceNotFoundException", "DescribeFargateProfile", "No cluster found for name: nowhere.")
    );
    assert_eq!(
        says(&format!("eks describe-fargate-profile {WEB}")),
        error("ResourceNotFoundException", "DescribeFargateProfile", "No Fargate Profile found with name: web.")
    );
    assert_eq!(
        says(&create("eks-web")),
        error(
            "InvalidParameterException",
            "CreateFargateProfile",
            "The fargate profile name starts with the reserved prefix: 'eks-'."
        )
    );
    aws.run(&create("web")).unwrap();
    assert_eq!(
        says(&create("api")),
        error(
            "ResourceInUseException",
            "CreateFargateProfile",
            "Cannot create Fargate Profile api because cluster prod currently has Fargate profile web in status CREATING"
        )
    );
    eks.advance(Duration::from_secs(301));
    assert_eq!(
        says(&create("web")),
        error(
            "ResourceInUseException",
            "CreateFargateProfile",
            "A Fargate Profile already exists with this name in this cluster."
        )
    );
}
