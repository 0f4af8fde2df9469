//! Access entries, which let a role into a cluster whose authentication mode has them (EKS user guide, access entries;
//! aws/containers-roadmap#2441; eksctl-io/eksctl#2290).
//!
//! EKS makes the entry of a Fargate profile's role when it creates a profile. So it is missed only if the role serves.

use crate::eks::AccessEntry;
use crate::message::message;
use crate::prerequisites::evidence::{Evidence, Question};
use crate::prerequisites::finding::{Check, Finding, Severity, id};
use crate::prerequisites::map_roles::{Mapping, mapping};

const OURS: &str = "FARGATE_LINUX";

/// The role's name, and the answer to whether it has an entry.
fn entry<'a>(question: &'a Question, evidence: &'a Evidence) -> Option<(&'a str, Option<&'a AccessEntry>)> {
    let role = question.own_role(evidence)?.role()?;
    let known = evidence.roles.get(&question.role)?.access_entry.known()?;
    Some((role, known.as_ref()))
}

fn is_of_nodes(entry: &AccessEntry) -> bool {
    entry.kind.starts_with("EC2")
}

pub(super) fn node_role(question: &Question, evidence: &Evidence) -> Vec<Finding> {
    let Some((role, Some(entry))) = entry(question, evidence) else { return Vec::new() };
    if !is_of_nodes(entry) {
        return Vec::new();
    }
    let kind = id(&entry.kind);
    let message = message!(
        "role {role} is that of EC2 nodes (its access entry is {kind}), which stop working with it: name another role \
         in spec.podExecutionRoleArn"
    );
    vec![Finding::blocking(Check::NodeRole, message)]
}

pub(super) fn access_entry(question: &Question, evidence: &Evidence) -> Vec<Finding> {
    let Some((role, entry)) = entry(question, evidence) else { return Vec::new() };
    let by_entries_alone = evidence.cluster.authentication_mode == "API";
    // aws-auth may let the role in as well.
    let mapped = evidence.map_roles.known().map(|roles| mapping(roles.as_deref(), &question.role));
    let is_absent = matches!(mapped, Some(Mapping::Absent | Mapping::Otherwise(_)));
    let severity = if by_entries_alone { Severity::Blocking } else { Severity::Advisory };
    let (severity, message) = match entry {
        None if !question.role_serves || !(by_entries_alone || is_absent) => return Vec::new(),
        None => (
            severity,
            message!(
                "role {role} has no access entry, so its pods stay Pending: \
                 aws eks create-access-entry --type FARGATE_LINUX"
            ),
        ),
        Some(entry) if is_of_nodes(entry) => return Vec::new(),
        Some(entry) if entry.kind != OURS => {
            let kind = id(&entry.kind);
            let message = message!(
                "the access entry of role {role} is {kind}, which lets no node in: delete it, and \
                 aws eks create-access-entry --type FARGATE_LINUX"
            );
            (severity, message)
        }
        Some(entry) if is_older(entry, question, evidence) => {
            let severity = if is_absent { Severity::Blocking } else { severity };
            let message = message!(
                "the access entry of role {role} is older than the role, so no node joins: delete it, and \
                 aws eks create-access-entry --type FARGATE_LINUX"
            );
            (severity, message)
        }
        Some(_) => return Vec::new(),
    };
    vec![Finding { severity, check: Check::AccessEntry, message }]
}

/// An entry is bound to the role's unique id, and stays when the role is deleted.
fn is_older(entry: &AccessEntry, question: &Question, evidence: &Evidence) -> bool {
    let role = evidence.roles.get(&question.role).and_then(|known| known.role.known()?.as_ref()?.created_at);
    entry.created_at.zip(role).is_some_and(|(entry, role)| entry < role)
}
