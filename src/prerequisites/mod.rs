//! What has to be so before a Fargate profile can work: network, role, and what the cluster lets in. Pure.
//!
//! EKS refuses some of it when a profile is created. The rest shows only when pods stay Pending. Here it is judged
//! beforehand, from what AWS and the cluster say. A sound network must never be held up: what cannot be judged, such
//! as what is behind a transit gateway, counts as sound.

mod arn;
mod checks;
mod evidence;
mod finding;
mod fluent_bit;
mod inside;
mod map_roles;
mod network;
mod pairs;
mod policy;
mod reads;
mod search;
mod trust;
mod unknown;

pub use arn::role_name;
pub use checks::{EntryTrouble, FARGATE_ENTRY, entry_trouble, zone_in_refusal};
pub(crate) use checks::{PROFILE_QUOTA, SERVICE_LINKED_ROLE, WEBHOOK, is_usual_coredns};
pub use evidence::{CoreDns, Creation, DeploymentName, Evidence, NameService, Question, Read, RoleEvidence};
pub use finding::{Check, Finding, Severity, summary};
pub use inside::{Budget, GroupPolicy, Inside, InsideReads, Listed, Scope, Selecting};
pub use reads::{Reads, reads, reads_of_coredns, reads_of_role};
pub use search::{Search, find, reads_for};
pub(crate) use trust::Profiles;

/// Everything that is wrong for one object, or that cannot be told. What blocks comes first.
pub fn judge(question: &Question, evidence: &Evidence) -> Vec<Finding> {
    let checked = checks::ALL.iter().flat_map(|check| check(question, evidence));
    let mut findings: Vec<Finding> = checked.chain(unknown::unknown(question, evidence)).collect();
    findings.sort();
    findings
}

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;
