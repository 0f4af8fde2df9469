//! EKS's answers, over HTTP.

use serde_json::{Value, json};

use super::*;
use crate::aws::fixture::Service;

async fn answered(status: u16, answer: Value) -> (Service, SdkEks) {
    let service = Service::answering(&[(status, &answer.to_string())]).await;
    let eks = SdkEks::new(&service.session());
    (service, eks)
}

#[tokio::test]
async fn a_cluster_tells_its_network_who_may_reach_it_and_what_is_wrong_with_it() {
    let found = json!({ "cluster": {
        "name": "prod",
        "arn": "arn:aws:eks:eu-central-1:111122223333:cluster/prod",
        "createdAt": 1_764_000_000,
        "certificateAuthority": { "data": "Zm9v" },
        "resourcesVpcConfig": {
            "subnetIds": ["subnet-2", "subnet-1"], "vpcId": "vpc-1", "clusterSecurityGroupId": "sg-1",
            "endpointPublicAccess": true, "endpointPrivateAccess": true, "publicAccessCidrs": ["198.51.100.0/24"],
        },
        "accessConfig": { "authenticationMode": "API_AND_CONFIG_MAP" },
        "kubernetesNetworkConfig": { "ipFamily": "ipv6", "serviceIpv6Cidr": "fd12:3456:789a::/108" },
        "health": { "issues": [
            { "code": "VpcNotFound", "message": "no VPC", "resourceIds": ["vpc-1"] },
            { "code": "IamRoleNotFound", "message": "no role" },
        ] },
    } });
    let (_service, eks) = answered(200, found).await;
    let issue = |code: &str, message: &str, ids: &[&str]| HealthIssue {
        code: code.to_owned(),
        message: message.to_owned(),
        resource_ids: ids.iter().map(|id| (*id).to_owned()).collect(),
    };
    assert_eq!(
        eks.describe_cluster("prod").await.unwrap(),
        Cluster {
            name: "prod".to_owned(),
            arn: "arn:aws:eks:eu-central-1:111122223333:cluster/prod".to_owned(),
            certificate_authority: Some("Zm9v".to_owned()),
            created_at: Some("2025-11-24T16:00:00Z".parse().unwrap()),
            vpc: Some("vpc-1".to_owned()),
            subnets: ["subnet-1", "subnet-2"].map(str::to_owned).into(),
            security_group: Some("sg-1".to_owned()),
            private_access: true,
            public_access: ["198.51.100.0/24".to_owned()].into(),
            authentication_mode: "API_AND_CONFIG_MAP".to_owned(),
            ip_family: "ipv6".to_owned(),
            service_range: Some("fd12:3456:789a::/108".to_owned()),
            is_local: false,
            issues: vec![issue("IamRoleNotFound", "no role", &[]), issue("VpcNotFound", "no VPC", &["vpc-1"])],
        }
    );
}

#[tokio::test]
async fn public_access_is_nobodys_when_it_is_off_and_everybodys_unless_said_otherwise() {
    for (network, open_to) in [
        (json!({ "endpointPublicAccess": false, "publicAccessCidrs": ["0.0.0.0/0"] }), vec![]),
        (json!({ "endpointPublicAccess": true }), vec!["0.0.0.0/0"]),
    ] {
        let (_service, eks) = answered(200, json!({ "cluster": { "resourcesVpcConfig": network } })).await;
        let found = eks.describe_cluster("prod").await.unwrap();
        assert_eq!(found.public_access.iter().map(String::as_str).collect::<Vec<_>>(), open_to);
        assert!(!found.private_access && found.vpc.is_none());
    }
}

#[tokio::test]
async fn a_cluster_on_an_outpost_or_elsewhere_is_local() {
    let outpost = json!({ "outpostConfig": { "outpostArns": ["a"], "controlPlaneInstanceType": "m5.large" } });
    for (cluster, is_local) in [(outpost, true), (json!({ "connectorConfig": {} }), true), (json!({}), false)] {
        let (_service, eks) = answered(200, json!({ "cluster": cluster })).await;
        assert_eq!(eks.describe_cluster("prod").await.unwrap().is_local, is_local);
    }
}

#[tokio::test]
async fn an_access_entry_tells_its_type() {
    let (service, eks) =
        answered(200, json!({ "accessEntry": { "type": "FARGATE_LINUX", "createdAt": 1_764_000_000 } })).await;
    let found = eks.access_entry("prod", "arn:aws:iam::111122223333:role/pods").await.unwrap().unwrap();
    assert_eq!(found.kind, "FARGATE_LINUX");
    assert_eq!(found.created_at, Some("2025-11-24T16:00:00Z".parse().unwrap()));
    assert_eq!(service.counted(), [r#"{operation="DescribeAccessEntry",outcome="ok"} 1"#]);
}

#[tokio::test]
async fn an_addon_tells_its_status_its_configuration_and_its_issues() {
    let (_service, eks) = answered(
        200,
        json!({ "addon": {
            "addonName": "coredns", "status": "DEGRADED", "configurationValues": r#"{"computeType":"Fargate"}"#,
            "health": { "issues": [{ "code": "InsufficientNumberOfReplicas", "message": "no node" }] },
        } }),
    )
    .await;
    let found = eks.addon("prod", "coredns").await.unwrap().unwrap();
    assert_eq!(found.status, "DEGRADED");
    assert_eq!(found.configuration.as_deref(), Some(r#"{"computeType":"Fargate"}"#));
    assert_eq!(found.issues[0].code, "InsufficientNumberOfReplicas");
    let (_service, eks) = answered(200, json!({ "addon": { "status": "ACTIVE" } })).await;
    let found = eks.addon("prod", "coredns").await.unwrap().unwrap();
    assert_eq!(found, Addon { status: "ACTIVE".to_owned(), ..Addon::default() });
}

#[tokio::test]
async fn what_a_cluster_does_not_have_is_none_and_what_may_not_be_read_names_the_action() {
    let error = |code: &str| json!({ "__type": code, "message": "no" });
    let (_service, eks) = answered(404, error("ResourceNotFoundException")).await;
    assert_eq!(eks.access_entry("prod", "role").await, Ok(None));
    assert_eq!(eks.addon("prod", "coredns").await, Ok(None));
    let (_service, eks) = answered(403, error("AccessDeniedException")).await;
    let denied = Err(Unread::Denied { action: "eks:DescribeAccessEntry".into() });
    assert_eq!(eks.access_entry("prod", "role").await, denied);
    assert_eq!(eks.addon("prod", "coredns").await, Err(Unread::Denied { action: "eks:DescribeAddon".into() }));
    let (_service, eks) = answered(400, error("InvalidRequestException")).await;
    let unread = eks.access_entry("prod", "role").await.unwrap_err();
    assert!(matches!(unread, Unread::Failed { .. }) && unread.action() == "eks:DescribeAccessEntry", "{unread}");
}
