//! What the tests of drains share: namespaces of their own, workloads with budgets, and what became of their pods, as the
//! data plane has recorded it.

use std::fmt::Debug;
use std::time::{Duration, Instant};

use bed::{Bed, CLUSTER, OTHER_ROLE, Options};
use data_plane::{Control, Record, Settings, What};
use eks_simulator::{ClusterSettings, Operation, ProfileSpec, ProfileStatus};
use fargate_operator::api::{ConditionType, FargateProfile, FargateProfileStatus};
use futures::future::join_all;
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Namespace, Pod, ServiceAccount};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use kube::ResourceExt;
use kube::api::{Api, DeleteParams, ListParams, PostParams};
use kube::runtime::wait::await_condition;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::support::objects::spec;
use crate::support::{BedExt, LIMIT, condition, events, until_async};

/// A bed with Fargate. Nodes and containers are quick, for it is not their pace that is asked about.
pub fn fargate(time_scale: f64) -> Options {
    let cluster = ClusterSettings::named(CLUSTER)
        .creating(Duration::from_secs(30))
        .deleting(Duration::from_secs(15))
        .profile_quota(60);
    let mut settings = Settings::default();
    settings.switches.provisioning = Duration::from_secs(10);
    settings.switches.starting = Duration::from_secs(5);
    Options { time_scale, cluster, fargate: Some(settings), ..Options::default() }
}

/// A patch that asks for another EKS profile, which takes the same pods.
pub fn another_role() -> Value {
    spec(json!({ "podExecutionRoleArn": OTHER_ROLE }))
}

/// A Deployment whose pods carry the label `app` with its name.
pub fn deployment(name: &str, replicas: u32) -> Value {
    json!({
        "metadata": { "name": name },
        "spec": {
            "replicas": replicas,
            "selector": { "matchLabels": { "app": name } },
            "template": template(name),
        },
    })
}

/// What its pods are made from.
pub fn template(name: &str) -> Value {
    json!({
        "metadata": { "labels": { "app": name } },
        "spec": { "containers": [{ "name": "main", "image": "none" }] },
    })
}

/// A bed and a namespace of it.
pub struct Stage<'a> {
    pub bed: &'a Bed,
    pub fargate: Control,
    pub namespace: String,
}

impl<'a> Stage<'a> {
    /// Makes the namespace, if it is not there.
    pub async fn new(bed: &'a Bed, namespace: &str) -> Self {
        let stage = Self { bed, fargate: bed.fargate().unwrap(), namespace: namespace.to_owned() };
        let namespaces: Api<Namespace> = Api::all(bed.client());
        let made = serde_json::from_value(json!({ "metadata": { "name": namespace } })).unwrap();
        // An earlier user of the control plane may have left it.
        let _ = namespaces.create(&PostParams::default(), &made).await;
        // Without it, no pod can be made.
        stage.until::<ServiceAccount>("default", "there", |_| true).await;
        stage
    }

    pub fn api<K>(&self) -> Api<K>
    where
        K: kube::Resource<DynamicType = (), Scope = NamespaceResourceScope>,
    {
        Api::namespaced(self.bed.client(), &self.namespace)
    }

    pub async fn make<K>(&self, object: Value) -> K
    where
        K: kube::Resource<DynamicType = (), Scope = NamespaceResourceScope>
            + DeserializeOwned
            + Serialize
            + Clone
            + Debug,
    {
        let object = serde_json::from_value(object).unwrap();
        self.api::<K>().create(&PostParams::default(), &object).await.unwrap()
    }

    /// Makes a Deployment with a budget that lets one pod go.
    pub async fn budgeted(&self, name: &str, replicas: u32) {
        let budget = json!({
            "metadata": { "name": name },
            "spec": { "maxUnavailable": 1, "selector": { "matchLabels": { "app": name } } },
        });
        self.make::<PodDisruptionBudget>(budget).await;
        self.make::<Deployment>(deployment(name, replicas)).await;
    }

    /// Waits until an object is as `condition` says; `what` names that.
    pub async fn until<K>(&self, name: &str, what: &str, condition: impl Fn(&K) -> bool) -> K
    where
        K: kube::Resource<DynamicType = (), Scope = NamespaceResourceScope>
            + DeserializeOwned
            + Serialize
            + Clone
            + Debug
            + Send
            + 'static,
    {
        let fits = |object: Option<&K>| object.is_some_and(&condition);
        match tokio::time::timeout(LIMIT, await_condition(self.api::<K>(), name, fits)).await {
            Ok(found) => found.unwrap().unwrap(),
            Err(_) => {
                let last = serde_json::to_string_pretty(&self.api::<K>().get_opt(name).await.unwrap()).unwrap();
                panic!("{}/{name} is not {what} after {LIMIT:?}:\n{last}", self.namespace);
            }
        }
    }

