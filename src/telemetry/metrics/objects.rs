//! Numbers about all objects together. They are computed at every scrape, so they are right between passes too.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use strum::IntoEnumIterator;

use super::labels::State;
use crate::api::{ConditionType, FargateProfile, FargateProfileStatus, Reason, Truth};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectCounts {
    pub objects: usize,
    /// How many are in each state. One object may be in several.
    pub states: BTreeMap<State, usize>,
    /// By check and severity, how many have such a finding.
    pub findings: BTreeMap<(String, String), usize>,
    /// By cause, how many pods do not work.
    pub pod_issues: BTreeMap<String, u32>,
    /// Since when the longest-waiting object has waited for its turn.
    pub waiting_since: Option<Timestamp>,
}

impl ObjectCounts {
    pub fn of<'a>(objects: impl IntoIterator<Item = &'a FargateProfile>) -> Self {
        let mut counts = Self { states: State::iter().map(|state| (state, 0)).collect(), ..Self::default() };
        for object in objects {
            counts.objects += 1;
            for (state, n) in &mut counts.states {
                *n += usize::from(is(object, *state));
            }
            let found = object.status.iter().flat_map(|status| &status.findings);
            let kinds: BTreeSet<_> = found.map(|it| (it.check.clone(), it.severity.clone())).collect();
            kinds.into_iter().for_each(|kind| *counts.findings.entry(kind).or_default() += 1);
            for issue in object.status.iter().flat_map(|status| &status.pod_issues) {
                *counts.pod_issues.entry(issue.reason.clone()).or_default() += issue.pods;
            }
            let since = object.status.as_ref().and_then(|status| status.queue.as_ref()).map(|queue| queue.since.0);
            counts.waiting_since = counts.waiting_since.into_iter().chain(since).min();
        }
        counts
    }

    /// How long that object has waited, in seconds, or 0.
    pub(super) fn longest_wait(&self, now: Timestamp) -> f64 {
        self.waiting_since.map_or(0.0, |since| now.duration_since(since).as_secs_f64().max(0.0))
    }
}

fn is(object: &FargateProfile, state: State) -> bool {
    let status = object.status.as_ref();
    let holds = |kind| status.is_some_and(|status| reason(status, kind).is_some());
    let deleting = object.metadata.deletion_timestamp.is_some();
    match state {
        State::Ready => holds(ConditionType::Ready),
        State::Reconciling => holds(ConditionType::Reconciling),
        State::Stalled => holds(ConditionType::Stalled),
        State::Deleting => deleting,
        State::Unavailable => !deleting && !holds(ConditionType::Available),
        State::DrainHeld => {
            status.and_then(|status| reason(status, ConditionType::Stalled)) == Some(Reason::DrainHeld.name())
        }
        State::Waiting => status.is_some_and(|status| status.queue.is_some()),
        State::AwaitingApproval => status.is_some_and(awaits_approval),
        State::Suspended => object.spec.suspend == Some(true),
    }
}

/// A condition says so. The phase `AwaitingApproval` alone may be that of defaults that have changed, for which nothing waits.
fn awaits_approval(status: &FargateProfileStatus) -> bool {
    status.conditions.iter().any(|condition| condition.reason == Reason::AwaitingApproval.name())
}

