//! EC2's answers about the network of a cluster.

use eks_simulator::{ClusterSettings, Effect, Fault, Identity, Operation, Permission, VpcEndpoint};

use crate::caller::standing;

const PRIVATE: &str = "subnet-0aaaaaaa000000001";
const PUBLIC: &str = "subnet-0bbbbbbb000000001";
const VPC: &str = "vpc-0123456789abcdef0";

fn of_vpc(vpc: &str) -> String {
    format!("Filter.1.Name=vpc-id&Filter.1.Value.1={vpc}")
}

#[tokio::test]
async fn subnets_are_found_by_id_and_by_filters_that_all_have_to_pass() {
    let (_eks, caller) = standing().await;
    let by_id = caller.query("ec2", "DescribeSubnets", &format!("SubnetId.1={PRIVATE}&SubnetId.2={PUBLIC}")).await;
    assert_eq!((by_id.status, by_id.content_type.as_str()), (200, "text/xml;charset=UTF-8"));
    assert_eq!(by_id.all("subnetId"), [PRIVATE, PUBLIC]);
    assert_eq!(by_id.all("vpcId"), [VPC, VPC]);
    assert_eq!(by_id.all("availableIpAddressCount"), ["4091", "4091"]);
    assert_eq!(by_id.all("availabilityZone"), ["eu-central-1a", "eu-central-1a"]);
    assert_eq!(by_id.all("internetGatewayBlockMode"), ["off", "off"]);
    let all = caller.query("ec2", "DescribeSubnets", &of_vpc(VPC)).await;
    assert_eq!(all.all("subnetId").len(), 8);
    let both = of_vpc(VPC) + "&Filter.2.Name=availability-zone-id&Filter.2.Value.1=euc1-az2&Filter.2.Value.2=nowhere";
    assert_eq!(caller.query("ec2", "DescribeSubnets", &both).await.all("subnetId").len(), 3);
    let wild = "Filter.1.Name=subnet-id&Filter.1.Value.1=subnet-0bbb*";
    assert_eq!(caller.query("ec2", "DescribeSubnets", wild).await.all("subnetId").len(), 3);
}

#[tokio::test]
async fn what_does_not_exist_is_an_error_by_id_and_nothing_by_filter() {
    let (_eks, caller) = standing().await;
    let ask = async |action: &str, parameters: &str| caller.query("ec2", action, parameters).await;
    ask("DescribeSubnets", "SubnetId.1=subnet-1").await.is_refused_in_xml(
        400,
        "InvalidSubnetID.NotFound",
        "The subnet ID 'subnet-1' does not exist",
    );
    let two = ask("DescribeSubnets", "SubnetId.1=subnet-1&SubnetId.2=subnet-2").await;
    assert_eq!(two.all("Message"), ["The subnet IDs 'subnet-1, subnet-2' do not exist"]);
    ask("DescribeVpcs", "VpcId.1=vpc-1").await.is_refused_in_xml(
        400,
        "InvalidVpcID.NotFound",
        "The vpc ID 'vpc-1' does not exist",
    );
    ask("DescribeVpcAttribute", "VpcId=vpc-1&Attribute=enableDnsSupport").await.is_refused_in_xml(
        400,
        "InvalidVpcID.NotFound",
        "The vpc ID 'vpc-1' does not exist",
    );
    assert_eq!(ask("DescribeSecurityGroups", "GroupId.1=sg-1").await.all("Code"), ["InvalidGroup.NotFound"]);
    let nothing = ask("DescribeSubnets", "Filter.1.Name=subnet-id&Filter.1.Value.1=subnet-1").await;
    assert!(nothing.status == 200 && nothing.all("subnetId").is_empty(), "{}", nothing.text);
}

#[tokio::test]
async fn requests_that_ec2_does_not_understand_are_refused() {
    let (_eks, caller) = standing().await;
    let ask = async |action: &str, parameters: &str| caller.query("ec2", action, parameters).await;
    let refused = ask("DescribeSubnets", "Filter.1.Name=colour&Filter.1.Value.1=red").await;
    refused.is_refused_in_xml(400, "InvalidParameterValue", "The filter 'colour' is invalid");
    assert_eq!(
        ask("DescribeVpcAttribute", &format!("VpcId={VPC}&Attribute=x")).await.all("Code"),
        ["InvalidParameterValue"]
    );
    assert_eq!(ask("DescribeVpcAttribute", "").await.all("Code"), ["MissingParameter"]);
    let unknown = ask("DescribeFlowLogs", "").await;
    unknown.is_refused_in_xml(400, "InvalidAction", "The action DescribeFlowLogs is not valid for this web service.");
}

