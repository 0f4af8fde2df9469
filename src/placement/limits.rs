//! Fargate wants the request of each container equal to its limit (EKS user guide, Fargate Pod configuration). Most pods run without, but a
//! limit that the pod's size has no room for makes containers fail as they start: `cpu.cfs_quota_us: invalid argument`
//! (aws/containers-roadmap#1890 and #1864, fluxcd/flux2#3138). So it is told only of pods that fail like that.

use super::fitness::containers;
use super::quantity::value;
use super::spec::{Container, PodSpec};
use super::{IssueCause, Place, Pod};
use crate::message::message;

const CPU: &str = "cpu";

/// The first container of which request and limit of CPU differ. Kubernetes makes the request that is left out equal to the limit.
pub(crate) fn unequal_limits(spec: &PodSpec) -> Option<String> {
    containers(spec).find_map(unequal)
}

fn unequal(container: &Container) -> Option<String> {
    let resources = container.resources.as_ref()?;
    let (request, limit) = (resources.requests.get(CPU)?, resources.limits.get(CPU)?);
    // As many thousandths, which is what Kubernetes counts in.
    let differ = (value(request)? - value(limit)?).abs() >= 0.001;
    differ.then(|| message!("requests.cpu {request}, limits.cpu {limit} in container {}", container.name))
}

impl Pod {
    /// Request and limit that differ, of a pod that does not start on Fargate.
    pub(crate) fn fails_with_limits(&self) -> Option<&str> {
        let fails = self.issue.as_ref().is_some_and(|issue| issue.cause == IssueCause::CpuLimit);
        let is_told = fails && !self.ready && !self.terminating && self.place() == Place::Fargate;
        self.unequal_limits.as_deref().filter(|_| is_told)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::{Controller, Issue, PodPhase};
    use super::*;

    fn of(resources: Value) -> Option<String> {
        let sound =
            json!({ "name": "proxy", "resources": { "requests": { "cpu": "1" }, "limits": { "cpu": "1000m" } } });
        let spec = json!({ "containers": [sound, { "name": "app", "resources": resources }] });
        unequal_limits(&serde_json::from_value(spec).unwrap())
    }

    #[test]
    fn request_and_limit_differ_by_what_they_stand_for() {
        let differ = of(json!({ "requests": { "cpu": "250m" }, "limits": { "cpu": "1" } }));
        assert_eq!(differ.as_deref(), Some("requests.cpu 250m, limits.cpu 1 in container app"));
        for resources in [
            json!({}),
            json!({ "requests": { "cpu": "0.25" }, "limits": { "cpu": "250m" } }),
            json!({ "requests": { "cpu": "250m" } }),
            json!({ "limits": { "cpu": "250m" } }),
            json!({ "requests": { "memory": "1Gi" }, "limits": { "memory": "2Gi" } }),
            json!({ "requests": { "cpu": "what" }, "limits": { "cpu": "1" } }),
        ] {
            assert_eq!(of(resources.clone()), None, "{resources}");
        }
    }

    #[test]
    fn only_pods_that_do_not_start_on_fargate_are_told_of() {
        let issue = |cause| {
            Some(Issue { cause, message: "cpu.cfs_quota_us: invalid argument".into(), since: None, ended: None })
        };
        let failing = Pod {
            unequal_limits: Some("differ".into()),
            issue: issue(IssueCause::CpuLimit),
            node: Some("fargate-ip-10-0-0-1".into()),
            ..Pod::default()
        };
        assert_eq!(failing.fails_with_limits(), Some("differ"));
        let daemon = Controller { api_version: "apps/v1".into(), kind: "DaemonSet".into(), ..Controller::default() };
        for pod in [
            Pod { unequal_limits: None, ..failing.clone() },
            Pod { issue: None, ..failing.clone() },
            Pod { issue: issue(IssueCause::StartError), ..failing.clone() },
            Pod { ready: true, ..failing.clone() },
            Pod { node: Some("ip-10-0-0-1".into()), ..failing.clone() },
            Pod { node: None, ..failing.clone() },
            Pod { controller: Some(daemon), ..failing.clone() },
            Pod { phase: PodPhase::Ended, ..failing.clone() },
            Pod { terminating: true, ..failing },
        ] {
            assert_eq!(pod.fails_with_limits(), None, "{pod:?}");
        }
    }
}
