//! Approval: every plan has an id, and a person approves exactly that plan, once.

use sha2::{Digest, Sha256};

use super::{Desired, Snapshot};
use crate::api::OnTimeout;
use crate::eks::Profile;

/// What a person approves besides the replacement itself.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Extra<'a> {
    /// To delete this profile, which the spec went back to, for the slot that it holds.
    GiveUp(&'a Profile),
    /// To delete this profile although its pods are unknown, for this reason.
    LosePods(&'a Profile, &'a str),
}

/// The id of the plan that replaces `from` by `desired`: the generation at which the plan arose, and a hash of both and
/// of what happens to the pods. No id repeats, so an approval holds only once.
pub(crate) fn plan_id(snapshot: &Snapshot, from: &Profile, desired: &Desired) -> String {
    let Desired { role, subnets, selectors, .. } = desired;
    let spec = &snapshot.spec;
    let ends = (spec.on_timeout() == OnTimeout::Proceed).then(|| spec.drain_timeout());
    let hash = hash(&format!("{} {role:?} {subnets:?} {selectors:?} {:?} {ends:?}", from.arn, spec.strategy()));
    let shown = snapshot.status.replacement.as_ref().and_then(|replacement| replacement.plan_id.as_deref());
    let mut parts = shown.unwrap_or_default().split('-');
    match (parts.next(), parts.next()) {
        // The plan arose earlier. An edit that does not change the plan keeps its approval.
        (Some(generation), Some(same)) if same == hash && !has_failed(snapshot, generation) => {
            format!("{generation}-{same}")
        }
        _ => format!("{}-{hash}", snapshot.object.generation),
    }
}

/// Whether the plan of this generation was tried and failed. The next try is another plan.
fn has_failed(snapshot: &Snapshot, generation: &str) -> bool {
    let failed = snapshot.status.failed_generation.filter(|failed| *failed < snapshot.object.generation);
    failed.zip(generation.parse().ok()).is_some_and(|(failed, arose): (i64, i64)| arose <= failed)
}

/// The id of the same plan with one more consent. Approving it also approves the plan itself.
pub(crate) fn with_extra(plan: &str, extra: Extra<'_>) -> String {
    let matter = match extra {
        Extra::GiveUp(profile) => format!("give up {}", profile.arn),
        Extra::LosePods(profile, why) => format!("lose the pods of {}: {why}", profile.arn),
    };
    format!("{plan}-{}", hash(&matter))
}

/// Whether this plan was approved, alone or with an extra.
pub(crate) fn is_approved(snapshot: &Snapshot, plan: &str) -> bool {
    let rest = snapshot.object.approval.as_deref().and_then(|approval| approval.strip_prefix(plan));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

fn hash(text: &str) -> String {
    Sha256::digest(text).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
