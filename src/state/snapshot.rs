//! All that a decision rests on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::OtherObject;
use crate::api::{ClusterRecord, FailedBy, FargateProfileSpec, FargateProfileStatus, ProfileRecord};
use crate::eks::Profile;
use crate::failure::{Class, Failure};
use crate::placement::Pod;
use crate::time::elapsed;

/// What is known of one object, its EKS cluster and the other objects of that cluster at one moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub object: ObjectInfo,
    pub spec: FargateProfileSpec,
    /// Its status as last written.
    pub status: FargateProfileStatus,
    /// What the operator is installed with.
    pub defaults: Defaults,
    /// Identity of this installation: uid of the kube-system namespace.
    pub installation: String,
    pub cluster: ClusterState,
    /// Every Fargate profile of the cluster, foreign ones included.
    pub profiles: Vec<Profile>,
    /// When the status of a profile (by ARN) was first seen as it is.
    pub status_since: BTreeMap<String, Duration>,
    /// By ARN, since when a profile on record has not been seen.
    pub absent_since: BTreeMap<String, Duration>,
    /// Other objects for the same EKS cluster.
    pub other_objects: Vec<OtherObject>,
    /// A mutation's effect is not yet visible, or may still come: nothing may be derived.
    pub quiet: bool,
    /// EKS refused a create for want of a free slot when the cluster had so many profiles, and it has had no fewer since.
    pub full_at: Option<usize>,
    /// The EKS profile that the operator's own pod runs on, in its own cluster.
    pub own_profile: Option<String>,
    /// Namespace and name of the operator's own pod.
    pub own_pod: Option<String>,
    /// The pods of the cluster that have to do with Fargate.
    pub pods: Pods,
    /// How many pods run elsewhere that the spec's selectors match, if that is known.
    pub elsewhere: Option<u32>,
    /// It is time to tell again how many pods there are.
    pub counts_due: bool,
    /// Effects tried before, without success so far.
    pub attempts: BTreeMap<ActionKey, RetryState>,
    /// How long a profile must have been absent, without our doing, to count as gone.
    pub quiet_time: Duration,
    /// How long an ACTIVE profile is left alone before pods are expected to land on it.
    pub settle: Duration,
    /// How long a drain may take.
    pub drain_timeout: Duration,
    /// How long a pod may take to become Ready on another profile.
    pub progress: Duration,
    /// How long a pod is unscheduled before it counts as pending.
    pub pending_after: Duration,
    /// How long pods that no profile takes are named before their profile is deleted with its object.
    pub notice: Duration,
    /// Since when, without a break, this process has been able to move pods of the object.
    pub able_since: Duration,
    /// Now, by the process's own monotonic clock.
    pub now: Duration,
    /// Now, by the wall clock: only for comparison with what status and pods say.
    pub wall: Timestamp,
}

impl Snapshot {
    /// Whether EKS refused this generation in a gap, or pods refused it, so that it is not tried again.
    pub fn generation_failed(&self) -> bool {
        self.status.failed_generation == Some(self.object.generation)
    }

    /// Whether pods did not become Ready on the profile of this generation.
    pub fn generation_unhealthy(&self) -> bool {
        self.generation_failed() && self.status.failed_by == Some(FailedBy::Pods)
    }

    /// What status has on record of the profile of this ARN.
    pub fn record_of(&self, arn: &str) -> Option<&ProfileRecord> {
        self.status.profiles.iter().find(|record| record.arn == arn)
    }

    /// How long ago that was, by the wall clock.
    pub fn since(&self, time: Timestamp) -> Duration {
        elapsed(time, self.wall)
    }

    /// For how long the deletion of the object is still news: a commit that deletes one object and creates or changes another one
    /// does the second right after.
    pub fn is_news_for(&self) -> Option<Duration> {
        self.notice.checked_sub(self.object.deleting_for).filter(|rest| self.object.deleting && !rest.is_zero())
    }

    /// Until when an effect waits, if it does.
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
    /// For how long it has been.
    pub deleting_for: Duration,
    /// Our finalizer is on it.
    pub has_finalizer: bool,
    /// The plan that a person approved last.
    pub approval: Option<String>,
}

/// What fields come to that the spec leaves out.
#[derive(Clone, Debug, Default)]
pub struct Defaults {
    /// The operator's own cluster.
    pub cluster_name: String,
    pub pod_execution_role_arn: Option<String>,
    pub subnets: Option<BTreeSet<String>>,
}

impl Defaults {
    /// Name of the EKS cluster that a spec is for.
    pub fn cluster_of<'a>(&'a self, spec: &'a FargateProfileSpec) -> &'a str {
        spec.cluster_name.as_deref().unwrap_or(&self.cluster_name)
    }
}

/// Result of DescribeCluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClusterState {
    Found(ClusterRecord),
    /// DescribeCluster does not know it, asked in this region with credentials of this account.
    Missing {
        /// Region that was asked.
        region: String,
        /// Account of the credentials.
        account: String,
    },
}

/// What is known of the pods of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pods {
    /// These carry the label of an EKS profile, or wait unscheduled.
    Known(Vec<Arc<Pod>>),
    /// They cannot be seen, for this reason. Never to be taken for none.
    Unknown(PodsUnavailable),
}

/// Why pods cannot be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodsUnavailable {
    /// In words for people.
    pub reason: String,
    /// The API server failed or did not answer: it is asked again, and such troubles pass by themselves.
    pub transient: bool,
}

impl PodsUnavailable {
    /// Until a person does something about it.
    pub fn lasting(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), transient: false }
    }

    /// For a while, as far as can be told.
    pub fn transient(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), transient: true }
    }
}

impl std::fmt::Display for PodsUnavailable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.reason)
    }
}

/// How often an effect was tried, and what came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct RetryState {
    pub count: u32,
    /// Not again before then.
    pub until: Duration,
    /// How it failed last.
    pub failure: Option<Failure>,
}

impl RetryState {
    /// Whether nothing will come of it without a person. What may pass by itself (IAM takes a while to spread) is given
    /// some tries first.
    pub fn is_stalled(&self) -> bool {
        // With the back-off between them, about two minutes.
        const TRIES: u32 = 6;
        match self.failure.as_ref().map(|failure| failure.class) {
            Some(Class::Fix) => true,
            Some(Class::Propagation) => self.count >= TRIES,
            Some(Class::Wait | Class::Retry | Class::Gone) | None => false,
        }
    }
}

/// An effect that can fail and be in back-off.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActionKey {
    /// Creating a profile for this generation.
    Create(i64),
    /// Putting the previous profile back.
    PutBack,
    /// Deleting the profile of this ARN.
    Delete(String),
    /// Changing tags of a profile. Another change of them is another effect.
    Tag { arn: String, set: BTreeMap<String, String>, remove: Vec<String> },
    /// Evicting a pod of the controller of this uid.
    Evict(String),
}