    /// Waits until all pods of a Deployment are Ready.
    pub async fn complete(&self, name: &str) {
        self.until(name, "complete", |found: &Deployment| {
            let wanted = found.spec.replicas;
            found.status.as_ref().is_some_and(|status| status.ready_replicas == wanted)
        })
        .await;
    }

    /// Waits until a pod is Ready.
    pub async fn ready(&self, pod: &str) {
        self.until(pod, "Ready", is_ready).await;
    }

    /// The pods that are not ending: one whose profile has gone may do so for a while.
    pub async fn pods(&self) -> Vec<Pod> {
        let all = self.api::<Pod>().list(&ListParams::default()).await.unwrap();
        all.into_iter().filter(|pod| pod.metadata.deletion_timestamp.is_none()).collect()
    }

    pub async fn delete<K>(&self, name: &str)
    where
        K: kube::Resource<DynamicType = (), Scope = NamespaceResourceScope> + DeserializeOwned + Clone + Debug,
    {
        self.api::<K>().delete(name, &DeleteParams::default()).await.unwrap();
    }

    /// How many pods of this namespace were created for a profile.
    pub fn created_on(&self, record: &Record, profile: &str) -> usize {
        record.of(profile, What::Created).filter(|line| line.namespace == self.namespace).count()
    }

    /// The pods of this namespace that were asked to go, in order. One without a node goes without being asked.
    pub fn asked_to_go(&self, record: &Record) -> Vec<String> {
        let here = record.entries.iter().filter(|line| line.namespace == self.namespace);
        here.filter(|line| line.what == What::DeletionAsked).map(|line| line.pod.clone()).collect()
    }

    /// The record, when it tells so.
    pub async fn told(&self, what: &str, condition: impl FnMut(&Record) -> bool) -> Record {
        let told = tokio::time::timeout(LIMIT, self.fargate.wait_for(condition)).await;
        told.unwrap_or_else(|_| panic!("{}: not on record after {LIMIT:?}: {what}", self.namespace))
    }
}

pub fn is_ready(pod: &Pod) -> bool {
    let conditions = pod.status.iter().flat_map(|status| status.conditions.iter().flatten());
    conditions.into_iter().any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

/// Makes the same change to several objects.
pub async fn change(bed: &Bed, names: &[&str], change: &Value) {
    join_all(names.iter().map(|name| bed.patch(name, change.clone()))).await;
}

/// Waits until an object stalls with this reason and exactly this text.
pub async fn stalls(bed: &Bed, name: &str, why: &str, text: &str) -> FargateProfile {
    says(bed, name, ConditionType::Stalled, why, text).await
}

/// Waits until a condition of an object is true with this reason and exactly this text, in which `<plan>` stands for the
/// plan that the status shows.
pub async fn says(bed: &Bed, name: &str, kind: ConditionType, why: &str, text: &str) -> FargateProfile {
    let fits = |object: &FargateProfile| {
        let said = condition(object, kind);
        said.is_some_and(|(status, reason, message)| {
            status == "True" && reason == why && message == text.replace("<plan>", &plan(object))
        })
    };
    bed.wait(name, &format!("{kind:?} for {why}: {text}"), fits).await
}

/// The plan that the status shows.
pub fn plan(object: &FargateProfile) -> String {
    let replacement = object.status.as_ref().and_then(|status| status.replacement.as_ref());
    replacement.and_then(|replacement| replacement.plan_id.clone()).unwrap_or_default()
}

pub fn status(object: &FargateProfile) -> FargateProfileStatus {
    object.status.clone().unwrap()
}

/// Waits until an event about the object, or about one of its pods, begins so.
pub async fn event(bed: &Bed, object: &FargateProfile, text: &str) {
    until_async(&format!("there is an event: {text}"), async || {
        events(bed, object).await.iter().any(|event| event.note.as_ref().is_some_and(|note| note.starts_with(text)))
    })
    .await;
}

/// A profile of somebody else's that is ACTIVE at once.
pub fn foreign(bed: &Bed, name: &str, namespace: &str, labels: &[(&str, &str)]) {
    let spec = ProfileSpec::named(name).selecting(namespace, labels);
    bed.eks().outsider().place_profile(CLUSTER, spec, ProfileStatus::Active).unwrap();
}

/// How often the deletion of this profile was asked for.
pub fn deletions(bed: &Bed, profile: &str) -> usize {
    let calls = bed.eks().calls(&[Operation::DeleteFargateProfile]);
    calls.iter().filter(|call| call.profile.as_deref() == Some(profile)).count()
}

/// Waits until nothing is written to the object any more, however often EKS is looked at.
pub async fn comes_to_rest(bed: &Bed, name: &str) {
    let began = Instant::now();
    loop {
        let before = bed.profiles().get(name).await.unwrap();
        bed.looks(5).await;
        let now = bed.profiles().get(name).await.unwrap();
        if now.resource_version() == before.resource_version() {
            return;
        }
        assert!(began.elapsed() < LIMIT, "{name} is written and written:\n{:?}\n{:?}", before.status, now.status);
    }
}
