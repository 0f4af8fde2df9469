//! What a manifest says of the pods that it makes.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::explain::{Kind, Makes, PARALLELISM};
use crate::observe::PodManifest;
use crate::placement::{Controller, Pod};

/// A pod as the API server sends it.
///
/// # Errors
/// If it is none.
pub(super) fn pod(manifest: Value) -> serde_json::Result<Pod> {
    Ok(serde_json::from_value::<PodManifest>(without_nulls(manifest))?.into())
}

/// A field that is null counts as one that is not there, as the API server has it. Files often leave a map empty.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let given = fields.into_iter().filter(|(_, field)| !field.is_null());
            given.map(|(key, field)| (key, without_nulls(field))).collect()
        }
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

/// A pod as the object would make it now.
///
/// # Errors
/// If its template is none of a pod.
pub(super) fn template(kind: Kind, namespace: &str, manifest: &Value) -> serde_json::Result<Pod> {
    let template = kind.template().iter().fold(manifest, |object, field| &object[*field]);
    let made = pod(template.clone())?;
    let text = |field: &str| manifest["metadata"][field].as_str().unwrap_or_default().to_owned();
    let controller = Controller {
        api_version: kind.api_version().to_owned(),
        kind: kind.name().to_owned(),
        name: text("name"),
        uid: text("uid"),
    };
    let controller = (kind != Kind::Pod).then_some(controller);
    Ok(Pod { namespace: namespace.to_owned(), controller: controller.or(made.controller), ..made })
}

/// Whether it makes pods at all.
pub(super) fn makes(kind: Kind, manifest: &Value) -> Makes {
    let spec = &manifest["spec"];
    let condition = |of: &[&str]| {
        let mut all = manifest["status"]["conditions"].as_array().into_iter().flatten();
        all.find(|it| it["status"] == "True" && it["type"].as_str().is_some_and(|kind| of.contains(&kind)))
    };
    if kind == Kind::Job && condition(&["Complete", "Failed"]).is_some() {
        return Makes::Ended;
    }
    let amount = if kind == Kind::Job { PARALLELISM } else { "replicas" };
    if spec[amount].as_u64() == Some(0) {
        return Makes::None(amount);
    }
    // A paused Deployment makes no ReplicaSet: those that it has keep their pods.
    if let Some(field) = ["suspend", "paused"].into_iter().find(|field| spec[field].as_bool() == Some(true)) {
        return Makes::Suspended(field);
    }
    match condition(&["ReplicaFailure"]) {
        Some(failure) => Makes::Refused(failure["message"].as_str().unwrap_or_default().to_owned()),
        None => Makes::Pods,
    }
}

/// The labels by which a workload selects its pods, with the values that its template has.
pub(super) fn match_labels(kind: Kind, manifest: &Value) -> BTreeMap<String, String> {
    /// What a Deployment has put there, which takes another value with each template.
    const HASH: &str = "pod-template-hash";
    if matches!(kind, Kind::Job | Kind::CronJob) {
        // A Job's selector is made by the API server, of its uid, and a CronJob has none.
        return BTreeMap::new();
    }
    let expressions = manifest["spec"]["selector"]["matchExpressions"].as_array().into_iter().flatten();
    let keys = expressions.filter(|it| it["operator"] == "In").filter_map(|it| it["key"].as_str());
    let template = &kind.template().iter().fold(manifest, |object, field| &object[*field])["metadata"]["labels"];
    let of_template = keys.map(|key| (key, &template[key]));
    let pairs = labels(kind, manifest).as_object().into_iter().flatten();
    let all = pairs.map(|(key, value)| (key.as_str(), value)).chain(of_template);
    let texts = all.filter_map(|(key, value)| Some((key.to_owned(), value.as_str()?.to_owned())));
    texts.filter(|(key, _)| key != HASH).collect()
}

fn labels(kind: Kind, manifest: &Value) -> &Value {
    let spec = &manifest["spec"];
    match kind {
        // It has no selector; its pods carry the labels of its template.
        Kind::CronJob => &spec["jobTemplate"]["spec"]["template"]["metadata"]["labels"],
        Kind::ReplicationController => &spec["selector"],
        _ => &spec["selector"]["matchLabels"],
    }
}

/// By which labels its pods are listed, as the API server takes it. None if there are none.
pub(super) fn selector(kind: Kind, manifest: &Value) -> Option<String> {
    let spec = &manifest["spec"];
    let pairs = labels(kind, manifest).as_object().into_iter().flatten();
    let mut parts: Vec<String> = pairs.filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?))).collect();
    parts.extend(spec["selector"]["matchExpressions"].as_array().into_iter().flatten().filter_map(expression));
    if parts.is_empty() && kind == Kind::CronJob {
        // Its template needs none: the pods of all Jobs, then.
        parts.push(JOB_LABEL.to_owned());
    }
    (!parts.is_empty()).then(|| parts.join(","))
}

/// Every pod of a Job has it.
const JOB_LABEL: &str = "job-name";

