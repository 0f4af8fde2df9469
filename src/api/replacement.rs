//! `spec.replacement`: how a change of an immutable field is carried out.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a change of an immutable field is carried out.
#[derive(JsonSchema, Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct ReplacementSpec {
    /// The type's text is what `kubectl explain` shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategy: Option<Strategy>,

    /// The type's text is what `kubectl explain` shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,

    /// How pods are moved from the old EKS profile to the new one. Default: as told at its fields. Not used by DeleteFirst, which
    /// has nowhere to move them.
    ///
    /// A change takes effect at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drain: Option<DrainSpec>,
}

/// How pods are moved from a superseded EKS profile: evicted one by one, within their disruption budgets.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct DrainSpec {
    /// For how long nothing may move before onTimeout applies, such as 45m or 1h30m; at least 1m. Default: 30m. The time does not
    /// run while the operator cannot move anything.
    ///
    /// A change takes effect at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 16))]
    #[x_kube(
        validation = Rule::new("self.matches('^([0-9]+h)?([0-9]+m)?([0-9]+s)?$') && self != '' && duration(self) >= duration('1m')")
            .message(Message::Expression("'replacement.drain.timeout \"' + self + '\" is no time of at least a minute: write for example 30m or 1h30m'".into())),
    )]
    pub timeout: Option<String>,

    /// The type's text is what `kubectl explain` shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_timeout: Option<OnTimeout>,

    /// The type's text is what `kubectl explain` shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_unhealthy: Option<OnUnhealthy>,
}

/// Whether the new EKS profile is created before or after the old one is deleted.
///
/// CreateFirst (default): create the new one, move the pods to it one by one within their disruption budgets, then delete the
/// old one. Pods can start on Fargate at every moment. Needs one more Fargate profile of the cluster's quota while it lasts.
///
/// DeleteFirst: delete the old one, then create the new one under the same exact name. EKS ends all pods of the old one at
/// once, and no pod starts on Fargate in between: 3 to 25 minutes. If EKS refuses the new one, the old one is put back.
///
/// A change takes effect with the next replacement.
#[derive(JsonSchema, Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub enum Strategy {
    /// The new one first.
    #[default]
    CreateFirst,
    /// The old one first.
    DeleteFirst,
}

/// Whether a replacement begins by itself.
///
/// Automatic (default): as soon as it has its turn.
///
/// Manual: when somebody with the verb approve has set the annotation fargate-operator.dev/approve to
/// status.replacement.planID. status.replacement.changes and effects tell what it would do. To change strategy or drain.onTimeout
/// then, or to leave Manual, a person needs that verb too.
///
/// A change takes effect at once.
#[derive(JsonSchema, Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub enum Approval {
    /// It does.
    #[default]
    Automatic,
    /// When its plan is approved.
    Manual,
}

/// What happens to the pods that are left on the old EKS profile when nothing has moved for drain.timeout.
///
/// Hold (default): they keep the old EKS profile, and the object is Stalled with DrainHeld until somebody moves them.
///
/// Proceed: the old EKS profile is deleted, and EKS ends them at once, whatever their disruption budgets say.
///
/// A change takes effect at once.
#[derive(JsonSchema, Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub enum OnTimeout {
    /// They stay.
    #[default]
    Hold,
    /// They end.
    Proceed,
}

/// What to do when the first pod that was moved does not become Ready on the new EKS profile within 10 minutes.
///
/// RollBack (default): delete the new EKS profile; the old one serves on, and the object is Stalled with ReplacementUnhealthy. The
/// operator tries again when the spec changes, or when the annotation fargate-operator.dev/retry gets a new value.
///
/// Hold: keep both EKS profiles for somebody to look at; the object is Stalled with ReplacementUnhealthy.
///
/// A change takes effect at once.
#[derive(JsonSchema, Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub enum OnUnhealthy {
    /// Back to the old one.
    #[default]
    RollBack,
    /// Both stay.
    Hold,
}
