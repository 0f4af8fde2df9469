//! What in a pod says where it is to run. Of a pod with a nodeSelector, or with a scheduler of its own, EKS may leave the choice to that:
//! Fargate skips it (AWS re:Post, Fargate pods that stay Pending).

use super::fitness::fargate_has;
use super::place::FARGATE_SCHEDULER;
use super::spec::PodSpec;
use super::{Place, Pod};
use crate::message::message;

/// Schedulers of which a pod that did not ask for one has the first.
const SCHEDULERS: [&str; 2] = ["default-scheduler", FARGATE_SCHEDULER];

/// Labels that Fargate nodes have too, with values that a pod may well ask for.
const LABELS: [&str; 3] =
    ["eks.amazonaws.com/compute-type", "topology.kubernetes.io/region", "topology.kubernetes.io/zone"];

/// The field for which Fargate may skip a pod, with its value. One that no Fargate node can meet is told elsewhere.
pub(crate) fn steering(spec: &PodSpec) -> Option<String> {
    let is_meant = |(key, _): &(&String, &String)| fargate_has(key).is_none() && !LABELS.contains(&key.as_str());
    if let Some((key, value)) = spec.node_selector.iter().find(is_meant) {
        return Some(message!("nodeSelector {key}={value}"));
    }
    let scheduler = spec.scheduler_name.as_deref().filter(|name| !name.is_empty() && !SCHEDULERS.contains(name))?;
    Some(message!("schedulerName {scheduler}"))
}

impl Pod {
    /// Why Fargate may have skipped it: only of a pod that waits for a node and has no profile.
    pub(crate) fn steered(&self) -> Option<&str> {
        let is_skipped = self.place() == Place::Pending
            && self.profile().is_none()
            && !self.wants_ec2
            && !self.gated
            && !self.terminating;
        self.steering.as_deref().filter(|_| is_skipped)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::super::{Controller, PodPhase};
    use super::*;
    use crate::api::POD_PROFILE_LABEL;

    fn of(spec: Value) -> Option<String> {
        steering(&serde_json::from_value(spec).unwrap())
    }

    #[test]
    fn a_node_selector_and_a_scheduler_of_its_own_steer_a_pod() {
        let selected = of(json!({ "nodeSelector": { "kubernetes.io/os": "linux", "pool": "gpu" } }));
        assert_eq!(selected.as_deref(), Some("nodeSelector pool=gpu"));
        let scheduled = of(json!({ "schedulerName": "volcano" }));
        assert_eq!(scheduled.as_deref(), Some("schedulerName volcano"));
        for spec in [
            json!({}),
            json!({ "schedulerName": "default-scheduler" }),
            json!({ "schedulerName": "fargate-scheduler" }),
            json!({ "schedulerName": "" }),
            json!({ "nodeSelector": { "kubernetes.io/os": "linux", "kubernetes.io/arch": "arm64" } }),
            json!({ "nodeSelector": { "eks.amazonaws.com/compute-type": "fargate" } }),
            json!({ "nodeSelector": { "topology.kubernetes.io/zone": "eu-central-1a" } }),
        ] {
            assert_eq!(of(spec.clone()), None, "{spec}");
        }
    }

    #[test]
    fn only_pods_that_wait_without_a_profile_are_told_of() {
        let steered = Pod { steering: Some("nodeSelector pool=gpu".into()), ..Pod::default() };
        assert_eq!(steered.steered(), Some("nodeSelector pool=gpu"));
        let daemon = Controller { api_version: "apps/v1".into(), kind: "DaemonSet".into(), ..Controller::default() };
        for pod in [
            Pod { steering: None, ..steered.clone() },
            Pod { node: Some("ip-10-0-0-1".into()), ..steered.clone() },
            Pod { node: Some("fargate-ip-10-0-0-1".into()), ready: true, ..steered.clone() },
            Pod { labels: BTreeMap::from([(POD_PROFILE_LABEL.into(), "web".into())]), ..steered.clone() },
            Pod { controller: Some(daemon), ..steered.clone() },
            Pod { phase: PodPhase::Ended, ..steered.clone() },
            Pod { wants_ec2: true, ..steered.clone() },
            Pod { gated: true, ..steered.clone() },
            Pod { terminating: true, ..steered },
        ] {
            assert_eq!(pod.steered(), None, "{pod:?}");
        }
    }
}
