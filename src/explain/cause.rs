//! Why a pod is, or is not, on Fargate.

use jiff::Timestamp;
use serde::Serialize;

use super::fit::{Found, Miss};
use crate::placement::Issue;

/// The reason. The names are an API: `-o json` shows them, docs/pods.md lists them.
#[derive(Clone, Debug, PartialEq, Eq, strum::EnumIter, strum::IntoStaticStr)]
pub(crate) enum Cause {
    /// It runs there, by the only profile that selects it.
    OnFargate {
        taking: Taking,
        node: String,
    },
    /// Created now, it would be taken.
    WouldRun(Taking),
    /// Fargate has taken it and makes its node.
    Starting(Taking),
    /// Fargate, the kubelet or a container says what keeps it from working.
    Held {
        taking: Taking,
        issue: Option<Issue>,
        node: Option<String>,
    },
    /// Fargate has taken it for a profile that no FargateProfile has.
    ProfileGone(String),

    NoFargateProfile,
    NamespaceNotSelected {
        namespace: String,
        alike: Option<Selects>,
    },
    LabelMissing {
        by: Selects,
        misses: Vec<Miss>,
    },
    LabelDiffers {
        by: Selects,
        misses: Vec<Miss>,
    },
    LabelKeyAlike {
        by: Selects,
        misses: Vec<Miss>,
    },
    ProfileCreating {
        object: String,
        said: String,
        /// Nothing goes on until a person approves the change.
        awaits_approval: bool,
    },
    ProfileFailed {
        object: String,
        said: String,
    },
    ProfileDeleting(String),
    Suspended(String),
    ProfileUnseen(String),
    /// The only FargateProfile that selects it is for another EKS cluster.
    OtherCluster {
        object: String,
        cluster: String,
    },
    /// FargateProfiles cannot be read.
    ProfilesUnknown(String),

    OlderThanProfile {
        taking: Taking,
        recreates: bool,
    },
    OlderOnNode {
        taking: Taking,
        node: String,
    },
    SlippedPastWebhook {
        taking: Taking,
        node: Option<String>,
    },
    /// It was made from an older template. The next ones are taken.
    OlderTemplate(Taking),

    OptedOut {
        by_label: bool,
    },
    DaemonSet,
    StaticPod,
    OtherScheduler(String),
    NodeSelector(String),
    PinnedElsewhere {
        profile: String,
        /// None where no FargateProfile has the profile.
        object: Option<String>,
    },
    PinnedUnknown(String),
    NotSupported(Vec<String>),
    Gated,
    Ended,

    /// This field of the workload's spec is 0.
    NoReplicas(&'static str),
    /// This field of the workload's spec is true.
    WorkloadSuspended(&'static str),
    PodsRefused(String),
    /// Why the pods of the workload could not be listed.
    PodsUnknown(String),
}

/// The EKS profile that takes a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Taking {
    /// Several, where AWS does not document which of the names sorts first.
    pub(crate) eks_profiles: Vec<String>,
    /// None if no FargateProfile has the profile, or if FargateProfiles cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fargate_profile: Option<String>,
    /// No FargateProfile has it.
    #[serde(rename = "foreign")]
    pub(crate) is_foreign: bool,
    /// Those that select the pod too and come later in the order of names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) before: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) active_since: Option<Timestamp>,
    /// Whether the profile is assumed, since the manifest of the FargateProfile has no status.
    pub(crate) assumed: bool,
}

/// One selector of a FargateProfile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selects {
    pub(crate) object: String,
    /// From 1.
    pub(crate) number: usize,
    pub(crate) namespace: String,
}

/// The answer in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Verdict {
    OnFargate,
    /// It would be, if it were created now.
    WouldRun,
    Starting,
    /// It is on a Fargate node and does not work.
    NotWorking,
    /// Fargate has taken it and cannot run it as yet.
    NotYet,
    NotOnFargate,
    /// What it takes to know may not be read.
    Unknown,
}

