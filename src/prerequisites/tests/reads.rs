use std::collections::BTreeSet;

use crate::aws::Unread;
use crate::ec2::Target;
use crate::eks::Cluster;
use crate::placement::ClusterDns;
use crate::prerequisites::fixture::*;
use crate::prerequisites::{
    Evidence, GroupPolicy, Inside, InsideReads, Listed, Question, Read, Reads, RoleEvidence, Scope, reads,
};

/// Answers from the sound cluster, after a change, and what was asked in each round.
fn rounds(change: Change) -> Vec<Reads> {
    let (mut question, mut all) = sound();
    change(&mut question, &mut all);
    let (cluster, names) = (all.cluster.clone(), all.names.clone());
    let mut evidence = Evidence { cluster, names, profiles: all.profiles, ..Evidence::default() };
    let mut rounds = Vec::new();
    loop {
        let wanted = reads(std::slice::from_ref(&question), &evidence);
        if wanted.is_empty() {
            return rounds;
        }
        assert!(rounds.len() < 5, "{rounds:#?}");
        answer(&wanted, &all, &mut evidence);
        rounds.push(wanted);
    }
}

fn answer(wanted: &Reads, all: &Evidence, evidence: &mut Evidence) {
    for id in &wanted.subnets {
        evidence.subnets.insert(id.clone(), all.subnets.get(id).cloned().unwrap_or(Read::Known(None)));
    }
    for id in &wanted.security_groups {
        evidence.security_groups.insert(id.clone(), all.security_groups.get(id).cloned().unwrap_or(Read::Known(None)));
    }
    fn take<T: Clone>(wanted: bool, from: &Read<T>, to: &mut Read<T>) {
        if wanted {
            assert!(!to.is_asked(), "asked twice");
            *to = from.clone();
        }
    }
    take(wanted.route_tables, &all.route_tables, &mut evidence.route_tables);
    take(wanted.dns, &all.dns, &mut evidence.dns);
    take(wanted.dns_servers, &all.dns_servers, &mut evidence.dns_servers);
    take(wanted.nat_gateways, &all.nat_gateways, &mut evidence.nat_gateways);
    take(wanted.endpoints, &all.endpoints, &mut evidence.endpoints);
    take(wanted.map_roles, &all.map_roles, &mut evidence.map_roles);
    for name in &wanted.coredns {
        evidence.coredns.insert(name.clone(), all.coredns.get(name).cloned().unwrap_or(Read::Known(None)));
    }
    let inside = Inside {
        logging: answered(wanted.inside.logging, &all.inside.logging),
        observability: answered(wanted.inside.observability, &all.inside.observability),
        webhook: answered(wanted.inside.webhook, &all.inside.webhook),
        group_policies: listed_of(&wanted.inside.group_policies, &all.inside.group_policies),
        budgets: listed_of(&wanted.inside.budgets, &all.inside.budgets),
    };
    evidence.inside.add(inside);
    take(wanted.coredns_addon, &Read::Known(None), &mut evidence.coredns_addon);
    take(wanted.service_linked_role, &Read::Known(true), &mut evidence.service_linked_role);
    for quota in &wanted.quotas {
        evidence.quotas.insert(*quota, all.quotas.get(quota).cloned().unwrap_or(Read::Known(None)));
    }
    let known: RoleEvidence = all.roles.get(ROLE).cloned().unwrap_or_default();
    for role in wanted.roles.iter().chain(&wanted.policies).chain(&wanted.access_entries) {
        let own = evidence.roles.entry(role.clone()).or_default();
        take(wanted.roles.contains(role) && !own.role.is_asked(), &known.role, &mut own.role);
        let policies = wanted.policies.contains(role) && !own.inline_policies.is_asked();
        take(policies, &known.attached_policies, &mut own.attached_policies);
        take(policies, &known.inline_policies, &mut own.inline_policies);
        let entry = wanted.access_entries.contains(role) && !own.access_entry.is_asked();
        take(entry, &known.access_entry, &mut own.access_entry);
    }
}

fn answered<T: Clone>(wanted: bool, from: &Read<T>) -> Read<T> {
    if wanted { from.clone() } else { Read::NotAsked }
}

fn listed_of<T: Clone>(wanted: &BTreeSet<Scope>, from: &Listed<T>) -> Listed<T> {
    let found = |scope: &Scope| from.get(scope).cloned().unwrap_or(Read::Known(Vec::new()));
    wanted.iter().map(|scope| (scope.clone(), found(scope))).collect()
}

