//! What is read of the cluster: the object, its pods, the FargateProfiles.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{anyhow, bail};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Event, Pod as Listed};
use kube::Client;
use kube::api::{Api, ApiResource, DynamicObject, ListParams};
use kube::core::GroupVersionKind;
use serde_json::Value;

use super::object;
use crate::api::FargateProfile;
use crate::eks::Profile;
use crate::explain::{Declared, Kind, Makes, Profiles, Question, Subject};
use crate::kubernetes::{CallError, Part, call, list};
use crate::observe::PodManifest;
use crate::placement::Pod;
use crate::plugin::aws::{self, Place};
use crate::plugin::cluster::{Cluster, LIMIT, refusal};
use crate::plugin::installation::{current, installations};
use crate::plugin::objects::Objects;
use crate::state::InstallationRecord;

/// # Errors
/// If the object is not there, or may not be read.
pub(super) async fn question(cluster: &Cluster, kind: Kind, name: &str) -> anyhow::Result<Question> {
    let namespace = cluster.namespace.clone();
    let profiles = profiles(&cluster.client);
    let (found, profiles) = tokio::join!(found(cluster, kind, name), profiles);
    let found = found?;
    let (template, pods) = if kind == Kind::Pod {
        (None, Ok(vec![object::pod(found.clone())?]))
    } else {
        (Some(object::template(kind, &namespace, &found)?), pods(cluster, kind, name, &found).await)
    };
    let has_none = pods.as_ref().is_ok_and(Vec::is_empty);
    let subject = Subject { kind, namespace, name: name.to_owned(), file: None };
    let makes = match object::makes(kind, &found) {
        Makes::Pods if has_none => refused(cluster, kind, &found).await.map_or(Makes::Pods, Makes::Refused),
        other => other,
    };
    let match_labels = object::match_labels(kind, &found);
    let (pods, unlisted) = pods.map_or_else(|why| (Vec::new(), Some(why)), |pods| (pods, None));
    Ok(Question { subject, template, pods, unlisted, makes, match_labels, profiles, now: Timestamp::now() })
}

/// The labels by which a workload selects its pods. That it cannot be read costs a line on standard error.
pub(super) async fn match_labels(cluster: &Cluster, workload: &Subject) -> BTreeMap<String, String> {
    let found = found(cluster, workload.kind, &workload.name).await;
    let found = found.inspect_err(|why| anstream::eprintln!("which labels select the pod is not known: {why}"));
    found.map(|found| object::match_labels(workload.kind, &found)).unwrap_or_default()
}

/// Why the API server refuses the pods, of kinds that say so by an event alone. That it cannot be read costs a line on standard error.
async fn refused(cluster: &Cluster, kind: Kind, workload: &Value) -> Option<String> {
    if !matches!(kind, Kind::StatefulSet | Kind::Job) {
        return None;
    }
    // By its uid: there may have been another one of that name.
    let uid = workload["metadata"]["uid"].as_str().unwrap_or_default();
    let fields = format!("involvedObject.uid={uid},reason=FailedCreate");
    let (mut newest, params) = (None::<Event>, ListParams::default().fields(&fields));
    let take = |event: Event| {
        if newest.as_ref().is_none_or(|newest| at(newest) <= at(&event)) {
            newest = Some(event);
        }
    };
    let listed = list::<Event, _>(&cluster.client, Some(&cluster.namespace), Part::Whole, params, LIMIT, take).await;
    if let Err(error) = listed {
        anstream::eprintln!("events are not read: {}", refusal(&error));
    }
    newest.and_then(|event| event.message)
}

fn at(event: &Event) -> Option<Timestamp> {
    let times = [&event.last_timestamp, &event.first_timestamp];
    times.into_iter().flatten().map(|time| time.0).max()
}

async fn found(cluster: &Cluster, kind: Kind, name: &str) -> anyhow::Result<Value> {
    let (group, version) = kind.api_version().split_once('/').unwrap_or(("", kind.api_version()));
    let (resource, namespace) = (kind.resource(), &cluster.namespace);
    let plural = format!("{resource}s");
    let api_resource = ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(group, version, kind.name()), &plural);
    let api: Api<DynamicObject> = Api::namespaced_with(cluster.client.clone(), namespace, &api_resource);
    match call(format!("reading {resource} {namespace}/{name}"), LIMIT, api.get(name)).await {
        Ok(found) => Ok(serde_json::to_value(found)?),
        Err(error) if error.code() == Some(404) => {
            bail!(
                "{resource} {name} is not in namespace {namespace}: see kubectl -n {namespace} get {plural}, or set -n"
            )
        }
        Err(error) => Err(anyhow!(refusal(&error))),
    }
}

