//! docs/quickstart.md: what it tells to type works, but for the image and the chart, which other tests install.

use std::time::Instant;

use bed::{Aws, Bed, Moto, programs};
use serde_json::Value;

use super::pages::{ENVSUBST, blocks, finish, run};
use crate::support::drains::fargate;
use crate::support::until_async;

pub const PAGE: &str = include_str!("../../../docs/quickstart.md");

// The shell blocks its thread.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_quickstart_ends_with_pods_on_fargate_and_leaves_nothing() {
    let bed = Bed::start(fargate(60.0)).await.unwrap();
    // A used control plane may have the namespaces that the page creates.
    bed.kubectl().run("delete namespace checkout batch --ignore-not-found").unwrap();
    let began = Instant::now();
    let [profile, pods, change, end] = blocks(PAGE, "sh").try_into().unwrap();
    run(&bed, profile);
    let shown = run(&bed, pods);
    println!("a pod runs on Fargate after {:.0} s; sixty times as fast as EKS", began.elapsed().as_secs_f64());
    assert_eq!(shown.matches("fargate-ip-").count(), 2, "{shown}");
    until_async("the page's own picture", async || {
        let table = bed.kubectl().run("get fp").unwrap();
        table
            .lines()
            .last()
            .is_some_and(|line| line.split_whitespace().take(5).eq(["checkout", "True", "ACTIVE", "Active", "2/2"]))
    })
    .await;
    let shown = run(&bed, change);
    assert!(shown.contains("checkout-9998"), "{shown}");
    run(&bed, end);
    assert!(bed.eks().profiles(bed::CLUSTER).is_empty());
}

/// The cluster that readers have.
pub fn create_cluster(aws: &Aws) {
    let role = "arn:aws:iam::111122223333:role/cluster";
    let subnets = "subnetIds=subnet-0a1b2c3d,subnet-0a1b2c3e";
    aws.run(&format!("eks create-cluster --name prod --role-arn {role} --resources-vpc-config {subnets}")).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_quickstart_makes_both_iam_roles() {
    let moto = Moto::start().await.unwrap();
    let aws = Aws::new(moto.url(), "eu-central-1").unwrap();
    create_cluster(&aws);
    // One shell: the blocks set variables for those that follow.
    let mut bash = aws.shell("bash");
    bash.current_dir(programs::repository());
    finish(bash, &format!("{ENVSUBST}\n{}", blocks(PAGE, "sh iam").concat()));

    let trust = |role: &str| -> Value {
        let found = aws.run(&format!("iam get-role --role-name {role}")).unwrap();
        found["Role"]["AssumeRolePolicyDocument"]["Statement"][0].clone()
    };
    let pods = trust("fargate-pods");
    assert_eq!(pods["Principal"]["Service"], "eks-fargate-pods.amazonaws.com");
    let source = &pods["Condition"]["ArnLike"]["aws:SourceArn"];
    assert_eq!(source, "arn:aws:eks:eu-central-1:111122223333:fargateprofile/prod/*");
    let attached = aws.run("iam list-attached-role-policies --role-name fargate-pods").unwrap();
    assert_eq!(attached["AttachedPolicies"][0]["PolicyName"], "AmazonEKSFargatePodExecutionRolePolicy");

    let operator = trust("fargate-operator");
    let issuer = aws.run("eks describe-cluster --name prod").unwrap()["cluster"]["identity"]["oidc"]["issuer"].clone();
    let provider = issuer.as_str().unwrap().strip_prefix("https://").unwrap();
    let subject = &operator["Condition"]["StringEquals"][format!("{provider}:sub")];
    assert_eq!(subject, "system:serviceaccount:fargate-operator:fargate-operator");
    let policy = aws.run("iam get-role-policy --role-name fargate-operator --policy-name fargate-operator").unwrap();
    let text = policy["PolicyDocument"].to_string();
    assert!(text.contains("111122223333:fargateprofile/prod/*") && !text.contains("${"), "{text}");
}