#[test]
fn a_network_behind_a_nat_gateway_takes_two_rounds() {
    let first = Reads {
        subnets: set(&["subnet-a", "subnet-b"]),
        route_tables: true,
        dns: true,
        dns_servers: true,
        security_groups: set(&["sg-cluster"]),
        roles: set(&[ROLE]),
        access_entries: set(&[ROLE]),
        map_roles: true,
        coredns: [COREDNS.map(str::to_owned).into()].into(),
        inside: InsideReads {
            logging: true,
            webhook: true,
            group_policies: BTreeSet::from([Some("shop".into())]),
            budgets: BTreeSet::from([Some("shop".into())]),
            observability: false,
        },
        quotas: [VCPU].into(),
        ..Reads::default()
    };
    let second = Reads { nat_gateways: true, policies: set(&[ROLE]), ..Reads::default() };
    assert_eq!(rounds(|_, _| {}), [first, second]);
}

#[test]
fn endpoints_are_asked_only_without_a_way_out_and_then_their_groups() {
    let asked = |change: Change| rounds(change).into_iter().any(|round| round.endpoints);
    assert!(!asked(|_, _| {}));
    assert!(asked(|_, e| reroute(e, None)));
    assert!(asked(|_, e| routes(e, "rtb-private")[1].is_active = false));
    assert!(asked(|_, e| nat_mut(e).state = "deleted".into()));
    // A gateway endpoint takes what goes to S3 in spite of the way out.
    assert!(asked(|_, e| routes(e, "rtb-private").push(route("pl-s3", Target::VpcEndpoint("vpce-s3".into())))));
    let rounds = rounds(|_, e| {
        reroute(e, None);
        e.endpoints = Read::Known(all_endpoints());
        known(&mut e.endpoints)[0].security_groups = set(&["sg-endpoint"]);
    });
    assert!(!rounds.iter().any(|round| round.nat_gateways));
    assert_eq!(rounds.last().unwrap().security_groups, set(&["sg-endpoint"]));
}

#[test]
fn the_subnet_of_a_nat_gateway_is_asked_about_only_where_public_access_is_blocked() {
    let asked = |change: Change| rounds(change).into_iter().any(|round| round.subnets == set(&["subnet-public"]));
    assert!(!asked(|_, _| {}));
    assert!(!asked(|_, e| subnet_mut(e, "subnet-a").public_access_block = Some("off".into())));
    assert!(asked(|_, e| subnet_mut(e, "subnet-a").public_access_block = Some("block-bidirectional".into())));
    assert!(!asked(|_, e| {
        subnet_mut(e, "subnet-a").public_access_block = Some("block-bidirectional".into());
        reroute(e, Some(route("0.0.0.0/0", Target::TransitGateway("tgw-1".into()))));
    }));
}

#[test]
fn the_mode_of_the_cluster_says_where_roles_are_let_in() {
    let asked = |change: Change| {
        let first = rounds(change).into_iter().next().unwrap();
        (!first.access_entries.is_empty(), first.map_roles)
    };
    assert_eq!(asked(|_, e| e.cluster.authentication_mode = "API".into()), (true, false));
    assert_eq!(asked(|_, e| e.cluster.authentication_mode = "CONFIG_MAP".into()), (false, true));
    assert_eq!(asked(|_, e| e.cluster.authentication_mode = String::new()), (false, false));
    // Another account's role is not asked about.
    assert_eq!(asked(|q, _| q.role = "arn:aws:iam::999999999999:role/pods".into()), (false, false));
}

#[test]
fn the_add_on_is_asked_about_only_while_coredns_does_not_run() {
    let asked = |change: Change| rounds(change).into_iter().any(|round| round.coredns_addon);
    assert!(!asked(|_, _| {}));
    assert!(asked(|_, e| coredns_mut(e).available = 0));
}

#[test]
fn a_deployment_of_dns_is_asked_about_where_its_service_is() {
    let names = |change: Change| {
        let names = rounds(change).into_iter().flat_map(|round| round.coredns);
        names.map(|(namespace, name)| format!("{namespace}/{name}")).collect::<Vec<_>>()
    };
    let usual = ["kube-system/coredns"];
    assert_eq!(names(|_, _| {}), usual);
    assert_eq!(names(|_, e| e.names.dns = Read::NotAsked), usual);
    assert_eq!(names(|_, e| e.names.dns = Read::Unread(Unread::Denied { action: "list services".into() })), usual);
    assert_eq!(names(|_, e| e.names.dns = Read::Known(ClusterDns::Nowhere)), <[&str; 0]>::default());
    fn is_in_dns(evidence: &mut Evidence) {
        evidence.names.dns = dns_of("dns", [("app".to_owned(), "coredns".to_owned())].into());
    }
    assert_eq!(names(|_, e| is_in_dns(e)), <[&str; 0]>::default());
    let found = names(|_, e| {
        is_in_dns(e);
        e.names.deployments = [("dns".to_owned(), "names".to_owned())].into();
    });
    assert_eq!(found, ["dns/names"]);
}

