//! What a pass would find by what has been asked already. Nobody is asked again.

use super::default_subnets::{found, sought};
use super::mending::{role_to_make, take_role};
use super::prerequisites::{Judgement, workloads};
use super::{EksSnapshot, Found, asked, question, take};
use crate::prerequisites::{Evidence, entry_trouble, find, judge};
use crate::state::Snapshot;

/// Adds to a snapshot with pods what else is asked for it: what may have to be mended, default subnets, and findings.
pub(crate) fn known(snapshot: &mut Snapshot, look: &EksSnapshot, evidence: &mut Evidence) {
    let Found::Cluster(cluster) = &look.cluster else { return };
    evidence.see(cluster, &look.profiles, question::name_service(snapshot));
    if let Some((_, mut role)) = role_to_make(snapshot, look) {
        role.evidence = evidence.roles.get(&role.arn).cloned().unwrap_or_default();
        take_role(snapshot, role);
    }
    if let Some(search) = sought(snapshot).filter(|_| evidence.candidates.is_asked()) {
        snapshot.defaults.subnets = found(find(search, evidence));
    }
    if snapshot.defaults.mending.coredns {
        snapshot.mending.coredns = workloads(evidence).into();
    }
    if let Some(question) = asked(snapshot, look) {
        let judgement = Judgement { findings: judge(&question, evidence), entry: entry_trouble(&question, evidence) };
        take(snapshot, &question, judgement);
    }
}
