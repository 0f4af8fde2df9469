//! What could not be read. One finding for each action, however many checks want it. It never blocks.

use std::collections::{BTreeMap, BTreeSet};

use super::checks;
use super::evidence::{Evidence, Question, Read, RoleEvidence};
use super::finding::{Check, Finding, Severity};
use super::inside::{self, Inside, Listed, Scope};
use super::network;
use crate::aws::Unread;
use crate::message::{cut, message};

/// How much of an error a message has room for.
const WHY: usize = 48;

pub(super) fn unknown(question: &Question, evidence: &Evidence) -> Vec<Finding> {
    let mut by_action: BTreeMap<&str, Finding> = BTreeMap::new();
    for (check, what, unread) in gaps(question, evidence) {
        let tell = || Finding { severity: Severity::Unknown, check, message: told(what, unread) };
        by_action.entry(unread.action()).or_insert_with(tell);
    }
    by_action.into_values().collect()
}

/// Everything unread that concerns the object, with the first check that wants it, and what that would tell.
fn gaps<'a>(question: &'a Question, evidence: &'a Evidence) -> Vec<(Check, &'static str, &'a Unread)> {
    let subnets = network::subnets(question, evidence);
    let role = |read: fn(&RoleEvidence) -> Option<&Unread>| evidence.roles.get(&question.role).and_then(read);
    let own = evidence.cluster.security_group.iter();
    let groups = own.chain(checks::endpoint_groups(evidence)).chain(checks::policy_groups(question, evidence));
    let groups = groups.filter_map(|id| evidence.security_groups.get(id));
    let Inside { logging, observability, webhook, group_policies, budgets } = &evidence.inside;
    let scopes = inside::scopes(question);
    let own_role = checks::service_linked_role_matters(evidence).then_some(&evidence.service_linked_role);
    let all = [
        (
            Check::SubnetExists,
            "the subnets suit the cluster",
            subnets.iter().find_map(|id| evidence.subnets.get(*id)?.unread()),
        ),
        (Check::SubnetPrivate, "the subnets are private and lead out", evidence.route_tables.unread()),
        (Check::VpcDns, "the VPC has DNS host names", evidence.dns.unread()),
        (Check::Blackhole, "the NAT gateways are there", evidence.nat_gateways.unread()),
        (Check::WayOut, "endpoints bring images", evidence.endpoints.unread()),
        (Check::DnsServers, "the VPC uses AWS's DNS", evidence.dns_servers.unread()),
        (Check::SecurityGroup, "security groups let pods talk", groups.into_iter().find_map(Read::unread)),
        (Check::RoleExists, "the role trusts Fargate", role(|role| role.role.unread())),
        (Check::ServiceLinkedRole, "EKS has its role for Fargate", own_role.and_then(Read::unread)),
        (Check::PullPolicy, "the role may pull images", role(|role| role.attached_policies.unread())),
        (Check::PullPolicy, "the role may pull images", role(|role| role.inline_policies.unread())),
        (Check::AccessEntry, "the cluster lets the role in", role(|role| role.access_entry.unread())),
        (Check::AwsAuth, "the cluster lets the role in", evidence.map_roles.unread()),
        (Check::CoreDns, "the cluster's DNS can be reached", evidence.names.dns.unread()),
        (Check::CoreDns, "CoreDNS runs", evidence.coredns.values().find_map(Read::unread)),
        (Check::CoreDns, "CoreDNS is an add-on", evidence.coredns_addon.unread()),
        (Check::SecurityGroupPolicy, "policies give pods sound groups", unlisted(group_policies, &scopes)),
        (Check::Webhook, "pods are given to Fargate", webhook.unread()),
        (Check::DisruptionBudget, "budgets let pods go", unlisted(budgets, &scopes)),
        (Check::Logging, "logs are wanted", logging.unread()),
        (Check::Logging, "logs can be shipped", observability.unread()),
    ];
    let quotas = checks::quotas_wanted(question, evidence).into_iter();
    let quotas =
        quotas.map(|(check, quota)| (check, "the quotas suffice", evidence.quotas.get(&quota).and_then(Read::unread)));
    all.into_iter().chain(quotas).filter_map(|(check, what, unread)| Some((check, what, unread?))).collect()
}

/// Why something was not listed where the object's pods are.
fn unlisted<'a, T>(listed: &'a Listed<T>, scopes: &BTreeSet<Scope>) -> Option<&'a Unread> {
    scopes.iter().find_map(|scope| listed.get(scope)?.unread())
}

fn told(what: &str, unread: &Unread) -> String {
    match unread {
        // A verb of Kubernetes has no colon.
        Unread::Denied { action } if action.contains(':') => message!(
            "the operator may not {action}, so it cannot tell whether {what}: allow it to the operator's IAM role (see \
             deploy/iam/checks.json)"
        ),
        Unread::Denied { action } => message!(
            "the operator may not {action}, so it cannot tell whether {what}: allow it by RBAC (see deploy/rbac)"
        ),
        Unread::Failed { action, why } => {
            let why = cut(why, WHY);
            message!("{action} failed, so the operator cannot tell whether {what}, and asks again: {why}")
        }
    }
}
