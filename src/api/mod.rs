//! What users write and read: the `FargateProfile` resource, its status, and every name the operator leaves in
//! Kubernetes or in EKS.

mod condition;
mod crd;
mod keys;
mod omitted;
mod pods;
mod prerequisites;
mod progress;
mod reason;
mod replacement;
mod selector;
mod spec;
mod status;

pub use condition::{ConditionType, Truth};
pub use crd::{crd, crd_yaml};
pub use keys::*;
pub use pods::{DrainRecord, EvictedPod, MovingPods, PodCounts, PodIssueRecord};
pub use prerequisites::{FindingRecord, Prerequisites};
pub use progress::{Phase, QueueStatus, ReplacementStatus, WaitStatus};
pub(crate) use progress::{added, removed, taken_away};
pub use reason::Reason;
pub use replacement::{Approval, DrainSpec, OnTimeout, OnUnhealthy, ReplacementSpec, Strategy};
pub use selector::ProfileSelector;
pub use spec::{Adoption, DeletionPolicy, FargateProfile, FargateProfileSpec, PendingPods};
pub use status::{
    ClusterRecord, FailedBy, FargateProfileStatus, PreviousProfile, PreviousSelector, ProfileHealthIssue,
    ProfileRecord, ResolvedDefaults,
};
