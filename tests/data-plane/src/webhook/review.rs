//! Answers one AdmissionReview (admission.k8s.io/v1): a JSON patch for a pod that Fargate takes, and yes to every other.

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Pod;
use serde_json::{Value, json};

use crate::choice;
use crate::names::{PROFILE_LABEL, SCHEDULER};
use crate::plane::Plane;

/// `PROFILE_LABEL` as a step of a JSON pointer.
const LABEL_STEP: &str = "eks.amazonaws.com~1fargate-profile";

/// The class of EKS's own pods, which those on Fargate get (UG), and its value in every cluster. Without the value, the
/// priority plugin, which has been there before and comes again after the webhook, would find a contradiction.
const PRIORITY_CLASS: &str = "system-node-critical";
const PRIORITY: i64 = 2_000_001_000;

/// The answer.
///
/// # Errors
/// If the review is of no pod.
pub(super) fn answer(review: &Value, plane: &Plane) -> serde_json::Result<Value> {
    let request = &review["request"];
    let pod: Pod = serde_json::from_value(request["object"].clone())?;
    let mut response = json!({ "uid": request["uid"], "allowed": true });
    let (now, switches) = (plane.eks.now(), plane.switches());
    let known = plane.profiles.matched(now, switches.webhook_learns_after, switches.webhook_forgets_after);
    let namespace = request["namespace"].as_str().unwrap_or_default();
    if let Some(profile) = choice::choose(&pod, namespace, &known, switches.order) {
        let patch = serde_json::to_vec(&patch(&pod, &profile, switches.priority_class))?;
        response["patchType"] = json!("JSONPatch");
        response["patch"] = serde_json::to_value(ByteString(patch))?;
    }
    Ok(json!({ "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response }))
}

fn patch(pod: &Pod, profile: &str, priority_class: bool) -> Value {
    let add = |path: &str, value: Value| json!({ "op": "add", "path": path, "value": value });
    let mut steps = vec![match &pod.metadata.labels {
        Some(_) => add(&format!("/metadata/labels/{LABEL_STEP}"), json!(profile)),
        None => add("/metadata/labels", json!({ PROFILE_LABEL: profile })),
    }];
    steps.push(add("/spec/schedulerName", json!(SCHEDULER)));
    if priority_class {
        steps.push(add("/spec/priorityClassName", json!(PRIORITY_CLASS)));
        steps.push(add("/spec/priority", json!(PRIORITY)));
    }
    Value::Array(steps)
}

/// Tells those who wait for it that the API server has asked about a probe.
pub(super) fn note_probe(review: &Value, plane: &Plane) {
    let request = &review["request"];
    if let (Some(name), Some(true)) = (request["name"].as_str(), request["dryRun"].as_bool()) {
        plane.webhook.probed.send_replace(name.to_owned());
    }
}
