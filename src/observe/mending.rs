//! What may have to be mended, where the install asks for it.

use super::prerequisites::{Age, PrerequisiteCache};
use super::{EksSnapshot, Found, question};
use crate::eks::Cluster;
use crate::mending::{ManagedRole, Mend};
use crate::prerequisites::{Check, Finding};
use crate::state::{ActionKey, Facts, Snapshot};

/// The role of profiles that name none, if the operator is to make it.
pub(crate) async fn managed_role(
    snapshot: &mut Snapshot,
    look: &EksSnapshot,
    cache: &PrerequisiteCache,
    before_mending: bool,
) {
    let Some((cluster, mut role)) = role_to_make(snapshot, look) else { return };
    let age = if before_mending { Age::New } else { Age::Usual };
    role.evidence = cache.role(&cluster, &role.arn, age).await;
    take_role(snapshot, role);
}

/// The role that the operator is to make, of which nothing is known yet.
pub(super) fn role_to_make(snapshot: &Snapshot, look: &EksSnapshot) -> Option<(Cluster, ManagedRole)> {
    let (cluster, settings) = (cluster(snapshot, look)?, snapshot.defaults.mending.role.as_ref()?);
    let role = ManagedRole::of(settings, &cluster, &snapshot.installation)?;
    Some((cluster, role))
}

/// It is the default from here on.
pub(super) fn take_role(snapshot: &mut Snapshot, role: ManagedRole) {
    snapshot.defaults.pod_execution_role_arn = Some(role.arn.clone());
    snapshot.mending.role = Some(role);
}

/// The cluster; if it is gone, as much of it as is on record, since its role is to go too.
fn cluster(snapshot: &Snapshot, look: &EksSnapshot) -> Option<Cluster> {
    match (&look.cluster, &snapshot.status.cluster) {
        (Found::Cluster(cluster), _) => Some((**cluster).clone()),
        (Found::Missing { account }, Some(recorded)) if *account == recorded.account_id => {
            Some(Cluster { name: recorded.name.clone(), arn: recorded.arn.clone(), ..Cluster::default() })
        }
        (Found::Missing { .. }, _) => None,
    }
}

/// The Deployments behind the cluster's DNS Service, if the operator is to move them.
pub(crate) async fn coredns(
    snapshot: &mut Snapshot,
    look: &EksSnapshot,
    cache: &PrerequisiteCache,
    before_mending: bool,
) {
    let Found::Cluster(cluster) = &look.cluster else { return };
    if snapshot.defaults.mending.coredns {
        let names = question::name_service(snapshot);
        let age = match (before_mending, snapshot.object.deleting) {
            (true, _) => Age::New,
            // It may be on its way, and the object's profile goes when it has left.
            (false, true) => Age::Recent,
            (false, false) => Age::Usual,
        };
        snapshot.mending.coredns = cache.coredns(cluster, names, age).await.into();
    }
}

/// Without what the operator itself is about to put right.
pub(super) fn unmended(snapshot: &Snapshot, mut findings: Vec<Finding>) -> Vec<Finding> {
    let facts = Facts::of(snapshot);
    let role = snapshot.mending.role.as_ref().filter(|role| facts.desired.role.as_ref() == Some(&role.arn));
    let is_being_made = role.is_some_and(|role| !role.is_made() && role.evidence.role.unread().is_none());
    let is_untried = |mend: &Mend| !snapshot.attempts.contains_key(&ActionKey::Mend(mend.key()));
    let is_renewed = snapshot.mending.entry.as_ref().is_some_and(is_untried);
    findings.retain(|finding| match finding.check {
        Check::RoleExists | Check::PullPolicy => !is_being_made,
        Check::AccessEntry => !is_renewed,
        _ => true,
    });
    findings
}