fn expression(expression: &Value) -> Option<String> {
    let key = expression["key"].as_str()?;
    let values: Vec<&str> = expression["values"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    Some(match expression["operator"].as_str()? {
        "In" => format!("{key} in ({})", values.join(",")),
        "NotIn" => format!("{key} notin ({})", values.join(",")),
        "Exists" => key.to_owned(),
        "DoesNotExist" => format!("!{key}"),
        _ => return None,
    })
}

/// Whether a pod that was listed by the labels is of the object: others may carry those labels too.
pub(super) fn is_of(kind: Kind, name: &str, pod: &Pod) -> bool {
    match (kind, &pod.controller) {
        (Kind::CronJob, Some(controller)) => {
            let run = controller.name.strip_prefix(name).and_then(|rest| rest.strip_prefix('-'));
            controller.kind == "Job" && run.is_some_and(|run| run.bytes().all(|byte| byte.is_ascii_digit()))
        }
        (Kind::CronJob, None) => false,
        (Kind::Deployment, Some(_)) => pod.deployment() == Some(name),
        (_, Some(controller)) => controller.kind == kind.name() && controller.name == name,
        (_, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pods_are_listed_as_the_workload_selects_them() {
        let expressions = json!([
            { "key": "a", "operator": "In", "values": ["x", "y"] }, { "key": "b", "operator": "NotIn", "values": ["z"] },
            { "key": "c", "operator": "Exists" }, { "key": "d", "operator": "DoesNotExist" },
        ]);
        let spec =
            json!({ "spec": { "selector": { "matchLabels": { "app": "web" }, "matchExpressions": expressions } } });
        assert_eq!(selector(Kind::Deployment, &spec).as_deref(), Some("app=web,a in (x,y),b notin (z),c,!d"));
        let plain = json!({ "spec": { "selector": { "app": "web" } } });
        assert_eq!(selector(Kind::ReplicationController, &plain).as_deref(), Some("app=web"));
        assert_eq!(selector(Kind::Job, &json!({ "spec": {} })), None);
        assert_eq!(selector(Kind::CronJob, &json!({ "spec": {} })).as_deref(), Some("job-name"));
    }

    #[test]
    fn the_labels_that_a_selector_holds_are_those_of_the_template() {
        let expressions = json!([
            { "key": "tier", "operator": "In", "values": ["a", "b"] }, { "key": "x", "operator": "Exists" },
        ]);
        let selector =
            json!({ "matchLabels": { "app": "web", "pod-template-hash": "5d" }, "matchExpressions": expressions });
        let template = json!({ "metadata": { "labels": { "app": "web", "tier": "b", "x": "y" } } });
        let manifest = json!({ "spec": { "selector": selector, "template": template } });
        let held = match_labels(Kind::Deployment, &manifest).into_iter().collect::<Vec<_>>();
        assert_eq!(held, [("app", "web"), ("tier", "b")].map(|(key, value)| (key.to_owned(), value.to_owned())));
        assert!(match_labels(Kind::Job, &manifest).is_empty());
    }

    #[test]
    fn of_pods_with_its_labels_those_of_other_controllers_are_not_its_own() {
        let of = |kind: &str, name: &str| {
            let controller = Controller { kind: kind.into(), name: name.into(), ..Controller::default() };
            let labels = [("pod-template-hash".to_owned(), "7d4f9".to_owned())].into();
            Pod { controller: Some(controller), labels, ..Pod::default() }
        };
        for (kind, pod, expected) in [
            (Kind::CronJob, of("Job", "nightly-29000000"), true),
            (Kind::CronJob, of("Job", "nightly-clean-29000000"), false),
            (Kind::Deployment, of("ReplicaSet", "nightly-7d4f9"), true),
            (Kind::Deployment, of("ReplicaSet", "nightly-canary-7d4f9"), false),
            (Kind::StatefulSet, of("StatefulSet", "nightly"), true),
            (Kind::StatefulSet, of("StatefulSet", "other"), false),
            (Kind::Deployment, Pod::default(), false),
        ] {
            assert_eq!(is_of(kind, "nightly", &pod), expected, "{kind:?} {pod:?}");
        }
    }

    #[test]
    fn what_is_null_in_a_file_is_not_there() {
        let spec = json!({ "containers": [{ "name": "main", "ports": null }], "nodeSelector": null });
        let made =
            pod(json!({ "metadata": { "name": "web", "annotations": null, "labels": null }, "spec": spec })).unwrap();
        assert_eq!((made.name.as_str(), made.labels.len()), ("web", 0));
    }

    #[test]
    fn a_workload_may_make_no_pods() {
        let refused = json!({ "status": { "conditions": [
            { "type": "ReplicaFailure", "status": "True", "message": "exceeded quota" },
        ] } });
        let done = |kind: &str| {
            let conditions =
                json!([{ "type": "SuccessCriteriaMet", "status": "True" }, { "type": kind, "status": "True" }]);
            json!({ "spec": { "parallelism": 0 }, "status": { "conditions": conditions } })
        };
        for (kind, manifest, expected) in [
            (Kind::Deployment, json!({ "spec": { "replicas": 0 } }), Makes::None("replicas")),
            (Kind::Job, json!({ "spec": { "parallelism": 0 } }), Makes::None("parallelism")),
            (Kind::Job, done("Complete"), Makes::Ended),
            (Kind::Job, done("Failed"), Makes::Ended),
            (Kind::CronJob, json!({ "spec": { "suspend": true } }), Makes::Suspended("suspend")),
            (Kind::Deployment, json!({ "spec": { "paused": true } }), Makes::Suspended("paused")),
            (Kind::Deployment, refused, Makes::Refused("exceeded quota".into())),
            (Kind::Deployment, json!({ "spec": {} }), Makes::Pods),
        ] {
            assert_eq!(makes(kind, &manifest), expected, "{manifest}");
        }
    }
}
