//! What is mended, in words.

use super::bounds;
use crate::mending::{DeploymentPatch, Mend, Way};
use crate::message::message;
use crate::prerequisites::role_name;

/// What a call is about.
pub(super) fn doing(mend: &Mend) -> String {
    match mend {
        Mend::CreateRole(_) | Mend::AttachPolicy { .. } => {
            message!("the pod execution role {} is being made", role(mend))
        }
        Mend::DetachPolicy { .. } | Mend::DeleteRole { .. } | Mend::DeleteAccessEntry { .. } => {
            message!("the pod execution role {}, which has no user any more, is being deleted", role(mend))
        }
        Mend::CreateAccessEntry(_) | Mend::RenewAccessEntry(_) => {
            message!("the access entry of role {} is being restored", role(mend))
        }
        Mend::ConfigureAddon { way: Way::ToFargate, .. }
        | Mend::PatchDeployment(DeploymentPatch { way: Way::ToFargate, .. }) => {
            message!("CoreDNS is being moved to Fargate")
        }
        Mend::ConfigureAddon { way: Way::Back, .. } | Mend::PatchDeployment(DeploymentPatch { way: Way::Back, .. }) => {
            message!("CoreDNS is being put back as it was before it came to Fargate")
        }
    }
}

/// What was done. None if it is half of a change, of which the other half tells.
pub(super) fn done(mend: &Mend) -> Option<String> {
    Some(match mend {
        Mend::CreateRole(new) => message!("created IAM role {}, the default of spec.podExecutionRoleArn", new.name),
        Mend::AttachPolicy { policy, .. } => message!("attached policy {} to IAM role {}", name(policy), role(mend)),
        Mend::DetachPolicy { .. } => return None,
        Mend::DeleteRole { role } => message!("deleted IAM role {role}, which had no user any more"),
        Mend::CreateAccessEntry(_) => message!("created the access entry of role {}, which had none", role(mend)),
        Mend::RenewAccessEntry(_) => {
            message!("created the access entry of role {} anew: it was older than the role", role(mend))
        }
        Mend::DeleteAccessEntry { .. } => return None,
        Mend::ConfigureAddon { addon, way: Way::ToFargate, .. } => {
            message!("set computeType to Fargate in the configuration of the add-on {addon}")
        }
        Mend::ConfigureAddon { addon, way: Way::Back, .. } => {
            message!(
                "set computeType back in the configuration of the add-on {addon}: no profile takes CoreDNS any more"
            )
        }
        Mend::PatchDeployment(DeploymentPatch { restarts: false, .. }) => return None,
        Mend::PatchDeployment(patch) => {
            let path = bounds::word(&format!("{}/{}", patch.namespace, patch.name));
            match patch.way {
                Way::ToFargate => {
                    message!("annotated the template of Deployment {path}, so that its pods come to Fargate")
                }
                Way::Back => {
                    message!("put the template of Deployment {path} back as it was: no profile takes CoreDNS any more")
                }
            }
        }
    })
}

/// The role that a call is about, by its name.
fn role(mend: &Mend) -> &str {
    match mend {
        Mend::CreateRole(role) => &role.name,
        Mend::AttachPolicy { role, .. } | Mend::DetachPolicy { role, .. } | Mend::DeleteRole { role } => role,
        Mend::CreateAccessEntry(entry) | Mend::RenewAccessEntry(entry) => role_name(&entry.principal),
        Mend::DeleteAccessEntry { role } => role_name(role),
        Mend::ConfigureAddon { .. } | Mend::PatchDeployment(_) => "",
    }
}

/// The last part of an ARN.
fn name(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}
