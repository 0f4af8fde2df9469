use std::collections::BTreeMap;

use crate::ec2::{Target, VpcDns};
use crate::prerequisites::Read;
use crate::prerequisites::fixture::*;

#[test]
fn dns_of_the_vpc_is_on_and_its_own() {
    check_all(&[
        (
            |_, e| e.dns = Read::Known(VpcDns { support: true, hostnames: false }),
            &["Blocking VpcDns: VPC vpc-1 has DNS host names off, so every Fargate node is named \
                 fargate-null and pods stay Pending: aws ec2 modify-vpc-attribute --vpc-id vpc-1 \
                 --enable-dns-hostnames"],
        ),
        (
            |_, e| e.dns = Read::Known(VpcDns { support: false, hostnames: true }),
            &["Blocking VpcDns: VPC vpc-1 has DNS support off, so Fargate nodes find no name and pods stay \
                 Pending: aws ec2 modify-vpc-attribute --vpc-id vpc-1 --enable-dns-support"],
        ),
        (
            |_, e| e.dns = Read::Known(VpcDns { support: false, hostnames: false }),
            &[
                "Blocking VpcDns: VPC vpc-1 has DNS host names off, so every Fargate node is named \
                 fargate-null and pods stay Pending: aws ec2 modify-vpc-attribute --vpc-id vpc-1 \
                 --enable-dns-hostnames",
                "Blocking VpcDns: VPC vpc-1 has DNS support off, so Fargate nodes find no name and pods stay \
                 Pending: aws ec2 modify-vpc-attribute --vpc-id vpc-1 --enable-dns-support",
            ],
        ),
        (
            |_, e| e.dns_servers = Read::Known(vec!["10.0.0.2".into(), "10.0.0.3".into()]),
            &["Advisory DnsServers: VPC vpc-1 uses the DNS servers 10.0.0.2, 10.0.0.3 instead of \
                 AmazonProvidedDNS: let them forward AWS's names to it, or Fargate nodes do not join"],
        ),
        (|_, e| e.dns_servers = Read::Known(vec!["10.0.0.2".into(), "AmazonProvidedDNS".into()]), &[]),
    ]);
}

#[test]
fn subnets_exist_in_the_vpc_and_in_availability_zones() {
    check_all(&[
        (
            |_, e| drop(e.subnets.insert("subnet-a".into(), Read::Known(None))),
            &["Blocking SubnetExists: EC2 shows no subnet subnet-a, so EKS refuses the profile: correct \
                 spec.subnets or --default-subnets"],
        ),
        (
            |_, e| e.subnets.values_mut().for_each(|subnet| *subnet = Read::Known(None)),
            &["Blocking SubnetExists: EC2 shows no subnet subnet-a and 1 more, so EKS refuses the profile: \
                 correct spec.subnets or --default-subnets"],
        ),
        (
            |_, e| subnet_mut(e, "subnet-b").vpc = "vpc-2".into(),
            &["Blocking SubnetInVpc: the cluster is in VPC vpc-1, but in VPC vpc-2 there is subnet-b: name \
                 subnets of the cluster's VPC in spec.subnets or --default-subnets"],
        ),
        (
            |_, e| subnet_mut(e, "subnet-a").outpost = Some("arn:aws:outposts:…".into()),
            &["Blocking SubnetZone: Fargate does not run on Outposts, where there is subnet-a: name subnets \
                 of Availability Zones in spec.subnets or --default-subnets"],
        ),
        (
            |_, e| {
                let subnet = subnet_mut(e, "subnet-b");
                (subnet.zone, subnet.zone_id) = ("eu-central-1-ham-1a".into(), "euc1-ham1-az1".into());
            },
            &["Blocking SubnetZone: Fargate does not run in Local or Wavelength Zones, such as \
                 eu-central-1-ham-1a of subnet-b: name subnets of Availability Zones in spec.subnets or \
                 --default-subnets"],
        ),
        // Without the id of the zone it may be one whose name is not known yet.
        (|_, e| subnet_mut(e, "subnet-b").zone = "eu-central-1-new".into(), &[]),
    ]);
}

#[test]
fn what_was_said_of_a_zone_is_told_again() {
    check_all(&[
        (
            |_, e| e.refused_zones = set(&["eu-central-1b"]),
            &[
                "Advisory ZoneRefused: EKS has said that Fargate is not in eu-central-1b, where there is subnet-b: name \
                 subnets of other Availability Zones in spec.subnets or --default-subnets",
            ],
        ),
        (
            |_, e| e.refused_zones = set(&["eu-central-1a", "eu-central-1b"]),
            &["Advisory ZoneRefused: EKS has said that Fargate is not in eu-central-1a and 1 more, where there is \
                 subnet-a and 1 more: name subnets of other Availability Zones in spec.subnets or --default-subnets"],
        ),
        // EKS chooses from those of the cluster.
        (
            |q, e| {
                q.subnets = None;
                e.refused_zones = set(&["eu-central-1b"]);
            },
            &[
                "Advisory ZoneRefused: EKS has said that Fargate is not in eu-central-1b, where there is subnet-b: name \
                 subnets of other Availability Zones in spec.subnets or --default-subnets",
            ],
        ),
        // By its id.
        (
            |_, e| e.refused_zones = set(&["euc1-az3"]),
            &[
                "Advisory ZoneRefused: EKS has said that Fargate is not in eu-central-1b, where there is subnet-b: name \
                 subnets of other Availability Zones in spec.subnets or --default-subnets",
            ],
        ),
        (|_, e| e.refused_zones = set(&["eu-central-1c"]), &[]),
    ]);
}

