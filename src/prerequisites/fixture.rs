//! A sound cluster with a sound network, which tests spoil in one place.

mod coredns;
mod inside;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use self::coredns::{COREDNS, coredns_mut, dns_of};
use self::coredns::{sound_coredns, sound_names};
use self::inside::sound_inside;
pub(super) use self::inside::{listed, pod, pods, selecting};
use super::*;
use crate::ec2::{NatGateway, Route, RouteTable, Rule, SecurityGroup, Subnet, Target, VpcDns, VpcEndpoint};
use crate::eks::{AccessEntry, Cluster, Selector};
use crate::iam::Role;
use crate::quotas::Quota;

pub(super) const ROLE: &str = "arn:aws:iam::111122223333:role/pods";

pub(super) const VCPU: Quota = Quota { service: "fargate", code: "L-3032A538" };

/// How tests spoil it.
pub(super) type Change = fn(&mut Question, &mut Evidence);

pub(super) fn set(ids: &[&str]) -> BTreeSet<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

pub(super) fn route(destination: &str, target: Target) -> Route {
    Route { destination: destination.into(), target, is_active: true }
}

pub(super) fn nat(id: &str) -> Route {
    route("0.0.0.0/0", Target::NatGateway(id.into()))
}

fn local() -> Route {
    route("10.0.0.0/16", Target::Local)
}

pub(super) fn table(id: &str, subnets: &[&str], default: Option<Route>) -> RouteTable {
    let routes = std::iter::once(local()).chain(default).collect();
    RouteTable { id: id.into(), is_main: false, subnets: set(subnets), routes }
}

pub(super) fn subnet(zone: &str) -> Subnet {
    Subnet {
        vpc: "vpc-1".into(),
        zone: format!("eu-central-1{zone}"),
        zone_id: format!("euc1-az{}", if zone == "a" { 2 } else { 3 }),
        owner: "111122223333".into(),
        free_addresses: 200,
        ..Subnet::default()
    }
}

/// Two private subnets behind one NAT gateway, which is in a public one.
pub(super) fn sound() -> (Question, Evidence) {
    let question = Question {
        role: ROLE.into(),
        role_serves: true,
        subnets: Some(set(&["subnet-a", "subnet-b"])),
        selectors: BTreeSet::from([Selector { namespace: "shop".into(), labels: BTreeMap::new() }]),
        pods: vec![pod("web-1", "web")],
        is_served: false,
        cluster_serves: true,
        creates: None,
    };
    let igw = route("0.0.0.0/0", Target::InternetGateway("igw-1".into()));
    let main = RouteTable { is_main: true, ..table("rtb-main", &[], None) };
    let gateway = NatGateway {
        state: "available".into(),
        connectivity: "public".into(),
        subnet: "subnet-public".into(),
        public_addresses: set(&["203.0.113.7"]),
        ..NatGateway::default()
    };
    let evidence = Evidence {
        cluster: cluster(),
        subnets: BTreeMap::from(
            [("a", "subnet-a"), ("b", "subnet-b")].map(|(zone, id)| (id.to_owned(), Read::Known(Some(subnet(zone))))),
        ),
        candidates: Read::NotAsked,
        route_tables: Read::Known(vec![
            main,
            table("rtb-private", &["subnet-a", "subnet-b"], Some(nat("nat-1"))),
            table("rtb-public", &["subnet-public"], Some(igw)),
        ]),
        dns: Read::Known(VpcDns { support: true, hostnames: true }),
        dns_servers: Read::Known(vec!["AmazonProvidedDNS".into()]),
        nat_gateways: Read::Known(BTreeMap::from([("nat-1".into(), gateway)])),
        endpoints: Read::Known(Vec::new()),
        security_groups: BTreeMap::from([("sg-cluster".into(), Read::Known(Some(within("sg-cluster"))))]),
        roles: BTreeMap::from([(ROLE.into(), role_evidence())]),
        map_roles: Read::Known(None),
        names: sound_names(),
        coredns: sound_coredns(),
        coredns_listed: Read::NotAsked,
        coredns_addon: Read::NotAsked,
        inside: sound_inside(),
        service_linked_role: Read::NotAsked,
        quotas: BTreeMap::from([(VCPU, Read::Known(Some(6)))]),
        selectors: BTreeSet::new(),
        profiles: 3,
        refused_zones: BTreeSet::new(),
    };
    (question, evidence)
}

fn cluster() -> Cluster {
    Cluster {
        name: "prod".into(),
        arn: "arn:aws:eks:eu-central-1:111122223333:cluster/prod".into(),
        vpc: Some("vpc-1".into()),
        subnets: set(&["subnet-a", "subnet-b"]),
        security_group: Some("sg-cluster".into()),
        private_access: true,
        public_access: set(&["0.0.0.0/0"]),
        authentication_mode: "API_AND_CONFIG_MAP".into(),
        ip_family: "ipv4".into(),
        ..Cluster::default()
    }
}

