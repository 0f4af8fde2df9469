//! No text is longer than 200 characters, however long the names in it are.

mod inside;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use strum::IntoEnumIterator;

use crate::aws::Unread;
use crate::ec2::{Target, VpcDns};
use crate::eks::{Addon, HealthIssue, Selector};
use crate::placement::{ClusterDns, Issue, IssueCause, Pod};
use crate::prerequisites::fixture::*;
use crate::prerequisites::*;
use crate::quotas::Quota;

const LONGEST: usize = 200;

/// An id as long as EC2 makes them.
fn long(prefix: &str) -> String {
    format!("{prefix}-0123456789abcdef0")
}

fn role() -> String {
    format!("arn:aws-us-gov:iam::111122223333:role/{}", "r".repeat(64))
}

/// The sound cluster with the longest names that AWS allows, and more subnets than a profile can have.
fn longest() -> (Question, Evidence) {
    let (mut question, mut evidence) = sound();
    let cluster = &mut evidence.cluster;
    cluster.name = "c".repeat(100);
    cluster.arn = format!("arn:aws-us-gov:eks:ap-southeast-15:111122223333:cluster/{}", cluster.name);
    (cluster.vpc, cluster.security_group) = (Some(long("vpc")), Some(long("sg")));
    question.role = role();
    let known_role = evidence.roles.remove(ROLE).unwrap();
    evidence.roles.insert(role(), known_role);
    let ids: BTreeSet<String> = (100..250).map(|n| format!("subnet-0123456789abcd{n}")).collect();
    question.subnets = Some(ids.clone());
    let subnet = crate::ec2::Subnet { vpc: long("vpc"), ..subnet("a") };
    evidence.subnets = ids.iter().map(|id| (id.clone(), Read::Known(Some(subnet.clone())))).collect();
    let mut tables = vec![crate::ec2::RouteTable { is_main: true, ..table(&long("rtb"), &[], None) }];
    tables[0].subnets = ids;
    evidence.route_tables = Read::Known(tables);
    (question, evidence)
}

/// CoreDNS that does not run, behind a Service with names as long as they get.
fn lengthy_coredns(evidence: &mut Evidence) -> &mut Pod {
    let name = ("n".repeat(63), "d".repeat(253));
    let labels = BTreeMap::from([("k".repeat(300), "v".repeat(63))]);
    let template = Pod { namespace: name.0.clone(), labels: labels.clone(), ..Pod::default() };
    evidence.names = NameService { dns: dns_of(&name.0, labels), deployments: BTreeSet::from([name.clone()]) };
    evidence.coredns =
        BTreeMap::from([(name, Read::Known(Some(CoreDns { template, available: 0, ..CoreDns::default() })))]);
    &mut coredns_mut(evidence).template
}

