//! Approval: every plan has an id, and a person approves exactly that plan, once.

use sha2::{Digest, Sha256};

use super::{Rest, Snapshot, Step, Wanted};
use crate::api::Approval;
use crate::eks::Profile;

/// What is to be approved.
#[derive(Clone, Copy, Debug)]
pub(super) enum Matter<'a> {
    /// Replacing the profile that takes new pods.
    Replace,
    /// Deleting this profile although nobody knows what runs on it.
    LosePods(&'a Profile),
    /// Giving up this profile, which the spec went back to, for the slot that it holds.
    GiveUp(&'a Profile),
}

/// The id of a plan: the generation at which it arose, and a hash of what it starts from and what it comes to. An id that
/// never comes again is approved only once.
pub(super) fn plan_id(snapshot: &Snapshot, from: &Profile, wanted: &Wanted, matter: Matter<'_>) -> String {
    let Wanted { role, subnets, selectors, .. } = wanted;
    let matter = match matter {
        Matter::Replace => "replace".to_owned(),
        Matter::LosePods(profile) => format!("lose the pods of {}", profile.arn),
        Matter::GiveUp(profile) => format!("give up {}", profile.arn),
    };
    let digest = Sha256::digest(format!("{matter} {} {role:?} {subnets:?} {selectors:?}", from.arn));
    let hash: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let shown = snapshot.status.replacement.as_ref().and_then(|replacement| replacement.plan_id.as_deref());
    match shown.and_then(|id| id.split_once('-')) {
        // It arose earlier: an edit that leaves it as it is leaves its approval, too.
        Some((generation, same)) if same == hash => format!("{generation}-{same}"),
        Some(_) | None => format!("{}-{hash}", snapshot.object.generation),
    }
}

pub(super) fn is_approved(snapshot: &Snapshot, plan: &str) -> bool {
    snapshot.object.approval.as_deref() == Some(plan)
}

/// What keeps a replacement from beginning, if it is still to be approved.
pub(super) fn awaited(snapshot: &Snapshot, plan: Option<&str>) -> Option<Step> {
    let plan = plan.filter(|plan| !is_approved(snapshot, plan))?;
    match snapshot.spec.approval() {
        Approval::Automatic => None,
        Approval::Manual => Some(Step::Rest(Rest::AwaitingApproval { plan: plan.to_owned() })),
    }
}