/// As EKS makes the cluster security group.
pub(super) fn within(own: &str) -> SecurityGroup {
    let all = Rule { protocol: "-1".into(), ports: None, ..Rule::default() };
    SecurityGroup {
        ingress: vec![Rule { groups: set(&[own]), ..all.clone() }],
        egress: vec![Rule { cidrs: set(&["0.0.0.0/0"]), ..all }],
    }
}

pub(super) const TRUST: &str = r#"{"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"Service": "eks-fargate-pods.amazonaws.com"}, "Action": "sts:AssumeRole",
    "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:eks:eu-central-1:111122223333:fargateprofile/prod/*"}}
}]}"#;

fn role_evidence() -> RoleEvidence {
    let role = Role {
        arn: ROLE.into(),
        path: "/".into(),
        created_at: "2026-01-01T00:00:00Z".parse().ok(),
        trust_policy: TRUST.into(),
        tags: BTreeMap::new(),
    };
    let entry = AccessEntry {
        kind: "FARGATE_LINUX".into(),
        created_at: "2026-01-02T00:00:00Z".parse().ok(),
        tags: BTreeMap::new(),
    };
    RoleEvidence {
        role: Read::Known(Some(role)),
        attached_policies: Read::Known(set(&["arn:aws:iam::aws:policy/AmazonEKSFargatePodExecutionRolePolicy"])),
        inline_policies: Read::Known(BTreeSet::new()),
        access_entry: Read::Known(Some(entry)),
    }
}

/// An available endpoint, of which private DNS is on.
pub(super) fn endpoint(id: &str, service: &str, kind: &str) -> VpcEndpoint {
    VpcEndpoint {
        id: id.into(),
        service: format!("com.amazonaws.eu-central-1.{service}"),
        kind: kind.into(),
        state: "available".into(),
        private_dns: kind == "Interface",
        ..VpcEndpoint::default()
    }
}

/// All endpoints that pods may need, with S3's in the private subnets' table.
pub(super) fn all_endpoints() -> Vec<VpcEndpoint> {
    let mut all: Vec<VpcEndpoint> =
        ["ecr.api", "ecr.dkr", "sts", "logs"].map(|name| endpoint(&format!("vpce-{name}"), name, "Interface")).into();
    all.push(VpcEndpoint { route_tables: set(&["rtb-private"]), ..endpoint("vpce-s3", "s3", "Gateway") });
    all
}

/// What was read, for tests to change.
pub(super) fn known<T>(read: &mut Read<T>) -> &mut T {
    match read {
        Read::Known(value) => value,
        Read::NotAsked | Read::Unread(_) => panic!("not known"),
    }
}

pub(super) fn subnet_mut<'a>(evidence: &'a mut Evidence, id: &str) -> &'a mut Subnet {
    known(evidence.subnets.get_mut(id).unwrap()).as_mut().unwrap()
}

/// The routes of a table of the sound network.
pub(super) fn routes<'a>(evidence: &'a mut Evidence, table: &str) -> &'a mut Vec<Route> {
    let tables = known(&mut evidence.route_tables);
    &mut tables.iter_mut().find(|known| known.id == table).unwrap().routes
}

/// Gives the private subnets this route instead of their default route.
pub(super) fn reroute(evidence: &mut Evidence, default: Option<Route>) {
    *routes(evidence, "rtb-private") = std::iter::once(local()).chain(default).collect();
}

/// Gives subnet-b a table of its own.
pub(super) fn split(evidence: &mut Evidence, default: Option<Route>) {
    let tables = known(&mut evidence.route_tables);
    tables.iter_mut().for_each(|table| table.subnets.retain(|id| id != "subnet-b"));
    tables.push(table("rtb-b", &["subnet-b"], default));
}

pub(super) fn nat_mut(evidence: &mut Evidence) -> &mut NatGateway {
    known(&mut evidence.nat_gateways).get_mut("nat-1").unwrap()
}

pub(super) fn role_mut(evidence: &mut Evidence) -> &mut RoleEvidence {
    evidence.roles.get_mut(ROLE).unwrap()
}

pub(super) fn trust(evidence: &mut Evidence, from: &str, to: &str) {
    let role = known(&mut role_mut(evidence).role).as_mut().unwrap();
    assert!(role.trust_policy.contains(from));
    role.trust_policy = role.trust_policy.replace(from, to);
}

pub(super) fn entry_mut(evidence: &mut Evidence) -> &mut Option<AccessEntry> {
    known(&mut role_mut(evidence).access_entry)
}

/// What is found after a change, a line each.
pub(super) fn found(change: Change) -> Vec<String> {
    let (mut question, mut evidence) = sound();
    change(&mut question, &mut evidence);
    let line = |finding: Finding| format!("{} {}: {}", finding.severity.name(), finding.check.name(), finding.message);
    judge(&question, &evidence).into_iter().map(line).collect()
}

/// Each change with exactly the lines that are found after it.
pub(super) fn check_all(situations: &[(Change, &[&str])]) {
    let wrong: Vec<String> = situations
        .iter()
        .enumerate()
        .filter_map(|(at, (change, expected))| {
            let found = found(*change);
            (found != *expected).then(|| format!("{at}: {found:#?}\nand not {expected:#?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
