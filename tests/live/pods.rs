//! What the operator sees of pods, asked of the library itself against a real API server, as the operator's own account.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use bed::{Bed, Options, guarded};
use fargate_operator::api::POD_PROFILE_LABEL;
use fargate_operator::eks::{Cluster, Selector};
use fargate_operator::observe::{PodSight, Seen, SightPace};
use fargate_operator::placement::Place;
use futures::StreamExt;
use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams};
use kube::config::{Config, KubeConfigOptions, Kubeconfig};
use serde_json::{Value, json};

use crate::support::{until, until_async};

/// Quick to notice and to try again, with time limits that a loaded machine keeps.
const PACE: SightPace = SightPace {
    timeout: Duration::from_secs(20),
    watch: Duration::from_secs(1),
    retry_least: Duration::from_millis(50),
    retry_most: Duration::from_millis(200),
    count_again: Duration::ZERO,
};

/// Pods as the operator sees them.
struct Sight {
    bed: Bed,
    pods: PodSight,
    cluster: Cluster,
}

impl Sight {
    async fn new(pace: SightPace) -> Self {
        let mut bed = Bed::without_operator(Options::default()).await.unwrap();
        let file = Kubeconfig::read_from(&bed.operator_settings().kubeconfig).unwrap();
        let mut config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await.unwrap();
        config.default_retry = false;
        config.proxy_url = None;
        let authorities = config.root_cert.clone().unwrap();
        let pods = PodSight::paced(kube::Client::try_from(config).unwrap(), authorities, pace);
        let authority = k8s_openapi::ByteString(bed.control_plane().authority().into());
        let cluster = Cluster {
            name: bed::CLUSTER.to_owned(),
            arn: format!("arn:aws:eks:us-east-1:111122223333:cluster/{}", bed::CLUSTER),
            status: "ACTIVE".to_owned(),
            certificate_authority: serde_json::to_value(authority).unwrap().as_str().map(str::to_owned),
        };
        Self { bed, pods, cluster }
    }

    /// One that has its pods in sight.
    async fn kept(pace: SightPace) -> Self {
        let sight = Self::new(pace).await;
        sight.pods.keep(true);
        assert!(
            matches!(sight.pods.all(&sight.cluster).await, Seen::Known(_)),
            "{:?}",
            sight.pods.all(&sight.cluster).await
        );
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
        match self.pods.all(&self.cluster).await {
            Seen::Known(pods) => pods.iter().map(|pod| (pod.name.clone(), pod.place())).collect(),
            Seen::Unknown(why) => panic!("unknown: {why}"),
        }
    }

    async fn shows(&self, expected: &[(&str, Place)]) {
        let expected: BTreeMap<String, Place> =
            expected.iter().map(|(name, place)| ((*name).to_owned(), *place)).collect();
        until_async(&format!("{expected:?} are known"), async || self.known().await == expected).await;
    }

    /// Why nothing is known, once that is so.
    async fn unknown(&self) -> String {
        let mut found = None;
        until_async("pods are unknown", async || {
            found = match self.pods.all(&self.cluster).await {
                Seen::Known(_) => None,
                Seen::Unknown(why) => Some(why),
            };
            found.is_some()
        })
        .await;
        found.unwrap()
    }

    async fn becomes_known(&self) {
        until_async("pods are known", async || matches!(self.pods.all(&self.cluster).await, Seen::Known(_))).await;
    }