/// The reason of a condition that is true.
fn reason(status: &FargateProfileStatus, kind: ConditionType) -> Option<&str> {
    let found = status.conditions.iter().find(|it| it.type_ == kind.name() && it.status == Truth::True.name())?;
    Some(&found.reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn object(status: Value, deleting: bool) -> FargateProfile {
        let mut object = json!({
            "apiVersion": "fargate-operator.dev/v1alpha1", "kind": "FargateProfile",
            "metadata": { "name": "checkout" },
            "spec": { "selectors": [{ "namespace": "checkout" }] },
            "status": status,
        });
        if deleting {
            object["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
        }
        serde_json::from_value(object).unwrap()
    }

    fn conditions(conditions: &[(&str, &str, &str)]) -> Value {
        let each = conditions.iter().map(|(kind, status, reason)| {
            json!({
                "type": kind, "status": status, "reason": reason, "message": "",
                "lastTransitionTime": "2026-01-01T00:00:00Z",
            })
        });
        json!({ "conditions": each.collect::<Vec<_>>() })
    }

    fn states(object: &FargateProfile) -> Vec<&'static str> {
        let states = ObjectCounts::of([object]).states;
        states.into_iter().filter(|(_, n)| *n == 1).map(|(state, _)| state.into()).collect()
    }

    #[test]
    fn an_object_counts_in_every_state_that_it_is_in() {
        let settled = conditions(&[("Ready", "True", "Active"), ("Available", "True", "Active")]);
        let first =
            [("Ready", "False", "Creating"), ("Available", "False", "Creating"), ("Reconciling", "True", "Creating")];
        let held = [("Ready", "True", "Active"), ("Available", "True", "Active"), ("Stalled", "True", "DrainHeld")];
        let refused =
            [("Ready", "False", "TrustPolicy"), ("Available", "Unknown", "X"), ("Stalled", "True", "TrustPolicy")];
        assert_eq!(states(&object(settled.clone(), false)), ["ready"]);
        assert_eq!(states(&object(settled, true)), ["ready", "deleting"]);
        assert_eq!(states(&object(conditions(&first), false)), ["reconciling", "unavailable"]);
        assert_eq!(states(&object(conditions(&held), false)), ["ready", "stalled", "drain_held"]);
        assert_eq!(states(&object(conditions(&refused), false)), ["stalled", "unavailable"]);
        assert_eq!(states(&object(Value::Null, false)), ["unavailable"]);
        assert_eq!(states(&object(Value::Null, true)), ["deleting"]);
    }

    #[test]
    fn an_object_awaits_approval_when_a_condition_says_so_and_not_when_only_a_plan_is_there_to_be_approved() {
        let plan = json!({
            "from": "checkout-9999", "phase": "AwaitingApproval", "planID": "1-2", "startedAt": "2026-01-01T00:00:00Z",
        });
        let with_a_plan = |each: &[(&str, &str, &str)]| {
            let mut status = conditions(each);
            status["replacement"] = plan.clone();
            object(status, false)
        };
        let replaced = [("Ready", "False", "AwaitingApproval"), ("Available", "True", "Active")];
        let takes_over = [
            ("Ready", "True", "Active"),
            ("Available", "True", "Active"),
            ("Reconciling", "False", "AwaitingApproval"),
            ("Stalled", "False", "AsExpected"),
        ];
        let drifted = [("Ready", "True", "Active"), ("Available", "True", "Active")];
        assert_eq!(states(&with_a_plan(&replaced)), ["awaiting_approval"]);
        assert_eq!(states(&with_a_plan(&takes_over)), ["ready", "awaiting_approval"]);
        assert_eq!(states(&with_a_plan(&drifted)), ["ready"]);
    }

    #[test]
    fn pods_that_do_not_work_are_counted_by_cause_over_all_objects() {
        let issue = |reason: &str, pods: u32| json!({ "reason": reason, "pods": pods, "example": "", "message": "", "advice": "" });
        let with = |issues: Value| object(json!({ "podIssues": issues }), false);
        let all = [with(json!([issue("ImagePull", 2), issue("NotReady", 1)])), with(json!([issue("ImagePull", 3)]))];
        let counted = ObjectCounts::of(&all).pod_issues;
        assert_eq!(counted, [("ImagePull".to_owned(), 5), ("NotReady".to_owned(), 1)].into());
    }

    #[test]
    fn an_object_is_suspended_when_its_spec_says_so() {
        let suspended = |suspend: Value| {
            let mut object = object(Value::Null, true);
            object.spec.suspend = serde_json::from_value(suspend).unwrap();
            states(&object)
        };
        assert_eq!(suspended(json!(true)), ["deleting", "suspended"]);
        assert_eq!(suspended(json!(false)), ["deleting"]);
        assert_eq!(suspended(Value::Null), ["deleting"]);
    }

    #[test]
    fn an_object_counts_once_for_each_kind_of_finding() {
        let finding = |check: &str, severity: &str| json!({ "check": check, "severity": severity, "message": "x" });
        let found = |findings: Value| object(json!({ "findings": findings }), false);
        let (dns, way_out) = (finding("VpcDns", "Blocking"), finding("WayOut", "Advisory"));
        let counts =
            ObjectCounts::of(&[found(json!([dns, way_out, way_out])), found(json!([dns])), object(Value::Null, false)]);
        let of = |check: &str, severity: &str| counts.findings.get(&(check.to_owned(), severity.to_owned())).copied();
        assert_eq!((of("VpcDns", "Blocking"), of("WayOut", "Advisory")), (Some(2), Some(1)));
        assert_eq!(counts.findings.len(), 2);
    }

    #[test]
    fn the_longest_wait_is_that_of_the_oldest_place_in_the_queue_and_grows() {
        let waiting = |since: &str| object(json!({ "queue": { "since": since, "blockedBy": "x" } }), false);
        let objects = [waiting("2026-01-01T00:05:00Z"), waiting("2026-01-01T00:01:00Z"), object(Value::Null, false)];
        let counts = ObjectCounts::of(&objects);
        assert_eq!((counts.objects, counts.states[&State::Waiting]), (3, 2));
        let at = |time: &str| time.parse().unwrap();
        assert_eq!(counts.longest_wait(at("2026-01-01T00:03:00Z")), 120.0);
        assert_eq!(counts.longest_wait(at("2026-01-01T00:04:00Z")), 180.0);
        assert_eq!(counts.longest_wait(at("2026-01-01T00:00:00Z")), 0.0, "clocks differ");
        assert_eq!(ObjectCounts::of(&[]).longest_wait(at("2026-01-01T00:03:00Z")), 0.0);
    }
}
