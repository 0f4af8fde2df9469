//! False alarms: networks that work, in all their variety. None of them may hold up a change.

use crate::ec2::{Subnet, Target, VpcEndpoint};
use crate::placement::{Issue, IssueCause};
use crate::prerequisites::fixture::*;
use crate::prerequisites::{Budget, GroupPolicy, Read};

const SOUND: &[(&str, Change)] = &[
    ("a NAT gateway", |_, _| {}),
    ("a NAT gateway in another zone", |_, e| {
        let mut other = nat_mut(e).clone();
        other.subnet = "subnet-other".into();
        known(&mut e.nat_gateways).insert("nat-2".into(), other);
        known(&mut e.route_tables)[2].subnets.insert("subnet-other".into());
        split(e, Some(nat("nat-2")));
    }),
    ("another account's NAT gateway, or a regional one", |_, e| reroute(e, Some(nat("nat-elsewhere")))),
    ("a transit gateway", |_, e| reroute(e, Some(route("0.0.0.0/0", Target::TransitGateway("tgw-1".into()))))),
    ("a transit gateway to some networks, with ECR's endpoints behind it", |_, e| {
        reroute(e, Some(route("10.0.0.0/8", Target::TransitGateway("tgw-1".into()))));
    }),
    ("endpoints only", |_, e| {
        reroute(e, Some(route("pl-s3", Target::VpcEndpoint("vpce-s3".into()))));
        e.endpoints = Read::Known(all_endpoints());
    }),
    ("a secondary CIDR block", |_, e| {
        routes(e, "rtb-private").push(route("100.64.0.0/16", Target::Local));
    }),
    ("IPv6", |_, e| {
        e.cluster.ip_family = "ipv6".into();
        ["subnet-a", "subnet-b"].iter().for_each(|id| subnet_mut(e, id).has_ipv6 = true);
        routes(e, "rtb-private").push(route("::/0", Target::EgressOnlyInternetGateway("eigw-1".into())));
    }),
    ("IPv6, without a free address of IPv4", |_, e| {
        e.cluster.ip_family = "ipv6".into();
        for id in ["subnet-a", "subnet-b"] {
            (subnet_mut(e, id).has_ipv6, subnet_mut(e, id).free_addresses) = (true, 0);
        }
        reroute(e, Some(route("::/0", Target::EgressOnlyInternetGateway("eigw-1".into()))));
    }),
    ("a shared VPC, whose route tables are not shown", |_, e| {
        ["subnet-a", "subnet-b"].iter().for_each(|id| subnet_mut(e, id).owner = "999999999999".into());
        e.route_tables = Read::Known(Vec::new());
    }),
    ("a shared VPC, whose endpoints are not shown", |_, e| {
        ["subnet-a", "subnet-b"].iter().for_each(|id| subnet_mut(e, id).owner = "999999999999".into());
        reroute(e, None);
    }),
    ("a firewall's endpoint", |_, e| {
        reroute(e, Some(route("0.0.0.0/0", Target::VpcEndpoint("vpce-firewall".into()))));
        e.endpoints = Read::Known(vec![endpoint("vpce-firewall", "vpce-svc-1", "GatewayLoadBalancer")]);
    }),
    ("a firewall's endpoint behind the NAT gateway", |_, e| {
        *routes(e, "rtb-public") = vec![route("0.0.0.0/0", Target::VpcEndpoint("vpce-firewall".into()))];
    }),
    ("a proxy with no default route, and all endpoints", |_, e| {
        reroute(e, None);
        e.endpoints = Read::Known(all_endpoints());
    }),
    ("a peering", |_, e| reroute(e, Some(route("10.1.0.0/16", Target::Peering("pcx-1".into()))))),
    ("a NAT instance", |_, e| reroute(e, Some(route("0.0.0.0/0", Target::Instance("i-1".into()))))),
    ("an appliance", |_, e| reroute(e, Some(route("0.0.0.0/0", Target::NetworkInterface("eni-1".into()))))),
    ("a virtual private gateway", |_, e| {
        reroute(e, Some(route("0.0.0.0/0", Target::VirtualPrivateGateway("vgw-1".into()))));
    }),
    ("a prefix list to a transit gateway", |_, e| {
        reroute(e, Some(route("pl-corp", Target::TransitGateway("tgw-1".into()))));
    }),
    ("a default route in halves", |_, e| {
        reroute(e, Some(route("0.0.0.0/1", Target::NatGateway("nat-1".into()))));
        routes(e, "rtb-private").push(route("128.0.0.0/1", Target::NatGateway("nat-1".into())));
    }),
    ("endpoints of which a private zone tells the addresses", |_, e| {
        reroute(e, None);
        let without = |endpoint: VpcEndpoint| VpcEndpoint { private_dns: false, ..endpoint };
        e.endpoints = Read::Known(all_endpoints().into_iter().map(without).collect());
    }),
    ("subnets that EKS chooses, some of them public", |q, e| {
        q.subnets = None;
        e.cluster.subnets.insert("subnet-public".into());
    }),
    ("a NAT gateway that is being made", |_, e| nat_mut(e).state = "pending".into()),
];

