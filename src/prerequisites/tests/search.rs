//! Which subnets are found, in networks that differ from a sound one in one place.

use std::collections::BTreeSet;

use crate::aws::Unread;
use crate::ec2::{RouteTable, Tags, Target};
use crate::prerequisites::fixture::*;
use crate::prerequisites::{Evidence, Read, Reads, Search, find, reads_for};

/// The sound network, of which all subnets are known: the cluster's two private ones, its public one, and a private one of
/// the VPC that is not the cluster's.
fn network() -> Evidence {
    let (_, mut evidence) = sound();
    let ids = ["subnet-a", "subnet-b", "subnet-other", "subnet-public"];
    for id in ids {
        evidence.subnets.entry(id.to_owned()).or_insert_with(|| Read::Known(Some(subnet("a"))));
    }
    evidence.candidates = Read::Known(set(&ids));
    evidence.cluster.subnets = set(&["subnet-a", "subnet-b", "subnet-public"]);
    known(&mut evidence.route_tables)[1].subnets.insert("subnet-other".into());
    evidence
}

fn tagged() -> Search {
    Search::Tagged(Tags::from([("kubernetes.io/role/internal-elb".to_owned(), Some("1".to_owned()))]))
}

fn igw() -> crate::ec2::Route {
    route("0.0.0.0/0", Target::InternetGateway("igw-1".into()))
}

fn after(change: impl FnOnce(&mut Evidence)) -> Result<BTreeSet<String>, String> {
    let mut evidence = network();
    change(&mut evidence);
    find(&Search::Auto, &evidence)
}

fn own_are_public(evidence: &mut Evidence) {
    let tables = known(&mut evidence.route_tables);
    for id in ["subnet-a", "subnet-b"] {
        tables[1].subnets.remove(id);
        tables[2].subnets.insert(id.into());
    }
}

#[test]
fn of_the_clusters_subnets_those_are_found_that_are_private_and_lead_out() {
    type Spoil = fn(&mut Evidence);
    let alone: &[(&str, Spoil)] = &[
        ("public", |e| split(e, Some(igw()))),
        ("without a way out", |e| split(e, None)),
        ("by a route to what is gone", |e| {
            split(e, Some(nat("nat-2")));
            routes(e, "rtb-b")[1].is_active = false;
        }),
        ("by a NAT gateway that has failed", |e| {
            let mut failed = nat_mut(e).clone();
            failed.state = "failed".into();
            known(&mut e.nat_gateways).insert("nat-2".into(), failed);
            split(e, Some(nat("nat-2")));
        }),
        ("on an Outpost", |e| subnet_mut(e, "subnet-b").outpost = Some("arn:op-1".into())),
        ("in a Local Zone", |e| {
            let local = subnet_mut(e, "subnet-b");
            (local.zone, local.zone_id) = ("eu-central-1-ham-1a".into(), "euc1-ham1-az1".into());
        }),
        ("in a zone that Fargate is not in", |e| {
            e.refused_zones.insert("eu-central-1b".into());
        }),
        ("in an IPv6 cluster, without a range", |e| {
            e.cluster.ip_family = "ipv6".into();
            subnet_mut(e, "subnet-a").has_ipv6 = true;
        }),
    ];
    for (what, spoil) in alone {
        assert_eq!(after(spoil), Ok(set(&["subnet-a"])), "subnet-b is {what}");
    }
    let both: &[(&str, Spoil)] = &[
        ("sound", |_| {}),
        ("of another account, whose tables are not shown", |e| {
            ["subnet-a", "subnet-b"].iter().for_each(|id| subnet_mut(e, id).owner = "999999999999".into());
            e.route_tables = Read::Known(Vec::new());
            e.cluster.subnets = set(&["subnet-a", "subnet-b"]);
        }),
        ("with endpoints for a way out", |e| {
            reroute(e, None);
            e.endpoints = Read::Known(all_endpoints());
        }),
        ("behind a transit gateway", |e| reroute(e, Some(route("0.0.0.0/0", Target::TransitGateway("tgw-1".into()))))),
    ];
    for (what, change) in both {
        assert_eq!(after(change), Ok(set(&["subnet-a", "subnet-b"])), "{what}");
    }
}

#[test]
fn others_of_the_vpc_are_found_only_if_the_cluster_has_no_private_one() {
    assert_eq!(after(own_are_public), Ok(set(&["subnet-other"])));
    let closed = after(|e| {
        let tables = known(&mut e.route_tables);
        tables[1].subnets.remove("subnet-other");
        tables.push(table("rtb-other", &["subnet-other"], Some(nat("nat-1"))));
        *routes(e, "rtb-private") = Vec::new();
    });
    assert!(closed.unwrap_err().contains("--default-subnets auto finds no private subnet with a way out in VPC vpc-1"));
}

