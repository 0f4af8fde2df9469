//! Fargate profiles of a kind that is not asked for: they are told, with how to import them.

use serde_json::Value;

use super::reference::{group_of, title};
use super::{Format, Lost, crossplane};
use crate::api::GROUP;

/// What is to be said of the objects of other kinds.
pub(super) fn told(format: Format, documents: &[Value]) -> Vec<Lost> {
    let told = |document: &Value| Some(Lost::of(&title(document), "", why(format, document)?));
    documents.iter().filter_map(told).collect()
}

fn why(format: Format, document: &Value) -> Option<String> {
    let (owner, other) = match (document["kind"].as_str()?, group_of(document)) {
        ("FargateProfile", GROUP) => return Some("it is the operator's own: it needs no import".to_owned()),
        // Of Crossplane's provider for Kubernetes.
        ("Object", _) if document["spec"]["forProvider"]["manifest"]["kind"] == "FargateProfile" => {
            return Some("a FargateProfile is in it: import that, as kubectl get -o yaml shows it".to_owned());
        }
        ("FargateProfile", "eks.services.k8s.aws") => ("ACK's", Format::Ack),
        ("FargateProfile", group) if crossplane::is_group(group) => ("Crossplane's", Format::Crossplane),
        ("AWSFargateProfile", _) => ("Cluster API's", Format::Capa),
        ("ClusterConfig", "eksctl.io") if document["fargateProfiles"].is_array() => ("eksctl's", Format::Eksctl),
        _ => return None,
    };
    (other != format).then(|| format!("it is {owner}: import it with --from {}", word(other)))
}

fn word(format: Format) -> String {
    use clap::ValueEnum as _;
    format.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}