type Situation = (&'static [Check], fn(&mut Question, &mut Evidence));

fn routed(evidence: &mut Evidence, target: Target) {
    let id = known(&mut evidence.route_tables)[0].id.clone();
    routes(evidence, &id).push(route("0.0.0.0/0", target));
}

fn own(evidence: &mut Evidence) -> &mut RoleEvidence {
    evidence.roles.get_mut(&role()).unwrap()
}

fn trust_policy(evidence: &mut Evidence, policy: String) {
    known(&mut own(evidence).role).as_mut().unwrap().trust_policy = policy;
}

fn subnets(evidence: &mut Evidence, change: fn(&mut crate::ec2::Subnet)) {
    evidence.subnets.values_mut().for_each(|subnet| change(known(subnet).as_mut().unwrap()));
}

/// So many pods with names longer than they can be.
fn lengthy(count: usize, change: fn(&mut Pod)) -> Vec<Arc<Pod>> {
    let names: Vec<String> = (0..count).map(|n| format!("{n}{}", "p".repeat(300))).collect();
    pods(&names.iter().map(String::as_str).collect::<Vec<_>>(), change)
}

fn serving(pod: &mut Pod) {
    pod.serves_kubelet_port = true;
}

fn steered(pod: &mut Pod) {
    pod.steering = Some("s".repeat(300));
}

fn failing(pod: &mut Pod) {
    pod.unequal_limits = Some("s".repeat(300));
    pod.issue = Some(Issue { cause: IssueCause::CpuLimit, message: String::new(), since: None, ended: None });
    pod.node = Some("fargate-ip-10-0-0-1".into());
}

/// More of everything than the account may have, in as many digits as EKS and our schema let it have.
fn exceed(question: &mut Question, evidence: &mut Evidence, creation: Creation) {
    (question.creates, evidence.profiles) = (Some(creation), 999);
    question.pods = pods(&["web-1"], |pod| pod.millicpu = 99_999_000);
    let labels = |n: usize| (0..n).map(|n| (format!("l{n}"), String::new())).collect();
    let selector = |n: usize| Selector { namespace: format!("{n:063}"), labels: labels(50) };
    question.selectors = (0..100).map(selector).collect();
    let quotas = [("eks", "L-33415657", 999), ("eks", "L-D78D8AF8", 99), ("eks", "L-23414FF3", 49)];
    for (service, code, value) in quotas.into_iter().chain([("fargate", "L-3032A538", 99_998)]) {
        evidence.quotas.insert(Quota { service, code }, Read::Known(Some(value)));
    }
}

/// Each check with a situation for each of its texts, at their longest.
const SITUATIONS: &[Situation] = &[
    (&[Check::VpcDns], |_, e| e.dns = Read::Known(VpcDns { support: false, hostnames: false })),
    (&[Check::DnsServers], |_, e| e.dns_servers = Read::Known(vec!["192.168.100.100".into(); 4])),
    (&[Check::SubnetExists], |_, e| e.subnets.values_mut().for_each(|subnet| *subnet = Read::Known(None))),
    (&[Check::SubnetInVpc], |_, e| e.cluster.vpc = Some("vpc-0123456789abcdef1".into())),
    (&[Check::SubnetZone], |_, e| subnets(e, |subnet| subnet.outpost = Some("x".into()))),
    (&[Check::SubnetZone], |_, e| {
        subnets(e, |subnet| {
            (subnet.zone, subnet.zone_id) = ("ap-southeast-15-wl1-abc-wlz-1".into(), "a-b-c".into());
        });
    }),
    (&[Check::ZoneRefused], |_, e| {
        subnets(e, |subnet| subnet.zone = "ap-southeast-15a".into());
        e.refused_zones = set(&["ap-southeast-15a"]);
    }),
    (&[Check::SubnetPrivate], |_, e| routed(e, Target::InternetGateway(long("igw")))),
    (&[Check::SubnetPrivate], |q, e| {
        routed(e, Target::InternetGateway(long("igw")));
        e.cluster.subnets = q.subnets.take().unwrap();
    }),
    (&[Check::WayOut], |_, _| {}),
    (&[Check::WayOut, Check::VpcEndpoints], |_, e| {
        e.endpoints = Read::Known(all_endpoints());
        known(&mut e.endpoints)[4].id = long("vpce");
        known(&mut e.endpoints)[1].id = long("vpce");
        known(&mut e.endpoints)[1].private_dns = false;
        known(&mut e.endpoints).remove(3);
        known(&mut e.endpoints).remove(2);
    }),
    (&[Check::WayOut], |_, e| {
        e.endpoints = Read::Known(all_endpoints());
        known(&mut e.endpoints)[4] = endpoint("vpce-s3", "s3", "Interface");
    }),
    (&[Check::VpcEndpoints], |_, e| {
        e.endpoints = Read::Known(all_endpoints());
        known(&mut e.endpoints).iter_mut().for_each(|endpoint| {
            (endpoint.id, endpoint.private_dns, endpoint.security_groups) = (long("vpce"), false, set(&[&long("sg")]));
        });
        e.security_groups.insert(long("sg"), Read::Known(Some(within("sg-other"))));
    }),
    (&[Check::Blackhole], |_, e| {
        routed(e, Target::NatGateway(long("nat")));
        let nat = crate::ec2::NatGateway { state: "deleted".into(), ..nat_mut(e).clone() };
        known(&mut e.nat_gateways).insert(long("nat"), nat);
    }),
    (&[Check::NatGateway], |_, e| {
        routed(e, Target::NatGateway(long("nat")));
        let nat = crate::ec2::NatGateway { subnet: "subnet-0123456789abcd100".into(), ..nat_mut(e).clone() };
        known(&mut e.nat_gateways).insert(long("nat"), nat);
    }),
    (&[Check::NatGateway, Check::BlockPublicAccess], |_, e| {
        routed(e, Target::NatGateway(long("nat")));
        let public = table("rtb-public", &["subnet-0123456789abcdef0"], None);
        known(&mut e.route_tables).push(public);
        routes(e, "rtb-public").push(route("0.0.0.0/0", Target::InternetGateway(long("igw"))));
        let block = Some("block-bidirectional".into());
        let blocked = crate::ec2::Subnet { public_access_block: block, ..subnet("a") };
        e.subnets.insert(long("subnet"), Read::Known(Some(blocked)));
        let nat = crate::ec2::NatGateway { subnet: long("subnet"), ..nat_mut(e).clone() };
        known(&mut e.nat_gateways)
            .insert(long("nat"), crate::ec2::NatGateway { connectivity: "private".into(), ..nat });
    }),
    (&[Check::VpcEndpoints], |_, e| {
        e.endpoints = Read::Known(all_endpoints());
        let (gateway, table) = (&mut known(&mut e.endpoints)[4], long("rtb"));
        (gateway.id, gateway.route_tables) = (long("vpce"), set(&[&table]));
        gateway.policy = Some(r#"{"Statement": []}"#.into());
    }),
    (&[Check::Ipv6], |_, e| {
        e.cluster.ip_family = "ipv6".into();
        routed(e, Target::NatGateway(long("nat")));
    }),
    (&[Check::FreeAddresses], |_, e| subnets(e, |subnet| subnet.free_addresses = 0)),
    (&[Check::FreeAddresses], |q, _| q.pods = vec![pod("web-1", "web"); 50_000]),
    (&[Check::ApiServerAccess], |_, e| e.cluster.private_access = false),
    (&[Check::ApiServerAccess], |_, e| {
        e.cluster.private_access = false;
        e.cluster.public_access = (0..40).map(|n| format!("198.151.100.{n}/32")).collect();
        routed(e, Target::TransitGateway(long("tgw")));
    }),
    (&[Check::ApiServerAccess], |_, e| {
        e.cluster.private_access = false;
        e.cluster.public_access = set(&["198.51.100.0/24"]);
        routed(e, Target::NatGateway(long("nat")));
        let mut nat = nat_mut(e).clone();
        nat.public_addresses = set(&["203.203.113.117"]);
        known(&mut e.nat_gateways).insert(long("nat"), nat);
    }),
    (&[Check::SecurityGroup], |_, e| {
        e.security_groups.insert(long("sg"), Read::Known(Some(Default::default())));
    }),
    (&[Check::RoleExists], |_, e| own(e).role = Read::Known(None)),
    (&[Check::RolePath], |q, _| q.role = q.role.replace("role/", &format!("role/{}/", "p".repeat(500)))),
    (&[Check::TrustPolicy], |_, e| trust_policy(e, TRUST.replace("eks-fargate-pods", "eks"))),
    (&[Check::TrustPolicy], |_, e| trust_policy(e, TRUST.replace("Allow", "Deny").replace("ArnLike", "StringLike"))),
    (&[Check::TrustPolicy], |_, e| {
        trust_policy(e, r#"{"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*"}]}"#.into());
    }),
    (&[Check::TrustPolicy], |_, e| trust_policy(e, TRUST.into())),
    (&[Check::TrustPolicy], |_, e| trust_policy(e, TRUST.replace("SourceArn", &"x".repeat(90)))),
    (&[Check::PullPolicy], |_, e| own(e).attached_policies = Read::Known(BTreeSet::new())),
    (&[Check::NodeRole], |_, e| known(&mut own(e).access_entry).as_mut().unwrap().kind = "EC2_WINDOWS".into()),
    (&[Check::AccessEntry], |_, e| *known(&mut own(e).access_entry) = None),
    (&[Check::AccessEntry], |_, e| known(&mut own(e).access_entry).as_mut().unwrap().kind = "HYBRID_LINUX".into()),
    (&[Check::AccessEntry], |_, e| {
        known(&mut own(e).access_entry).as_mut().unwrap().created_at = "2020-01-01T00:00:00Z".parse().ok();
    }),
    (&[Check::AwsAuth], |_, e| {
        e.cluster.authentication_mode = "CONFIG_MAP".into();
    }),
    (&[Check::AwsAuth], |_, e| {
        e.cluster.authentication_mode = "CONFIG_MAP".into();
        e.map_roles = Read::Known(Some(format!("- rolearn: {}", role())));
    }),
    (&[Check::AwsAuth], |_, e| {
        e.cluster.authentication_mode = "CONFIG_MAP".into();
        let arn = role().replace("role/", &format!("role/{}/", "p".repeat(500)));
        e.map_roles = Read::Known(Some(format!("- rolearn: {arn}")));
    }),
    (&[Check::AwsAuth], |_, e| e.map_roles = Read::Known(Some("none".into()))),
    (&[Check::ClusterHealth], |_, e| {
        let issue =
            HealthIssue { code: "Ec2SecurityGroupNotFound".into(), message: "m".repeat(500), resource_ids: vec![] };
        e.cluster.issues = vec![issue; 3];
    }),
    (&[Check::LocalCluster], |_, e| e.cluster.is_local = true),
    (&[Check::CoreDns], |_, e| coredns_mut(e).available = 0),
    (&[Check::CoreDns], |_, e| lengthy_coredns(e).wants_ec2 = false),
    (&[Check::CoreDns], |_, e| lengthy_coredns(e).wants_ec2 = true),
    (&[Check::CoreDns], |_, e| {
        let wanted = "fd12:3456:789a:1234:5678:9abc:def0:123a".parse().unwrap();
        e.names.dns = Read::Known(ClusterDns::Elsewhere { address: "a".repeat(500), wanted });
    }),
    (&[Check::CoreDns], |_, e| {
        e.names.dns = Read::Unread(Unread::Failed { action: "get services/kube-dns".into(), why: "w".repeat(500) });
    }),
    (&[Check::CoreDns], |_, e| {
        let coredns = coredns_mut(e);
        (coredns.available, coredns.template.wants_ec2) = (0, true);
        e.coredns_addon = Read::Known(Some(Addon::default()));
    }),
    (&[Check::CoreDns], |_, e| {
        let coredns = coredns_mut(e);
        (coredns.available, coredns.template.wants_ec2) = (0, true);
        let configuration = Some(r#"{"computeType":"Fargate"}"#.into());
        e.coredns_addon = Read::Known(Some(Addon { configuration, ..Addon::default() }));
    }),
    (&[Check::KubeletPort], |q, _| q.pods = lengthy(1000, serving)),
    (&[Check::KubeletPort], |q, _| q.pods = lengthy(1, serving)),
    (&[Check::ServiceLinkedRole], |_, e| (e.profiles, e.service_linked_role) = (0, Read::Known(false))),
    (&[Check::ProfileQuota], |q, e| exceed(q, e, Creation::First)),
    (&[Check::ProfileQuota, Check::SelectorQuota, Check::FargateVcpu], |q, e| exceed(q, e, Creation::Replacement)),
    (&[Check::PodSteering, Check::PodLimits], |q, _| {
        q.pods = [lengthy(1000, steered), lengthy(1000, failing)].concat();
    }),
    (&[Check::PodSteering, Check::PodLimits], |q, _| q.pods = [lengthy(1, steered), lengthy(1, failing)].concat()),
    (&[Check::SubnetPrivate], |_, e| {
        e.route_tables = Read::Unread(Unread::Denied { action: "ec2:DescribeRouteTables".into() });
        let why = "w".repeat(500);
        own(e).attached_policies = Read::Unread(Unread::Failed { action: "iam:ListAttachedRolePolicies".into(), why });
        e.dns = Read::Unread(Unread::Denied { action: "ec2:DescribeVpcAttribute".into() });
        e.security_groups
            .insert("sg-1".into(), Read::Unread(Unread::Denied { action: "ec2:DescribeSecurityGroups".into() }));
        *e.coredns.values_mut().next().unwrap() = Read::Unread(Unread::Denied { action: "get deployments".into() });
    }),
];

#[test]
fn no_text_is_longer_than_200_characters() {
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for (at, (checks, change)) in SITUATIONS.iter().chain(inside::SITUATIONS).enumerate() {
        let (mut question, mut evidence) = longest();
        change(&mut question, &mut evidence);
        let findings = judge(&question, &evidence);
        for check in *checks {
            assert!(findings.iter().any(|finding| finding.check == *check), "{at}: no {}", check.name());
        }
        for finding in findings {
            seen.insert(finding.check);
            let length = finding.message.chars().count();
            if length > LONGEST {
                wrong.push(format!("{length}: {}", finding.message));
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let missing: Vec<&str> = Check::iter().filter(|check| !seen.contains(check)).map(Check::name).collect();
    assert!(missing.is_empty(), "no situation for {missing:?}");
}
