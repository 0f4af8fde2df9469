//! The basic scenarios against moto: an EKS that nobody here wrote.

use bed::{Aws, Bed, Moto, Options};
use fargate_operator::api::{ConditionType, TAG_OWNER};
use serde_json::{Value, json};

use crate::support::{BedExt, condition, observed, profile, reason};

const REGION: &str = "eu-central-1";

/// A bed whose operator asks moto instead of the simulator.
async fn bed(clusters: &[&str]) -> (Bed, Moto, Aws) {
    let moto = Moto::start().await.unwrap();
    let aws = Aws::new(moto.url(), REGION).unwrap();
    for cluster in clusters {
        create_cluster(&aws, cluster);
    }
    let mut bed = Bed::without_operator(Options::default()).await.unwrap();
    moto.url().clone_into(&mut bed.operator_settings().aws);
    REGION.clone_into(&mut bed.operator_settings().region);
    bed.start_operator().await.unwrap();
    (bed, moto, aws)
}

fn create_cluster(aws: &Aws, name: &str) {
    aws.run(&format!(
        "eks create-cluster --name {name} --role-arn arn:aws:iam::123456789012:role/cluster \
         --resources-vpc-config subnetIds=subnet-0a1b2c3d,subnet-0a1b2c3e"
    ))
    .unwrap();
}

fn names(aws: &Aws, cluster: &str) -> Value {
    aws.run(&format!("eks list-fargate-profiles --cluster-name {cluster}")).unwrap()["fargateProfileNames"].take()
}

#[tokio::test]
async fn two_profiles_are_created_read_and_deleted_with_their_objects() {
    let (bed, _moto, aws) = bed(&["prod"]).await;
    let mut web = profile("web", "web");
    web["spec"]["selectors"] = json!([{ "namespace": "jobs" }, { "namespace": "web", "labels": { "tier": "front" } }]);
    web["spec"]["subnets"] = json!(["subnet-0a1b2c3d"]);
    bed.apply(&web);
    bed.apply(&profile("api", "api"));
    let object = bed.settled("web").await;
    bed.settled("api").await;
    assert_eq!(names(&aws, "prod"), json!(["api-9999", "web-9999"]));

    let line = "eks describe-fargate-profile --cluster-name prod --fargate-profile-name web-9999";
    let found = &aws.run(line).unwrap()["fargateProfile"];
    assert_eq!(found["selectors"], web["spec"]["selectors"]);
    assert_eq!(found["subnets"], web["spec"]["subnets"]);
    assert_eq!(found["tags"][TAG_OWNER], "web");
    let status = object.status.unwrap();
    assert_eq!(status.profile.unwrap().arn, found["fargateProfileArn"].as_str().unwrap());
    assert_eq!(status.cluster.unwrap().account_id, "123456789012");

    bed.delete("web").await;
    bed.gone("web").await;
    assert_eq!(names(&aws, "prod"), json!(["api-9999"]));
    bed.delete("api").await;
    bed.gone("api").await;
    assert_eq!(names(&aws, "prod"), json!([]));
}

#[tokio::test]
async fn a_cluster_that_is_missing_is_named_and_awaited() {
    let (bed, _moto, aws) = bed(&["prod"]).await;
    let mut object = profile("web", "web");
    object["spec"]["clusterName"] = json!("staging");
    bed.apply(&object);
    let stalled = bed
        .wait("web", "stalled", |object| {
            observed(object) && reason(object, ConditionType::Stalled).as_deref() == Some("ClusterNotFound")
        })
        .await;
    let (_, _, message) = condition(&stalled, ConditionType::Stalled).unwrap();
    assert!(message.contains("account 123456789012, region eu-central-1 has no EKS cluster staging"), "{message}");

    create_cluster(&aws, "staging");
    bed.settled("web").await;
    assert_eq!(names(&aws, "staging"), json!(["web-9999"]));
    bed.delete("web").await;
    bed.gone("web").await;
}
