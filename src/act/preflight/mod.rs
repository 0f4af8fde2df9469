//! Checks with a pod's controller before an eviction: whether its template lets the replacement go elsewhere, whether a
//! Job would fail, and whether the workload can spare the pod.

mod read;
mod verdict;
mod workload;

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::apps::v1::{ReplicaSet, StatefulSet};
use k8s_openapi::api::batch::v1::{Job, JobSpec, PodFailurePolicyRule};
use k8s_openapi::api::core::v1::{PodTemplateSpec, ReplicationController};
use kube::Client;

use self::read::{Reader, blocked};
use self::workload::{Member, Workload};
use crate::api::{POD_PROFILE_LABEL, Reason};
use crate::failure::{Class, Failure};
use crate::message::message;
use crate::placement::Pod;
use crate::plan::{EvictCause, Eviction};

/// The default of `backoffLimit` (Kubernetes API reference).
const BACKOFF_LIMIT: i32 = 6;

/// A controller of pods.
enum Owner {
    ReplicaSet(Box<ReplicaSet>),
    StatefulSet(Box<StatefulSet>),
    ReplicationController(Box<ReplicationController>),
    Job(Box<Job>),
}

/// Whether the pod's controller lets it be evicted now. Each call may take `timeout`.
pub(super) async fn check(eviction: &Eviction, client: &Client, timeout: Duration) -> Result<(), Failure> {
    let reader = Reader { client, namespace: &eviction.namespace, timeout };
    let what = reader.path(&eviction.controller.kind, &eviction.controller.name);
    let owner = Owner::read(eviction, &what, &reader).await?;
    if let Some(pin) = owner.template().and_then(pin).filter(|pin| **pin != eviction.to) {
        return Err(pinned(&what, pin));
    }
    if let Some(why) = owner.would_fail() {
        return Err(Failure::of_eviction(Class::Fix, Reason::EvictionRefused, format!("{what} {why}")));
    }
    match &eviction.cause {
        // A pending pod is no loss.
        EvictCause::Pending(_) => Ok(()),
        EvictCause::Move { from, left, newest } => {
            let seen = Seen { from, left: *left, newest: *newest };
            spare(eviction, seen, what, owner, &reader).await
        }
    }
}

/// What the planner has seen of a controller's pods.
struct Seen<'a> {
    from: &'a str,
    left: u32,
    newest: Timestamp,
}

impl Seen<'_> {
    /// Whether that still holds. The record, which must be true, identifies a pod that comes back.
    fn is_so(&self, members: &[Member], eviction: &Eviction) -> bool {
        let is_its = |pod: &Pod| pod.controller.as_ref().is_some_and(|its| its.uid == eviction.controller.uid);
        let stays = |pod: &Pod| !pod.terminating && pod.profile() == Some(self.from);
        let is_other = |pod: &&Pod| pod.uid != eviction.uid && is_its(pod) && stays(pod);
        let others: Vec<&Pod> = members.iter().map(|member| &member.pod).filter(is_other).collect();
        others.len() == self.left as usize && others.iter().all(|pod| pod.created <= self.newest)
    }
}

/// Whether the workload can spare the pod, judged by all its pods at this moment.
async fn spare(
    eviction: &Eviction,
    seen: Seen<'_>,
    what: String,
    owner: Owner,
    reader: &Reader<'_>,
) -> Result<(), Failure> {
    let workload = match owner {
        Owner::ReplicaSet(set) => Workload::of_replica_set(*set, what, reader).await?,
        Owner::StatefulSet(set) => Workload::of_stateful_set(*set, what),
        Owner::ReplicationController(controller) => Workload::of_replication_controller(*controller, what),
        Owner::Job(_) => return Ok(()),
    };
    let members = workload.members(reader).await?;
    if !seen.is_so(&members, eviction) {
        let (what, from) = (&workload.what, seen.from);
        return Err(blocked(message!("{what}: its pods on EKS profile {from} are changing")));
    }
    match verdict::held(&workload, &members, &eviction.uid, seen.from) {
        None => Ok(()),
        Some(why) => Err(blocked(format!("{}: {why}", workload.what))),
    }
}

impl Owner {
    async fn read(eviction: &Eviction, what: &str, reader: &Reader<'_>) -> Result<Self, Failure> {
        let (name, uid) = (&eviction.controller.name, &eviction.controller.uid);
        Ok(match eviction.controller.kind.as_str() {
            "ReplicaSet" => Self::ReplicaSet(Box::new(reader.get(what, name, uid).await?)),
            "StatefulSet" => Self::StatefulSet(Box::new(reader.get(what, name, uid).await?)),
            "ReplicationController" => Self::ReplicationController(Box::new(reader.get(what, name, uid).await?)),
            "Job" => Self::Job(Box::new(reader.get(what, name, uid).await?)),
            _ => return Err(blocked(message!("{what} may not recreate the pod"))),
        })
    }

