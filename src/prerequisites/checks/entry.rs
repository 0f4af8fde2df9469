//! Access entries, which let a role into a cluster whose authentication mode has them (EKS user guide, access entries;
//! aws/containers-roadmap#2441; eksctl-io/eksctl#2290).
//!
//! EKS makes the entry of a Fargate profile's role when it creates a profile. So it is missed only if the role serves.

use std::collections::BTreeMap;

use crate::eks::AccessEntry;
use crate::message::message;
use crate::prerequisites::evidence::{Evidence, Question};
use crate::prerequisites::finding::{Check, Finding, Severity, id};
use crate::prerequisites::map_roles::{Mapping, mapping};

/// The type of entries that let pods on Fargate in.
pub const FARGATE: &str = "FARGATE_LINUX";

/// The role's name, and the answer to whether it has an entry.
fn entry<'a>(question: &'a Question, evidence: &'a Evidence) -> Option<(&'a str, Option<&'a AccessEntry>)> {
    let role = question.own_role(evidence)?.role()?;
    let known = evidence.roles.get(&question.role)?.access_entry.known()?;
    Some((role, known.as_ref()))
}

fn is_of_nodes(entry: &AccessEntry) -> bool {
    entry.kind.starts_with("EC2")
}

/// What is wrong with the access entry of a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryTrouble {
    /// It is that of EC2 nodes.
    OfNodes {
        kind: String,
    },
    OtherType {
        kind: String,
    },
    /// There is none, although the role serves.
    Missing,
    /// It is bound to an earlier role of the same ARN.
    Older {
        tags: BTreeMap<String, String>,
    },
}

/// What is wrong, if anything is and matters.
pub fn trouble(question: &Question, evidence: &Evidence) -> Option<EntryTrouble> {
    let (_, entry) = entry(question, evidence)?;
    let Some(entry) = entry else {
        let matters = question.role_serves && (by_entries_alone(evidence) || is_unmapped(question, evidence));
        return matters.then_some(EntryTrouble::Missing);
    };
    let kind = entry.kind.clone();
    if is_of_nodes(entry) {
        return Some(EntryTrouble::OfNodes { kind });
    }
    if kind != FARGATE {
        return Some(EntryTrouble::OtherType { kind });
    }
    is_older(entry, question, evidence).then(|| EntryTrouble::Older { tags: entry.tags.clone() })
}

fn by_entries_alone(evidence: &Evidence) -> bool {
    evidence.cluster.authentication_mode == "API"
}

/// Whether aws-auth, which may let the role in as well, does not.
fn is_unmapped(question: &Question, evidence: &Evidence) -> bool {
    let mapped = evidence.map_roles.known().map(|roles| mapping(roles.as_deref(), &question.role));
    matches!(mapped, Some(Mapping::Absent | Mapping::Otherwise(_)))
}

pub(super) fn node_role(question: &Question, evidence: &Evidence) -> Vec<Finding> {
    let (Some((role, _)), Some(EntryTrouble::OfNodes { kind })) =
        (entry(question, evidence), trouble(question, evidence))
    else {
        return Vec::new();
    };
    let kind = id(&kind);
    let message = message!(
        "role {role} is that of EC2 nodes (its access entry is {kind}), which stop working with it: name another role \
         in spec.podExecutionRoleArn"
    );
    vec![Finding::blocking(Check::NodeRole, message)]
}

pub(super) fn access_entry(question: &Question, evidence: &Evidence) -> Vec<Finding> {
    let Some((role, _)) = entry(question, evidence) else { return Vec::new() };
    let severity = if by_entries_alone(evidence) { Severity::Blocking } else { Severity::Advisory };
    let (severity, message) = match trouble(question, evidence) {
        None | Some(EntryTrouble::OfNodes { .. }) => return Vec::new(),
        Some(EntryTrouble::Missing) => (
            severity,
            message!(
                "role {role} has no access entry, so its pods stay Pending: \
                 aws eks create-access-entry --type FARGATE_LINUX"
            ),
        ),
        Some(EntryTrouble::OtherType { kind }) => {
            let kind = id(&kind);
            let message = message!(
                "the access entry of role {role} is {kind}, which lets no node in: delete it, and \
                 aws eks create-access-entry --type FARGATE_LINUX"
            );
            (severity, message)
        }
        Some(EntryTrouble::Older { .. }) => {
            let severity = if is_unmapped(question, evidence) { Severity::Blocking } else { severity };
            let message = message!(
                "the access entry of role {role} is older than the role, so no node joins: delete it, and \
                 aws eks create-access-entry --type FARGATE_LINUX"
            );
            (severity, message)
        }
    };
    vec![Finding { severity, check: Check::AccessEntry, message }]
}

/// An entry is bound to the role's unique id, and stays when the role is deleted.
fn is_older(entry: &AccessEntry, question: &Question, evidence: &Evidence) -> bool {
    let role = evidence.roles.get(&question.role).and_then(|known| known.role.known()?.as_ref()?.created_at);
    entry.created_at.zip(role).is_some_and(|(entry, role)| entry < role)
}
