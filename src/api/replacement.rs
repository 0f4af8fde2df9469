//! `spec.replacement`: how a change of an immutable field is carried out.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a change of an immutable field is carried out.
#[derive(JsonSchema, Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct ReplacementSpec {
    /// Which of the two EKS profiles is there first. CreateFirst (default): the new one, under a name that sorts before the
    /// old one's, so that there is no moment without a profile. DeleteFirst: the old one is deleted and the new one then
    /// created under the same exact name; in between, for minutes, nothing runs on Fargate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategy: Option<Strategy>,

    /// Whether a replacement begins by itself. Automatic (default): yes. Manual: when the annotation
    /// fargate-operator.dev/approve names the plan in status.replacement.planID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,

    /// How pods are moved from the old EKS profile to the new one. Not used by DeleteFirst, which has nowhere to move them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drain: Option<DrainSpec>,
}

/// How pods are moved from a superseded EKS profile: evicted one by one, within their disruption budgets.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct DrainSpec {
    /// For how long nothing may move before onTimeout applies, such as 30m (default) or 1h30m; at least 1m.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 16))]
    #[x_kube(
        validation = Rule::new("self.matches('^([0-9]+h)?([0-9]+m)?([0-9]+s)?$') && self != '' && duration(self) >= duration('1m')")
            .message(Message::Expression("'replacement.drain.timeout \"' + self + '\" is no time of at least a minute: write for example 30m or 1h30m'".into())),
    )]
    pub timeout: Option<String>,

    /// What becomes of the pods that are left then. Hold (default): they keep the old EKS profile, and the object is Stalled
    /// until a person moves them. Proceed: the old profile is deleted, and EKS ends them at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_timeout: Option<OnTimeout>,

    /// What is done when the first pod moved does not become Ready on the new EKS profile. RollBack (default): the new profile
    /// is deleted, and the old one serves on. Hold: both stay as they are, and the object is Stalled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_unhealthy: Option<OnUnhealthy>,
}

/// Which of the two EKS profiles of a replacement is there first.
#[derive(JsonSchema, Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub enum Strategy {
    /// The new one is created, then the old one deleted.
    #[default]
    CreateFirst,
    /// The old one is deleted, then the new one created under the same exact name.
    DeleteFirst,
}

/// Whether a replacement begins by itself.
#[derive(JsonSchema, Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub enum Approval {
    /// It does.
    #[default]
    Automatic,
    /// When a person has approved its plan.
    Manual,
}

/// What becomes of pods that could not be moved in time.
#[derive(JsonSchema, Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub enum OnTimeout {
    /// They keep the old EKS profile.
    #[default]
    Hold,
    /// The old EKS profile is deleted, and they end with it.
    Proceed,
}

/// What is done when pods do not become Ready on the new EKS profile.
#[derive(JsonSchema, Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub enum OnUnhealthy {
    /// The new EKS profile is deleted, and the old one serves on.
    #[default]
    RollBack,
    /// Both stay as they are.
    Hold,
}