#[test]
fn subnets_are_private() {
    check_all(&[
        (
            |_, e| reroute(e, Some(route("0.0.0.0/0", Target::InternetGateway("igw-1".into())))),
            &["Blocking SubnetPrivate: EKS takes private subnets only, but rtb-private leads subnet-a and 1 \
                 more to igw-1: have its default route lead to a NAT gateway, or name other subnets"],
        ),
        (
            |_, e| split(e, Some(route("::/0", Target::InternetGateway("igw-1".into())))),
            &["Blocking SubnetPrivate: EKS takes private subnets only, but rtb-b leads subnet-b to igw-1: \
                 have its default route lead to a NAT gateway, or name other subnets"],
        ),
        // Without a table of their own, subnets have the main one.
        (
            |_, e| {
                routes(e, "rtb-main").push(route("0.0.0.0/0", Target::InternetGateway("igw-1".into())));
                known(&mut e.route_tables).iter_mut().for_each(|table| table.subnets.clear());
            },
            &["Blocking SubnetPrivate: EKS takes private subnets only, but rtb-main leads subnet-a and 1 \
                 more to igw-1: have its default route lead to a NAT gateway, or name other subnets"],
        ),
        // Their own outweighs the main one.
        (|_, e| routes(e, "rtb-main").push(route("0.0.0.0/0", Target::InternetGateway("igw-1".into()))), &[]),
        // EKS chooses from those of the cluster.
        (
            |q, e| {
                q.subnets = None;
                reroute(e, Some(route("0.0.0.0/0", Target::InternetGateway("igw-1".into()))));
            },
            &["Blocking SubnetPrivate: all subnets of cluster prod are public, and EKS takes private ones \
                 only: name private subnets in spec.subnets or --default-subnets"],
        ),
        (
            |q, e| {
                q.subnets = None;
                split(e, Some(route("0.0.0.0/0", Target::InternetGateway("igw-1".into()))));
            },
            &[],
        ),
    ]);
}

#[test]
fn subnets_have_addresses_for_the_pods() {
    check_all(&[
        (
            |_, e| ["subnet-a", "subnet-b"].iter().for_each(|id| subnet_mut(e, id).free_addresses = 0),
            &["Blocking FreeAddresses: no address is free in subnet-a and 1 more, so no pod starts there: \
                 free some, or name larger subnets in spec.subnets or --default-subnets"],
        ),
        (
            |_, e| subnet_mut(e, "subnet-b").free_addresses = 0,
            &["Advisory FreeAddresses: no address is free in subnet-b: pods start in the other subnets only"],
        ),
        (
            |q, _| q.pods = vec![Default::default(); 401],
            &["Advisory FreeAddresses: 400 addresses are free in subnet-a and 1 more, but 401 pods match, \
                 and a replacement needs one more for each pod that it moves: name larger subnets"],
        ),
        (|q, _| q.pods = vec![Default::default(); 400], &[]),
        // One that could not be read may have some.
        (
            |_, e| {
                subnet_mut(e, "subnet-a").free_addresses = 0;
                e.subnets.insert("subnet-b".into(), Read::NotAsked);
            },
            &[],
        ),
    ]);
}

#[test]
fn in_an_ipv6_cluster_subnets_have_ranges_and_a_route_of_ipv6() {
    check_all(&[
        (
            |_, e| e.cluster.ip_family = "ipv6".into(),
            &[
                "Blocking Ipv6: the cluster is IPv6, but no IPv6 range is in subnet-a and 1 more, so pods get \
                 no address there: add one (aws ec2 associate-subnet-cidr-block), or name other subnets",
                "Advisory Ipv6: the cluster is IPv6, but rtb-private of subnet-a and 1 more has no route for \
                 ::/0, so pods have no way out: add one to an egress-only internet gateway",
            ],
        ),
        (
            |_, e| {
                e.cluster.ip_family = "ipv6".into();
                subnet_mut(e, "subnet-a").has_ipv6 = true;
                routes(e, "rtb-private").push(route("::/0", Target::EgressOnlyInternetGateway("eigw-1".into())));
            },
            &["Advisory Ipv6: the cluster is IPv6, but no IPv6 range is in subnet-b, so pods get no address \
                 there: add one (aws ec2 associate-subnet-cidr-block), or name other subnets"],
        ),
    ]);
}

#[test]
fn what_is_not_known_is_not_judged() {
    check_all(&[(
        |_, e| {
            e.subnets = BTreeMap::new();
            (e.route_tables, e.dns, e.dns_servers) = (Read::NotAsked, Read::NotAsked, Read::NotAsked);
            (e.nat_gateways, e.endpoints, e.map_roles) = (Read::NotAsked, Read::NotAsked, Read::NotAsked);
            e.security_groups = BTreeMap::new();
            e.roles = BTreeMap::new();
            e.coredns.clear();
        },
        &[],
    )]);
}
