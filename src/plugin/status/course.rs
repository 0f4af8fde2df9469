//! All that is told of one FargateProfile. Pure: from the object, the time, and how fast the operator runs.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::ResourceExt;
use serde::Serialize;

use super::estimate::{self, Estimate};
use super::phase::{Outlook, Phase, asked, observed};
use crate::api::{
    ClusterRecord, ConditionType, FargateProfile, FargateProfileStatus, FindingRecord, PodCounts, PodIssueRecord,
    ProfileRecord, QueueStatus, ReplacementStatus,
};
use crate::report::moved;
use crate::time::elapsed;

/// The state of a FargateProfile, as it is shown.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::plugin) struct Course {
    pub(in crate::plugin) name: String,
    pub(in crate::plugin) phase: Phase,
    pub(in crate::plugin) outlook: Outlook,
    /// How many pods have moved, of how many.
    pub(in crate::plugin) moved: Option<Moved>,
    pub(in crate::plugin) queue: Option<QueueStatus>,
    /// Since when it is in this phase.
    pub(in crate::plugin) since: Option<Time>,
    /// When the phase ends, whatever happens.
    pub(in crate::plugin) until: Option<Time>,
    pub(in crate::plugin) next_try: Option<Time>,
    /// How long it may still take, once it has its turn.
    pub(in crate::plugin) left: Option<Estimate>,
    /// The condition that says what goes on or what holds it.
    pub(in crate::plugin) because: Option<Condition>,
    /// The plan that waits for approval.
    #[serde(rename = "waitingPlanID")]
    pub(in crate::plugin) waiting_plan: Option<String>,
    pub(in crate::plugin) suspended: bool,
    pub(in crate::plugin) deleting: bool,
    pub(in crate::plugin) generation: Option<i64>,
    pub(in crate::plugin) observed_generation: Option<i64>,
    pub(in crate::plugin) failed_generation: Option<i64>,
    pub(in crate::plugin) failure: Option<String>,
    pub(in crate::plugin) cluster: Option<ClusterRecord>,
    pub(in crate::plugin) replacement: Option<ReplacementStatus>,
    pub(in crate::plugin) profiles: Vec<ProfileRecord>,
    pub(in crate::plugin) pods: Option<PodCounts>,
    pub(in crate::plugin) pod_issues: Vec<PodIssueRecord>,
    pub(in crate::plugin) held_pods: Vec<String>,
    pub(in crate::plugin) warnings: Vec<String>,
    pub(in crate::plugin) findings: Vec<FindingRecord>,
    pub(in crate::plugin) defaults_drifted: Vec<String>,
    pub(in crate::plugin) conditions: Vec<Condition>,
}

/// Pods that have moved, of those to be moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(in crate::plugin) struct Moved {
    pub(in crate::plugin) pods: u32,
    pub(in crate::plugin) of: u32,
}

impl Course {
    pub(in crate::plugin) fn of(object: &FargateProfile, now: Timestamp, scale: f64) -> Self {
        let phase = Phase::of(object);
        let status = object.status.clone().unwrap_or_default();
        let because = because(phase, &status).cloned();
        let waiting = status.waiting.as_ref().filter(|_| phase != Phase::Unseen);
        let since = waiting.map(|waiting| waiting.since.clone()).or_else(|| {
            let ready = ConditionType::Ready.find(&status.conditions).filter(|_| phase != Phase::Unseen);
            ready.map(|ready| ready.last_transition_time.clone())
        });
        let passed = since.as_ref().map(|since| elapsed(since.0, now)).unwrap_or_default();
        let is_moving = matches!(phase, Phase::Probing | Phase::Draining | Phase::HandingOver | Phase::Deleting);
        Self {
            name: object.name_any(),
            phase,
            outlook: phase.outlook(object),
            moved: moved(&status).filter(|_| is_moving).map(|(pods, of)| Moved { pods, of }),
            since,
            until: waiting.and_then(|waiting| waiting.until.clone()),
            next_try: waiting.and_then(|waiting| waiting.next_try.clone()),
            left: estimate::of(object, phase, passed, scale),
            because,
            waiting_plan: asked(&status).filter(|_| observed(object).is_some()).map(str::to_owned),
            suspended: object.spec.is_suspended(),
            deleting: object.metadata.deletion_timestamp.is_some(),
            generation: object.metadata.generation,
            observed_generation: status.observed_generation,
            failed_generation: status.failed_generation,
            failure: status.failure,
            cluster: status.cluster,
            queue: status.queue,
            replacement: status.replacement,
            profiles: status.profiles,
            pods: status.pods,
            pod_issues: status.pod_issues,
            held_pods: status.held_pods,
            warnings: status.warnings,
            findings: status.findings,
            defaults_drifted: status.defaults_drifted,
            conditions: status.conditions,
        }
    }

    /// The phase with how far it has come.
    pub(in crate::plugin) fn phase(&self) -> String {
        let word = self.phase.words();
        match (self.moved, self.queue.as_ref().filter(|_| self.phase == Phase::Queued)) {
            (Some(Moved { pods, of }), _) => format!("{word} {pods}/{of}"),
            (None, Some(queue)) => match queue.ahead {
                0 => format!("{word} (next)"),
                ahead => format!("{word} ({ahead} ahead)"),
            },
            (None, None) => word.to_owned(),
        }
    }

    /// What goes on or what holds it, in a sentence.
    pub(in crate::plugin) fn message(&self) -> String {
        match (&self.because, self.phase) {
            (_, Phase::Unseen) => {
                let generation = self.generation.unwrap_or_default();
                if self.observed_generation == self.generation {
                    "the operator has not seen the annotation yet".to_owned()
                } else {
                    format!("the operator has not looked at generation {generation} yet")
                }
            }
            (Some(because), _) => because.message.clone(),
            (None, _) => String::new(),
        }
    }
}

/// The condition that explains the phase best.
fn because(phase: Phase, status: &FargateProfileStatus) -> Option<&Condition> {
    let conditions = &status.conditions;
    let ready = || ConditionType::Ready.find(conditions);
    match phase {
        Phase::Unseen => None,
        Phase::Settled => ready(),
        Phase::Stalled => ConditionType::Stalled.find(conditions),
        Phase::AwaitingApproval | Phase::Suspended => {
            let held = ready().filter(|_| !ConditionType::Ready.is_true(conditions));
            held.or_else(|| ConditionType::Reconciling.find(conditions))
        }
        Phase::Queued
        | Phase::Creating
        | Phase::Replacing
        | Phase::Probing
        | Phase::Draining
        | Phase::HandingOver
        | Phase::Recreating
        | Phase::Retiring
        | Phase::RollingBack
        | Phase::Tagging
        | Phase::Mending
        | Phase::Deleting
        | Phase::Working => ConditionType::Reconciling.holding(conditions).or_else(ready),
    }
}
