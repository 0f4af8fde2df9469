//! What the tests share: the bed, pods and profiles, and waiting for what becomes of them.

use std::fmt::Debug;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use bed::{Bed, CLUSTER, Options};
use data_plane::{Control, Settings, Webhook, What};
use eks_simulator::{ProfileSpec, ProfileStatus, Selector};
use k8s_openapi::api::core::v1::{Namespace, Pod, ServiceAccount};
use k8s_openapi::{NamespaceResourceScope, Resource};
use kube::api::{Api, DeleteParams, ListParams, PostParams};
use kube::runtime::wait::await_condition;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::sync::RwLock;

/// No wait of a healthy run comes near it, not even on a loaded machine.
pub const LIMIT: Duration = Duration::from_secs(120);

/// A minute passes in a second.
pub const SCALE: f64 = 60.0;

/// Longer than any test takes, and so never over before the test says so.
pub const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The bed and what it runs on. It ends with the process.
static SHARED: LazyLock<(Runtime, RwLock<Bed>)> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let options = Options { time_scale: SCALE, fargate: Some(Settings::default()), ..Options::default() };
    let bed = runtime.block_on(Bed::without_operator(options)).unwrap();
    (runtime, RwLock::new(bed))
});

/// Has the shared bed run, so that it takes no control plane from a test that has one of its own.
pub fn set() {
    LazyLock::force(&SHARED);
}

