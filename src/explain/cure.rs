//! The one thing to do next, as a command.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::cause::{Cause, Selects};
use super::fit::Miss;
use super::judge::PIN;
use super::{Declared, Kind, PARALLELISM, Subject};
use crate::api::{COMPUTE_TYPE_KEY, GROUP};
use crate::placement::{Pod, Remakes};

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Next {
    /// What a command alone does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) advice: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) command: Option<String>,
}

/// What is to be changed, and on which pod it is seen.
pub(super) struct Place<'a> {
    pub(super) subject: &'a Subject,
    pub(super) pod: Option<&'a Pod>,
    pub(super) profiles: &'a [Declared],
    pub(super) match_labels: &'a BTreeMap<String, String>,
}

/// What to do about it. None where all is well, or nothing can be done.
pub(super) fn next(cause: &Cause, place: &Place<'_>) -> Option<Next> {
    let target = place.target();
    let command = |command: String| Some(Next { advice: None, command: Some(command) });
    let both = |advice: &str, command: String| Some(Next { advice: Some(advice.to_owned()), command: Some(command) });
    let advice = |advice: &str| Some(Next { advice: Some(advice.to_owned()), command: None });
    match cause {
        Cause::OnFargate { taking, .. } if taking.is_foreign => command("kubectl fargate get".to_owned()),
        Cause::OnFargate { .. } | Cause::WouldRun(_) | Cause::Starting(_) | Cause::Ended | Cause::StaticPod => None,
        Cause::Held { issue, .. } => {
            let advice = issue.as_ref().map(|issue| issue.cause.advice());
            Some(Next { advice, command: place.on_pod("describe pod") })
        }
        Cause::ProfileGone(_) | Cause::SlippedPastWebhook { node: None, .. } => place.again(),
        Cause::OlderThanProfile { recreates: true, .. } if place.is_remade() => {
            both("The operator recreates it after a minute; to do it now:", place.again()?.command?)
        }
        Cause::OlderThanProfile { .. } | Cause::OlderOnNode { .. } | Cause::SlippedPastWebhook { .. } => place.again(),
        Cause::OlderTemplate(_) if target.kind.rolls_out() && !place.is_stuck() => {
            command(target.kubectl("rollout status"))
        }
        Cause::OlderTemplate(_) => place.again(),
        Cause::NoFargateProfile
        | Cause::NamespaceNotSelected { alike: None, .. }
        | Cause::ProfileDeleting(_)
        | Cause::OtherCluster { .. } => command(new_profile(&place.subject.namespace, place.profiles)),
        Cause::NamespaceNotSelected { alike: Some(by), .. } => {
            let path = format!("/spec/selectors/{}/namespace", by.number.saturating_sub(1));
            let patch = json!([{ "op": "replace", "path": path, "value": place.subject.namespace }]);
            both("If that is a slip, correct it:", format!("kubectl patch fp {} --type json -p '{patch}'", by.object))
        }
        Cause::LabelMissing { by, misses }
        | Cause::LabelDiffers { by, misses }
        | Cause::LabelKeyAlike { by, misses } => place.labelled(by, misses),
        Cause::ProfileCreating { object, awaits_approval: true, .. } => {
            command(format!("kubectl fargate approve {object}"))
        }
        Cause::ProfileCreating { object, .. } => command(format!("kubectl fargate wait {object} --for ready")),
        Cause::ProfileFailed { object, .. } | Cause::ProfileUnseen(object) => {
            command(format!("kubectl describe fp {object}"))
        }
        Cause::Suspended(object) => command(format!("kubectl fargate resume {object}")),
        Cause::ProfilesUnknown(_) => command("kubectl fargate doctor".to_owned()),
        Cause::OptedOut { by_label: true } if place.match_labels.contains_key(COMPUTE_TYPE_KEY) => {
            place.anew(COMPUTE_TYPE_KEY)
        }
        Cause::OptedOut { by_label } => {
            let map = if *by_label { "labels" } else { "annotations" };
            target.patch(&json!({ "metadata": { map: { COMPUTE_TYPE_KEY: null } } }))
        }
        Cause::DaemonSet => advice("Run it as a sidecar of the pods on Fargate; on EC2 nodes it runs as it does."),
        Cause::OtherScheduler(_) => target.patch(&json!({ "spec": { "schedulerName": null } })),
        Cause::NodeSelector(selector) => {
            let key = selector.trim_start_matches("nodeSelector ").split('=').next().unwrap_or_default();
            target.patch(&json!({ "spec": { "nodeSelector": { key: null } } }))
        }
        Cause::PinnedElsewhere { .. } | Cause::PinnedUnknown(_) if place.match_labels.contains_key(PIN) => {
            place.anew(PIN)
        }
        Cause::PinnedElsewhere { .. } | Cause::PinnedUnknown(_) => {
            target.patch(&json!({ "metadata": { "labels": { PIN: null } } }))
        }
        Cause::NotSupported(_) => Some(target.edit()),
        Cause::Gated => Some(Next { advice: None, command: place.on_pod("describe pod") }),
        Cause::NoReplicas(PARALLELISM) => {
            command(format!(r#"{} --type merge -p '{{"spec":{{"{PARALLELISM}":1}}}}'"#, target.kubectl("patch")))
        }
        Cause::NoReplicas(_) => command(format!("{} --replicas=1", target.kubectl("scale"))),
        Cause::WorkloadSuspended(field) => {
            command(format!(r#"{} --type merge -p '{{"spec":{{"{field}":false}}}}'"#, target.kubectl("patch")))
        }
        Cause::PodsRefused(_) => command(target.kubectl("describe")),
        Cause::PodsUnknown(_) => command(format!("kubectl -n {} auth can-i list pods", place.subject.namespace)),
    }
}

impl Place<'_> {
    /// What the pod is made from: the workload itself, or that of the pod. A ReplicaSet of a Deployment is as that makes it.
    pub(super) fn target(&self) -> Subject {
        let subject = self.subject;
        let is_made = matches!(subject.kind, Kind::Pod | Kind::ReplicaSet) && subject.file.is_none();
        let Some(pod) = self.pod.filter(|_| is_made) else { return subject.clone() };
        let owner = match (pod.deployment(), &pod.controller) {
            (Some(deployment), _) => Some((Kind::Deployment, deployment.to_owned())),
            (None, Some(controller)) => Kind::typed(&controller.kind).map(|kind| (kind, controller.name.clone())),
            (None, None) => None,
        };
        match owner {
            Some((kind, name)) => Subject { kind, name, ..subject.clone() },
            None => subject.clone(),
        }
    }

    /// Gives the pods the labels. Where the workload finds its pods by them, the FargateProfile is to ask for those that they have.
    fn labelled(&self, by: &Selects, misses: &[Miss]) -> Option<Next> {
        let target = self.target();
        let Some(miss) = misses.iter().find(|miss| self.match_labels.contains_key(&miss.key)) else {
            return target.patch(&json!({ "metadata": { "labels": labels(misses) } }));
        };
        let selector = json!({ "namespace": target.namespace, "labels": self.match_labels });
        let patch = json!([{ "op": "add", "path": "/spec/selectors/-", "value": selector }]);
        Some(Next {
            advice: Some(format!(
                "{} {} selects its pods by the label {}, and a workload's selector is immutable; the FargateProfile can select them as they are:",
                target.kind.name(),
                target.name,
                miss.key
            )),
            command: Some(format!("kubectl patch fp {} --type json -p '{patch}'", by.object)),
        })
    }

    /// A command about the pod itself.
    fn on_pod(&self, words: &str) -> Option<String> {
        self.pod.map(|pod| format!("kubectl -n {} {words} {}", pod.namespace, pod.name))
    }

    fn is_remade(&self) -> bool {
        let controller = self.pod.and_then(|pod| pod.controller.as_ref());
        controller.is_some_and(|controller| controller.remakes() != Remakes::Unknown)
    }

    /// A StatefulSet replaces no pod that is not Ready.
    fn is_stuck(&self) -> bool {
        self.target().kind == Kind::StatefulSet && self.pod.is_some_and(|pod| !pod.ready)
    }

    /// Has the workload made anew, whose selector asks for this label.
    fn anew(&self, label: &str) -> Option<Next> {
        let target = self.target();
        let advice = format!(
            "{} {} selects its pods by the label {label}, and a workload's selector is immutable: take it out of its manifest FILE, and \
             create it anew:",
            target.kind.name(),
            target.name
        );
        Some(target.replaced(&advice))
    }

    /// Has the pod made anew.
    fn again(&self) -> Option<Next> {
        let target = self.target();
        if target.kind.rolls_out() && !self.is_stuck() {
            return Some(Next { advice: None, command: Some(target.kubectl("rollout restart")) });
        }
        if self.is_remade() {
            return Some(Next { advice: None, command: self.on_pod("delete pod") });
        }
        Some(target.replaced("No controller makes it anew: delete it, and create it from its manifest FILE."))
    }
}

impl Subject {
    /// A command about the object.
    fn kubectl(&self, verb: &str) -> String {
        format!("kubectl -n {} {verb} {} {}", self.namespace, self.kind.resource(), self.name)
    }

    /// A change of what its pods are made from.
    fn patch(&self, template: &Value) -> Option<Next> {
        let wrap = |inner: Value, field: &&str| json!({ *field: inner });
        let patch = self.kind.template().iter().rev().fold(template.clone(), wrap);
        match &self.file {
            // kubectl patch would read standard input again, and change every object of the file.
            Some(file) if file.has_others || file.path == "-" => {
                let advice = format!("Merge this into the manifest of {} {}: {patch}", self.kind.name(), self.name);
                return Some(Next { advice: Some(advice), command: None });
            }
            Some(file) => {
                let path = quoted(&file.path);
                let command = format!("kubectl patch --local -f {path} --type merge -p '{patch}' -o yaml");
                return Some(Next { advice: None, command: Some(command) });
            }
            None => {}
        }
        if !self.kind.is_patchable() {
            return Some(self.replaced(&format!("Put this into its manifest FILE, and create it anew: {patch}")));
        }
        let command = format!("{} --type merge -p '{patch}'", self.kubectl("patch"));
        let remains = match self.kind {
            Kind::ReplicaSet | Kind::ReplicationController => {
                Some("Its pods stay as they are: delete them after this.")
            }
            Kind::StatefulSet => Some("It replaces no pod that is not Ready: delete such a pod after this."),
            _ => None,
        };
        Some(Next { advice: remains.map(str::to_owned), command: Some(command) })
    }

    /// Takes something out of the template, by hand.
    fn edit(&self) -> Next {
        match &self.file {
            Some(file) => Next {
                advice: Some(format!("Take that out of {}, or leave it on EC2 nodes.", file.path)),
                command: None,
            },
            None if !self.kind.is_patchable() => {
                self.replaced("Take that out of its manifest FILE, and create it anew, or leave it on EC2 nodes:")
            }
            None => Next {
                advice: Some("Take that out of its template, or leave it on EC2 nodes:".to_owned()),
                command: Some(self.kubectl("edit")),
            },
        }
    }

    fn replaced(&self, advice: &str) -> Next {
        let command = format!("kubectl -n {} replace --force -f FILE", self.namespace);
        Next { advice: Some(advice.to_owned()), command: Some(command) }
    }
}

/// The labels that are asked for. A wildcard is taken at its word.
fn labels(misses: &[Miss]) -> Value {
    let plain = |pattern: &str| pattern.replace(['*', '?'], "x");
    misses
        .iter()
        .map(|miss| (plain(&miss.key), Value::String(plain(&miss.value))))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// The namespace as far as it can name a FargateProfile: EKS takes no name that begins with `eks-`, and of a longer one no stem.
fn stem(namespace: &str) -> String {
    /// With `-pods-` and a number it is still a stem.
    const LONGEST: usize = 46;
    let cut: String = namespace.chars().take(LONGEST).collect();
    let cut = cut.trim_end_matches('-');
    if cut.starts_with("eks-") { format!("pods-{cut}") } else { cut.to_owned() }
}

/// A FargateProfile for the namespace.
fn new_profile(namespace: &str, others: &[Declared]) -> String {
    // To apply over a FargateProfile that is there would take its selectors away.
    let is_free = |name: &String| !others.iter().any(|other| other.name == *name);
    let stem = stem(namespace);
    let numbered = (2..).map(|number| format!("{stem}-pods-{number}"));
    let mut names = [stem.clone(), format!("{stem}-pods")].into_iter().chain(numbered);
    let name = names.find(is_free).unwrap_or_default();
    format!(
        "kubectl apply -f - <<'EOF'\napiVersion: {GROUP}/v1alpha1\nkind: FargateProfile\nmetadata:\n  name: {name}\n\
         spec:\n  selectors:\n    - namespace: {namespace}\nEOF"
    )
}

/// As a shell takes it.
fn quoted(word: &str) -> String {
    let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
    if plain { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}
