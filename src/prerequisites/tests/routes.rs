use crate::ec2::{Subnet, Target};
use crate::prerequisites::fixture::*;
use crate::prerequisites::{Evidence, Read};

#[test]
fn a_default_route_leads_to_something_that_is_there() {
    check_all(&[
        (
            |_, e| routes(e, "rtb-private")[1].is_active = false,
            &["Blocking Blackhole: rtb-private leads 0.0.0.0/0 of subnet-a and 1 more to nat-1, which is \
                 gone, so pods have no way out: lead it to another NAT gateway (aws ec2 replace-route)"],
        ),
        (
            |_, e| nat_mut(e).state = "deleted".into(),
            &["Blocking Blackhole: rtb-private leads 0.0.0.0/0 of subnet-a and 1 more to nat-1, which is \
                 gone, so pods have no way out: lead it to another NAT gateway (aws ec2 replace-route)"],
        ),
        (
            |_, e| nat_mut(e).state = "failed".into(),
            &["Blocking Blackhole: rtb-private leads 0.0.0.0/0 of subnet-a and 1 more to nat-1, which is \
                 gone, so pods have no way out: lead it to another NAT gateway (aws ec2 replace-route)"],
        ),
        (|_, e| nat_mut(e).state = "pending".into(), &[]),
        (
            |_, e| {
                split(e, Some(nat("nat-2")));
                routes(e, "rtb-b")[1].is_active = false;
            },
            &["Advisory Blackhole: rtb-b leads 0.0.0.0/0 of subnet-b to nat-2, which is gone, so pods have \
                 no way out: lead it to another NAT gateway (aws ec2 replace-route)"],
        ),
        // Endpoints may bring the images.
        (
            |_, e| {
                routes(e, "rtb-private")[1].is_active = false;
                e.endpoints = Read::Known(all_endpoints());
            },
            &["Advisory Blackhole: rtb-private leads 0.0.0.0/0 of subnet-a and 1 more to nat-1, which is \
                 gone, so pods have no way out: lead it to another NAT gateway (aws ec2 replace-route)"],
        ),
        // Another route may.
        (
            |_, e| {
                routes(e, "rtb-private")[1].is_active = false;
                routes(e, "rtb-private").push(route("10.0.0.0/8", Target::TransitGateway("tgw-1".into())));
            },
            &["Advisory Blackhole: rtb-private leads 0.0.0.0/0 of subnet-a and 1 more to nat-1, which is \
                 gone, so pods have no way out: lead it to another NAT gateway (aws ec2 replace-route)"],
        ),
        // Whether endpoints do is not known.
        (
            |_, e| {
                routes(e, "rtb-private")[1].is_active = false;
                e.endpoints = Read::NotAsked;
            },
            &["Advisory Blackhole: rtb-private leads 0.0.0.0/0 of subnet-a and 1 more to nat-1, which is \
                 gone, so pods have no way out: lead it to another NAT gateway (aws ec2 replace-route)"],
        ),
        // Pods of an IPv4 cluster do not take it.
        (
            |_, e| {
                routes(e, "rtb-private").push(route("::/0", Target::EgressOnlyInternetGateway("eigw-1".into())));
                routes(e, "rtb-private")[2].is_active = false;
            },
            &[],
        ),
    ]);
}

#[test]
fn a_nat_gateway_has_a_way_out_itself() {
    check_all(&[
        (
            |_, e| nat_mut(e).subnet = "subnet-a".into(),
            &["Advisory NatGateway: NAT gateway nat-1 is in subnet-a, whose routes do not lead out, so pods \
                 have no way out: make one in a public subnet and have the default route lead there"],
        ),
        (
            |_, e| nat_mut(e).subnet = "subnet-elsewhere".into(),
            &["Advisory NatGateway: NAT gateway nat-1 is in subnet-elsewhere, whose routes do not lead out, \
                 so pods have no way out: make one in a public subnet and have the default route lead there"],
        ),
        // A private one has no address for an internet gateway.
        (
            |_, e| nat_mut(e).connectivity = "private".into(),
            &["Advisory NatGateway: NAT gateway nat-1 is private, and subnet-public leads out by an internet gateway \
                 only, so pods have no way out: make a public one and have the default route lead there"],
        ),
        (
            |_, e| {
                nat_mut(e).connectivity = "private".into();
                routes(e, "rtb-public").clear();
            },
            &[
                "Advisory NatGateway: NAT gateway nat-1 is in subnet-public, whose routes do not lead out, so pods have \
                 no way out: make one in a public subnet and have the default route lead there",
            ],
        ),
        // It may lead to a transit gateway, for everything or for some networks.
        (
            |_, e| {
                *routes(e, "rtb-public") = vec![route("0.0.0.0/0", Target::TransitGateway("tgw-1".into()))];
                nat_mut(e).connectivity = "private".into();
            },
            &[],
        ),
        (
            |_, e| {
                routes(e, "rtb-public").push(route("10.0.0.0/8", Target::TransitGateway("tgw-1".into())));
                nat_mut(e).connectivity = "private".into();
            },
            &[],
        ),
    ]);
}

