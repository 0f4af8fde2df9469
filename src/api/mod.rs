//! What users write and read: the `FargateProfile` resource, its status, and every name the operator leaves in
//! Kubernetes or in EKS.

mod condition;
mod crd;
mod keys;
mod reason;
mod spec;
mod status;

pub use condition::{ConditionType, Truth};
pub use crd::{crd, crd_yaml};
pub use keys::*;
pub use reason::Reason;
pub use spec::{
    Adoption, Approval, DeletionPolicy, FargateProfile, FargateProfileSpec, ProfileSelector, ReplacementSpec, Strategy,
};
pub use status::{
    ClusterRecord, FargateProfileStatus, Phase, PreviousProfile, PreviousSelector, ProfileHealthIssue, ProfileRecord,
    QueueStatus, ReplacementStatus, ResolvedDefaults,
};