impl Cause {
    /// Its name, or that of what holds the pod.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Held { issue: Some(issue), .. } => issue.cause.name(),
            Self::Held { issue: None, .. } => "NothingSaid",
            Self::OnFargate { taking, .. } if taking.is_foreign => "ForeignProfile",
            Self::OnFargate { taking, .. } if !taking.before.is_empty() => "FirstByName",
            Self::WouldRun(taking) if taking.eks_profiles.len() > 1 => "OrderUnknown",
            other => other.into(),
        }
    }

    pub(crate) fn verdict(&self) -> Verdict {
        match self {
            Self::OnFargate { .. } => Verdict::OnFargate,
            Self::WouldRun(_) => Verdict::WouldRun,
            Self::Starting(_) => Verdict::Starting,
            Self::Held { node: Some(_), .. } => Verdict::NotWorking,
            Self::Held { node: None, .. } => Verdict::NotYet,
            Self::PodsUnknown(_) => Verdict::Unknown,
            _ => Verdict::NotOnFargate,
        }
    }

    pub(crate) fn taking(&self) -> Option<&Taking> {
        match self {
            Self::OnFargate { taking, .. }
            | Self::WouldRun(taking)
            | Self::Starting(taking)
            | Self::Held { taking, .. }
            | Self::OlderThanProfile { taking, .. }
            | Self::OlderOnNode { taking, .. }
            | Self::SlippedPastWebhook { taking, .. }
            | Self::OlderTemplate(taking) => Some(taking),
            _ => None,
        }
    }

    /// Whether a label that the pod has is in the way.
    pub(super) fn is_of_present_labels(&self) -> bool {
        match self {
            Self::LabelMissing { misses, .. }
            | Self::LabelDiffers { misses, .. }
            | Self::LabelKeyAlike { misses, .. } => misses.iter().any(|miss| matches!(miss.found, Found::Differs(_))),
            Self::OptedOut { by_label } => *by_label,
            Self::PinnedElsewhere { .. } | Self::PinnedUnknown(_) => true,
            _ => false,
        }
    }

    /// Whether the cause lies in the template or outside of the pod, so that the next pod would have it too.
    pub(crate) fn is_of_template(&self) -> bool {
        !matches!(
            self,
            Self::OnFargate { .. }
                | Self::Starting(_)
                | Self::Held { .. }
                | Self::ProfileGone(_)
                | Self::OlderThanProfile { .. }
                | Self::OlderOnNode { .. }
                | Self::SlippedPastWebhook { .. }
                | Self::Gated
                | Self::Ended
        )
    }

    /// Whether EKS profiles that no FargateProfile has could change the answer.
    pub(crate) fn wants_foreign(&self) -> bool {
        match self {
            Self::NoFargateProfile
            | Self::NamespaceNotSelected { .. }
            | Self::LabelMissing { .. }
            | Self::LabelDiffers { .. }
            | Self::LabelKeyAlike { .. }
            | Self::ProfileCreating { .. }
            | Self::ProfileFailed { .. }
            | Self::ProfileDeleting(_)
            | Self::Suspended(_)
            | Self::ProfileUnseen(_)
            | Self::OtherCluster { .. }
            | Self::ProfileGone(_)
            | Self::PinnedUnknown(_) => true,
            other => other.taking().is_some_and(|taking| taking.is_foreign),
        }
    }

    /// Which of the three causes for labels that do not match it is.
    pub(crate) fn of_labels(by: Selects, misses: Vec<Miss>) -> Self {
        if misses.iter().any(|miss| matches!(miss.found, Found::Alike(_))) {
            Self::LabelKeyAlike { by, misses }
        } else if misses.iter().any(|miss| miss.found == Found::Nothing) {
            Self::LabelMissing { by, misses }
        } else {
            Self::LabelDiffers { by, misses }
        }
    }
}
