//! Where a pod is.

use super::selection::matches_namespace;
use super::{Pod, matches};
use crate::eks::Profile;

/// EKS's webhook sets this scheduler on the pods that it takes.
pub(crate) const FARGATE_SCHEDULER: &str = "fargate-scheduler";

/// Names of Fargate nodes: `fargate-ip-…`, or `fargate-…` in a VPC without DNS hostnames (eksctl 2984).
const FARGATE_NODE: &str = "fargate-";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On a Fargate node.
    Fargate,
    /// On another node.
    Elsewhere,
    /// On no node yet.
    Pending,
    /// The pod has ended, or a DaemonSet controls it, so it never runs on Fargate.
    Uncounted,
}

impl Pod {
    pub fn place(&self) -> Place {
        match &self.node {
            _ if self.is_of_daemon_set() || !self.is_live() => Place::Uncounted,
            None => Place::Pending,
            // The label alone proves nothing: anybody can write it, and the pod may have slipped past the webhook.
            Some(node)
                if node.starts_with(FARGATE_NODE)
                    || self.profile().is_some() && self.scheduler == FARGATE_SCHEDULER =>
            {
                Place::Fargate
            }
            Some(_) => Place::Elsewhere,
        }
    }

    /// Whether EKS has taken the pod for this profile. The label alone proves nothing, since anybody can write it. EKS
    /// writes it only into a new pod that matches one of the profile's selectors, and sets Fargate's scheduler. The
    /// labels of a running pod may have been edited since, but its namespace never changes.
    pub fn is_taken_for(&self, profile: &Profile) -> bool {
        let is_matched = |exactly: bool| {
            let mut selectors = profile.selectors.iter();
            selectors.any(|selector| if exactly { matches(selector, self) } else { matches_namespace(selector, self) })
        };
        self.profile() == Some(profile.name.as_str())
            && self.scheduler == FARGATE_SCHEDULER
            // Kubernetes stores times in whole seconds.
            && profile.created_at.is_none_or(|created| self.created.as_second() >= created.as_second())
            && match self.place() {
                Place::Pending => is_matched(true),
                Place::Fargate => is_matched(false),
                Place::Elsewhere | Place::Uncounted => false,
            }
    }

    /// EKS's webhook ignores pods of DaemonSets, and Fargate would not run them.
    pub fn is_of_daemon_set(&self) -> bool {
        self.controller
            .as_ref()
            .is_some_and(|controller| controller.kind == "DaemonSet" && controller.api_version.starts_with("apps/"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Controller, PodPhase};
    use super::*;
    use crate::api::POD_PROFILE_LABEL;

    fn pod(node: &str, scheduler: &str, profile: Option<&str>) -> Pod {
        let node = (!node.is_empty()).then(|| node.to_owned());
        let labels = profile.map(|name| (POD_PROFILE_LABEL.to_owned(), name.to_owned())).into_iter().collect();
        Pod { node, labels, scheduler: scheduler.to_owned(), ..Pod::default() }
    }

    #[test]
    fn a_pod_is_where_its_node_is() {
        for (node, scheduler, profile, place) in [
            ("fargate-ip-10-0-0-1.ec2.internal", "fargate-scheduler", Some("web"), Place::Fargate),
            ("fargate-10.0.0.1", "fargate-scheduler", Some("web"), Place::Fargate),
            ("custom-name", "fargate-scheduler", Some("web"), Place::Fargate),
            ("ip-10-0-0-1.ec2.internal", "default-scheduler", Some("web"), Place::Elsewhere),
            ("ip-10-0-0-1.ec2.internal", "default-scheduler", None, Place::Elsewhere),
            ("", "fargate-scheduler", Some("web"), Place::Pending),
            ("", "default-scheduler", None, Place::Pending),
        ] {
            assert_eq!(pod(node, scheduler, profile).place(), place, "{node} {scheduler} {profile:?}");
        }
    }

    #[test]
    fn pods_of_daemon_sets_and_pods_that_have_ended_count_nowhere() {
        let controller = |api_version: &str, kind: &str| {
            Some(Controller { api_version: api_version.to_owned(), kind: kind.to_owned(), ..Controller::default() })
        };
        for node in ["", "fargate-ip-10-0-0-1", "ip-10-0-0-1"] {
            let of_set = Pod { controller: controller("apps/v1", "DaemonSet"), ..pod(node, "", None) };
            assert_eq!(of_set.place(), Place::Uncounted);
            let other = Pod { controller: controller("example.com/v1", "DaemonSet"), ..pod(node, "", None) };
            assert_ne!(other.place(), Place::Uncounted);
            assert_eq!(Pod { phase: PodPhase::Ended, ..pod(node, "", None) }.place(), Place::Uncounted);
        }
    }
}