#[test]
fn those_with_the_tags_are_found_whatever_they_are_like() {
    let mut evidence = network();
    evidence.candidates = Read::Known(set(&["subnet-b", "subnet-public"]));
    evidence.route_tables = Read::NotAsked;
    assert_eq!(find(&tagged(), &evidence), Ok(set(&["subnet-b", "subnet-public"])));
    evidence.candidates = Read::Known(BTreeSet::new());
    let why = find(&tagged(), &evidence).unwrap_err();
    assert!(why.starts_with("--default-subnets tag:kubernetes.io/role/internal-elb=1 finds no subnet in VPC vpc-1"));
}

#[test]
fn a_search_is_shown_as_it_is_written() {
    assert_eq!(Search::Auto.to_string(), "auto");
    let tags = Tags::from([("a".to_owned(), None), ("b".to_owned(), Some("1".to_owned()))]);
    assert_eq!(Search::Tagged(tags).to_string(), "tag:a,tag:b=1");
}

#[test]
fn what_cannot_be_read_is_named_and_nothing_is_found() {
    let denied = |action: &str| Unread::Denied { action: action.to_owned().into() };
    let why = |change: &dyn Fn(&mut Evidence)| after(|e| change(e)).unwrap_err();
    let subnets = why(&|e| e.candidates = Read::Unread(denied("ec2:DescribeSubnets")));
    assert_eq!(
        subnets,
        "the operator may not ec2:DescribeSubnets, so it cannot find --default-subnets auto: allow it to the operator's IAM \
         role (see deploy/iam/checks.json), or set spec.subnets"
    );
    let tables = why(&|e| e.route_tables = Read::Unread(denied("ec2:DescribeRouteTables")));
    assert!(tables.contains("may not ec2:DescribeRouteTables"), "{tables}");
    let gateways = why(&|e| e.nat_gateways = Read::Unread(denied("ec2:DescribeNatGateways")));
    assert!(gateways.contains("may not ec2:DescribeNatGateways"), "{gateways}");
    let failed = Unread::Failed { action: "ec2:DescribeVpcEndpoints".into(), why: "Rate exceeded".into() };
    let endpoints = why(&|e| {
        split(e, None);
        e.endpoints = Read::Unread(failed.clone());
    });
    assert!(endpoints.starts_with("ec2:DescribeVpcEndpoints failed (Rate exceeded), so the operator"), "{endpoints}");
    // With NAT gateways, endpoints do not matter.
    let unneeded = after(|e| e.endpoints = Read::Unread(failed.clone()));
    assert_eq!(unneeded, Ok(set(&["subnet-a", "subnet-b"])));
    assert!(why(&|e| e.cluster.vpc = None).starts_with("EKS names no VPC of cluster prod"));
}

#[test]
fn nothing_is_asked_but_what_the_search_needs() {
    let (_, mut evidence) = sound();
    let cluster = evidence.cluster.clone();
    let mut fresh = Evidence { cluster, ..Evidence::default() };
    let first = Reads { candidates: Some(Tags::new()), route_tables: true, ..Reads::default() };
    assert_eq!(reads_for(&Search::Auto, &fresh), first);
    let Search::Tagged(tags) = tagged() else { unreachable!() };
    assert_eq!(reads_for(&tagged(), &fresh), Reads { candidates: Some(tags), ..Reads::default() });
    fresh.candidates = Read::Known(set(&["subnet-a", "subnet-b"]));
    assert!(reads_for(&tagged(), &fresh).is_empty());
    evidence.candidates = fresh.candidates.clone();
    (evidence.nat_gateways, evidence.endpoints) = (Read::NotAsked, Read::NotAsked);
    assert_eq!(reads_for(&Search::Auto, &evidence), Reads { nat_gateways: true, ..Reads::default() });
    split(&mut evidence, None);
    let both = Reads { nat_gateways: true, endpoints: true, ..Reads::default() };
    assert_eq!(reads_for(&Search::Auto, &evidence), both);
    let public = RouteTable { routes: vec![igw()], ..table("rtb-all", &["subnet-a", "subnet-b"], None) };
    evidence.route_tables = Read::Known(vec![public]);
    assert!(reads_for(&Search::Auto, &evidence).is_empty());
    evidence.cluster.vpc = None;
    evidence.candidates = Read::NotAsked;
    assert!(reads_for(&Search::Auto, &evidence).is_empty());
}
