//! The pod execution role that the operator makes for profiles that name none (EKS user guide, pod execution role).

use std::collections::BTreeMap;

use serde_json::json;
use sha2::{Digest, Sha256};

use super::{Mend, Next, Obstacle, RoleSettings};
use crate::api::{TAG_CLUSTER, TAG_INSTALLATION};
use crate::eks::Cluster;
use crate::iam::{NewRole, Role};
use crate::message::{cut, message};
use crate::prerequisites::{FARGATE_ENTRY, Profiles, Read, RoleEvidence};

/// The longest name of a role (IAM User Guide, quotas).
const LONGEST: usize = 64;

/// How much of a policy's name a message has room for.
const POLICY: usize = 64;

/// The role, as it is to be and as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ManagedRole {
    pub arn: String,
    wanted: NewRole,
    /// The managed policy that lets it pull images.
    policy: String,
    pub evidence: RoleEvidence,
}

impl ManagedRole {
    /// The role of this cluster. None if EKS gives no ARN of the cluster.
    pub fn of(settings: &RoleSettings, cluster: &Cluster, installation: &str) -> Option<Self> {
        let profiles = Profiles::of(cluster)?;
        let name = settings.name.clone().unwrap_or_else(|| name(profiles.region, &cluster.name));
        let ours = [(TAG_INSTALLATION, installation), (TAG_CLUSTER, cluster.arn.as_str())];
        let tags = ours.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let Profiles { partition, account, .. } = profiles;
        Some(Self {
            arn: format!("arn:{partition}:iam::{account}:role{}{name}", settings.path),
            policy: format!("arn:{partition}:iam::aws:policy/AmazonEKSFargatePodExecutionRolePolicy"),
            wanted: NewRole {
                name,
                path: settings.path.clone(),
                description: format!("Starts pods on Fargate in EKS cluster {}", cluster.name),
                trust_policy: trust_policy(&profiles),
                permissions_boundary: settings.permissions_boundary.clone(),
                tags: settings.tags.clone().into_iter().chain(tags).collect(),
            },
            evidence: RoleEvidence::default(),
        })
    }

    /// The next call until profiles can use it.
    pub fn make(&self) -> Next {
        let role = match &self.evidence.role {
            Read::NotAsked => return Ok(None),
            Read::Unread(why) => return Err(Obstacle::of(why)),
            Read::Known(None) => return Ok(Some(Mend::CreateRole(self.wanted.clone()))),
            Read::Known(Some(role)) => role,
        };
        if !self.is_ours(role) {
            return Err(self.foreign(role));
        }
        match &self.evidence.attached_policies {
            Read::Known(attached) if !attached.contains(&self.policy) => {
                let (role, policy) = (self.wanted.name.clone(), self.policy.clone());
                Ok(Some(Mend::AttachPolicy { role, policy }))
            }
            Read::Known(_) | Read::NotAsked => Ok(None),
            Read::Unread(why) => Err(Obstacle::of(why)),
        }
    }

    /// Whether profiles can use it, as far as is known.
    pub fn is_made(&self) -> bool {
        matches!(self.evidence.role, Read::Known(Some(_))) && matches!(self.make(), Ok(None))
    }

    /// The next call until it is gone, if it is ours and there.
    pub fn unmake(&self) -> Next {
        let is_ours = |role: &&Role| self.is_ours(role);
        if self.evidence.role.known().and_then(Option::as_ref).filter(is_ours).is_none() {
            return self.evidence.role.unread().map_or(Ok(None), |why| Err(Obstacle::of(why)));
        }
        let RoleEvidence { attached_policies, inline_policies, access_entry, .. } = &self.evidence;
        let reads = [attached_policies.unread(), inline_policies.unread(), access_entry.unread()];
        if let Some(why) = reads.into_iter().flatten().next() {
            return Err(Obstacle::of(why));
        }
        let attached = attached_policies.known().into_iter().flatten();
        let mut others =
            attached.clone().filter(|arn| **arn != self.policy).chain(inline_policies.known().into_iter().flatten());
        let name = self.wanted.name.clone();
        if let Some(policy) = others.next() {
            return Err(Obstacle::held(in_use(&name, policy)));
        }
        if access_entry.known().and_then(Option::as_ref).is_some_and(|entry| entry.kind == FARGATE_ENTRY) {
            return Ok(Some(Mend::DeleteAccessEntry { role: self.arn.clone() }));
        }
        let is_attached = attached.clone().next().is_some();
        let detach = is_attached.then(|| Mend::DetachPolicy { role: name.clone(), policy: self.policy.clone() });
        Ok(Some(detach.unwrap_or(Mend::DeleteRole { role: name })))
    }

    fn is_ours(&self, role: &Role) -> bool {
        let is_same = |key: &str| role.tags.get(key) == self.wanted.tags.get(key);
        role.arn == self.arn && is_same(TAG_INSTALLATION) && is_same(TAG_CLUSTER)
    }

    fn foreign(&self, role: &Role) -> Obstacle {
        let name = &self.wanted.name;
        Obstacle::held(if role.tags.contains_key(TAG_INSTALLATION) {
            message!(
                "IAM role {name} was made for another cluster, installation or path: delete it if nobody uses it, or choose \
                 another --managed-role-name"
            )
        } else {
            message!(
                "IAM role {name} is there and is not this operator's: choose another --managed-role-name, or name it as \
                 --default-pod-execution-role-arn instead of having one made"
            )
        })
    }
}

fn in_use(role: &str, policy: &str) -> String {
    let policy = cut(policy.rsplit('/').next().unwrap_or(policy), POLICY);
    message!(
        "IAM role {role} stays, which no profile uses any more: it has policy {policy}, which the operator did not attach"
    )
}

/// `fargate-pods-REGION-CLUSTER`; what is too long ends with a hash.
fn name(region: &str, cluster: &str) -> String {
    let whole = format!("fargate-pods-{region}-{cluster}");
    if whole.len() <= LONGEST {
        return whole;
    }
    let hash: String = Sha256::digest(&whole).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let kept: String = whole.chars().take(LONGEST - hash.len() - 1).collect();
    format!("{kept}-{hash}")
}

/// Fargate may assume it for the profiles of the cluster, and for no other.
fn trust_policy(profiles: &Profiles<'_>) -> String {
    let statement = json!({
        "Effect": "Allow",
        "Principal": { "Service": Profiles::SERVICE },
        "Action": "sts:AssumeRole",
        "Condition": { "ArnLike": BTreeMap::from([("aws:SourceArn", profiles.pattern())]) },
    });
    json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string()
}

#[cfg(test)]
mod tests;
