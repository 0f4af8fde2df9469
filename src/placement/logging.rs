//! Whether a pod's logs go where the cluster's ConfigMap aws-logging sends them, as Fargate says in an annotation (EKS user guide,
//! Fargate logging; aws/containers-roadmap#2165).

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Logging {
    /// Nothing is said.
    #[default]
    Unknown,
    Enabled,
    /// There was no such ConfigMap when the pod was created. Where nobody wants logs, it is so for all pods.
    NotConfigured,
    /// Fargate does not take the ConfigMap, as it says here.
    Disabled(String),
}

impl Logging {
    /// What the annotation says.
    pub(crate) fn of(said: &str) -> Self {
        if said.starts_with("LoggingEnabled") {
            Self::Enabled
        } else if said.contains("LOGGING_CONFIGMAP_NOT_FOUND") {
            Self::NotConfigured
        } else if said.starts_with("LoggingDisabled") {
            Self::Disabled(said.to_owned())
        } else {
            Self::Unknown
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_annotation_says_whether_logs_are_sent_on() {
        let invalid = "LoggingDisabled: LOGGING_CONFIGMAP_INVALID";
        for (said, logging) in [
            ("", Logging::Unknown),
            ("LoggingEnabled", Logging::Enabled),
            ("LoggingDisabled: LOGGING_CONFIGMAP_NOT_FOUND", Logging::NotConfigured),
            (invalid, Logging::Disabled(invalid.into())),
        ] {
            assert_eq!(Logging::of(said), logging, "{said}");
        }
    }
}
