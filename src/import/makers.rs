//! What makes an object of Kubernetes again when it is deleted: its owner, and the tools that note themselves down on it.

use serde_json::Value;

/// Those of an object, as people name them.
pub(super) fn of(object: &Value) -> Vec<String> {
    let metadata = &object["metadata"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let owner = |it: &Value| format!("{} {}", text(&it["kind"]), text(&it["name"]));
    // Cluster API's Cluster owns what is put beside it, and makes none of it.
    let makes = |it: &&Value| !text(&it["apiVersion"]).starts_with("cluster.x-k8s.io/");
    let owners = metadata["ownerReferences"].as_array().into_iter().flatten().filter(makes).map(owner);
    let marked = MARKS.iter().filter_map(|(map, key, who)| {
        let name = metadata[map][key].as_str()?;
        // Argo CD's tracking id goes on with the object.
        let name = name.split(':').next().unwrap_or_default();
        Some(format!("{who} {name}"))
    });
    let mut makers: Vec<String> = owners.chain(marked).collect();
    makers.dedup();
    makers
}

/// Where, by which key, and who it is, whose name the value has.
const MARKS: [(&str, &str, &str); 6] = [
    ("annotations", "meta.helm.sh/release-name", "the Helm release"),
    ("labels", "helm.toolkit.fluxcd.io/name", "Flux's HelmRelease"),
    ("labels", "kustomize.toolkit.fluxcd.io/name", "Flux's Kustomization"),
    ("annotations", "argocd.argoproj.io/tracking-id", "Argo CD's Application"),
    ("labels", "argocd.argoproj.io/instance", "Argo CD's Application"),
    ("labels", "kro.run/instance-name", "kro's instance"),
];