/// The subnet of the NAT gateway, as VPC Block Public Access has it.
fn public_subnet(evidence: &mut Evidence, mode: &str) {
    let subnet = Subnet { public_access_block: Some(mode.into()), ..subnet("a") };
    evidence.subnets.insert("subnet-public".into(), Read::Known(Some(subnet)));
}

#[test]
fn block_public_access_lets_nat_gateways_and_egress_only_ones_through() {
    check_all(&[
        (
            |_, e| public_subnet(e, "block-bidirectional"),
            &["Advisory BlockPublicAccess: VPC Block Public Access stops nat-1, so pods have no way out: exclude \
                 subnet-public (aws ec2 create-vpc-block-public-access-exclusion)"],
        ),
        (|_, e| public_subnet(e, "block-ingress"), &[]),
        // It is excluded.
        (|_, e| public_subnet(e, "off"), &[]),
        // The pods' own subnets lead to no internet gateway themselves.
        (|_, e| subnet_mut(e, "subnet-a").public_access_block = Some("block-bidirectional".into()), &[]),
        // Behind a firewall more is not known.
        (
            |_, e| {
                public_subnet(e, "block-bidirectional");
                *routes(e, "rtb-public") = vec![route("0.0.0.0/0", Target::VpcEndpoint("vpce-firewall".into()))];
            },
            &[],
        ),
        (
            |_, e| {
                public_subnet(e, "block-bidirectional");
                split(e, Some(route("0.0.0.0/0", Target::TransitGateway("tgw-1".into()))));
                reroute(e, Some(route("0.0.0.0/0", Target::TransitGateway("tgw-1".into()))));
            },
            &[],
        ),
        (
            |_, e| {
                e.cluster.ip_family = "ipv6".into();
                ["subnet-a", "subnet-b"].iter().for_each(|id| subnet_mut(e, id).has_ipv6 = true);
                routes(e, "rtb-private").push(route("::/0", Target::EgressOnlyInternetGateway("eigw-1".into())));
                subnet_mut(e, "subnet-b").public_access_block = Some("block-bidirectional".into());
                subnet_mut(e, "subnet-a").public_access_block = Some("block-ingress".into());
                // Pods have no IPv4.
                public_subnet(e, "block-bidirectional");
            },
            &["Advisory BlockPublicAccess: VPC Block Public Access stops eigw-1, so pods have no way out: exclude \
                 subnet-b (aws ec2 create-vpc-block-public-access-exclusion)"],
        ),
        // What is gone is a finding of its own.
        (
            |_, e| {
                public_subnet(e, "block-bidirectional");
                nat_mut(e).state = "deleted".into();
            },
            &["Blocking Blackhole: rtb-private leads 0.0.0.0/0 of subnet-a and 1 more to nat-1, which is \
                 gone, so pods have no way out: lead it to another NAT gateway (aws ec2 replace-route)"],
        ),
    ]);
}

#[test]
fn nodes_reach_the_api_server() {
    check_all(&[
        (
            |_, e| {
                e.cluster.private_access = false;
                e.cluster.public_access = set(&["198.51.100.0/24"]);
            },
            &["Blocking ApiServerAccess: 203.0.113.7 of NAT gateway nat-1 is not in publicAccessCidrs, so \
                 its nodes do not join: aws eks update-cluster-config --resources-vpc-config \
                 endpointPrivateAccess=true"],
        ),
        (
            |_, e| {
                e.cluster.private_access = false;
                e.cluster.public_access = set(&["198.51.100.0/24", "203.0.113.0/29"]);
            },
            &[],
        ),
        (
            |_, e| {
                e.cluster.private_access = false;
                e.cluster.public_access = set(&["198.51.100.0/24"]);
                reroute(e, Some(route("0.0.0.0/0", Target::TransitGateway("tgw-1".into()))));
            },
            &["Advisory ApiServerAccess: the API server admits 198.51.100.0/24 only, and nodes join from \
                 there or not at all: aws eks update-cluster-config --resources-vpc-config \
                 endpointPrivateAccess=true"],
        ),
        // One of two NAT gateways is let in.
        (
            |_, e| {
                e.cluster.private_access = false;
                e.cluster.public_access = set(&["203.0.113.7/32"]);
                let mut other = nat_mut(e).clone();
                other.public_addresses = set(&["203.0.113.8"]);
                known(&mut e.nat_gateways).insert("nat-2".into(), other);
                split(e, Some(nat("nat-2")));
            },
            &["Advisory ApiServerAccess: 203.0.113.8 of NAT gateway nat-2 is not in publicAccessCidrs, so \
                 its nodes do not join: aws eks update-cluster-config --resources-vpc-config \
                 endpointPrivateAccess=true"],
        ),
        (
            |_, e| {
                e.cluster.private_access = false;
                reroute(e, None);
                e.endpoints = Read::Known(all_endpoints());
            },
            &["Blocking ApiServerAccess: private API server access is off, and no way leads out of subnet-a \
                 and 1 more, so no node joins: aws eks update-cluster-config --resources-vpc-config \
                 endpointPrivateAccess=true"],
        ),
        (|_, e| e.cluster.private_access = false, &[]),
        (|_, e| e.cluster.public_access = set(&[]), &[]),
    ]);
}
