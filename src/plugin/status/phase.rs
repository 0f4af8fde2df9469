//! The phase of a FargateProfile and its outlook. Pure: from the object alone.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::ResourceExt;
use serde::Serialize;

use crate::api::{
    APPROVE_ANNOTATION, ConditionType, FargateProfile, FargateProfileStatus, Phase as Step, RETRY_ANNOTATION, Reason,
};

/// What goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, strum::EnumIter)]
pub(in crate::plugin) enum Phase {
    /// The operator has not looked at the present generation, or at an annotation that asks something of it.
    Unseen,
    Settled,
    /// EKS runs another operation in the cluster.
    Queued,
    Creating,
    Replacing,
    /// The first pod was moved, and the others wait until it is Ready.
    Probing,
    Draining,
    HandingOver,
    Recreating,
    /// The new EKS profile serves, and the old one is deleted.
    Retiring,
    RollingBack,
    Tagging,
    Mending,
    Deleting,
    /// Something under way that has no word of its own, such as another try.
    Working,
    AwaitingApproval,
    Suspended,
    Stalled,
}

/// What to expect of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(in crate::plugin) enum Outlook {
    /// The present generation is served, and nothing is under way.
    Settled,
    /// It goes on by itself.
    UnderWay,
    /// Somebody holds it back on purpose: it is suspended, or waits for approval.
    Held,
    /// Nothing moves until somebody has mended something.
    Stalled,
}

impl Phase {
    pub(in crate::plugin) fn of(object: &FargateProfile) -> Self {
        let is_deleting = object.metadata.deletion_timestamp.is_some();
        let Some(status) = observed(object) else { return if is_deleting { Self::Deleting } else { Self::Unseen } };
        let conditions = &status.conditions;
        let phase = if ConditionType::Stalled.is_true(conditions) {
            Self::Stalled
        } else if let Some(reconciling) = ConditionType::Reconciling.holding(conditions) {
            under_way(status, reconciling)
        } else {
            at_rest(object, conditions)
        };
        let plan = match phase {
            // What stalls it may be something else than a plan that waits.
            Self::Stalled => ConditionType::Stalled.holding(conditions).and_then(asked_by),
            Self::AwaitingApproval => asked(status),
            _ => return phase,
        };
        if is_answered(object, status, plan) { Self::Unseen } else { phase }
    }

    pub(in crate::plugin) fn outlook(self, object: &FargateProfile) -> Outlook {
        match self {
            Self::Settled => Outlook::Settled,
            Self::Suspended if !is_held_back(object) => Outlook::Settled,
            Self::Suspended | Self::AwaitingApproval => Outlook::Held,
            Self::Stalled => Outlook::Stalled,
            Self::Unseen
            | Self::Queued
            | Self::Creating
            | Self::Replacing
            | Self::Probing
            | Self::Draining
            | Self::HandingOver
            | Self::Recreating
            | Self::Retiring
            | Self::RollingBack
            | Self::Tagging
            | Self::Mending
            | Self::Deleting
            | Self::Working => Outlook::UnderWay,
        }
    }

    /// For people.
    pub(in crate::plugin) fn words(self) -> &'static str {
        match self {
            Self::Unseen => "Not seen yet",
            Self::Settled => "Settled",
            Self::Queued => "Queued",
            Self::Creating => "Creating",
            Self::Replacing => "Replacing",
            Self::Probing => "Probing",
            Self::Draining => "Draining",
            Self::HandingOver => "Handing over",
            Self::Recreating => "Recreating pods",
            Self::Retiring => "Retiring",
            Self::RollingBack => "Rolling back",
            Self::Tagging => "Tagging",
            Self::Mending => "Mending",
            Self::Deleting => "Deleting",
            Self::Working => "Working",
            Self::AwaitingApproval => "Awaiting approval",
            Self::Suspended => "Suspended",
            Self::Stalled => "Stalled",
        }
    }
}

