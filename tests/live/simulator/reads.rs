//! The operator's own clients of EC2, IAM and Service Quotas, and what it reads of EKS, against moto.

use std::collections::BTreeSet;

use aws_config::{BehaviorVersion, Region};
use bed::{Aws, Moto};
use fargate_operator::aws::{Session, Unread};
use fargate_operator::ec2::{Ec2, RouteTable, SdkEc2, Target, VpcDns};
use fargate_operator::eks::{Eks, SdkEks};
use fargate_operator::iam::{Iam, SdkIam};
use fargate_operator::quotas::{Quota, Quotas, SdkQuotas};
use fargate_operator::telemetry::metrics::Metrics;
use serde_json::Value;

const REGION: &str = "eu-central-1";
const ROLE: &str = "arn:aws:iam::123456789012:role/eks/pods";

async fn session(moto: &Moto) -> Session {
    let config = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .endpoint_url(moto.url())
        .test_credentials();
    Session::new(config.load().await, Metrics::new("test"))
}

/// Runs a command that creates something, and returns a field of the answer.
fn created(aws: &Aws, line: &str, path: &str) -> String {
    let answer = aws.run(line).unwrap();
    answer.pointer(path).and_then(Value::as_str).unwrap_or_else(|| panic!("{path} in {answer}")).to_owned()
}

fn set(ids: &[&String]) -> BTreeSet<String> {
    ids.iter().map(|id| (*id).clone()).collect()
}

#[tokio::test]
async fn a_network_made_by_the_command_line_is_read_as_it_was_made() {
    let moto = Moto::start().await.unwrap();
    let aws = Aws::new(moto.url(), REGION).unwrap();
    let made = |line: String, path: &str| created(&aws, &line, path);
    let vpc = made("ec2 create-vpc --cidr-block 10.0.0.0/16".to_owned(), "/Vpc/VpcId");
    let subnet = |zone: &str, block: &str| {
        let line = format!("ec2 create-subnet --vpc-id {vpc} --availability-zone {REGION}{zone} --cidr-block {block}");
        made(line, "/Subnet/SubnetId")
    };
    let (public, private) = (subnet("a", "10.0.1.0/24"), subnet("b", "10.0.2.0/26"));
    let way_in = made("ec2 create-internet-gateway".to_owned(), "/InternetGateway/InternetGatewayId");
    aws.run(&format!("ec2 attach-internet-gateway --internet-gateway-id {way_in} --vpc-id {vpc}")).unwrap();
    let address = aws.run("ec2 allocate-address --domain vpc").unwrap();
    let (address, ip) = (address["AllocationId"].as_str().unwrap(), address["PublicIp"].as_str().unwrap());
    let nat = made(
        format!("ec2 create-nat-gateway --subnet-id {public} --allocation-id {address}"),
        "/NatGateway/NatGatewayId",
    );
    let table = |subnet: &str, target: &str| {
        let id = made(format!("ec2 create-route-table --vpc-id {vpc}"), "/RouteTable/RouteTableId");
        aws.run(&format!("ec2 create-route --route-table-id {id} --destination-cidr-block 0.0.0.0/0 {target}"))
            .unwrap();
        aws.run(&format!("ec2 associate-route-table --route-table-id {id} --subnet-id {subnet}")).unwrap();
        id
    };
    let to_internet = table(&public, &format!("--gateway-id {way_in}"));
    let to_nat = table(&private, &format!("--nat-gateway-id {nat}"));
    let ec2 = SdkEc2::new(&session(&moto).await);

    let subnets = ec2.subnets(&set(&[&public, &private, &"subnet-0123456789abcdef0".to_owned()])).await.unwrap();
    assert_eq!(subnets.keys().collect::<BTreeSet<_>>(), [&public, &private].into());
    assert_eq!((subnets[&public].zone.as_str(), subnets[&private].free_addresses), ("eu-central-1a", 59));
    assert_eq!((subnets[&private].vpc.as_str(), subnets[&private].owner.as_str()), (vpc.as_str(), "123456789012"));
    assert!(!subnets[&private].has_ipv6 && !subnets[&private].zone_id.is_empty());

    let tables = ec2.route_tables(&vpc).await.unwrap();
    let default = |id: &str| {
        let table: &RouteTable = tables.iter().find(|table| table.id == id).unwrap();
        let route = table.routes.iter().find(|route| route.is_default()).unwrap();
        assert!(!table.is_main && route.is_active);
        assert!(table.routes.iter().any(|route| route.target == Target::Local));
        (table.subnets.clone(), route.target.clone())
    };
    assert_eq!(default(&to_internet), (set(&[&public]), Target::InternetGateway(way_in)));
    assert_eq!(default(&to_nat), (set(&[&private]), Target::NatGateway(nat.clone())));
    assert_eq!(tables.iter().filter(|table| table.is_main).count(), 1);

    let gateways = ec2.nat_gateways(&vpc).await.unwrap();
    assert_eq!((gateways[&nat].state.as_str(), gateways[&nat].connectivity.as_str()), ("available", "public"));
    assert_eq!(
        (gateways[&nat].subnet.as_str(), &gateways[&nat].public_addresses),
        (public.as_str(), &[ip.to_owned()].into())
    );
}

