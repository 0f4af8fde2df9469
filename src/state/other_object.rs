//! An object as the other objects of its EKS cluster see it.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::desired::selectors;
use super::{ObjectInfo, Snapshot, stem};
use crate::api::{
    ConditionType, DeletionPolicy, FargateProfileSpec, FargateProfileStatus, Phase, Reason, Strategy, Truth,
};
use crate::eks::Selector;
use crate::message::message;

#[derive(Clone, Debug, Default)]
pub struct OtherObject {
    pub name: String,
    /// The stem of its EKS names.
    pub stem: String,
    pub created: Option<Timestamp>,
    /// It is in the gap of a DeleteFirst replacement: it owns its name although no EKS profile has it.
    pub in_gap: bool,
    pub selectors: BTreeSet<Selector>,
    /// The pod execution role that its spec names.
    pub role: Option<String>,
    pub deleting: bool,
    /// It is being deleted together with its EKS profiles.
    pub leaves: bool,
    /// Under `replacement.strategy: DeleteFirst`.
    pub keeps_its_name: bool,
    /// Its generation was refused, so a superseded EKS profile may serve again.
    pub taken_back: bool,
    /// Why it does not go on until a person acts.
    pub held: Option<String>,
}

impl OtherObject {
    pub fn of(
        (name, generation, deleting): (&str, i64, bool),
        created: Option<Timestamp>,
        spec: &FargateProfileSpec,
        status: &FargateProfileStatus,
    ) -> Self {
        Self {
            name: name.to_owned(),
            stem: stem(spec, name),
            created,
            in_gap: status.previous.is_some() && !deleting,
            selectors: selectors(&spec.selectors),
            role: spec.pod_execution_role_arn.clone(),
            deleting,
            leaves: deleting && spec.deletion_policy() == DeletionPolicy::Delete,
            keeps_its_name: spec.strategy() == Strategy::DeleteFirst,
            taken_back: status.failed_generation == Some(generation),
            held: held(spec, status),
        }
    }
}

impl From<&Snapshot> for OtherObject {
    fn from(snapshot: &Snapshot) -> Self {
        let ObjectInfo { name, generation, deleting, created, .. } = &snapshot.object;
        Self::of((name, *generation, *deleting), *created, &snapshot.spec, &snapshot.status)
    }
}

/// A few words, since another object's condition shows them. The object's own conditions say more.
fn held(spec: &FargateProfileSpec, status: &FargateProfileStatus) -> Option<String> {
    let replacement = status.replacement.as_ref().filter(|replacement| replacement.phase == Phase::AwaitingApproval);
    let plan = replacement.and_then(|replacement| replacement.plan_id.as_deref());
    let is_stalled = |kind: &str, truth: &str| kind == ConditionType::Stalled.name() && truth == Truth::True.name();
    let stalled = status.conditions.iter().find(|it| is_stalled(&it.type_, &it.status));
    if spec.is_suspended() {
        Some(message!("its spec.suspend is set"))
    } else if let Some(plan) = plan {
        Some(message!("its plan {plan} waits for approval"))
    } else {
        // Stalls about pods on its own profiles do not keep it from taking over others.
        let reason =
            stalled.and_then(|stalled| Reason::from_name(&stalled.reason)).filter(|reason| !reason.is_of_drain());
        reason.map(|reason| message!("it is Stalled ({})", reason.name()))
    }
}