    fn template(&self) -> Option<&PodTemplateSpec> {
        match self {
            Self::ReplicaSet(set) => set.spec.template.as_ref(),
            Self::StatefulSet(set) => Some(&set.spec.template),
            Self::ReplicationController(controller) => controller.spec.as_ref()?.template.as_ref(),
            Self::Job(job) => Some(&job.spec.as_ref()?.template),
        }
    }

    /// Why the eviction of a Job's pod would be one failure too many. Limits per index are not evaluated, so a Job with
    /// them is left alone.
    fn would_fail(&self) -> Option<String> {
        let Self::Job(job) = self else { return None };
        let failed = job.status.as_ref().and_then(|status| status.failed).unwrap_or_default();
        let spec = job.spec.as_ref();
        let limit = spec.and_then(|spec| spec.backoff_limit).unwrap_or(BACKOFF_LIMIT);
        let is_last = failed >= limit || spec.is_some_and(|spec| spec.backoff_limit_per_index.is_some());
        match spec.and_then(on_disruption) {
            Some("Ignore") => None,
            Some("Count") | None => is_last.then(|| message!("has no retries left")),
            // The action is FailJob or FailIndex.
            Some(_) => Some(message!("has a podFailurePolicy by which an eviction fails it")),
        }
    }
}

/// What a Job's podFailurePolicy does about an evicted pod, by the first rule that matches. A rule on exit codes never
/// does, since no container of the pod has run.
fn on_disruption(spec: &JobSpec) -> Option<&str> {
    let rules = &spec.pod_failure_policy.as_ref()?.rules;
    let is_meant = |rule: &&PodFailurePolicyRule| {
        let mut conditions = rule.on_pod_conditions.iter().flatten();
        conditions.any(|it| it.type_ == "DisruptionTarget" && it.status.as_deref().unwrap_or("True") == "True")
    };
    rules.iter().find(is_meant).map(|rule| rule.action.as_str())
}

/// A pod that would come back to the profile that its template names.
pub(crate) fn pinned(what: &str, pin: &str) -> Failure {
    Failure::of_eviction(
        Class::Fix,
        Reason::PodPinned,
        message!("the template of {what} names EKS profile {pin}: take out the label {POD_PROFILE_LABEL}"),
    )
}

/// The profile that a pod template names by label.
fn pin(template: &PodTemplateSpec) -> Option<&String> {
    template.metadata.as_ref()?.labels.as_ref()?.get(POD_PROFILE_LABEL)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn would_fail(spec: Value, failed: i32) -> bool {
        let job = json!({ "metadata": {}, "spec": spec, "status": { "failed": failed } });
        Owner::Job(serde_json::from_value(job).unwrap()).would_fail().is_some()
    }

    #[test]
    fn a_pod_of_a_job_goes_only_if_the_job_goes_on_without_it() {
        let limit = |limit: Value| json!({ "backoffLimit": limit, "template": {} });
        assert!(!would_fail(limit(json!(null)), 5) && would_fail(limit(json!(null)), 6));
        assert!(!would_fail(limit(json!(2)), 1) && would_fail(limit(json!(2)), 2));
        assert!(would_fail(json!({ "backoffLimitPerIndex": 3, "template": {} }), 0));

        let on = |kind: &str, status: &str, action: &str| json!({ "action": action, "onPodConditions": [{ "type": kind, "status": status }] });
        let disrupted = |action: &str| on("DisruptionTarget", "True", action);
        let codes = json!({ "action": "FailJob", "onExitCodes": { "operator": "In", "values": [42] } });
        let twice = json!({
            "action": "FailJob",
            "onPodConditions": [{ "type": "ConfigIssue", "status": "True" }, { "type": "DisruptionTarget" }],
        });
        // The rules, and whether the Job would fail with and without retries left.
        for (rules, is) in [
            (json!([]), (false, true)),
            (json!([disrupted("FailJob")]), (true, true)),
            (json!([disrupted("FailIndex")]), (true, true)),
            (json!([disrupted("Count")]), (false, true)),
            (json!([disrupted("Ignore")]), (false, false)),
            (json!([twice]), (true, true)),
            (json!([codes, disrupted("FailJob")]), (true, true)),
            (json!([codes]), (false, true)),
            // The first matching rule decides.
            (json!([disrupted("Ignore"), disrupted("FailJob")]), (false, false)),
            (json!([disrupted("FailJob"), disrupted("Ignore")]), (true, true)),
            (json!([on("ConfigIssue", "True", "Ignore"), disrupted("FailJob")]), (true, true)),
            (json!([on("DisruptionTarget", "False", "FailJob")]), (false, true)),
        ] {
            let spec = json!({ "backoffLimit": 1, "podFailurePolicy": { "rules": rules }, "template": {} });
            assert_eq!((would_fail(spec.clone(), 0), would_fail(spec, 1)), is, "{rules}");
        }
    }
}
