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
        ("FargateProfile", "eks.services.k8s.aws") => ("ACK's", Format::Ack),
        ("FargateProfile", group) if crossplane::is_group(group) => ("Crossplane's", Format::Crossplane),
        ("AWSFargateProfile", "infrastructure.cluster.x-k8s.io") => ("Cluster API's", Format::Capa),
        (kind, _) if kind.ends_with("FargateProfile") => {
            return Some(
                "its kind and API group are not read: import the EKS profile that it makes, with --from eks".to_owned(),
            );
        }
        // Crossplane's kind of file has them as templates.
        ("Composition", "apiextensions.crossplane.io") if format == Format::Crossplane => return None,
        ("CustomResourceDefinition" | "Event", _) => return None,
        ("ClusterConfig", "eksctl.io") if document["fargateProfiles"].is_array() => ("eksctl's", Format::Eksctl),
        _ if contains_profile(document) => {
            return Some("it makes Fargate profiles: import those that it has made, from EKS or as kubectl get -o yaml shows them".to_owned());
        }
        _ => return None,
    };
    (other != format).then(|| format!("it is {owner}: import it with --from {}", word(other)))
}

/// Whether something that is no profile itself has one in it, or text that makes some.
pub(super) fn contains_profile(value: &Value) -> bool {
    let is_profile =
        |it: &Value| it["kind"].as_str().is_some_and(|kind| kind.ends_with("FargateProfile")) && it["spec"].is_object();
    let inner = |it: &Value| is_profile(it) || contains_profile(it);
    match value {
        Value::Object(map) => map.values().any(inner),
        Value::Array(items) => items.iter().any(inner),
        Value::String(text) => TEXTS.iter().any(|made| text.contains(made)),
        _ => false,
    }
}

/// What a template of objects, of Terraform or of CloudFormation has in it.
const TEXTS: [&str; 7] = [
    "kind: FargateProfile",
    "kind: AWSFargateProfile",
    r#""kind":"AWSFargateProfile""#,
    "fargateProfiles:",
    "aws_eks_fargate_profile",
    "AWS::EKS::FargateProfile",
    "createFargateProfile",
];

fn word(format: Format) -> String {
    use clap::ValueEnum as _;
    format.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}
