//! The answer, as `-o json` writes it.

use serde::Serialize;

use super::fields::FieldChange;
use super::risk::Risk;
use crate::api::ReplacementStatus;
use crate::forecast::{Mended, Mutation};
use crate::prerequisites::Finding;

/// What applying the manifests would do.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Answer {
    /// Whether anything would change.
    pub(super) changes: bool,
    pub(super) objects: Vec<ObjectPlan>,
    /// Every change in EKS, in the order in which the operator would make them. The order of changes for different objects that
    /// wait for each other's turn only may differ.
    pub(super) mutations: Vec<Mutation>,
    /// What the operator mends by itself, or puts back, in order.
    pub(super) mends: Vec<Mended>,
    /// The changes if the objects get their turns in the opposite order, where they differ by more than that. Which order it is
    /// depends on milliseconds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) in_opposite_order: Vec<Mutation>,
    /// Pods that go from one FargateProfile to another.
    pub(super) handovers: Vec<Handover>,
    /// How long all of it takes, in seconds, if nothing goes wrong.
    pub(super) seconds: u64,
    /// No end was in sight.
    pub(super) is_open: bool,
    /// FargateProfiles of these EKS clusters that are not in the manifests. They are left alone.
    pub(super) not_in_manifests: Vec<String>,
    /// Objects of other kinds in the manifests.
    pub(super) other_kinds: usize,
    /// What could not be read.
    pub(super) notes: Vec<String>,
}

/// What becomes of one object.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ObjectPlan {
    pub(super) name: String,
    pub(super) verdict: Verdict,
    /// The EKS cluster.
    pub(super) cluster: String,
    /// Fields of spec and annotations for the operator that change.
    pub(super) fields: Vec<FieldChange>,
    /// The replacement that it is in for, in the operator's words: differences, effects on pods and EKS, and the plan to approve.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) replacement: Option<ReplacementStatus>,
    /// `CreateFirst` or `DeleteFirst`.
    pub(super) strategy: String,
    /// The changes in EKS for this object.
    pub(super) mutations: Vec<Mutation>,
    /// How many pods are moved by evictions.
    pub(super) moves: usize,
    pub(super) pods: Risk,
    /// What it waits for in the end, if that is not done by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) waits: Option<Waiting>,
    /// What may come otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) not_foretold: Option<String>,
    /// Why the API server refuses the manifest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) refused: Option<String>,
    /// What the API server warns of.
    pub(super) warnings: Vec<String>,
    pub(super) findings: Vec<Finding>,
    /// What the operator mends for it, or puts back, in order.
    pub(super) mends: Vec<Mended>,
}

/// What applying one manifest does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, strum::IntoStaticStr)]
pub(super) enum Verdict {
    /// Nothing.
    NoChange,
    /// Only how the operator works changes, and nothing in EKS.
    Settings,
    /// Tags are changed in place.
    Tags,
    /// The first EKS profile is created, or one that exists is adopted.
    Create,
    /// The EKS profile is replaced.
    Replace,
    /// A change waits until a person approves it.
    AwaitingApproval,
    /// A change waits for a person.
    Stalled,
    /// The API server refuses the manifest.
    Refused,
}

/// What a person has to do, as the condition Stalled or Reconciling will say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Waiting {
    pub(super) reason: String,
    pub(super) message: String,
}

/// Pods that go from one FargateProfile to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Handover {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) pods: usize,
}

impl Answer {
    /// Whether a manifest is refused.
    pub(super) fn is_refused(&self) -> bool {
        self.objects.iter().any(|object| object.verdict == Verdict::Refused)
    }
}