/// What is so usual that not a word is said of it.
const QUIET: &[(&str, Change)] = &[
    ("logs that go to CloudWatch by a policy of the user's own", |_, e| {
        let output = "[OUTPUT]\n    Name cloudwatch_logs\n    Match *";
        e.inside.logging = Read::Known(Some([("output.conf".into(), output.into())].into()));
        e.inside.observability = Read::Known(true);
        known(&mut role_mut(e).inline_policies).insert("logs".into());
    }),
    ("pods with a group of their own beside the cluster's", |_, e| {
        let content = GroupPolicy { groups: set(&["sg-cluster", "sg-db"]), by_account: false };
        e.inside.group_policies = listed(vec![selecting("db", "web", content)]);
        e.security_groups.insert("sg-db".into(), Read::Known(Some(Default::default())));
    }),
    ("a private NAT gateway before a transit gateway", |_, e| {
        nat_mut(e).connectivity = "private".into();
        *routes(e, "rtb-public") = vec![route("0.0.0.0/0", Target::TransitGateway("tgw-1".into()))];
    }),
    ("VPC Block Public Access for what comes in", |_, e| {
        let blocked = |zone: &str| Subnet { public_access_block: Some("block-ingress".into()), ..subnet(zone) };
        for (zone, id) in [("a", "subnet-a"), ("b", "subnet-b"), ("a", "subnet-public")] {
            e.subnets.insert(id.into(), Read::Known(Some(blocked(zone))));
        }
    }),
    ("a gateway endpoint for S3 beside a NAT gateway", |_, e| {
        routes(e, "rtb-private").push(route("pl-s3", Target::VpcEndpoint("vpce-s3".into())));
        e.endpoints = Read::Known(vec![VpcEndpoint {
            route_tables: set(&["rtb-private"]),
            policy: Some(r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#.into()),
            ..endpoint("vpce-s3", "s3", "Gateway")
        }]);
    }),
    ("a budget whose pods are being created", |_, e| {
        let content = Budget { expected: 1, desired: 2, healthy: 0 };
        e.inside.budgets = listed(vec![selecting("web", "web", content)]);
    }),
    ("a pod whose command is wrong, with a limit above its request", |q, _| {
        q.pods = pods(&["web-1"], |pod| {
            pod.unequal_limits = Some("requests.cpu 250m, limits.cpu 1 in container app".into());
            pod.issue =
                Some(Issue { cause: IssueCause::StartError, message: "no serve".into(), since: None, ended: None });
            pod.node = Some("fargate-ip-10-0-0-1".into());
        });
    }),
];

#[test]
fn no_sound_network_blocks() {
    for (name, change) in SOUND {
        let found = found(*change);
        assert!(!found.iter().any(|line| line.starts_with("Blocking")), "{name}: {found:#?}");
    }
}

/// Some of the others are worth a line.
#[test]
fn the_usual_networks_are_not_even_mentioned() {
    for (name, change) in SOUND.iter().take(7).chain(QUIET) {
        assert_eq!(found(*change), Vec::<String>::new(), "{name}");
    }
}