/// The status, if it speaks of the present generation.
pub(in crate::plugin) fn observed(object: &FargateProfile) -> Option<&FargateProfileStatus> {
    object.status.as_ref().filter(|status| status.observed_generation == object.metadata.generation)
}

/// The plan that waits for a person's consent, if one does.
pub(in crate::plugin) fn asked(status: &FargateProfileStatus) -> Option<&str> {
    let in_message = status.conditions.iter().find_map(asked_by);
    // Changed defaults wait without a condition that says so.
    let waiting = status.replacement.as_ref().filter(|replacement| replacement.phase == Step::AwaitingApproval);
    in_message.or_else(|| waiting?.plan_id.as_deref())
}

/// The plan for which a condition asks consent: its message says how that is given.
fn asked_by(condition: &Condition) -> Option<&str> {
    let (_, rest) = condition.message.split_once(APPROVE_ANNOTATION)?;
    let id = rest.strip_prefix('=')?.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').next()?;
    (!id.is_empty()).then_some(id)
}

/// Whether an annotation asks for another try or approves the plan, and the operator has yet to see it.
fn is_answered(object: &FargateProfile, status: &FargateProfileStatus, plan: Option<&str>) -> bool {
    let annotation = |key: &str| object.annotations().get(key);
    let asked_again = annotation(RETRY_ANNOTATION).is_some_and(|retry| status.handled_retry.as_ref() != Some(retry));
    let approved = plan.is_some_and(|plan| annotation(APPROVE_ANNOTATION).is_some_and(|it| it == plan));
    asked_again || approved
}

/// Whether a change waits until somebody lets it go on.
fn is_held_back(object: &FargateProfile) -> bool {
    let conditions = object.status.as_ref().map(|status| status.conditions.as_slice()).unwrap_or_default();
    holder(conditions).is_some() || !ConditionType::Ready.is_true(conditions)
}

/// The phase of a change that a person holds back.
fn holder(conditions: &[Condition]) -> Option<Phase> {
    // Reconciling is False for that reason also while the new EKS profile is Ready and the old one waits.
    let told = [ConditionType::Reconciling, ConditionType::Ready];
    told.iter().filter_map(|kind| kind.find(conditions)).find_map(|condition| {
        match Reason::from_name(&condition.reason)? {
            Reason::AwaitingApproval => Some(Phase::AwaitingApproval),
            Reason::Suspended => Some(Phase::Suspended),
            _ => None,
        }
    })
}

/// Nothing is under way.
fn at_rest(object: &FargateProfile, conditions: &[Condition]) -> Phase {
    match holder(conditions) {
        Some(held) => held,
        None if object.spec.is_suspended() => Phase::Suspended,
        None if ConditionType::Ready.is_true(conditions) => Phase::Settled,
        None => Phase::Working,
    }
}

fn under_way(status: &FargateProfileStatus, reconciling: &Condition) -> Phase {
    if status.queue.is_some() {
        return Phase::Queued;
    }
    let is_probing = status.replacement.as_ref().is_some_and(|replacement| replacement.phase == Step::Probing);
    match Reason::from_name(&reconciling.reason) {
        Some(Reason::WaitingForTurn) => Phase::Queued,
        Some(Reason::Creating) => Phase::Creating,
        Some(Reason::Replacing | Reason::TakingOver) => Phase::Replacing,
        Some(Reason::Draining) if is_probing => Phase::Probing,
        Some(Reason::Draining | Reason::PodsOnSuperseded) => Phase::Draining,
        Some(Reason::HandingOver) => Phase::HandingOver,
        Some(Reason::Recreating) => Phase::Recreating,
        Some(Reason::Retiring) => Phase::Retiring,
        Some(Reason::RollingBack) => Phase::RollingBack,
        Some(Reason::Tagging) => Phase::Tagging,
        Some(Reason::Mending) => Phase::Mending,
        Some(Reason::Deleting) => Phase::Deleting,
        _ => Phase::Working,
    }
}
