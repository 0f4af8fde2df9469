//! The condition types of a `FargateProfile`, after kstatus (sigs.k8s.io/cli-utils).

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

/// Condition types. All are always present, so that `kubectl wait` can wait for either value of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConditionType {
    /// An ACTIVE EKS profile serves this generation of the spec.
    Ready,
    /// Some owned EKS profile is ACTIVE, of whichever generation. Alerts watch this one.
    Available,
    /// Work goes on.
    Reconciling,
    /// Nothing moves without a person. Retried slowly all the same, because the cure often lies outside the object.
    Stalled,
    /// Nothing that the profile needs in the VPC, in IAM and in the cluster is known to be missing.
    PrerequisitesMet,
}

impl ConditionType {
    /// All of them, in the order in which status lists them.
    pub const ALL: [Self; 5] = [Self::Ready, Self::Available, Self::Reconciling, Self::Stalled, Self::PrerequisitesMet];

    /// The name in `conditions[].type`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ready => "Ready",
            Self::Available => "Available",
            Self::Reconciling => "Reconciling",
            Self::Stalled => "Stalled",
            Self::PrerequisitesMet => "PrerequisitesMet",
        }
    }

    /// The condition of this type.
    pub fn find(self, conditions: &[Condition]) -> Option<&Condition> {
        conditions.iter().find(|condition| condition.type_ == self.name())
    }

    /// The condition of this type, if it is true.
    pub fn holding(self, conditions: &[Condition]) -> Option<&Condition> {
        self.find(conditions).filter(|condition| condition.status == Truth::True.name())
    }

    /// Whether the condition of this type is there and true.
    pub fn is_true(self, conditions: &[Condition]) -> bool {
        self.holding(conditions).is_some()
    }
}

/// `conditions[].status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// It is so.
    True,
    /// It is not so.
    False,
    /// Not looked at yet.
    Unknown,
}

impl Truth {
    /// The name in `conditions[].status`.
    pub fn name(self) -> &'static str {
        match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        }
    }
}
