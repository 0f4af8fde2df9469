//! What makes pods, and how kubectl calls it.

use serde::Serialize;

/// A kind that is a pod or makes pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, strum::IntoStaticStr)]
pub(crate) enum Kind {
    Pod,
    Deployment,
    StatefulSet,
    DaemonSet,
    ReplicaSet,
    ReplicationController,
    Job,
    CronJob,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        self.into()
    }

    /// As it is typed: by its name, its plural or its short name.
    pub(crate) fn typed(word: &str) -> Option<Self> {
        let word = word.to_ascii_lowercase();
        // A group may follow, as in deployments.apps.
        let word = word.split('.').next().unwrap_or_default();
        Some(match word {
            "pod" | "pods" | "po" => Self::Pod,
            "deployment" | "deployments" | "deploy" => Self::Deployment,
            "statefulset" | "statefulsets" | "sts" => Self::StatefulSet,
            "daemonset" | "daemonsets" | "ds" => Self::DaemonSet,
            "replicaset" | "replicasets" | "rs" => Self::ReplicaSet,
            "replicationcontroller" | "replicationcontrollers" | "rc" => Self::ReplicationController,
            "job" | "jobs" => Self::Job,
            "cronjob" | "cronjobs" | "cj" => Self::CronJob,
            _ => return None,
        })
    }

    /// What kubectl calls it.
    pub(crate) fn resource(self) -> String {
        self.name().to_ascii_lowercase()
    }

    /// Its apiVersion.
    pub(crate) fn api_version(self) -> &'static str {
        match self {
            Self::Pod | Self::ReplicationController => "v1",
            Self::Deployment | Self::StatefulSet | Self::DaemonSet | Self::ReplicaSet => "apps/v1",
            Self::Job | Self::CronJob => "batch/v1",
        }
    }

    /// Fields on the way from the object to the template of its pods.
    pub(crate) fn template(self) -> &'static [&'static str] {
        match self {
            Self::Pod => &[],
            Self::CronJob => &["spec", "jobTemplate", "spec", "template"],
            _ => &["spec", "template"],
        }
    }

    /// Whether a change of the template makes new pods by itself, one after the other.
    pub(crate) fn rolls_out(self) -> bool {
        matches!(self, Self::Deployment | Self::StatefulSet | Self::DaemonSet)
    }

    /// Whether its template can be changed in place. That of a Job is immutable, and a pod is none.
    pub(crate) fn is_patchable(self) -> bool {
        !matches!(self, Self::Pod | Self::Job)
    }
}
