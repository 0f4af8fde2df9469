//! What the operator sees of pods, asked of the library itself against a real API server, as the operator's own account.

mod elsewhere;
mod hindered;
mod watched;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bed::{Bed, Options};
use fargate_operator::api::POD_PROFILE_LABEL;
use fargate_operator::eks::{Cluster, Selector};
use fargate_operator::intervals::{DEFAULTS, Intervals};
use fargate_operator::observe::PodWatcher;
use fargate_operator::placement::Place;
use fargate_operator::state::Pods;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams};
use kube::config::{Config, KubeConfigOptions, Kubeconfig};
use serde_json::{Value, json};

use crate::support::until_async;

/// Quick to notice and to try again, with time limits that a loaded machine keeps.
const INTERVALS: Intervals = Intervals {
    operation_timeout: Duration::from_secs(20),
    watch: Duration::from_secs(1),
    watch_retry_least: Duration::from_millis(50),
    watch_retry_most: Duration::from_millis(200),
    outside_count_every: Duration::ZERO,
    ..DEFAULTS
};

/// Pods as the operator sees them.
struct Sight {
    bed: Bed,
    pods: PodWatcher,
    cluster: Cluster,
}

impl Sight {
    /// How many running pods the selectors match outside of Fargate.
    async fn outside(&self, selectors: &BTreeSet<Selector>) -> u32 {
        self.pods.outside_fargate(&self.cluster, selectors).await.unwrap().pods
    }

    async fn new(intervals: Intervals) -> Self {
        Self::by_way_of(intervals, async |_| {}).await
    }

    /// One whose way to the API server somebody changes.
    async fn by_way_of(intervals: Intervals, change: impl AsyncFnOnce(&mut Config)) -> Self {
        let mut bed = Bed::without_operator(Options::default()).await.unwrap();
        let file = Kubeconfig::read_from(&bed.operator_settings().kubeconfig).unwrap();
        let mut config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await.unwrap();
        config.default_retry = false;
        config.proxy_url = None;
        change(&mut config).await;
        let authorities = config.root_cert.clone().unwrap();
        let pods = PodWatcher::new(kube::Client::try_from(config).unwrap(), authorities, intervals);
        let authority = k8s_openapi::ByteString(bed.control_plane().authority().into());
        let cluster = Cluster {
            name: bed::CLUSTER.to_owned(),
            arn: format!("arn:aws:eks:us-east-1:111122223333:cluster/{}", bed::CLUSTER),
            certificate_authority: serde_json::to_value(authority).unwrap().as_str().map(str::to_owned),
            ..Cluster::default()
        };
        Self { bed, pods, cluster }
    }

    /// One that has its pods in sight.
    async fn kept(intervals: Intervals) -> Self {
        let sight = Self::new(intervals).await;
        sight.pods.enable(true);
        assert_eq!(sight.why().await, None);
        sight
    }

    fn api(&self, namespace: &str) -> Api<Pod> {
        Api::namespaced(self.bed.client(), namespace)
    }

    /// Makes a pod of the namespace `default`.
    async fn make(&self, name: &str, profile: Option<&str>, node: Option<&str>) -> Pod {
        self.make_in("default", json!({ "name": name, "labels": label(profile) }), node).await
    }

    async fn make_in(&self, namespace: &str, metadata: Value, node: Option<&str>) -> Pod {
        let scheduler =
            if metadata["labels"][POD_PROFILE_LABEL].is_null() { "default-scheduler" } else { "fargate-scheduler" };
        let pod = json!({
            "metadata": metadata,
            "spec": {
                "containers": [{ "name": "main", "image": "none" }],
                "automountServiceAccountToken": false,
                "schedulerName": scheduler,
                "nodeName": node,
            },
        });
        let pod: Pod = serde_json::from_value(pod).unwrap();
        let mut made = None;
        // The service account is made soon after the namespace.
        until_async("a pod can be made", async || {
            made = self.api(namespace).create(&PostParams::default(), &pod).await.ok();
            made.is_some()
        })
        .await;
        made.unwrap()
    }

    async fn status(&self, namespace: &str, name: &str, status: Value) {
        let patch = Patch::Merge(json!({ "status": status }));
        self.api(namespace).patch_status(name, &PatchParams::default(), &patch).await.unwrap();
    }

    async fn remove(&self, name: &str) {
        self.api("default").delete(name, &DeleteParams::default().grace_period(0)).await.unwrap();
    }

    /// What is known, pod by pod.
    async fn known(&self) -> BTreeMap<String, Place> {
        match self.pods.cached(&self.cluster).await {
            Pods::Known(pods) => pods.iter().map(|pod| (pod.name.clone(), pod.place())).collect(),
            Pods::Unknown(why) => panic!("unknown: {why}"),
        }
    }

    async fn shows(&self, expected: &[(&str, Place)]) {
        let expected: BTreeMap<String, Place> =
            expected.iter().map(|(name, place)| ((*name).to_owned(), *place)).collect();
        until_async(&format!("{expected:?} are known"), async || self.known().await == expected).await;
    }

    /// Why nothing is known, if that is so.
    async fn why(&self) -> Option<String> {
        match self.pods.cached(&self.cluster).await {
            Pods::Known(_) => None,
            Pods::Unknown(unavailable) => Some(unavailable.reason),
        }
    }

    /// Why nothing is known, once that is so.
    async fn unknown(&self) -> String {
        let mut found = None;
        until_async("pods are unknown", async || {
            found = self.why().await;
            found.is_some()
        })
        .await;
        found.unwrap()
    }

    async fn becomes_known(&self) {
        until_async("pods are known", async || self.why().await.is_none()).await;
    }

    async fn becomes_known_with(&self, name: &str) {
        until_async(&format!("{name} is known"), async || match self.pods.cached(&self.cluster).await {
            Pods::Known(pods) => pods.iter().any(|pod| pod.name == name),
            Pods::Unknown(_) => false,
        })
        .await;
    }

    async fn names(seen: Pods) -> BTreeSet<String> {
        match seen {
            Pods::Known(pods) => pods.iter().map(|pod| pod.name.clone()).collect(),
            Pods::Unknown(why) => panic!("unknown: {why}"),
        }
    }
}

fn label(profile: Option<&str>) -> Value {
    profile.map_or_else(|| json!({}), |name| json!({ (POD_PROFILE_LABEL): name }))
}

fn selectors(pairs: &[(&str, &[(&str, &str)])]) -> BTreeSet<Selector> {
    let labels =
        |pairs: &[(&str, &str)]| pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    pairs
        .iter()
        .map(|(namespace, pairs)| Selector { namespace: (*namespace).to_owned(), labels: labels(pairs) })
        .collect()
}

const FARGATE: &str = "fargate-ip-10-0-0-1.ec2.internal";
const EC2: &str = "ip-10-0-0-2.ec2.internal";
