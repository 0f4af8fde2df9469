//! Why a pod is, or is not, on Fargate: from the pod, or what makes it, and the FargateProfiles. Pure.
//!
//! Where a pod goes is decided in [`placement`](crate::placement); here it is asked, and put into words.
//!
//! # Caveats
//! It knows the EKS profiles of FargateProfiles, and those of others only if it is told. Of a FargateProfile that is being changed it knows
//! the selectors to come.

mod cause;
mod cure;
mod declared;
mod fit;
mod judge;
mod kind;
mod words;
mod workload;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use self::cause::Cause;
pub(crate) use self::cause::{Taking, Verdict};
pub(crate) use self::cure::Next;
pub(crate) use self::declared::{Declared, Lack};
pub(crate) use self::fit::Fit;
pub(crate) use self::kind::Kind;
pub(crate) use self::workload::Group;
use crate::eks::Profile;
use crate::placement::{Pod, is_like};

/// What is asked about.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub(crate) kind: Kind,
    pub(crate) namespace: String,
    pub(crate) name: String,
    /// The manifest, if it is read from a file.
    pub(crate) file: Option<File>,
}

/// A file with manifests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct File {
    /// `-` is standard input.
    pub(crate) path: String,
    /// It has other objects too.
    pub(crate) has_others: bool,
}

/// The FargateProfiles.
#[derive(Clone, Debug)]
pub(crate) enum Profiles {
    Known(Vec<Declared>),
    /// Why they are not known.
    Unknown(String),
}

/// The field of a Job by which it may make no pods. It is not a scale.
pub(crate) const PARALLELISM: &str = "parallelism";

/// Everything that an answer rests on.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) subject: Subject,
    /// A pod as it would be made now. None of a pod that is there.
    pub(crate) template: Option<Pod>,
    /// Those that are there.
    pub(crate) pods: Vec<Pod>,
    /// Why the pods of the workload could not be listed, if so.
    pub(crate) unlisted: Option<String>,
    /// Why a workload makes no pods, if its spec or status says so.
    pub(crate) makes: Makes,
    /// The labels by which the workload selects its pods, which is immutable.
    pub(crate) match_labels: BTreeMap<String, String>,
    pub(crate) profiles: Profiles,
    pub(crate) now: Timestamp,
}

/// Whether a workload makes pods.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Makes {
    #[default]
    Pods,
    /// This field of its spec is 0.
    None(&'static str),
    /// This field of its spec is true.
    Suspended(&'static str),
    /// The API server refuses them.
    Refused(String),
    /// It is a Job that has ended.
    Ended,
}

/// The answer.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Explanation {
    pub(crate) kind: Kind,
    pub(crate) namespace: String,
    pub(crate) name: String,
    /// The answer in a sentence.
    pub(crate) headline: String,
    pub(crate) verdict: Verdict,
    /// A name for the reason.
    pub(crate) cause: &'static str,
    /// Which profile takes it, or would.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) profile: Option<Taking>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) node: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) created: Option<Timestamp>,
    /// What scheduler, kubelet or containers say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) said: Option<String>,
    /// All that keeps Fargate from ever running it.
    pub(crate) unfit: Vec<String>,
    /// The selectors of all FargateProfiles, the nearest first.
    pub(crate) selectors: Vec<Fit>,
    /// The pods of a workload, those with the same cause together.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) pods: Vec<Group>,
    /// What becomes of the next pod of a workload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_pods: Option<String>,
    /// What else is to be known.
    pub(crate) notes: Vec<String>,
    /// Whether EKS profiles that no FargateProfile has could change the answer.
    #[serde(skip)]
    pub(crate) wants_foreign: bool,
    /// What makes the pod, if the labels by which that selects its pods could change what is to be done.
    #[serde(skip)]
    pub(crate) wants_match_labels: Option<Subject>,
    /// The one thing to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<Next>,
}