#[test]
fn what_selects_pods_is_listed_where_pods_are_and_everywhere_at_once_for_a_wildcard() {
    let scopes = |change: Change| {
        let first = rounds(change).into_iter().next().unwrap().inside;
        assert_eq!(first.budgets, first.group_policies);
        first.budgets.into_iter().collect::<Vec<_>>()
    };
    assert_eq!(scopes(|_, _| {}), [Some("shop".into())]);
    assert_eq!(scopes(|q, _| q.pods.clear()), []);
    fn selecting(question: &mut Question, namespace: &str) {
        question.selectors.insert(crate::eks::Selector { namespace: namespace.into(), ..Default::default() });
    }
    assert_eq!(scopes(|q, _| selecting(q, "without-pods")), [Some("shop".into())]);
    assert_eq!(scopes(|q, _| selecting(q, "team-*")), [None]);
    // What is known of all namespaces is known of each.
    let (question, mut evidence) = sound();
    evidence.inside.budgets = Listed::from([(None, Read::Known(Vec::new()))]);
    assert_eq!(reads(&[question], &evidence).inside, InsideReads::default());
}

#[test]
fn the_label_of_the_namespace_and_the_groups_of_policies_are_asked_about_only_where_they_matter() {
    let asked = |change: Change, what: fn(&Reads) -> bool| rounds(change).iter().any(what);
    let label: fn(&Reads) -> bool = |round| round.inside.observability;
    assert!(!asked(|_, _| {}, label));
    assert!(asked(
        |_, e| {
            e.inside.logging = Read::Known(Some(Default::default()));
            e.inside.observability = Read::Known(true);
        },
        label
    ));
    let webhook: fn(&Reads) -> bool = |round| round.inside.webhook;
    assert!(asked(|_, _| {}, webhook) && !asked(|q, _| q.cluster_serves = false, webhook));
    let group: fn(&Reads) -> bool = |round| round.security_groups.contains("sg-db");
    fn policy(evidence: &mut Evidence, app: &str) {
        let content = GroupPolicy { groups: set(&["sg-db"]), by_account: false };
        evidence.inside.group_policies = listed(vec![selecting("db", app, content)]);
    }
    assert!(asked(|_, e| policy(e, "web"), group) && !asked(|_, e| policy(e, "db"), group));
}

#[test]
fn the_service_linked_role_is_asked_about_only_before_the_first_profile() {
    let asked = |change: Change| rounds(change).into_iter().filter(|round| round.service_linked_role).count();
    assert_eq!(asked(|_, _| {}), 0);
    assert_eq!(asked(|_, e| e.profiles = 0), 1);
}

#[test]
fn what_was_not_answered_is_not_asked_again() {
    let (question, mut evidence) = sound();
    evidence.route_tables = Read::Unread(Unread::Denied { action: "ec2:DescribeRouteTables".into() });
    let role = role_mut(&mut evidence);
    role.role = Read::Unread(Unread::Denied { action: "iam:GetRole".into() });
    assert_eq!(reads(&[question], &evidence), Reads::default());
}

#[test]
fn objects_of_a_cluster_share_what_is_asked() {
    let (question, all) = sound();
    let evidence = Evidence { cluster: all.cluster, ..Evidence::default() };
    let other = Question { subnets: None, role: ROLE.replace("pods", "others"), ..question.clone() };
    let both = reads(&[question, other], &evidence);
    assert_eq!(both.roles.len(), 2);
    assert_eq!(both.subnets, set(&["subnet-a", "subnet-b"]));
    // A cluster without a VPC has no network to ask about.
    let none = Evidence { cluster: Cluster { vpc: None, ..evidence.cluster }, ..Evidence::default() };
    let (question, _) = sound();
    let reads = reads(&[question], &none);
    assert_eq!((reads.subnets, reads.route_tables, reads.dns), (BTreeSet::new(), false, false));
}