/// The pods of a workload, or why they cannot be listed.
async fn pods(cluster: &Cluster, kind: Kind, name: &str, found: &Value) -> Result<Vec<Pod>, String> {
    let mut pods: Vec<Pod> = Vec::new();
    let Some(selector) = object::selector(kind, found) else { return Ok(pods) };
    let take = |manifest: PodManifest| {
        let pod: Pod = manifest.into();
        if object::is_of(kind, name, &pod) {
            pods.push(pod);
        }
    };
    let params = ListParams::default().labels(&selector);
    let listed = list::<Listed, _>(&cluster.client, Some(&cluster.namespace), Part::Whole, params, LIMIT, take).await;
    listed.map(|_| pods).map_err(|error| refusal(&error))
}

/// The FargateProfiles of the cluster.
pub(super) async fn profiles(client: &Client) -> Profiles {
    match Objects::list(client).await {
        Ok(objects) => {
            let objects = objects.into_readable();
            let own = own_cluster(client, &objects).await;
            let declared = |object: &FargateProfile| match (&object.spec.cluster_name, &own) {
                (Some(named), Some(own)) if named != own => Declared::elsewhere(object, named),
                _ => Declared::of(object),
            };
            Profiles::Known(objects.iter().map(declared).collect())
        }
        Err(error) => Profiles::Unknown(unknown(&error)),
    }
}

/// The EKS cluster that the pods run in, which is the operator's own. It is asked for only if an object names a cluster.
async fn own_cluster(client: &Client, objects: &[FargateProfile]) -> Option<String> {
    if objects.iter().all(|object| object.spec.cluster_name.is_none()) {
        return None;
    }
    let found = own(client).await.inspect_err(|why| {
        anstream::eprintln!("FargateProfiles with spec.clusterName are taken for ones of this cluster: {why}");
    });
    found.ok().map(|record| record.defaults.cluster_name)
}

/// What the operator runs with. Otherwise why that is not known.
async fn own(client: &Client) -> Result<InstallationRecord, String> {
    let found = installations(client).await.map_err(|error| refusal(&error))?;
    let record = current(found).and_then(|installation| installation.record);
    record.ok_or_else(|| "no operator says which EKS cluster this is".to_owned())
}

/// All profiles of the operator's EKS cluster. That they cannot be read costs a line on standard error.
pub(super) async fn eks_profiles(client: &Client) -> Vec<Profile> {
    /// A person waits for the answer, which without them is good for nearly everybody.
    const PATIENCE: Duration = Duration::from_secs(10);
    let asked = async { aws::profiles(&Place::of(own(client).await?)).await };
    let found = tokio::time::timeout(PATIENCE, asked).await;
    found.unwrap_or_else(|_| Err("AWS takes too long to answer".to_owned())).unwrap_or_else(|why| {
        anstream::eprintln!("EKS profiles that no FargateProfile has are left out: {why}");
        Vec::new()
    })
}

