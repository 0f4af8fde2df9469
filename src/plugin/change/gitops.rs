//! Whether somebody else may take a change back. Pure.

use kube::ResourceExt;
use serde_json::Value;

use crate::api::FargateProfile;

/// Tools that keep objects as they are in Git, by what they leave on them: field managers, labels and annotations (Argo CD's
/// "Resource Tracking", Flux's "Kustomization" and "HelmRelease" documentation).
const TOOLS: [(&str, &[&str], &[&str]); 2] = [
    (
        "Argo CD",
        &["argocd-controller", "argocd-application-controller"],
        &["argocd.argoproj.io/tracking-id", "argocd.argoproj.io/instance"],
    ),
    (
        "Flux",
        &["kustomize-controller", "helm-controller"],
        &["kustomize.toolkit.fluxcd.io/name", "helm.toolkit.fluxcd.io/name"],
    ),
];

/// What to say of a change of the spec. Annotations that are not in Git are left alone by both.
pub(super) fn warning(object: &FargateProfile, patch: &Value) -> Option<String> {
    let spec = patch["spec"].as_object()?;
    let fields: Vec<String> = spec.keys().map(|field| format!("spec.{field}")).collect();
    let tool = tool(object)?;
    let (name, fields) = (object.name_any(), fields.join(", "));
    Some(format!(
        "{tool} manages FargateProfile {name} and may set {fields} back at its next sync: change it in Git as well"
    ))
}

fn tool(object: &FargateProfile) -> Option<&'static str> {
    let manages = |names: &[&str]| {
        object.managed_fields().iter().any(|entry| entry.manager.as_deref().is_some_and(|name| names.contains(&name)))
    };
    let is_marked = |keys: &[&str]| {
        keys.iter().any(|key| object.labels().contains_key(*key) || object.annotations().contains_key(*key))
    };
    TOOLS.iter().find(|(_, managers, marks)| manages(managers) || is_marked(marks)).map(|(tool, _, _)| *tool)
}
