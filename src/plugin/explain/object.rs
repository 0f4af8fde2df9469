//! What a manifest says of the pods that it makes.

use serde_json::Value;

use crate::explain::{Kind, Makes};
use crate::observe::PodManifest;
use crate::placement::{Controller, Pod};

/// A pod as the API server sends it.
///
/// # Errors
/// If it is none.
pub(super) fn pod(manifest: Value) -> serde_json::Result<Pod> {
    Ok(serde_json::from_value::<PodManifest>(manifest)?.into())
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
    let amount = if kind == Kind::Job { &spec["parallelism"] } else { &spec["replicas"] };
    if amount.as_u64() == Some(0) {
        return Makes::None;
    }
    if spec["suspend"].as_bool() == Some(true) {
        return Makes::Suspended;
    }
    let mut conditions = manifest["status"]["conditions"].as_array().into_iter().flatten();
    let failure = conditions.find(|condition| condition["type"] == "ReplicaFailure" && condition["status"] == "True");
    failure
        .map_or(Makes::Pods, |condition| Makes::Refused(condition["message"].as_str().unwrap_or_default().to_owned()))
}

/// By which labels its pods are listed, as the API server takes it. None if there are none.
pub(super) fn selector(kind: Kind, manifest: &Value) -> Option<String> {
    let spec = &manifest["spec"];
    let labels = match kind {
        // It has no selector; its pods carry the labels of its template.
        Kind::CronJob => &spec["jobTemplate"]["spec"]["template"]["metadata"]["labels"],
        Kind::ReplicationController => &spec["selector"],
        _ => &spec["selector"]["matchLabels"],
    };
    let pairs = labels.as_object().into_iter().flatten();
    let mut parts: Vec<String> = pairs.filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?))).collect();
    parts.extend(spec["selector"]["matchExpressions"].as_array().into_iter().flatten().filter_map(expression));
    (!parts.is_empty()).then(|| parts.join(","))
}

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
        (Kind::Deployment, Some(controller)) => controller.kind == "ReplicaSet",
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
    }

    #[test]
    fn of_pods_with_its_labels_those_of_other_controllers_are_not_its_own() {
        let of = |kind: &str, name: &str| {
            let controller = Controller { kind: kind.into(), name: name.into(), ..Controller::default() };
            Pod { controller: Some(controller), ..Pod::default() }
        };
        for (kind, pod, expected) in [
            (Kind::CronJob, of("Job", "nightly-29000000"), true),
            (Kind::CronJob, of("Job", "nightly-clean-29000000"), false),
            (Kind::Deployment, of("ReplicaSet", "nightly-7d4f9"), true),
            (Kind::StatefulSet, of("StatefulSet", "nightly"), true),
            (Kind::StatefulSet, of("StatefulSet", "other"), false),
            (Kind::Deployment, Pod::default(), false),
        ] {
            assert_eq!(is_of(kind, "nightly", &pod), expected, "{kind:?} {pod:?}");
        }
    }

    #[test]
    fn a_workload_may_make_no_pods() {
        let refused = json!({ "status": { "conditions": [
            { "type": "ReplicaFailure", "status": "True", "message": "exceeded quota" },
        ] } });
        for (kind, manifest, expected) in [
            (Kind::Deployment, json!({ "spec": { "replicas": 0 } }), Makes::None),
            (Kind::Job, json!({ "spec": { "parallelism": 0 } }), Makes::None),
            (Kind::CronJob, json!({ "spec": { "suspend": true } }), Makes::Suspended),
            (Kind::Deployment, refused, Makes::Refused("exceeded quota".into())),
            (Kind::Deployment, json!({ "spec": {} }), Makes::Pods),
        ] {
            assert_eq!(makes(kind, &manifest), expected, "{manifest}");
        }
    }
}
