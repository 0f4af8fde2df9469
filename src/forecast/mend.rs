//! What is mended, as IAM, EKS and the API server carry it out.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use crate::api::{COMPUTE_TYPE_BEFORE, COMPUTE_TYPE_KEY};
use crate::eks::{AccessEntry, NewAccessEntry};
use crate::iam::{NewRole, Role};
use crate::mending::{DeploymentPatch, Mend};
use crate::prerequisites::{CoreDns, DeploymentName, Evidence, Read, RoleEvidence, is_usual_coredns, role_name};

/// Keeps pods on EC2 nodes. An add-on whose configuration has no compute type holds CoreDNS there (eksctl-io/eksctl#2268); newer
/// versions may not.
const EC2: &str = "ec2";

/// A Deployment whose pods are made anew.
pub(super) struct Restarted {
    pub(super) name: DeploymentName,
    pub(super) wants_ec2: bool,
}

/// Carries out a call. Returns the Deployment whose template it changes.
pub(super) fn carry_out(mend: &Mend, evidence: &mut Evidence, wall: Timestamp) -> Option<Restarted> {
    match mend {
        Mend::CreateRole(new) => create_role(new, evidence, wall),
        Mend::AttachPolicy { role, policy } => {
            policies(evidence, role).map(|attached| attached.insert(policy.clone()));
        }
        Mend::DetachPolicy { role, policy } => {
            policies(evidence, role).map(|attached| attached.remove(policy));
        }
        Mend::DeleteRole { role } => {
            if let Some((_, known)) = role_of(evidence, role) {
                *known = RoleEvidence { role: Read::Known(None), ..RoleEvidence::default() };
            }
        }
        Mend::CreateAccessEntry(new) | Mend::RenewAccessEntry(new) => {
            let NewAccessEntry { principal, kind, tags } = new.clone();
            let entry = AccessEntry { kind, created_at: Some(wall), tags };
            evidence.roles.entry(principal).or_default().access_entry = Read::Known(Some(entry));
        }
        Mend::DeleteAccessEntry { role } => {
            evidence.roles.entry(role.clone()).or_default().access_entry = Read::Known(None);
        }
        Mend::ConfigureAddon { configuration, .. } => return configure(configuration, evidence, wall),
        Mend::PatchDeployment(patch) => return patched(patch, evidence, wall),
    }
    None
}

fn create_role(new: &NewRole, evidence: &mut Evidence, wall: Timestamp) {
    let Some((arn, known)) = role_of(evidence, &new.name) else { return };
    let role = Role {
        arn,
        path: new.path.clone(),
        created_at: Some(wall),
        trust_policy: new.trust_policy.clone(),
        tags: new.tags.clone(),
    };
    known.role = Read::Known(Some(role));
    (known.attached_policies, known.inline_policies) = (Read::Known(BTreeSet::new()), Read::Known(BTreeSet::new()));
}

fn policies<'a>(evidence: &'a mut Evidence, role: &str) -> Option<&'a mut BTreeSet<String>> {
    let (_, known) = role_of(evidence, role)?;
    if let Read::Known(attached) = &mut known.attached_policies { Some(attached) } else { None }
}

/// What is known of the role of this name, and its ARN. The operator mends no role of which nothing is known.
fn role_of<'a>(evidence: &'a mut Evidence, name: &str) -> Option<(String, &'a mut RoleEvidence)> {
    let mut roles = evidence.roles.iter_mut();
    roles.find(|(arn, _)| role_name(arn) == name).map(|(arn, known)| (arn.clone(), known))
}

/// The add-on gets a configuration, and gives the Deployment its compute type.
fn configure(configuration: &str, evidence: &mut Evidence, wall: Timestamp) -> Option<Restarted> {
    let Read::Known(Some(addon)) = &mut evidence.coredns_addon else { return None };
    addon.configuration = Some(configuration.to_owned());
    let kind = addon.compute_type().ok().flatten().unwrap_or_else(|| EC2.to_owned());
    let (name, found) = evidence.coredns.iter_mut().find(|(name, _)| is_usual_coredns(name))?;
    let Read::Known(Some(found)) = found else { return None };
    Some(meant_for(name, found, Some(kind), wall))
}

fn patched(patch: &DeploymentPatch, evidence: &mut Evidence, wall: Timestamp) -> Option<Restarted> {
    let name = (patch.namespace.clone(), patch.name.clone());
    let Read::Known(Some(found)) = evidence.coredns.get_mut(&name)? else { return None };
    let annotation = |of: &Value, key| of["metadata"]["annotations"].get(key).map(|it| it.as_str().map(str::to_owned));
    if let Some(record) = annotation(&patch.patch, COMPUTE_TYPE_BEFORE) {
        found.before = record;
    }
    let kind = annotation(&patch.patch["spec"]["template"], COMPUTE_TYPE_KEY)?;
    Some(meant_for(&name, found, kind, wall))
}

/// Gives the template its compute type.
fn meant_for(name: &DeploymentName, found: &mut CoreDns, kind: Option<String>, wall: Timestamp) -> Restarted {
    found.template.wants_ec2 = kind.as_deref() == Some(EC2);
    (found.compute_type, found.progressed) = (kind, Some(wall));
    Restarted { name: name.clone(), wants_ec2: found.template.wants_ec2 }
}