    async fn names(seen: Seen) -> BTreeSet<String> {
        match seen {
            Seen::Known(pods) => pods.iter().map(|pod| pod.name.clone()).collect(),
            Seen::Unknown(why) => panic!("unknown: {why}"),
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

#[tokio::test]
async fn pods_on_fargate_and_pods_that_wait_for_a_node_are_seen_and_no_others() {
    let sight = Sight::new(PACE).await;
    // Some are there before, some come later.
    sight.make("taken", Some("web-9999"), Some(FARGATE)).await;
    sight.make("waiting", None, None).await;
    sight.make("on-ec2", None, Some(EC2)).await;
    sight.pods.keep(true);
    sight.shows(&[("taken", Place::Fargate), ("waiting", Place::Pending)]).await;
    sight.make("taken-later", Some("web-9999"), None).await;
    sight.make("waiting-later", None, None).await;
    sight.make("on-ec2-later", None, Some(EC2)).await;
    let seen = [
        ("taken", Place::Fargate),
        ("taken-later", Place::Pending),
        ("waiting", Place::Pending),
        ("waiting-later", Place::Pending),
    ];
    sight.shows(&seen).await;
    // Scheduled, removed, ended.
    let binding =
        json!({ "metadata": { "name": "waiting" }, "target": { "apiVersion": "v1", "kind": "Node", "name": EC2 } });
    let default = sight.api("default");
    let _: Value = default.create_subresource("binding", "waiting", &PostParams::default(), &binding).await.unwrap();
    sight.remove("waiting-later").await;
    sight.status("default", "taken", json!({ "phase": "Succeeded" })).await;
    sight.shows(&[("taken-later", Place::Pending)]).await;
    // The same after watches have been opened again.
    tokio::time::sleep(PACE.watch * 2).await;
    sight.shows(&[("taken-later", Place::Pending)]).await;
    sight.make("last", None, None).await;
    sight.shows(&[("last", Place::Pending), ("taken-later", Place::Pending)]).await;
    sight.remove("taken-later").await;
    sight.shows(&[("last", Place::Pending)]).await;
}

#[tokio::test]
async fn pods_are_watched_only_while_somebody_needs_them() {
    let sight = Sight::kept(PACE).await;
    sight.pods.keep(true);
    sight.pods.keep(false);
    assert_eq!(sight.pods.all(&sight.cluster).await, Seen::Unknown("pods are not watched".to_owned()));
    sight.pods.keep(false);
    sight.make("web", Some("web-9999"), None).await;
    sight.pods.keep(true);
    sight.shows(&[("web", Place::Pending)]).await;
}

#[tokio::test]
async fn pods_of_another_cluster_are_unknown() {
    let sight = Sight::kept(PACE).await;
    let why = "the operator does not run in EKS cluster prod and cannot see its pods".to_owned();
    let none = Cluster { certificate_authority: None, ..sight.cluster.clone() };
    let other = with_another_authority(&sight.cluster);
    for cluster in [none, other] {
        assert_eq!(sight.pods.all(&cluster).await, Seen::Unknown(why.clone()));
        assert_eq!(sight.pods.fresh(&cluster, &["web-9999"]).await, Seen::Unknown(why.clone()));
        assert_eq!(sight.pods.elsewhere(&cluster, &selectors(&[("default", &[])])).await, None);
    }
}

/// The cluster with another certificate authority.
fn with_another_authority(cluster: &Cluster) -> Cluster {
    let pem = "-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n";
    let encoded = serde_json::to_value(k8s_openapi::ByteString(pem.into())).unwrap();
    Cluster { certificate_authority: encoded.as_str().map(str::to_owned), ..cluster.clone() }
}

// The next user of the bed is given the roles anew.
#[tokio::test]
async fn without_permission_pods_are_unknown_until_it_is_given() {
    let sight = Sight::new(PACE).await;
    let role = |verbs: &[&str]| {
        let rules = json!([{ "op": "replace", "path": "/rules/0/verbs", "value": verbs }]);
        let patch = ["patch", "clusterrole", "fargate-operator-pods", "--type=json", "-p", &rules.to_string()]
            .map(str::to_owned);
        sight.bed.kubectl().words(&patch.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
    };
    let can = |verb: &str| {
        let account = "--as=system:serviceaccount:fargate-operator:fargate-operator";
        sight.bed.kubectl().words(&["auth", "can-i", verb, "pods", "-A", account]).is_ok()
    };
    let refused = |verb: &str, doing: &str| {
        format!(
            r#"{doing} pods was refused: pods is forbidden: User "system:serviceaccount:fargate-operator:fargate-operator" cannot {verb} resource "pods" in API group "" at the cluster scope; compare the operator's roles with deploy/rbac"#
        )
    };
    role(&["get"]);
    until("pods may not be listed", || !can("list")).await;
    sight.make("web", Some("web-9999"), None).await;
    sight.pods.keep(true);
    assert_eq!(sight.unknown().await, refused("list", "listing"));
    assert_eq!(sight.pods.fresh(&sight.cluster, &["web-9999"]).await, Seen::Unknown(refused("list", "listing")));
    assert_eq!(sight.pods.elsewhere(&sight.cluster, &selectors(&[("default", &[])])).await, None);
    role(&["list", "watch"]);
    sight.becomes_known().await;
    sight.shows(&[("web", Place::Pending)]).await;
    // A watch that is open stays so; the next is refused.
    role(&["list"]);
    assert_eq!(sight.unknown().await, refused("watch", "watching"));
    role(&["list", "watch"]);
    sight.becomes_known().await;
}

#[tokio::test]
async fn a_silent_api_server_makes_pods_unknown_within_the_bound() {
    let pace = SightPace { timeout: Duration::from_secs(2), ..PACE };
    let sight = Sight::kept(pace).await;
    let server = sight.bed.control_plane().api_server();
    assert!(guarded::signal(server, "STOP").unwrap());
    let began = Instant::now();
    let why = sight.unknown().await;
    let took = began.elapsed();
    assert!(guarded::signal(server, "CONT").unwrap());
    assert!(took <= pace.bound() + Duration::from_secs(2), "{took:?}: {why}");
    assert!(why.contains("took too long") || why.contains("no news"), "{why}");
    sight.becomes_known().await;
}

#[tokio::test]
async fn a_fresh_list_shows_what_the_watch_has_not_seen() {
    // The watches end after a second and are opened again after a minute: so long they lag behind.
    let pace = SightPace { timeout: Duration::from_secs(60), retry_least: Duration::from_secs(120), ..PACE };
    let sight = Sight::kept(pace).await;
    let mut pods = 0;
    until_async("the watch lags behind", async || {
        pods += 1;
        let name = format!("web-{pods}");
        sight.make(&name, Some("web-9999"), None).await;
        assert!(Sight::names(sight.pods.fresh(&sight.cluster, &["other", "web-9999"]).await).await.contains(&name));
        // It would come within this time if the watch were open.
        tokio::time::sleep(Duration::from_millis(500)).await;
        !Sight::names(sight.pods.all(&sight.cluster).await).await.contains(&name)
    })
    .await;
    let seen = Sight::names(sight.pods.all(&sight.cluster).await).await;
    assert_eq!(
        Sight::names(sight.pods.fresh(&sight.cluster, &["other"]).await).await,
        seen,
        "of others nothing is listed"
    );
    assert_eq!(Sight::names(sight.pods.fresh(&sight.cluster, &[]).await).await, seen);
    // Nor does it show what is gone.
    for gone in &seen {
        sight.remove(gone).await;
    }
    let fresh = Sight::names(sight.pods.fresh(&sight.cluster, &["web-9999"]).await).await;
    assert_eq!(fresh, BTreeSet::from([format!("web-{pods}")]));
    assert_eq!(Sight::names(sight.pods.all(&sight.cluster).await).await, seen);
}

#[tokio::test]
async fn pods_that_run_elsewhere_are_counted_by_selectors() {
    let sight = Sight::new(PACE).await;
    let _ = sight.bed.kubectl().run("create namespace jobs");
    let set = json!({
        "metadata": { "name": "agent" },
        "spec": {
            "selector": { "matchLabels": { "app": "agent" } },
            "template": { "metadata": { "labels": { "app": "agent" } }, "spec": { "containers": [{ "name": "a", "image": "none" }] } },
        },
    });
    let sets: Api<DaemonSet> = Api::namespaced(sight.bed.client(), "default");
    let set = sets.create(&PostParams::default(), &serde_json::from_value(set).unwrap()).await.unwrap();
    let owner = json!([{ "apiVersion": "apps/v1", "kind": "DaemonSet", "name": "agent", "uid": set.uid(), "controller": true }]);
    let running = json!({ "phase": "Running" });
    for (namespace, metadata) in [
        ("default", json!({ "name": "plain" })),
        ("default", json!({ "name": "app", "labels": { "app": "web" } })),
        ("default", json!({ "name": "on-fargate", "labels": { "app": "web", (POD_PROFILE_LABEL): "web-9999" } })),
        ("default", json!({ "name": "agent", "labels": { "app": "agent" }, "ownerReferences": owner })),
        ("default", json!({ "name": "for-ec2", "annotations": { "eks.amazonaws.com/compute-type": "ec2" } })),
        ("jobs", json!({ "name": "job", "labels": { "app": "web" } })),
    ] {
        sight.make_in(namespace, metadata.clone(), Some(EC2)).await;
        sight.status(namespace, metadata["name"].as_str().unwrap(), running.clone()).await;
    }
    sight.make("not-yet-running", None, Some(EC2)).await;
    for (pairs, expected) in [
        (&[("default", &[][..])][..], 2),
        (&[("default", &[("app", "web")])], 1),
        (&[("default", &[("app", "w*")]), ("jobs", &[])], 2),
        (&[("jobs", &[])], 1),
        (&[("j?bs", &[])], 1),
        (&[("*", &[("app", "*")])], 2),
        (&[("nowhere", &[])], 0),
        (&[], 0),
    ] {
        assert_eq!(sight.pods.elsewhere(&sight.cluster, &selectors(pairs)).await, Some(expected), "{pairs:?}");
    }
    sets.delete("agent", &DeleteParams::default()).await.unwrap();
}

#[tokio::test]
async fn a_count_is_good_for_a_while() {
    let sight = Sight::new(SightPace { count_again: Duration::from_secs(3600), ..PACE }).await;
    let here = selectors(&[("default", &[])]);
    assert_eq!(sight.pods.elsewhere(&sight.cluster, &here).await, Some(0));
    sight.make("plain", None, Some(EC2)).await;
    sight.status("default", "plain", json!({ "phase": "Running" })).await;
    assert_eq!(sight.pods.elsewhere(&sight.cluster, &here).await, Some(0));
    assert_eq!(sight.pods.elsewhere(&sight.cluster, &selectors(&[("defaul?", &[])])).await, Some(1));
}

#[tokio::test]
async fn changes_tell_whose_pods_have_changed() {
    let sight = Sight::kept(PACE).await;
    let told = async |what: &str, holds: &dyn Fn(&fargate_operator::observe::Changes) -> bool| {
        until_async(what, async || {
            let changes = tokio::time::timeout(Duration::from_secs(20), sight.pods.changes()).await;
            holds(&changes.unwrap())
        })
        .await;
    };
    told("pods are known", &|changes| changes.everything).await;
    sight.make("web", Some("web-9999"), None).await;
    told("web has come", &|changes| changes.profiles.contains("web-9999")).await;
    sight.make("plain", None, None).await;
    told("plain has come", &|changes| changes.namespaces.contains("default")).await;
    sight
        .status("default", "web", json!({ "phase": "Running", "conditions": [{ "type": "Ready", "status": "True" }] }))
        .await;
    told("web is ready", &|changes| changes.profiles.contains("web-9999")).await;
    sight.remove("web").await;
    told("web has gone", &|changes| changes.profiles.contains("web-9999")).await;
}

#[tokio::test]
async fn more_pods_than_a_page_holds_are_all_seen() {
    // Of each kind more than the 200 of a page.
    const PODS: usize = 405;
    let sight = Sight::new(PACE).await;
    let make = |number: usize| {
        let sight = &sight;
        async move {
            let name = format!("web-{number}");
            // Every other one on Fargate, the rest elsewhere.
            let profile = (number % 2 > 0).then_some("web-9999");
            sight.make(&name, profile, Some(EC2)).await;
            if profile.is_none() {
                sight.status("default", &name, json!({ "phase": "Running" })).await;
            }
        }
    };
    futures::stream::iter(0..PODS).for_each_concurrent(8, make).await;
    sight.pods.keep(true);
    let taken = PODS / 2;
    assert_eq!(Sight::names(sight.pods.all(&sight.cluster).await).await.len(), taken);
    assert_eq!(Sight::names(sight.pods.fresh(&sight.cluster, &["web-9999"]).await).await.len(), taken);
    let here = selectors(&[("default", &[])]);
    assert_eq!(sight.pods.elsewhere(&sight.cluster, &here).await, u32::try_from(PODS - taken).ok());
}
