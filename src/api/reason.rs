//! The closed list of condition and event reasons. Code, docs and tests take them from here.

/// Why a condition is as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, strum::EnumString, strum::IntoStaticStr)]
pub enum Reason {
    /// The EKS profile is ACTIVE and equals the spec.
    Active,
    /// No EKS profile of the object is ACTIVE.
    NotActive,
    /// `Reconciling` is False: nothing is under way.
    Settled,
    /// `Stalled` is False: nobody has to act.
    AsExpected,
    /// The EKS cluster is busy with another operation, of ours or of somebody else.
    WaitingForTurn,
    /// The first EKS profile is being created.
    Creating,
    /// The next EKS profile is on its way; the old one serves.
    Replacing,
    /// The new EKS profile serves; the old one goes.
    Retiring,
    /// Pods are moved from a superseded EKS profile.
    Draining,
    /// The pods of an EKS profile that goes are handed over to another FargateProfile.
    HandingOver,
    /// Another FargateProfile selects pods of an EKS profile that goes, and cannot take them over by itself.
    HandoverHeld,
    /// The next EKS profile is created under a name that sorts before that of another FargateProfile which goes.
    TakingOver,
    /// Pods older than their EKS profile are evicted, to be made again.
    Recreating,
    /// Pods that are not moved, such as those of Jobs, still run on a superseded EKS profile.
    PodsOnSuperseded,
    /// The time for moving pods is over, and some are left.
    DrainHeld,
    /// An evicted pod came back to the superseded EKS profile.
    DrainBounced,
    /// The first pod that was moved has not been made again on the new EKS profile.
    DrainUnanswered,
    /// Pods on a superseded EKS profile would find no other profile.
    PodsWithoutProfile,
    /// Pods did not become Ready on the new EKS profile.
    ReplacementUnhealthy,
    /// A pod cannot be evicted: by its disruption budget, or since it is not whole.
    EvictionBlocked,
    /// Kubernetes refuses an eviction for good.
    EvictionRefused,
    /// The template of a pod names the EKS profile by label.
    PodPinned,
    /// The operator cannot see the pods of a superseded EKS profile.
    PodsUnknown,
    /// Tags are being changed in place.
    Tagging,
    /// An effect is not yet visible in EKS.
    AwaitingConfirmation,
    /// `spec.suspend` is set and a change is pending.
    Suspended,
    /// A replacement waits until a person approves its plan.
    AwaitingApproval,
    /// EKS refused this generation, and the EKS profile from before was put back.
    ReplacementFailed,
    /// The EKS profile from before is being put back.
    RollingBack,
    /// DeleteFirst would delete the EKS profile that the operator itself runs on.
    RunsTheOperator,
    /// DeleteFirst would delete the EKS profile that the cluster's DNS runs on, without which the gap could not be closed.
    RunsDNS,
    /// The cluster's quota of Fargate profiles is used up.
    NoFreeSlot,
    /// The object is being deleted.
    Deleting,
    /// EKS could not create the profile; its health issues say why.
    CreateFailed,
    /// EKS could not delete the profile; its health issues say why.
    DeleteFailed,
    /// EKS refused a field of the spec.
    InvalidParameter,
    /// EKS refused the pod execution role's trust policy.
    TrustPolicy,
    /// AWS denied the operator a call.
    AccessDenied,
    /// The operator has no valid AWS credentials.
    NoCredentials,
    /// EKS asks for fewer calls.
    Throttled,
    /// EKS or the network to it fails.
    EksUnavailable,
    /// A field is neither in the spec nor among the operator's defaults.
    DefaultMissing,
    /// Another object or owner has the name.
    NameTaken,
    /// An EKS profile of this object lost the operator's tags.
    OwnershipLost,
    /// No EKS cluster of that name.
    ClusterNotFound,
    /// The EKS cluster is in a state in which it takes no profile: being created, being deleted, or failed.
    ClusterNotActive,
    /// The account or region is not the one that this object lives in.
    ClusterMismatch,
    /// No further EKS profile may be opened beside those that there are.
    TooManyProfiles,
    /// No name is left that sorts before the owned profiles.
    NamesUsedUp,
    /// The operator cannot read or write the Kubernetes API as it needs to.
    KubernetesUnavailable,
    /// What the profile needs in the VPC, in IAM and in the cluster is there.
    PrerequisitesMet,
    /// Something is missing without which the profile or its pods surely fail.
    PrerequisitesNotMet,
    /// Whether all is there cannot be told.
    PrerequisitesUnknown,
    /// The operator mends what the EKS profile needs: its role, an access entry, CoreDNS.
    Mending,
    /// The operator cannot mend what it was told to, until a person acts.
    MendingHeld,
    /// Event: the operator mended something.
    Mended,
    /// Event: somebody asked by annotation for another try.
    RetryRequested,
    /// Event: the approval on the object does not name the plan that waits.
    ApprovalIgnored,
    /// Event: another EKS profile, whose name sorts first, takes the pods of a selector.
    SelectorsOverlap,
    /// Event: a selector leads nowhere, or to pods that can never run on Fargate.
    CheckSelectors,
    /// Event: pods of an ACTIVE EKS profile do not work.
    PodsNotWorking,
    /// Event: this version of the operator cannot read the object.
    Unreadable,
    /// Event: a pod was evicted, to be made again under another EKS profile.
    Evicted,
    /// Event: a pod that had been pending since before its EKS profile was there was evicted.
    Recreated,
    /// Event: an EKS profile was asked for.
    CreateRequested,
    /// Event: the deletion of an EKS profile was asked for.
    DeleteRequested,
    /// Event: the gap of a DeleteFirst replacement opens.
    GapOpened,
    /// Event: the gap of a DeleteFirst replacement is closed.
    GapClosed,
    /// Event: tags were changed.
    Tagged,
    /// Event: an existing EKS profile was taken over.
    Adopted,
    /// Event: an EKS profile was left in place without our tags.
    Released,
    /// Event: an EKS profile went away that nobody here had deleted.
    ProfileVanished,
    /// Event: an EKS profile is gone.
    Deleted,
}

impl Reason {
    /// The CamelCase name in `conditions[].reason` and in events.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// It is about pods that are left on a superseded EKS profile, while the one that takes new pods serves.
    pub fn is_of_drain(self) -> bool {
        matches!(
            self,
            Self::DrainHeld
                | Self::DrainBounced
                | Self::DrainUnanswered
                | Self::PodsWithoutProfile
                | Self::PodsUnknown
                | Self::EvictionRefused
                | Self::HandoverHeld
        )
    }

    /// The reason of this name; `None` for one that another version wrote.
    pub fn from_name(name: &str) -> Option<Self> {
        name.parse().ok()
    }
}