/// Runs a test beside others.
pub fn beside(test: impl AsyncFnOnce(Stage<'_>)) {
    let (runtime, bed) = &*SHARED;
    runtime.block_on(async {
        let bed = bed.read().await;
        test(Stage::new(&bed).await).await;
    });
}

/// Runs a test that changes what concerns every pod.
pub fn alone(test: impl AsyncFnOnce(Stage<'_>)) {
    let (runtime, bed) = &*SHARED;
    runtime.block_on(async {
        let bed = bed.write().await;
        let fargate = bed.fargate().unwrap();
        // As an earlier test that failed may have left it.
        fargate.change(|switches| *switches = Settings::default().switches);
        fargate.failure_policy(Default::default()).await.unwrap();
        fargate.webhook(Webhook::Present).await.unwrap();
        test(Stage::new(&bed).await).await;
        fargate.change(|switches| *switches = Settings::default().switches);
        fargate.failure_policy(Default::default()).await.unwrap();
        fargate.webhook(Webhook::Present).await.unwrap();
        fargate.ec2(0).await.unwrap();
    });
}

/// A namespace of the test's own.
pub struct Stage<'a> {
    pub bed: &'a Bed,
    pub fargate: Control,
    pub namespace: String,
}

impl<'a> Stage<'a> {
    async fn new(bed: &'a Bed) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(1);
        let namespace = format!("stage-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let stage = Self { bed, fargate: bed.fargate().unwrap(), namespace };
        let namespaces: Api<Namespace> = Api::all(bed.client());
        let made = serde_json::from_value(json!({ "metadata": { "name": stage.namespace } })).unwrap();
        namespaces.create(&PostParams::default(), &made).await.unwrap();
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

    /// A profile that is ACTIVE at once and selects pods of this namespace with these labels.
    pub fn profile(&self, name: &str, labels: &[(&str, &str)]) -> String {
        self.place(name, labels, ProfileStatus::Active)
    }

    /// A profile in this state. Its name begins with the namespace's.
    pub fn place(&self, name: &str, labels: &[(&str, &str)], status: ProfileStatus) -> String {
        let name = format!("{}-{name}", self.namespace);
        let labels = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let selectors = vec![Selector { namespace: Some(self.namespace.clone()), labels }];
        let spec = ProfileSpec { selectors, ..ProfileSpec::named(&name) };
        self.bed.eks().outsider().place_profile(CLUSTER, spec, status).unwrap();
        name
    }

    /// A pod as a user makes it.
    pub fn plain(&self, name: &str) -> Value {
        json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": { "name": name },
            "spec": { "containers": [{ "name": "main", "image": "web:1" }] },
        })
    }

    /// Makes it, and gives back what the webhook has made of it.
    pub async fn create<K>(&self, object: Value) -> K
    where
        K: kube::Resource<DynamicType = (), Scope = NamespaceResourceScope>
            + DeserializeOwned
            + serde::Serialize
            + Clone
            + Debug,
    {
        let object = serde_json::from_value(object).unwrap();
        self.api::<K>().create(&PostParams::default(), &object).await.unwrap()
    }

    /// A plain pod with these labels.
    pub async fn pod(&self, name: &str, labels: Value) -> Pod {
        let mut pod = self.plain(name);
        pod["metadata"]["labels"] = labels;
        self.create(pod).await
    }

    /// Waits until an object is as `condition` says; `what` names that.
    pub async fn until<K>(&self, name: &str, what: &str, condition: impl Fn(&K) -> bool) -> K
    where
        K: kube::Resource<DynamicType = (), Scope = NamespaceResourceScope>
            + Resource
            + DeserializeOwned
            + serde::Serialize
            + Clone
            + Debug
            + Send
            + 'static,
    {
        let fits = |object: Option<&K>| object.is_some_and(&condition);
        let waiting = await_condition(self.api::<K>(), name, fits);
        match tokio::time::timeout(LIMIT, waiting).await {
            Ok(found) => found.unwrap().unwrap(),
            Err(_) => {
                let last = serde_json::to_string_pretty(&self.api::<K>().get_opt(name).await.unwrap()).unwrap();
                panic!("{name} is not {what} after {LIMIT:?}:\n{last}");
            }
        }
    }

    pub async fn ready(&self, pod: &str) -> Pod {
        self.until(pod, "Ready", is_ready).await
    }

    /// Waits until a pod stays Pending for a reason that contains this.
    pub async fn pending(&self, pod: &str, why: &str) -> Pod {
        self.until(pod, &format!("Pending for: {why}"), |pod: &Pod| {
            let (status, _, message) = condition(pod, "PodScheduled").unwrap_or_default();
            status == "False" && message.contains(why)
        })
        .await
    }

    /// Waits until an object is gone.
    pub async fn gone<K>(&self, name: &str)
    where
        K: kube::Resource<DynamicType = (), Scope = NamespaceResourceScope>
            + DeserializeOwned
            + Clone
            + Debug
            + Send
            + 'static,
    {
        let waiting = await_condition(self.api::<K>(), name, |object: Option<&K>| object.is_none());
        tokio::time::timeout(LIMIT, waiting).await.unwrap_or_else(|_| panic!("{name} is not gone")).unwrap();
    }

    /// When something happened first to a pod of this profile.
    pub async fn first(&self, profile: &str, what: What) -> Duration {
        let told = self.fargate.wait_for(|record| record.of(profile, what).next().is_some());
        let record = in_time(&format!("{what:?} on record for {profile}"), told).await;
        record.of(profile, what).next().unwrap().at
    }

    /// Has the trouble of a profile last for so long from now. Other tests may have their own.
    pub fn trouble_ends(&self, profile: &str, after: Duration) {
        let until = self.fargate.now() + after;
        self.fargate.change(|switches| {
            let its = switches.troubles.iter_mut().filter(|trouble| trouble.profile.matches(Some(profile)));
            its.for_each(|trouble| trouble.until = Some(until));
        });
    }

    pub async fn delete(&self, pod: &str) {
        self.api::<Pod>().delete(pod, &DeleteParams::default()).await.unwrap();
    }

    pub async fn pods(&self) -> Vec<Pod> {
        self.api::<Pod>().list(&ListParams::default()).await.unwrap().items
    }
}

/// Waits until `condition`, which asks somebody, holds.
pub async fn until_async(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !condition().await {
        assert!(began.elapsed() < LIMIT, "not so after {LIMIT:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits within the time limit.
pub async fn in_time<T>(what: &str, waiting: impl Future<Output = T>) -> T {
    tokio::time::timeout(LIMIT, waiting).await.unwrap_or_else(|_| panic!("not so after {LIMIT:?}: {what}"))
}

/// Status, reason and message.
pub fn condition(pod: &Pod, kind: &str) -> Option<(String, String, String)> {
    let conditions = pod.status.as_ref()?.conditions.as_ref()?;
    let found = conditions.iter().find(|condition| condition.type_ == kind)?;
    let text = |part: &Option<String>| part.clone().unwrap_or_default();
    Some((found.status.clone(), text(&found.reason), text(&found.message)))
}

pub fn is_ready(pod: &Pod) -> bool {
    condition(pod, "Ready").is_some_and(|(status, _, _)| status == "True")
}

/// The profile that took it.
pub fn taken_by(pod: &Pod) -> Option<&str> {
    pod.metadata.labels.as_ref()?.get(data_plane::PROFILE_LABEL).map(String::as_str)
}

pub fn scheduler(pod: &Pod) -> &str {
    pod.spec.as_ref().unwrap().scheduler_name.as_deref().unwrap()
}

pub fn node(pod: &Pod) -> Option<&str> {
    pod.spec.as_ref()?.node_name.as_deref()
}
