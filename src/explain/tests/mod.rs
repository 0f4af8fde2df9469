//! Answers to questions about pods and workloads beside a few profiles.

mod pods;
mod profiles;
mod workloads;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::*;
use crate::api::FargateProfile;
use crate::eks::{ProfileStatus, Selector};
use crate::observe::PodManifest;
use crate::placement::Controller;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

const ACTIVE: &str = "2026-11-29T10:00:00Z";

fn object(name: &str, selectors: Value, status: Value) -> Declared {
    let object = json!({
        "apiVersion": "fargate-operator.dev/v1alpha1", "kind": "FargateProfile",
        "metadata": { "name": name }, "spec": { "selectors": selectors }, "status": status,
    });
    Declared::of(&serde_json::from_value::<FargateProfile>(object).unwrap())
}

/// A FargateProfile that is served.
fn served(name: &str, selectors: Value) -> Declared {
    let record = json!({ "name": format!("{name}-9999"), "arn": "", "status": "ACTIVE", "activeSince": ACTIVE });
    object(name, selectors, json!({ "profile": record, "profiles": [record] }))
}

/// The one of the workshop.
fn shop() -> Declared {
    served("shop", json!([{ "namespace": "shop", "labels": { "fargate": "yes" } }]))
}

fn condition(kind: &str, message: &str) -> Value {
    let at = "2026-11-29T10:00:00Z";
    json!({ "type": kind, "status": "True", "reason": "R", "message": message, "lastTransitionTime": at })
}

/// A pod without a node, made a minute after the profile was ACTIVE.
fn pod(labels: &[(&str, &str)]) -> Pod {
    let labels: BTreeMap<String, String> =
        labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Pod {
        namespace: "shop".into(),
        name: "web".into(),
        labels,
        created: at("2026-11-29T10:01:00Z"),
        scheduler: "default-scheduler".into(),
        ..Pod::default()
    }
}

fn asked(profiles: Vec<Declared>, pod: Pod) -> Explanation {
    let subject = Subject { namespace: pod.namespace.clone(), ..subject(Kind::Pod, &pod.name) };
    let now = pod.created + SignedDuration::from_secs(60);
    explain(&Question { pods: vec![pod], profiles: Profiles::Known(profiles), now, ..question(subject) })
}

fn subject(kind: Kind, name: &str) -> Subject {
    Subject { kind, namespace: "shop".into(), name: name.into(), file: None }
}

/// About something without pods, beside the profile of the workshop.
fn question(subject: Subject) -> Question {
    Question {
        subject,
        template: None,
        pods: Vec::new(),
        unlisted: None,
        makes: Makes::Pods,
        match_labels: BTreeMap::new(),
        profiles: Profiles::Known(vec![shop()]),
        now: at("2026-11-29T10:02:00Z"),
    }
}

/// A pod that EKS has taken.
fn taken(profile: &str, node: Option<&str>) -> Pod {
    let labels = [("fargate", "yes"), ("eks.amazonaws.com/fargate-profile", profile)];
    Pod { node: node.map(str::to_owned), scheduler: "fargate-scheduler".into(), ready: true, ..pod(&labels) }
}

fn made(manifest: Value) -> Pod {
    let pod: Pod = serde_json::from_value::<PodManifest>(manifest).unwrap().into();
    Pod { namespace: "shop".into(), created: at("2026-11-29T10:01:00Z"), ..pod }
}

fn workload(template: Pod, pods: Vec<Pod>, makes: Makes) -> Explanation {
    workload_of(vec![shop()], template, pods, makes)
}

fn workload_of(profiles: Vec<Declared>, template: Pod, pods: Vec<Pod>, makes: Makes) -> Explanation {
    let (template, profiles) = (Some(template), Profiles::Known(profiles));
    explain(&Question { template, pods, makes, profiles, ..question(subject(Kind::Deployment, "web")) })
}

fn file(path: &str, has_others: bool) -> File {
    File { path: path.into(), has_others }
}