#[tokio::test]
async fn dns_endpoints_and_security_groups_are_read_as_they_were_made() {
    let moto = Moto::start().await.unwrap();
    let aws = Aws::new(moto.url(), REGION).unwrap();
    let made = |line: &str, path: &str| created(&aws, line, path);
    let vpc = made("ec2 create-vpc --cidr-block 10.0.0.0/16", "/Vpc/VpcId");
    let subnet = made(&format!("ec2 create-subnet --vpc-id {vpc} --cidr-block 10.0.1.0/24"), "/Subnet/SubnetId");
    let table = made(&format!("ec2 create-route-table --vpc-id {vpc}"), "/RouteTable/RouteTableId");
    let group = made(
        &format!("ec2 create-security-group --group-name endpoints --description endpoints --vpc-id {vpc}"),
        "/GroupId",
    );
    let ec2 = SdkEc2::new(&session(&moto).await);

    assert_eq!(ec2.dns(&vpc).await, Ok(VpcDns { support: true, hostnames: false }));
    aws.run(&format!("ec2 modify-vpc-attribute --vpc-id {vpc} --enable-dns-hostnames {{\"Value\":true}}")).unwrap();
    assert_eq!(ec2.dns(&vpc).await, Ok(VpcDns { support: true, hostnames: true }));
    let options = made(
        "ec2 create-dhcp-options --dhcp-configurations Key=domain-name-servers,Values=10.2.5.1,10.2.5.2",
        "/DhcpOptions/DhcpOptionsId",
    );
    aws.run(&format!("ec2 associate-dhcp-options --dhcp-options-id {options} --vpc-id {vpc}")).unwrap();
    assert_eq!(ec2.dns_servers(&vpc).await.unwrap(), ["10.2.5.1", "10.2.5.2"]);

    let service = |name: &str| format!("com.amazonaws.{REGION}.{name}");
    aws.run(&format!(
        "ec2 create-vpc-endpoint --vpc-id {vpc} --vpc-endpoint-type Gateway --service-name {} --route-table-ids {table}",
        service("s3")
    ))
    .unwrap();
    aws.run(&format!(
        "ec2 create-vpc-endpoint --vpc-id {vpc} --vpc-endpoint-type Interface --service-name {} --subnet-ids {subnet} \
         --security-group-ids {group} --private-dns-enabled",
        service("ecr.api")
    ))
    .unwrap();
    let endpoints = ec2.endpoints(&vpc).await.unwrap();
    let of = |name: &str| endpoints.iter().find(|endpoint| endpoint.service == service(name)).unwrap();
    let (s3, ecr) = (of("s3"), of("ecr.api"));
    assert_eq!((s3.kind.as_str(), s3.state.as_str(), &s3.route_tables), ("Gateway", "available", &set(&[&table])));
    assert_eq!((ecr.kind.as_str(), ecr.private_dns, &ecr.subnets), ("Interface", true, &set(&[&subnet])));
    assert_eq!(ecr.security_groups, set(&[&group]));

    let line = "ec2 authorize-security-group-ingress --protocol tcp --port 443 --cidr 10.0.0.0/16 --group-id";
    aws.run(&format!("{line} {group}")).unwrap();
    let groups = ec2.security_groups(&set(&[&group, &"sg-0123456789abcdef0".to_owned()])).await.unwrap();
    assert_eq!(groups.keys().collect::<Vec<_>>(), [&group]);
    let rule = &groups[&group].ingress[0];
    assert_eq!(
        (rule.protocol.as_str(), rule.ports, &rule.cidrs),
        ("tcp", Some((443, 443)), &["10.0.0.0/16".to_owned()].into())
    );
    assert_eq!(groups[&group].egress[0].protocol, "-1");

    let unread = ec2.dns("vpc-0123456789abcdef0").await.unwrap_err();
    let Unread::Failed { action, why } = unread else { panic!("{unread:?}") };
    assert_eq!(action, "ec2:DescribeVpcAttribute");
    assert!(why.starts_with("EC2 answered InvalidVpcID.NotFound: "), "{why}");
}

