//! The simulator speaks EKS well enough for AWS's own command line, errors included.

use std::time::Duration;

use bed::Aws;
use bed::bed::ROLE;
use eks_simulator::{Addon, ClusterSettings, ProfileStatus, RoleTrust, Settings, Simulator, start};
use serde_json::json;

pub(super) async fn eks() -> (Simulator, Aws) {
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_is_described_as_ec2_does_it() {
    let (eks, aws) = eks().await;
    let run = |line: &str| aws.run(line).unwrap();
    let network = eks.network("prod").unwrap();
    let (vpc, own) = (&network.vpc.id, eks.cluster_settings("prod").unwrap().private_subnets);
    let subnets = &run(&format!("ec2 describe-subnets --subnet-ids {}", own.join(" ")))["Subnets"];
    assert_eq!((subnets.as_array().unwrap().len(), &subnets[0]["VpcId"]), (3, &json!(vpc)));
    assert_eq!(
        (&subnets[0]["AvailableIpAddressCount"], &subnets[0]["Ipv6CidrBlockAssociationSet"]),
        (&json!(4091), &json!([]))
    );

    eks.change_network("prod", eks_simulator::Network::delete_nat_gateways).unwrap();
    let tables = run(&format!("ec2 describe-route-tables --filters Name=association.subnet-id,Values={}", own[0]));
    let routes = &tables["RouteTables"][0]["Routes"];
    assert_eq!((&routes[0]["GatewayId"], &routes[0]["State"]), (&json!("local"), &json!("active")));
    assert_eq!((&routes[1]["DestinationCidrBlock"], &routes[1]["State"]), (&json!("0.0.0.0/0"), &json!("blackhole")));
    let nats = run(&format!("ec2 describe-nat-gateways --filter Name=vpc-id,Values={vpc}"));
    assert_eq!(
        (&nats["NatGateways"][0]["State"], &nats["NatGateways"][0]["ConnectivityType"]),
        (&json!("deleted"), &json!("public"))
    );

    let names = run(&format!("ec2 describe-vpc-attribute --vpc-id {vpc} --attribute enableDnsHostnames"));
    assert_eq!(names["EnableDnsHostnames"]["Value"], true);
    let options = run("ec2 describe-dhcp-options --query DhcpOptions[0].DhcpConfigurations[1].Values[0].Value");
    assert_eq!(options, "AmazonProvidedDNS");
    assert_eq!(run("ec2 describe-vpc-endpoints")["VpcEndpoints"], json!([]));
    let group = network.security_groups.keys().next().unwrap();
    let groups = run(&format!("ec2 describe-security-groups --group-ids {group}"));
    assert_eq!(groups["SecurityGroups"][0]["IpPermissions"][0]["UserIdGroupPairs"][0]["GroupId"], json!(group));
    let missing = aws.run("ec2 describe-subnets --subnet-ids subnet-1").unwrap_err().to_string();
    assert_eq!(
        missing,
        "An error occurred (InvalidSubnetID.NotFound) when calling the DescribeSubnets operation: The subnet ID 'subnet-1' does not exist"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_its_access_entry_and_an_addon_are_described_as_iam_and_eks_do_it() {
    let (eks, aws) = eks().await;
    let run = |line: &str| aws.run(line).unwrap();
    let name = ROLE.rsplit('/').next().unwrap();
    let role = &run(&format!("iam get-role --role-name {name}"))["Role"];
    assert_eq!((&role["Arn"], &role["CreateDate"]), (&json!(ROLE), &json!("2023-11-14T22:13:20Z")));
    let statement = &role["AssumeRolePolicyDocument"]["Statement"][0];
    assert_eq!(statement["Principal"]["Service"], "eks-fargate-pods.amazonaws.com");
    let attached = run(&format!("iam list-attached-role-policies --role-name {name}"));
    assert_eq!(attached["AttachedPolicies"][0]["PolicyName"], "AmazonEKSFargatePodExecutionRolePolicy");
    assert_eq!(run(&format!("iam list-role-policies --role-name {name}"))["PolicyNames"], json!([]));
    eks.set_role(ROLE, RoleTrust::Missing);
    let missing = aws.run(&format!("iam get-role --role-name {name}")).unwrap_err().to_string();
    assert!(missing.ends_with(&format!("The role with name {name} cannot be found.")), "{missing}");

    eks.set_role(ROLE, RoleTrust::Trusted);
    run(&format!("eks create-fargate-profile {WEB} --pod-execution-role-arn {ROLE} --selectors namespace=web"));
    let entry = run(&format!("eks describe-access-entry --cluster-name prod --principal-arn {ROLE}"));
    assert_eq!(entry["accessEntry"]["type"], "FARGATE_LINUX");
    eks.change_cluster("prod", |prod| {
        prod.addons.insert("coredns".to_owned(), Addon { status: "DEGRADED".to_owned(), ..Addon::default() });
    })
    .unwrap();
    let addon = run("eks describe-addon --cluster-name prod --addon-name coredns");
    assert_eq!(addon["addon"]["status"], "DEGRADED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quota_is_told_as_service_quotas_does_it() {
    let (eks, aws) = eks().await;
    let quota =
        |code: &str| aws.run(&format!("service-quotas get-service-quota --service-code eks --quota-code {code}"));
    eks.change_cluster("prod", |prod| prod.quotas.profiles = 12).unwrap();
    let found = &quota("L-33415657").unwrap()["Quota"];
    assert_eq!((&found["Value"], &found["QuotaName"]), (&json!(12.0), &json!("Fargate profiles per cluster")));
    let missing = quota("L-00000000").unwrap_err().to_string();
    assert_eq!(
        missing,
        "An error occurred (NoSuchResourceException) when calling the GetServiceQuota operation: The specified resource does not exist."
    );
}
