//! One network: what EC2 tells of it, and what EKS thinks of its subnets.

use std::collections::BTreeSet;

use eks_simulator::{ClusterSettings, ProfileSpec};
use serde_json::{Value, json};

use crate::caller::{Answer, Caller, standing};

const PRIVATE: &str = "subnet-0aaaaaaa000000001";
const NOT_PRIVATE: &str = "Subnet subnet-0aaaaaaa000000001 provided in Fargate Profile is not a private subnet";
const INVALID: &str = "InvalidParameterException";

async fn create_in(caller: &Caller, subnet: &str) -> Answer {
    let subnets = Some(vec![subnet.to_owned()]);
    caller.create(&ProfileSpec { subnets, ..ProfileSpec::named("web") }).await
}

async fn route_states(caller: &Caller) -> BTreeSet<String> {
    let tables = caller.query("ec2", "DescribeRouteTables", "").await;
    let routes = tables.all("routeSet");
    let states = routes.iter().flat_map(|routes| routes.split("<state>").skip(1));
    states.map(|rest| rest.split('<').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_subnet_is_refused_from_the_moment_that_its_routes_make_it_public() {
    let (eks, caller) = standing().await;
    eks.change_network("prod", |network| network.make_public(PRIVATE)).unwrap();
    create_in(&caller, PRIVATE).await.is_refused(400, INVALID, NOT_PRIVATE);
    eks.change_network("prod", |network| network.cut_off(PRIVATE)).unwrap();
    create_in(&caller, PRIVATE).await.ok();
}

#[tokio::test]
async fn the_main_table_counts_for_a_subnet_that_no_table_names_and_a_dead_route_does_not() {
    let (eks, caller) = standing().await;
    eks.change_network("prod", |network| {
        for table in network.route_tables.values_mut() {
            table.main = table.routes.iter().any(|route| route.target.starts_with("igw-"));
            table.subnets.remove(PRIVATE);
        }
    })
    .unwrap();
    create_in(&caller, PRIVATE).await.is_refused(400, INVALID, NOT_PRIVATE);
    eks.change_network("prod", |network| {
        let routes = network.route_tables.values_mut().flat_map(|table| &mut table.routes);
        routes.filter(|route| route.target.starts_with("igw-")).for_each(|route| route.blackhole = true);
    })
    .unwrap();
    create_in(&caller, PRIVATE).await.ok();
}

#[tokio::test]
async fn a_subnet_that_only_gives_out_public_addresses_is_private() {
    let (eks, caller) = standing().await;
    eks.change_network("prod", |network| {
        network.subnets.get_mut(PRIVATE).unwrap().maps_public_addresses = true;
    })
    .unwrap();
    create_in(&caller, PRIVATE).await.ok();
}

#[tokio::test]
async fn routes_to_a_nat_gateway_that_is_gone_are_blackholes() {
    let (eks, caller) = standing().await;
    assert_eq!(route_states(&caller).await, ["active".to_owned()].into());
    eks.change_network("prod", eks_simulator::Network::delete_nat_gateways).unwrap();
    assert_eq!(route_states(&caller).await, ["active".to_owned(), "blackhole".to_owned()].into());
    let shown = caller.query("ec2", "DescribeNatGateways", "").await;
    assert_eq!(shown.all("state"), ["deleted"]);
    eks.change_network("prod", |network| network.nat_gateways.clear()).unwrap();
    assert!(route_states(&caller).await.contains("blackhole"));
    assert!(caller.query("ec2", "DescribeNatGateways", "").await.all("state").is_empty());
}

#[tokio::test]
async fn omitted_subnets_are_the_clusters_own_private_ones_if_there_are_any() {
    let (eks, caller) = standing().await;
    let own = eks.cluster_settings("prod").unwrap().private_subnets;
    eks.change_network("prod", |network| network.make_public(&own[0])).unwrap();
    let filled = caller.create_named("web").await.ok();
    assert_eq!(filled["fargateProfile"]["subnets"], json!(own[1..]));
    eks.outsider().vanish_profile("prod", "web").unwrap();
    eks.change_network("prod", |network| own.iter().for_each(|subnet| network.make_public(subnet))).unwrap();
    caller.create_named("web").await.is_refused(
        400,
        INVALID,
        "No subnets were given, and the subnets provided during cluster creation are all public",
    );
}

#[tokio::test]
async fn a_zone_without_fargate_is_refused_by_name() {
    let (eks, caller) = standing().await;
    eks.change_network("prod", |network| {
        network.zones_without_fargate.insert("eu-central-1a".to_owned());
    })
    .unwrap();
    create_in(&caller, PRIVATE).await.is_refused(
        400,
        "UnsupportedAvailabilityZoneException",
        "Fargate Profile creation for the Availability Zone eu-central-1a for Subnet subnet-0aaaaaaa000000001 is not supported",
    );
}

#[tokio::test]
async fn clusters_with_the_same_network_share_it() {
    let (eks, caller) = standing().await;
    eks.add_cluster(ClusterSettings::named("second"));
    let elsewhere = ClusterSettings { vpc_id: "vpc-1".to_owned(), ..ClusterSettings::named("third") };
    eks.add_cluster(elsewhere);
    eks.change_network("second", |network| network.vpc.dns_hostnames = false).unwrap();
    let on = |cluster: &str| eks.network(cluster).unwrap().vpc.dns_hostnames;
    assert_eq!((on("prod"), on("second"), on("third")), (false, false, true));
    let vpc = eks.network("prod").unwrap().vpc.id;
    let attribute = format!("VpcId={vpc}&Attribute=enableDnsHostnames");
    let answer = caller.query("ec2", "DescribeVpcAttribute", &attribute).await;
    assert_eq!(answer.all("value"), ["false"]);
}

#[tokio::test]
async fn the_control_endpoint_changes_a_network_in_part() {
    let (eks, caller) = standing().await;
    let patch = json!({ "network": {
        "vpc": { "dns_hostnames": false },
        "subnets": { PRIVATE: { "free_addresses": 3 } },
        "nat_gateways": { "nat-0123456789abcdef0": null },
    } });
    caller.call("PATCH", "/_simulator/clusters/prod", patch).await.ok();
    let network = eks.network("prod").unwrap();
    assert!(!network.vpc.dns_hostnames && network.vpc.dns_support && network.nat_gateways.is_empty());
    assert_eq!((network.subnets.len(), network.subnets[PRIVATE].free_addresses), (9, 3));
    let shown = caller.call("GET", "/_simulator/clusters/prod", Value::Null).await.ok();
    assert_eq!(shown["network"]["vpc"]["dns_hostnames"], false);
}

#[tokio::test]
async fn a_described_cluster_names_its_network_and_its_door() {
    let (eks, caller) = standing().await;
    eks.change_cluster("prod", |prod| {
        prod.api_server.public = false;
        "ipv6".clone_into(&mut prod.ip_family);
        prod.issues = vec![eks_simulator::HealthIssue::new("VpcNotFound", "no such VPC")];
        prod.outpost_arns = vec!["arn:aws:outposts:eu-central-1:111122223333:outpost/op-1".to_owned()];
    })
    .unwrap();
    let cluster = caller.get("/clusters/prod").await.ok()["cluster"].clone();
    let config = &cluster["resourcesVpcConfig"];
    assert_eq!(
        (&config["vpcId"], &config["clusterSecurityGroupId"]),
        (&json!("vpc-0123456789abcdef0"), &json!("sg-0123456789abcdef0"))
    );
    assert_eq!((&config["endpointPublicAccess"], &config["endpointPrivateAccess"]), (&json!(false), &json!(true)));
    assert_eq!(config["publicAccessCidrs"], json!([]));
    assert_eq!(cluster["kubernetesNetworkConfig"]["ipFamily"], "ipv6");
    assert_eq!(cluster["health"]["issues"][0]["code"], "VpcNotFound");
    assert!(cluster["outpostConfig"]["outpostArns"][0].as_str().unwrap().contains("op-1"));
}