/// Answers the question.
pub(crate) fn explain(question: &Question) -> Explanation {
    let Question { subject, template, profiles, .. } = question;
    let answer = workload::answer(question);
    // What a pod shows is better than what its template promises.
    let shown = answer.pod.or(template.as_ref());
    let declared = profiles.declared();
    let place = cure::Place { subject, pod: answer.pod, profiles: declared, match_labels: &question.match_labels };
    Explanation {
        kind: subject.kind,
        namespace: subject.namespace.clone(),
        name: subject.name.clone(),
        headline: words::headline(&answer.cause, &answer.who),
        verdict: answer.cause.verdict(),
        cause: answer.cause.name(),
        profile: answer.cause.taking().cloned(),
        node: answer.pod.and_then(|pod| pod.node.clone()),
        created: answer.pod.map(|pod| pod.created),
        said: answer.pod.and_then(|pod| pod.issue.as_ref()).map(|issue| issue.message.clone()),
        unfit: shown.map(|pod| pod.unfit.clone()).unwrap_or_default(),
        selectors: shown.map(|pod| fit::all(declared, pod)).unwrap_or_default(),
        next_pods: answer.next_pods,
        pods: if subject.kind == Kind::Pod { Vec::new() } else { answer.groups },
        notes: notes(question, &answer.cause),
        wants_foreign: answer.cause.wants_foreign(),
        wants_match_labels: Some(place.target()).filter(|target| {
            subject.kind == Kind::Pod && target.kind.is_patchable() && answer.cause.is_of_present_labels()
        }),
        next: cure::next(&answer.cause, &place),
    }
}

impl Profiles {
    /// Adds those of the EKS profiles that no FargateProfile has.
    pub(crate) fn beside(&mut self, eks: &[Profile]) {
        let Self::Known(declared) = self else { return };
        let is_foreign = |profile: &&Profile| !declared.iter().any(|declared| declared.has(&profile.name));
        let foreign: Vec<Declared> = eks.iter().filter(is_foreign).map(Declared::foreign).collect();
        declared.extend(foreign);
    }

    fn declared(&self) -> &[Declared] {
        match self {
            Self::Known(declared) => declared,
            Self::Unknown(_) => &[],
        }
    }

    /// Whether the operator evicts pods that are older than the profile of this FargateProfile.
    fn recreate(&self, name: Option<&str>) -> bool {
        self.declared().iter().any(|declared| declared.object() == name && declared.recreates)
    }
}

fn notes(question: &Question, cause: &Cause) -> Vec<String> {
    let Question { subject, pods, profiles, .. } = question;
    let (declared, namespace) = (profiles.declared(), &subject.namespace);
    let mut notes = Vec::new();
    let assumed = declared.iter().filter(|declared| declared.is_assumed).count();
    if assumed > 0 {
        let (have, are) = if assumed == 1 { ("has", "is") } else { ("have", "are") };
        notes.push(format!("{assumed} of the FargateProfiles {have} no status and {are} taken for ACTIVE."));
    }
    for changing in declared.iter().filter(|declared| declared.is_changing && declared.selects_namespace(namespace)) {
        notes.push(format!("FargateProfile {} is being changed: its EKS profile has the selectors of before until the next one is there.", changing.name));
    }
    for going in declared.iter().filter(|declared| declared.lack == Lack::Deleting && declared.serving.is_some()) {
        if pods.iter().any(|pod| pod.profile().is_some_and(|profile| going.has(profile))) {
            notes.push(format!("FargateProfile {} is being deleted, and its pods with it.", going.name));
        }
    }
    if let (Cause::PodsUnknown(_), Profiles::Unknown(why)) = (cause, profiles) {
        notes.push(format!("FargateProfiles are not known either: {why}."));
    }
    if cause.verdict() == Verdict::NotOnFargate {
        notes.extend(declared.iter().filter_map(|declared| taken_by_foreign(declared, namespace)));
    }
    if pods.is_empty() && subject.file.is_none() && question.unlisted.is_none() && matches!(cause, Cause::WouldRun(_)) {
        let (kind, name) = (subject.kind.resource(), &subject.name);
        notes.push(format!("It has no pods. If that lasts, kubectl -n {namespace} describe {kind} {name} says why."));
    }
    notes
}

/// A new FargateProfile may take the pods of such a profile, or that its pods: the names decide.
fn taken_by_foreign(declared: &Declared, namespace: &str) -> Option<String> {
    let profile = declared.serving.as_ref().filter(|_| declared.object().is_none())?;
    let selector = profile.selectors.iter().find(|selector| is_like(&selector.namespace, namespace))?;
    let labels: Vec<String> = selector.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let with = if labels.is_empty() { String::new() } else { format!(" with {}", labels.join(", ")) };
    let name = &profile.name;
    Some(format!("EKS profile {name}, which no FargateProfile has, takes pods of namespace {namespace}{with}."))
}

#[cfg(test)]
mod tests;