#[tokio::test]
async fn subnets_are_found_by_their_tags() {
    let (eks, caller) = standing().await;
    eks.change_network("prod", |network| {
        let tag = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        network.subnets.get_mut(PRIVATE).unwrap().tags = [tag("team", "a"), tag("Name", "private a")].into();
        network.subnets.get_mut(PUBLIC).unwrap().tags = [tag("team", "b")].into();
    })
    .unwrap();
    let ids = async |filters: &[(&str, &str)]| {
        let filters = filters.iter().enumerate();
        let query: Vec<String> = filters
            .map(|(n, (name, value))| format!("Filter.{}.Name={name}&Filter.{}.Value.1={value}", n + 1, n + 1))
            .collect();
        let answer = caller.query("ec2", "DescribeSubnets", &query.join("&")).await;
        answer.all("subnetId").into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(ids(&[("tag:team", "a")]).await, [PRIVATE]);
    assert_eq!(ids(&[("tag-key", "team")]).await, [PRIVATE, PUBLIC]);
    assert_eq!(ids(&[("tag-key", "team"), ("tag-key", "Name")]).await, [PRIVATE]);
    assert_eq!(ids(&[("tag:Name", "private*"), ("vpc-id", VPC)]).await, [PRIVATE]);
    assert_eq!(ids(&[("tag:team", "c")]).await, [""; 0]);
    assert_eq!(ids(&[("tag:none", "*")]).await, [""; 0]);
}

#[tokio::test]
async fn answers_come_in_pages_of_at_least_five() {
    let (_eks, caller) = standing().await;
    let ask = async |parameters: &str| caller.query("ec2", "DescribeSubnets", parameters).await;
    let first = ask("MaxResults=5").await;
    let token = first.all("nextToken")[0].to_owned();
    let second = ask(&format!("MaxResults=5&NextToken={token}")).await;
    assert_eq!((first.all("subnetId").len(), second.all("subnetId").len()), (5, 4));
    assert!(second.all("nextToken").is_empty());
    assert!(first.all("subnetId").last() < second.all("subnetId").first());
    assert_eq!(ask("MaxResults=4").await.all("Code"), ["InvalidParameterValue"]);
    assert_eq!(ask("NextToken=x").await.all("Code"), ["InvalidNextToken"]);
    let both = ask(&format!("MaxResults=5&SubnetId.1={PRIVATE}")).await;
    assert_eq!(both.all("Code"), ["InvalidParameterCombination"]);
}

#[tokio::test]
async fn route_tables_say_what_leads_where() {
    let (eks, caller) = standing().await;
    eks.change_network("prod", |network| {
        let table = network.route_tables.keys().nth(1).unwrap().clone();
        let endpoint = VpcEndpoint::gateway("com.amazonaws.eu-central-1.s3", [table]);
        network.endpoints.insert("vpce-0123456789abcdef0".to_owned(), endpoint);
    })
    .unwrap();
    let all = caller.query("ec2", "DescribeRouteTables", &of_vpc(VPC)).await;
    assert_eq!(all.all("natGatewayId"), ["nat-0123456789abcdef0"]);
    let gateways = ["local", "local", "vpce-0123456789abcdef0", "local", "igw-0123456789abcdef0"];
    assert_eq!(all.all("gatewayId"), gateways);
    assert_eq!(all.all("destinationPrefixListId"), ["pl-0123456789abcdef0"]);
    assert_eq!(all.all("main").iter().filter(|main| **main == "true").count(), 1);
    let of_subnet = format!("Filter.1.Name=association.subnet-id&Filter.1.Value.1={PUBLIC}");
    let one = caller.query("ec2", "DescribeRouteTables", &of_subnet).await;
    assert_eq!(one.all("gatewayId"), ["local", "igw-0123456789abcdef0"]);
}

#[tokio::test]
async fn endpoints_gateways_groups_and_dhcp_options_are_described() {
    let (eks, caller) = standing().await;
    eks.change_network("prod", |network| {
        let ecr = VpcEndpoint::interface("com.amazonaws.eu-central-1.ecr.api", [PRIVATE], "sg-0123456789abcdef0");
        network.endpoints.insert("vpce-1".to_owned(), ecr);
        let group = network.security_groups.get_mut("sg-0123456789abcdef0").unwrap();
        group.ingress.push(Permission::tcp(443, ["10.0.0.0/16", "fd00::/8"]));
        network.vpc.dns_servers = vec!["10.0.0.2".to_owned(), "10.0.0.3".to_owned()];
        network.nat_gateways.values_mut().for_each(|nat| {
            nat.failure_code = Some("Gateway.NotAttached".to_owned());
        });
    })
    .unwrap();
    let ask = async |action: &str, parameters: &str| caller.query("ec2", action, parameters).await;
    let endpoint = ask("DescribeVpcEndpoints", &of_vpc(VPC)).await;
    assert_eq!(endpoint.all("serviceName"), ["com.amazonaws.eu-central-1.ecr.api"]);
    assert!(endpoint.all("policyDocument")[0].contains("2008-10-17"), "it lets everything through");
    assert_eq!(endpoint.all("subnetIdSet"), [format!("<item>{PRIVATE}</item>")]);
    assert_eq!(
        (endpoint.all("groupId"), endpoint.all("privateDnsEnabled")),
        (vec!["sg-0123456789abcdef0"], vec!["true"])
    );
    let nat = ask("DescribeNatGateways", &of_vpc(VPC)).await;
    assert_eq!((nat.all("state"), nat.all("connectivityType")), (vec!["available"], vec!["public"]));
    assert_eq!((nat.all("publicIp"), nat.all("failureCode")), (vec!["203.0.113.10"], vec!["Gateway.NotAttached"]));
    let group = ask("DescribeSecurityGroups", "GroupId.1=sg-0123456789abcdef0").await;
    assert_eq!((group.all("fromPort"), group.all("ipProtocol")), (vec!["443"], vec!["-1", "tcp", "-1"]));
    assert_eq!((group.all("cidrIp"), group.all("cidrIpv6")), (vec!["10.0.0.0/16", "0.0.0.0/0"], vec!["fd00::/8"]));
    let vpc = ask("DescribeVpcs", &format!("VpcId.1={VPC}")).await;
    let options = format!("DhcpOptionsId.1={}", vpc.all("dhcpOptionsId")[0]);
    let options = ask("DescribeDhcpOptions", &options).await;
    assert_eq!(options.all("value"), ["eu-central-1.compute.internal", "10.0.0.2", "10.0.0.3"]);
    let names = ask("DescribeVpcAttribute", &format!("VpcId={VPC}&Attribute=enableDnsHostnames")).await;
    assert_eq!((names.all("enableDnsHostnames"), names.all("vpcId")), (vec!["<value>true</value>"], vec![VPC]));
}

#[tokio::test]
async fn a_denied_look_names_caller_and_action_in_ec2s_words_and_is_a_call_in_the_log() {
    let (eks, caller) = standing().await;
    eks.add_fault(Fault::new(Effect::AccessDenied).on([Operation::DescribeRouteTables]));
    caller.query("ec2", "DescribeRouteTables", "").await.is_refused_in_xml(
        403,
        "UnauthorizedOperation",
        "You are not authorized to perform this operation. User: arn:aws:sts::111122223333:assumed-role/fargate-operator/session is not authorized to perform: ec2:DescribeRouteTables because no identity-based policy allows the ec2:DescribeRouteTables action",
    );
    assert_eq!(caller.query("ec2", "DescribeSubnets", "").await.status, 200);
    let calls = eks.calls(&Operation::PREREQUISITES);
    let statuses: Vec<_> = calls.iter().map(|call| (call.operation, call.status)).collect();
    assert_eq!(statuses, [(Operation::DescribeRouteTables, Some(403)), (Operation::DescribeSubnets, Some(200))]);
    assert_eq!(eks.calls(&Operation::LOOKS), []);
}

#[tokio::test]
async fn faults_are_worded_as_the_service_words_them() {
    let (eks, caller) = standing().await;
    for (effect, ec2, iam) in [
        (Effect::Throttled, (503, "RequestLimitExceeded"), (400, "Throttling")),
        (Effect::ServerError, (500, "InternalError"), (500, "InternalFailure")),
        (Effect::Unavailable, (503, "Unavailable"), (503, "ServiceUnavailable")),
    ] {
        eks.set_faults([Fault::new(effect)]);
        let answer = caller.query("ec2", "DescribeSubnets", "").await;
        assert_eq!((answer.status, answer.all("Code")), (ec2.0, vec![ec2.1]));
        let answer = caller.query("iam", "GetRole", "RoleName=a").await;
        assert_eq!((answer.status, answer.all("Code")), (iam.0, vec![iam.1]));
    }
}

#[tokio::test]
async fn ec2_shows_the_networks_of_the_callers_region_and_each_thing_once() {
    let (eks, caller) = standing().await;
    eks.add_cluster(ClusterSettings::named("second"));
    let count = async || caller.query("ec2", "DescribeSubnets", "").await.all("subnetId").len();
    assert_eq!(count().await, 9);
    eks.set_identity(Identity::operator("111122223333", "us-east-1"));
    assert_eq!(count().await, 0);
}

#[tokio::test]
async fn a_frozen_look_at_the_network_shows_what_was() {
    let (eks, caller) = standing().await;
    eks.add_fault(Fault::new(Effect::Frozen).on([Operation::DescribeSubnets]).times(1));
    eks.change_network("prod", |network| network.subnets.clear()).unwrap();
    assert_eq!(caller.query("ec2", "DescribeSubnets", "").await.all("subnetId").len(), 9);
    assert_eq!(caller.query("ec2", "DescribeSubnets", "").await.all("subnetId").len(), 0);
}
