//! What the cluster itself tells.

use std::collections::BTreeSet;

use super::{Situation, long, own};
use crate::aws::Unread;
use crate::prerequisites::fixture::*;
use crate::prerequisites::{Budget, Check, Evidence, GroupPolicy, Listed, Read, Selecting};

fn rigid(n: u32) -> Selecting<Budget> {
    let name = format!("{n:03}{}", "b".repeat(250));
    Selecting { name, ..selecting("", "web", Budget { expected: 1, desired: 1, healthy: 1 }) }
}

fn policy() -> Selecting<GroupPolicy> {
    selecting(&"p".repeat(253), "web", GroupPolicy { groups: set(&[&long("sg")]), by_account: false })
}

fn logging(evidence: &mut Evidence, text: &str) {
    let data = [("k".repeat(253), text.to_owned())].into();
    evidence.inside.logging = Read::Known(Some(data));
}

pub(super) const SITUATIONS: &[Situation] = &[
    (&[Check::Webhook], |_, e| e.inside.webhook = Read::Known(false)),
    (&[Check::DisruptionBudget], |_, e| e.inside.budgets = listed(vec![rigid(0)])),
    (&[Check::DisruptionBudget], |_, e| e.inside.budgets = listed((0..999).map(rigid).collect())),
    (&[Check::SecurityGroupPolicy], |_, e| {
        e.inside.group_policies = listed(vec![policy()]);
        e.security_groups.insert(long("sg"), Read::Known(None));
    }),
    (&[Check::SecurityGroupPolicy], |_, e| {
        e.cluster.security_group = Some("sg-0123456789abcdef1".into());
        e.inside.group_policies = listed(vec![policy()]);
        e.security_groups.insert(long("sg"), Read::Known(Some(Default::default())));
    }),
    (&[Check::Logging], |_, e| {
        e.inside.observability = Read::Known(false);
        logging(e, &format!("[{}]\nName ${{{}}}", "S".repeat(300), "V".repeat(6000)));
    }),
    (&[Check::Logging], |_, e| {
        let role = own(e);
        (role.attached_policies, role.inline_policies) = (Read::Known(BTreeSet::new()), Read::Known(BTreeSet::new()));
        logging(e, "");
        let data = known(&mut e.inside.logging).as_mut().unwrap();
        let section = |kind: &str, name: &str| format!("[{kind}]\nName {name}\n");
        data.insert("filters.conf".into(), section("FILTER", &"f".repeat(99)));
        data.insert("output.conf".into(), section("OUTPUT", "cloudwatch") + &section("OUTPUT", &"o".repeat(99)));
    }),
    (&[Check::Logging], |_, e| {
        let denied = |action: &str| Unread::Denied { action: action.to_owned().into() };
        e.inside.webhook = Read::Unread(denied("get mutatingwebhookconfigurations"));
        e.inside.observability = Read::Unread(denied("get namespaces/aws-observability"));
        e.inside.group_policies =
            Listed::from([(Some("shop".into()), Read::Unread(denied("list securitygrouppolicies")))]);
    }),
];
