//! Mends something: one call, or two where an access entry is renewed.

use k8s_openapi::api::apps::v1::Deployment;
use kube::api::{Api, Patch, PatchParams};

use super::{Effects, Outcome};
use crate::api::{FIELD_MANAGER, Reason};
use crate::failure::{Class, Failure};
use crate::kubernetes::call;
use crate::mending::{DeploymentPatch, Mend};

/// Does it, if this process may act. A change does not wait for the cluster's turn: EKS makes these beside those of profiles.
pub(super) async fn mend(mend: &Mend, cluster: &str, effects: &Effects<'_>) -> Outcome {
    if !(effects.may_act)() {
        return Outcome::NotLeading;
    }
    let Effects { eks, iam, .. } = effects;
    let result = match mend {
        Mend::CreateRole(role) => iam.create_role(role).await,
        Mend::AttachPolicy { role, policy } => iam.attach_policy(role, policy).await,
        Mend::DetachPolicy { role, policy } => iam.detach_policy(role, policy).await,
        Mend::DeleteRole { role } => iam.delete_role(role).await,
        Mend::CreateAccessEntry(entry) => eks.create_access_entry(cluster, entry).await,
        Mend::RenewAccessEntry(entry) => match eks.delete_access_entry(cluster, &entry.principal).await {
            Ok(()) if !(effects.may_act)() => return Outcome::NotLeading,
            Ok(()) => eks.create_access_entry(cluster, entry).await,
            failed => failed,
        },
        Mend::DeleteAccessEntry { role } => eks.delete_access_entry(cluster, role).await,
        Mend::ConfigureAddon { addon, configuration, .. } => eks.configure_addon(cluster, addon, configuration).await,
        Mend::PatchDeployment(wanted) => return patch(wanted, effects).await,
    };
    if result.as_ref().is_err_and(|failure| !failure.definite) {
        // A late deletion would take away what is made by then.
        effects.turn.lock().doubt((effects.now)());
    }
    result.map_or_else(|failure| Outcome::Failed(held(failure)), |()| Outcome::Done)
}

/// What AWS refuses is no field of the object, and what is gone is not the cluster. IAM may take a while to know of a role.
fn held(failure: Failure) -> Failure {
    match (failure.class, failure.reason) {
        (Class::Gone, _) => Failure { class: Class::Propagation, reason: Reason::MendingHeld, ..failure },
        (_, Reason::InvalidParameter) => Failure { reason: Reason::MendingHeld, ..failure },
        _ => failure,
    }
}

async fn patch(wanted: &DeploymentPatch, effects: &Effects<'_>) -> Outcome {
    let DeploymentPatch { namespace, name, patch, .. } = wanted;
    let deployments: Api<Deployment> = Api::namespaced(effects.client.clone(), namespace);
    let params = PatchParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PatchParams::default() };
    let doing = format!("changing the Deployment {namespace}/{name}");
    match call(doing, effects.timeout, deployments.patch_metadata(name, &params, &Patch::Merge(patch))).await {
        Ok(_) => Outcome::Done,
        // It is another one by now, or gone.
        Err(error) if matches!(error.code(), Some(404 | 409)) => Outcome::Outdated,
        Err(error) => {
            let (class, reason) = match error.code() {
                Some(401 | 403) => (Class::Fix, Reason::AccessDenied),
                // A webhook, or what else somebody has installed.
                Some(400 | 422) => (Class::Fix, Reason::MendingHeld),
                _ => (Class::Retry, Reason::KubernetesUnavailable),
            };
            let message = error.to_string();
            Outcome::Failed(Failure {
                class,
                reason,
                operation: "PatchDeployment",
                code: None,
                message,
                definite: true,
            })
        }
    }
}
