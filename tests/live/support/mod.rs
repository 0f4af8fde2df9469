//! What the tests share: objects to apply, and waiting for what becomes of them.

pub mod lookout;
pub mod objects;
pub mod oracle;
pub mod recorder;
pub mod run;
pub mod served;
pub mod speeds;
pub mod steady;
pub mod workloads;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bed::{Bed, Options, child};
use eks_simulator::{ClusterSettings, Operation};
use fargate_operator::api::{ConditionType, FargateProfile, POD_PROFILE_LABEL, Truth};
use k8s_openapi::api::core::v1::{Namespace, Pod};
use k8s_openapi::api::events::v1::Event;
use kube::ResourceExt;
use kube::api::{Api, DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::runtime::wait::await_condition;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// No wait of a healthy run comes near it, not even on a loaded machine.
pub const LIMIT: Duration = Duration::from_secs(120);

/// An object that selects a namespace.
pub fn profile(name: &str, namespace: &str) -> Value {
    json!({
        "apiVersion": "fargate-operator.dev/v1alpha1",
        "kind": "FargateProfile",
        "metadata": { "name": name },
        "spec": { "selectors": [{ "namespace": namespace }] },
    })
}

/// A bed whose EKS creates a profile in a minute and deletes it in half of one.
pub fn quick(time_scale: f64) -> Options {
    let cluster =
        ClusterSettings::named(bed::CLUSTER).creating(Duration::from_secs(60)).deleting(Duration::from_secs(30));
    Options { time_scale, cluster, ..Options::default() }
}

/// One that is quicker still and has a long quiet time, for tests in which effects come late: quiet time ends when the
/// effect is seen, so that these tests last no longer than the lateness, and whoever does not wait has long gone on.
pub fn quiet(time_scale: f64) -> Options {
    let cluster =
        ClusterSettings::named(bed::CLUSTER).creating(Duration::from_secs(20)).deleting(Duration::from_secs(10));
    let environment = vec![("FARGATE_OPERATOR_QUIET".to_owned(), "10m".to_owned())];
    Options { time_scale, cluster, environment, ..Options::default() }
}

/// What tests do with a bed.
pub trait BedExt {
    /// The objects.
    fn profiles(&self) -> Api<FargateProfile>;
    /// `kubectl apply`.
    fn apply(&self, object: &Value);
    /// Creates it by the API, which is quicker.
    async fn create(&self, object: &Value);
    /// A merge patch.
    async fn patch(&self, name: &str, patch: Value);
    /// Waits until the object is as `condition` says; `what` names that.
    async fn wait(&self, name: &str, what: &str, condition: impl Fn(&FargateProfile) -> bool) -> FargateProfile;
    /// Waits until its present generation is Ready and nothing goes on any more.
    async fn settled(&self, name: &str) -> FargateProfile;
    /// `kubectl delete --wait=false`.
    async fn delete(&self, name: &str);
    /// Waits until the object is gone.
    async fn gone(&self, name: &str);
    /// Waits until EKS has been looked at so many times more.
    async fn looks(&self, more: usize);
    /// Makes a pod that EKS has taken for a profile, in the namespace that this selects first.
    async fn pod(&self, name: &str, profile: &str);
    /// Has a pod end with this phase.
    async fn pod_ends(&self, name: &str, phase: &str);
    /// Deletes a pod.
    async fn remove_pod(&self, name: &str);
    /// The object's events of type Warning.
    async fn warnings(&self, object: &FargateProfile) -> Vec<String>;
    /// Names of the EKS profiles of the operator's own cluster.
    fn names(&self) -> Vec<String>;
}

impl BedExt for Bed {
    fn profiles(&self) -> Api<FargateProfile> {
        Api::all(self.client())
    }

    fn apply(&self, object: &Value) {
        self.kubectl().apply(&object.to_string()).unwrap();
    }

    async fn create(&self, object: &Value) {
        let object: FargateProfile = serde_json::from_value(object.clone()).unwrap();
        self.profiles().create(&PostParams::default(), &object).await.unwrap();
    }

    async fn patch(&self, name: &str, patch: Value) {
        self.profiles().patch(name, &PatchParams::default(), &Patch::Merge(patch)).await.unwrap();
    }

    async fn wait(&self, name: &str, what: &str, condition: impl Fn(&FargateProfile) -> bool) -> FargateProfile {
        let fits = |object: Option<&FargateProfile>| object.is_some_and(&condition);
        let waiting = await_condition(self.profiles(), name, fits);
        match tokio::time::timeout(LIMIT, waiting).await {
            Ok(found) => found.unwrap().unwrap(),
            Err(_) => {
                let last = self.profiles().get_opt(name).await.unwrap();
                panic!(
                    "{name} is not {what} after {LIMIT:?}:\n{}\noperator:\n{}",
                    serde_json::to_string_pretty(&last).unwrap(),
                    tail(&self.operator_log())
                );
            }
        }
    }

    async fn settled(&self, name: &str) -> FargateProfile {
        self.wait(name, "settled", |object| {
            is(object, ConditionType::Ready)
                && observed(object)
                && !is(object, ConditionType::Reconciling)
                && !is(object, ConditionType::Stalled)
        })
        .await
    }

    async fn delete(&self, name: &str) {
        self.profiles().delete(name, &Default::default()).await.unwrap();
    }

    async fn gone(&self, name: &str) {
        let waiting = await_condition(self.profiles(), name, |object: Option<&FargateProfile>| object.is_none());
        if tokio::time::timeout(LIMIT, waiting).await.is_err() {
            let last = self.profiles().get_opt(name).await.unwrap();
            panic!(
                "{name} is not gone:\n{}\n{}",
                serde_json::to_string_pretty(&last).unwrap(),
                tail(&self.operator_log())
            );
        }
    }

    async fn looks(&self, more: usize) {
        let looks = || self.eks().calls(&[Operation::ListFargateProfiles]).len();
        let enough = looks() + more;
        until(&format!("{more} more looks at EKS"), || looks() >= enough).await;
    }

    async fn pod(&self, name: &str, profile: &str) {
        let eks = self.eks();
        let found = eks.clusters().iter().find_map(|cluster| eks.profile(cluster, profile)).expect("the profile");
        let namespace = found.selectors[0].namespace.clone().unwrap();
        let namespaces: Api<Namespace> = Api::all(self.client());
        let made = serde_json::from_value(json!({ "metadata": { "name": namespace } })).unwrap();
        // It may be there already.
        let _ = namespaces.create(&PostParams::default(), &made).await;
        // As EKS's webhook leaves it.
        let pod = json!({
            "metadata": { "name": name, "labels": { POD_PROFILE_LABEL: profile } },
            "spec": {
                "containers": [{ "name": "main", "image": "none" }],
                "automountServiceAccountToken": false,
                "schedulerName": "fargate-scheduler",
            },
        });
        let pods: Api<Pod> = Api::namespaced(self.client(), &namespace);
        // The default service account is made soon after the namespace.
        until_async("a pod can be made", async || {
            pods.create(&PostParams::default(), &serde_json::from_value(pod.clone()).unwrap()).await.is_ok()
        })
        .await;
    }

    async fn pod_ends(&self, name: &str, phase: &str) {
        let ended = json!({ "status": { "phase": phase } });
        let pods = pods_around(self, name).await;
        pods.patch_status(name, &PatchParams::default(), &Patch::Merge(ended)).await.unwrap();
    }

    async fn remove_pod(&self, name: &str) {
        let pods = pods_around(self, name).await;
        pods.delete(name, &DeleteParams::default().grace_period(0)).await.unwrap();
    }

    async fn warnings(&self, object: &FargateProfile) -> Vec<String> {
        let all = events(self, object).await;
        let is_warning = |event: &&Event| event.type_.as_deref() == Some("Warning");
        let text = |event: &Event| {
            format!("{}: {}", event.reason.clone().unwrap_or_default(), event.note.clone().unwrap_or_default())
        };
        all.iter().filter(is_warning).map(text).collect()
    }

    fn names(&self) -> Vec<String> {
        self.eks().profiles(bed::CLUSTER).into_iter().map(|profile| profile.name).collect()
    }
}

/// The pods of the namespace in which the one of this name is.
async fn pods_around(bed: &Bed, name: &str) -> Api<Pod> {
    let all: Api<Pod> = Api::all(bed.client());
    let found = all.list(&ListParams::default().fields(&format!("metadata.name={name}"))).await.unwrap().items;
    Api::namespaced(bed.client(), &found[0].namespace().unwrap())
}

/// The object's events.
pub async fn events(bed: &Bed, object: &FargateProfile) -> Vec<Event> {
    let events: Api<Event> = Api::all(bed.client());
    let mut all = events.list(&ListParams::default()).await.unwrap().items;
    all.retain(|event| event.regarding.as_ref().and_then(|object| object.uid.clone()) == object.uid());
    all
}

/// Waits until `condition`, which asks somebody, holds.
pub async fn until_async(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !condition().await {
        assert!(began.elapsed() < LIMIT, "not so after {LIMIT:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until `condition` holds; `what` names it.
pub async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < LIMIT, "not so after {LIMIT:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The value of a metric, added up over its labels as far as `which` takes them.
pub fn total(metrics: &str, name: &str, which: impl Fn(&str) -> bool) -> u64 {
    let lines = metrics.lines().filter(|line| line.starts_with(&format!("{name}{{")) && which(line));
    lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum::<f64>() as u64
}

/// The value of a metric of the API server, such as its own count of requests, refused and empty ones included, over these
/// resources and verbs.
pub fn counted(bed: &Bed, metric: &str, resources: &[&str], verbs: impl Fn(&str) -> bool) -> u64 {
    let metrics = bed.kubectl().run("get --raw /metrics").unwrap();
    let value = |line: &str, label: &str| {
        let (_, rest) = line.split_once(&format!("{label}=\""))?;
        rest.split('"').next().map(str::to_owned)
    };
    total(&metrics, metric, |line| {
        value(line, "resource").is_some_and(|resource| resources.contains(&resource.as_str()))
            && value(line, "verb").is_some_and(|verb| verbs(&verb))
    })
}

/// The body of a GET, such as of the operator's metrics.
pub async fn scrape(address: SocketAddr, path: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.split_once("\r\n\r\n").map_or_else(String::new, |(_, body)| body.to_owned())
}

/// Whether a condition is true.
pub fn is(object: &FargateProfile, kind: ConditionType) -> bool {
    condition(object, kind).is_some_and(|(status, _, _)| status == Truth::True.name())
}

/// Whether the status speaks of the present generation.
pub fn observed(object: &FargateProfile) -> bool {
    let status = object.status.as_ref();
    status.and_then(|status| status.observed_generation) == object.metadata.generation
}

/// Status, reason and message of a condition.
pub fn condition(object: &FargateProfile, kind: ConditionType) -> Option<(String, String, String)> {
    let found = object.status.as_ref()?.conditions.iter().find(|condition| condition.type_ == kind.name())?;
    Some((found.status.clone(), found.reason.clone(), found.message.clone()))
}

/// Reason of a condition, if it is there.
pub fn reason(object: &FargateProfile, kind: ConditionType) -> Option<String> {
    condition(object, kind).map(|(_, reason, _)| reason)
}

/// Message of a condition, empty if it is not there.
pub fn message(object: &FargateProfile, kind: ConditionType) -> String {
    condition(object, kind).map(|(_, _, message)| message).unwrap_or_default()
}

/// A process that stands still as long as this lives.
pub struct Stopped(u32);

impl Stopped {
    pub fn process(id: u32) -> Self {
        assert!(child::signal(id, "STOP").unwrap());
        Self(id)
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = child::signal(self.0, "CONT");
    }
}

fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}