#[tokio::test]
async fn a_role_is_read_with_its_trust_policy_and_what_is_attached() {
    let moto = Moto::start().await.unwrap();
    let aws = Aws::new(moto.url(), REGION).unwrap();
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"eks-fargate-pods.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    let any =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ecr:BatchGetImage","Resource":"*"}]}"#;
    aws.run(&format!("iam create-role --role-name pods --path /eks/ --assume-role-policy-document {trust}")).unwrap();
    let iam = SdkIam::new(&session(&moto).await);
    let role = iam.role("pods").await.unwrap().unwrap();
    assert_eq!((role.arn.as_str(), role.path.as_str(), role.trust_policy.as_str()), (ROLE, "/eks/", trust));
    assert!(role.created_at.is_some());
    assert_eq!(iam.attached_policies("pods").await, Ok(BTreeSet::new()));

    let policy = |name: &str| {
        let line = format!("iam create-policy --policy-name {name} --policy-document {any}");
        created(&aws, &line, "/Policy/Arn")
    };
    let arns = [policy("first"), policy("second")];
    for arn in &arns {
        aws.run(&format!("iam attach-role-policy --role-name pods --policy-arn {arn}")).unwrap();
    }
    let line = format!("iam put-role-policy --role-name pods --policy-name inline --policy-document {any}");
    aws.run(&line).unwrap();
    assert_eq!(iam.attached_policies("pods").await.unwrap(), arns.into());
    assert_eq!(iam.inline_policies("pods").await.unwrap(), ["inline".to_owned()].into());
    assert_eq!(iam.role("nobody").await, Ok(None));
}

#[tokio::test]
async fn a_quota_is_read_and_one_that_the_service_does_not_know_has_no_value() {
    let moto = Moto::start().await.unwrap();
    let aws = Aws::new(moto.url(), REGION).unwrap();
    // "VPCs per Region": moto knows quotas of VPCs alone.
    let line = "service-quotas get-service-quota --service-code vpc --quota-code L-F678F1CE";
    let shown = aws.run(line).unwrap().pointer("/Quota/Value").and_then(Value::as_f64).unwrap();
    let quotas = SdkQuotas::new(&session(&moto).await);
    let value = quotas.value(Quota { service: "vpc", code: "L-F678F1CE" }).await.unwrap().unwrap();
    assert!(value > 0 && value as f64 == shown, "{value} and {shown}");
    assert_eq!(quotas.value(Quota { service: "eks", code: "L-33415657" }).await, Ok(None));
}

#[tokio::test]
async fn a_cluster_is_read_with_its_network() {
    let moto = Moto::start().await.unwrap();
    let aws = Aws::new(moto.url(), REGION).unwrap();
    aws.run(&format!(
        "eks create-cluster --name prod --role-arn {ROLE} --resources-vpc-config subnetIds=subnet-0a1b2c3d,subnet-0a1b2c3e"
    ))
    .unwrap();
    let cluster = SdkEks::new(&session(&moto).await).describe_cluster("prod").await.unwrap();
    assert_eq!(cluster.region_and_account(), Some((REGION, "123456789012")));
    assert_eq!(cluster.subnets, ["subnet-0a1b2c3d", "subnet-0a1b2c3e"].map(str::to_owned).into());
    assert!(cluster.created_at.is_some() && !cluster.is_local && cluster.issues.is_empty(), "{cluster:?}");
}