fn unknown(error: &CallError) -> String {
    match error.code() {
        Some(404) => "the cluster has no FargateProfiles, for the operator's CRD is not installed".to_owned(),
        _ => refusal(error),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use axum::http::{Request, Response};
    use kube::client::Body;
    use serde_json::json;
    use tower::service_fn;

    use super::*;
    use crate::api::INSTALLATION_ANNOTATION;
    use crate::explain::explain;

    /// A cluster with 10,000 pods of one Deployment and 100 FargateProfiles, and the calls that it has been asked.
    fn crowded() -> (Cluster, Arc<Mutex<Vec<String>>>) {
        answering(answer)
    }

    /// A cluster that answers so, and the calls that it has been asked.
    fn answering(answer: impl Fn(&str) -> Value + Send + Sync + 'static) -> (Cluster, Arc<Mutex<Vec<String>>>) {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        let service = service_fn(move |request: Request<Body>| {
            let uri = request.uri().to_string();
            log.lock().unwrap().push(uri.clone());
            let body = Body::from(serde_json::to_vec(&answer(&uri)).unwrap());
            async move { Ok::<_, std::convert::Infallible>(Response::new(body)) }
        });
        let client = Client::new(service, "shop");
        (Cluster { client, namespace: "shop".into(), authorities: Vec::new() }, asked)
    }

    fn pod(number: usize) -> Value {
        let owner =
            json!({ "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-1", "uid": "1", "controller": true });
        let labels = json!({ "app": "web", "pod-template-hash": "1", "eks.amazonaws.com/fargate-profile": "shop-0" });
        let name = format!("web-1-{number}");
        json!({
            "metadata": { "name": name, "namespace": "shop", "labels": labels, "ownerReferences": [owner] },
            "spec": { "nodeName": format!("fargate-{number}"), "schedulerName": "fargate-scheduler", "containers": [] },
            "status": { "phase": "Running", "conditions": [{ "type": "Ready", "status": "True" }] },
        })
    }

    fn profile(number: usize) -> Value {
        let record = json!({ "name": format!("shop-{number}"), "arn": "", "status": "ACTIVE" });
        let selector = json!({ "namespace": "shop", "labels": { "app": format!("web{}", if number == 0 { String::new() } else { number.to_string() }) } });
        json!({
            "apiVersion": "fargate-operator.dev/v1alpha1", "kind": "FargateProfile",
            "metadata": { "name": format!("shop{number}") },
            "spec": { "selectors": [selector] }, "status": { "profile": record, "profiles": [record] },
        })
    }

    fn answer(uri: &str) -> Value {
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        if path.ends_with("/pods") {
            let from: usize = query.split("continue=").nth(1).and_then(|token| token.parse().ok()).unwrap_or_default();
            let items: Vec<Value> = (from..from + 200).map(pod).collect();
            let next = if from + 200 < 10_000 { (from + 200).to_string() } else { String::new() };
            json!({ "metadata": { "continue": next, "resourceVersion": "1" }, "items": items })
        } else if path.ends_with("/fargateprofiles") {
            json!({ "metadata": { "resourceVersion": "1" }, "items": (0..100).map(profile).collect::<Vec<_>>() })
        } else if path.contains("/pods/") {
            pod(7)
        } else {
            let template = json!({ "metadata": { "labels": { "app": "web" } }, "spec": { "containers": [] } });
            let spec = json!({ "selector": { "matchLabels": { "app": "web" } }, "template": template });
            json!({ "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "web" }, "spec": spec })
        }
    }

    #[tokio::test]
    async fn a_pod_costs_two_calls_and_a_workload_one_more_for_each_page_of_its_pods() {
        let (cluster, asked) = crowded();
        let answer = explain(&question(&cluster, Kind::Pod, "web-1-7").await.unwrap());
        assert_eq!(answer.headline, "Pod shop/web-1-7 is on Fargate: EKS profile shop-0, node fargate-7.");
        assert_eq!(std::mem::take(&mut *asked.lock().unwrap()).len(), 2);
        let answer = explain(&question(&cluster, Kind::Deployment, "web").await.unwrap());
        assert_eq!((answer.cause, answer.pods[0].pods), ("OnFargate", 10_000), "{}", answer.headline);
        assert_eq!(asked.lock().unwrap().len(), 2 + 50);
    }

    #[tokio::test]
    async fn pods_that_are_refused_by_an_event_alone_are_told_by_the_newest() {
        let event = |message: &str, at: &str| {
            let about = json!({ "kind": "StatefulSet", "name": "db" });
            json!({ "metadata": { "name": message }, "involvedObject": about, "message": message, "lastTimestamp": at })
        };
        let newer = event("exceeded quota", "2026-11-29T10:02:00Z");
        let events = json!([event("older", "2026-11-29T10:01:00Z"), newer, { "metadata": {}, "involvedObject": {} }]);
        let (cluster, asked) = answering(move |uri: &str| match uri {
            "/apis/apps/v1/namespaces/shop/statefulsets/db" => {
                json!({ "metadata": { "uid": "7" }, "spec": { "selector": { "matchLabels": { "app": "db" } }, "template": { "spec": { "containers": [] } } } })
            }
            uri if uri.contains("/events") => json!({ "metadata": { "resourceVersion": "1" }, "items": events }),
            _ => json!({ "metadata": { "resourceVersion": "1" }, "items": [] }),
        });
        let question = question(&cluster, Kind::StatefulSet, "db").await.unwrap();
        assert_eq!(question.makes, Makes::Refused("exceeded quota".to_owned()));
        assert_eq!(question.match_labels, [("app".to_owned(), "db".to_owned())].into());
        let asked = asked.lock().unwrap();
        let of_events = asked.iter().find(|uri| uri.contains("/namespaces/shop/events?")).unwrap();
        let selector = "fieldSelector=involvedObject.uid%3D7%2Creason%3DFailedCreate";
        assert!(of_events.contains(selector), "{of_events}");
    }

    #[tokio::test]
    async fn one_of_another_eks_cluster_takes_no_pods_here_and_one_that_cannot_be_read_hides_no_other() {
        let named = |number: usize, cluster: Option<&str>| {
            let mut object = profile(number);
            object["spec"]["clusterName"] = json!(cluster);
            object
        };
        let mut newer = profile(4);
        newer["spec"]["selectors"] = json!("all");
        let objects = vec![named(1, None), named(2, Some("prod")), named(3, Some("dev")), newer];
        let record = json!({ "defaults": { "clusterName": "prod" } });
        let metadata =
            json!({ "name": "fargate-operator", "annotations": { INSTALLATION_ANNOTATION: record.to_string() } });
        for (leases, third) in [(json!([{ "metadata": metadata }]), None), (json!([]), Some("shop-3"))] {
            let objects = objects.clone();
            let (cluster, _) = answering(move |uri: &str| {
                let items = if uri.contains("/leases") { leases.clone() } else { json!(objects) };
                json!({ "metadata": { "resourceVersion": "1" }, "items": items })
            });
            let Profiles::Known(declared) = profiles(&cluster.client).await else { panic!("they are known") };
            let serving =
                declared.iter().map(|declared| declared.serving.as_ref().map(|profile| profile.name.as_str()));
            let serving: Vec<Option<&str>> = serving.collect();
            assert_eq!(serving, [Some("shop-1"), Some("shop-2"), third]);
        }
    }
}
