//! Everything that a decision rests on.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::{Defaults, OtherObject, Outside, Pods};
use crate::api::{ClusterRecord, FailedBy, FargateProfileSpec, FargateProfileStatus, Prerequisites, ProfileRecord};
use crate::eks::Profile;
use crate::failure::{Class, Failure};
use crate::mending::{ManagedRole, Mend, Workload};
use crate::placement::{ClusterDns, Pod, serves_dns};
use crate::prerequisites::{Finding, Read};
use crate::time::elapsed;

/// One object, its EKS cluster and the other objects of that cluster at one moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub object: ObjectInfo,
    pub spec: FargateProfileSpec,
    /// As last written.
    pub status: FargateProfileStatus,
    pub defaults: Defaults,
    /// The uid of the kube-system namespace identifies the installation.
    pub installation: String,
    pub cluster: ClusterState,
    /// Every Fargate profile of the cluster, foreign ones included.
    pub profiles: Vec<Profile>,
    /// By ARN, when the current status of a profile was first seen.
    pub status_since: BTreeMap<String, Duration>,
    /// By ARN, since when a recorded profile has been missing.
    pub absent_since: BTreeMap<String, Duration>,
    /// Other objects for the same EKS cluster.
    pub other_objects: Vec<OtherObject>,
    /// A mutation's effect is not visible yet or may still come. Nothing may be derived.
    pub quiet: bool,
    /// The number of profiles at which EKS refused a create for lack of a slot. The cluster has had no fewer since.
    pub full_at: Option<usize>,
    /// The EKS profile of the operator's own pod, if that runs in this cluster.
    pub own_profile: Option<String>,
    /// `namespace/name` of the operator's own pod.
    pub own_pod: Option<String>,
    /// The pods of the cluster that concern Fargate.
    pub pods: Pods,
    /// What is at the address that the cluster's pods ask for names.
    pub dns: Read<ClusterDns>,
    /// What the selectors lead to outside of Fargate, if that is known.
    pub outside: Option<Outside>,
    /// What was found of the prerequisites. None if nobody has looked, or the spec wants no look.
    pub findings: Option<Vec<Finding>>,
    /// What may have to be mended.
    pub mending: Mending,
    /// Status is due for new pod counts.
    pub counts_due: bool,
    /// Effects that were tried before and have not succeeded.
    pub attempts: BTreeMap<ActionKey, RetryState>,
    /// How long a profile must be missing, if we did not delete it, to count as gone.
    pub quiet_time: Duration,
    /// How long the operator waits after ACTIVE before it expects pods to land on a profile.
    pub settle: Duration,
    pub drain_timeout: Duration,
    /// How long a pod may take to become Ready on another profile.
    pub progress: Duration,
    /// How long a pod is unscheduled before it counts as pending.
    pub pending_after: Duration,
    /// How long pods that no profile takes are reported before their profile is deleted with its object.
    pub notice: Duration,
    /// Since when, without a break, this process has been able to move pods of the object.
    pub able_since: Duration,
    /// By the process's monotonic clock.
    pub now: Duration,
    /// By the wall clock. Use it only to compare with times in status and pods.
    pub wall: Timestamp,
}

/// What may have to be mended. Nothing, unless the install asks for it.
#[derive(Clone, Debug, Default)]
pub struct Mending {
    /// The role of profiles that name none.
    pub role: Option<ManagedRole>,
    /// What puts the access entry of the object's role right.
    pub entry: Option<Mend>,
    /// The Deployments behind the cluster's DNS Service.
    pub coredns: Read<Vec<Workload>>,
}

impl Snapshot {
    /// Whether EKS refused this generation in a gap, or its pods did not become Ready. It is not tried again, unless
    /// somebody asks.
    pub fn generation_failed(&self) -> bool {
        self.status.failed_generation == Some(self.object.generation) && !self.is_retry_requested()
    }

    /// Whether somebody has asked for another try since the last one. An open gap is closed first.
    fn is_retry_requested(&self) -> bool {
        self.object.retry.is_some() && self.object.retry != self.status.handled_retry && self.status.previous.is_none()
    }

    /// Whether pods did not become Ready on the profile of this generation.
    pub fn generation_unhealthy(&self) -> bool {
        self.generation_failed() && self.status.failed_by == Some(FailedBy::Pods)
    }

    /// What follows from prerequisites that are not met.
    pub(crate) fn prerequisites(&self) -> Prerequisites {
        self.spec.prerequisites.unwrap_or(self.defaults.prerequisites)
    }

    /// What status records of the profile of this ARN.
    pub fn record_of(&self, arn: &str) -> Option<&ProfileRecord> {
        self.status.profiles.iter().find(|record| record.arn == arn)
    }

    /// Whether the pod serves the cluster's DNS.
    pub fn serves_dns(&self, pod: &Pod) -> bool {
        serves_dns(self.dns.known(), pod)
    }

    pub fn since(&self, time: Timestamp) -> Duration {
        elapsed(time, self.wall)
    }

    /// How long the object's deletion still counts as recent. A commit that deletes one object often creates or changes
    /// another, which arrives a little later.
    pub fn is_news_for(&self) -> Option<Duration> {
        self.notice.checked_sub(self.object.deleting_for).filter(|rest| self.object.deleting && !rest.is_zero())
    }

    /// Until when an effect is in back-off.
    pub(crate) fn back_off(&self, action: &ActionKey) -> Option<Duration> {
        self.attempts.get(action).map(|attempt| attempt.until).filter(|until| *until > self.now)
    }
}

#[derive(Clone, Debug)]
pub struct ObjectInfo {
    pub name: String,
    pub uid: String,
    pub generation: i64,
    pub created: Option<Timestamp>,
    pub deleting: bool,
    /// Time since `metadata.deletionTimestamp`.
    pub deleting_for: Duration,
    pub has_finalizer: bool,
    /// The plan that a person approved last.
    pub approval: Option<String>,
    /// What the annotation for another try says.
    pub retry: Option<String>,
}

/// The result of DescribeCluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClusterState {
    Found(ClusterRecord),
    /// EKS answered that it does not exist.
    Missing {
        /// The region that was asked.
        region: String,
        /// The account of the credentials.
        account: String,
    },
}

/// The tries of one effect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct RetryState {
    pub count: u32,
    /// There is no further try before this time.
    pub until: Duration,
    /// The last failure.
    pub failure: Option<Failure>,
}

impl RetryState {
    /// Whether the effect needs a person. A cause that may pass by itself (IAM takes a while to spread) gets some tries
    /// first.
    pub fn is_stalled(&self) -> bool {
        // About two minutes, with the back-off between them.
        const TRIES: u32 = 6;
        match self.failure.as_ref().map(|failure| failure.class) {
            Some(Class::Fix) => true,
            Some(Class::Propagation) => self.count >= TRIES,
            Some(Class::Wait | Class::Retry | Class::Gone) | None => false,
        }
    }
}

/// An effect that can fail and go into back-off.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActionKey {
    /// Create a profile for this generation.
    Create(i64),
    /// Create the previous profile again.
    PutBack,
    /// Delete the profile of this ARN.
    Delete(String),
    /// Changing tags of a profile. Another change of them is another effect.
    Tag { arn: String, set: BTreeMap<String, String>, remove: Vec<String> },
    /// Evict a pod of the controller with this uid.
    Evict(String),
    /// Mend this.
    Mend(String),
}
