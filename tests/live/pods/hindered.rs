//! When pods cannot be seen, or not for a while.

use std::time::{Duration, Instant};

use fargate_operator::eks::Cluster;
use fargate_operator::intervals::Intervals;
use fargate_operator::placement::Place;
use fargate_operator::state::{Pods, PodsUnavailable};
use serde_json::json;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::{INTERVALS, Sight, selectors};
use crate::support::{Stopped, until, until_async};

#[tokio::test]
async fn pods_of_another_cluster_are_unknown() {
    let sight = Sight::kept(INTERVALS).await;
    let why = "the operator does not run in EKS cluster prod";
    let none = Cluster { certificate_authority: None, ..sight.cluster.clone() };
    let other = with_another_authority(&sight.cluster);
    for cluster in [none, other] {
        assert_eq!(sight.pods.cached(&cluster).await, Pods::Unknown(PodsUnavailable::lasting(why)));
        assert_eq!(sight.pods.listed(&cluster, &["web-9999"]).await, Pods::Unknown(PodsUnavailable::lasting(why)));
        assert_eq!(sight.pods.outside_fargate(&cluster, &selectors(&[("default", &[])])).await, None);
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
    let sight = Sight::new(INTERVALS).await;
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
    let refused = |verb: &str| {
        format!("the operator may not {verb} resource pods at the cluster scope: compare its roles with deploy/rbac")
    };
    role(&["get"]);
    until("pods may not be listed", || !can("list")).await;
    sight.make("web", Some("web-9999"), None).await;
    sight.pods.enable(true);
    assert_eq!(sight.unknown().await, refused("list"));
    let lasts = Pods::Unknown(PodsUnavailable::lasting(refused("list")));
    until_async("it is taken for lasting", async || sight.pods.cached(&sight.cluster).await == lasts).await;
    assert_eq!(sight.pods.listed(&sight.cluster, &["web-9999"]).await, lasts);
    assert_eq!(sight.pods.outside_fargate(&sight.cluster, &selectors(&[("default", &[])])).await, None);
    role(&["list", "watch"]);
    sight.becomes_known().await;
    sight.shows(&[("web", Place::Pending)]).await;
    // A watch that is open stays so; the next is refused.
    role(&["list"]);
    assert_eq!(sight.unknown().await, refused("watch"));
    role(&["list", "watch"]);
    sight.becomes_known().await;
}

#[tokio::test]
async fn a_silent_api_server_makes_pods_unknown_within_the_bound() {
    let intervals = Intervals { operation_timeout: Duration::from_secs(2), ..INTERVALS };
    let sight = Sight::kept(intervals).await;
    let server = sight.bed.control_plane().api_server().unwrap();
    let stopped = Stopped::process(server);
    let began = Instant::now();
    let why = sight.unknown().await;
    let took = began.elapsed();
    drop(stopped);
    // A busy machine is late by some seconds; without a bound it would be minutes.
    assert!(took <= intervals.pods_bound() + Duration::from_secs(20), "{took:?}: {why}");
    assert!(why.contains("took too long") || why.contains("no news"), "{why}");
    sight.becomes_known().await;
}

#[tokio::test]
async fn a_watch_that_breaks_is_mended_by_a_list_and_pods_stay_known() {
    // The watch gives up after seven seconds at most; the list that follows has six.
    let intervals = Intervals { operation_timeout: Duration::from_secs(6), ..INTERVALS };
    let sight = Sight::kept(intervals).await;
    // Old enough for its next trouble to be mended in silence.
    tokio::time::sleep(intervals.watch * 2).await;
    let server = sight.bed.control_plane().api_server().unwrap();
    let stopped = Stopped::process(server);
    let began = Instant::now();
    let mut unknown = None;
    while began.elapsed() < Duration::from_secs(9) && unknown.is_none() {
        unknown = sight.why().await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    drop(stopped);
    assert_eq!(unknown, None, "after {:?}", began.elapsed());
    sight.make("late", Some("web-9999"), None).await;
    sight.shows(&[("late", Place::Pending)]).await;
}

/// Hands on to the API server. Connections that are there when it is told so fall silent without being closed, as behind a
/// load balancer that has forgotten them.
struct Forgetful {
    url: String,
    forget: watch::Sender<()>,
}

impl Forgetful {
    async fn before(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let (forget, forgotten) = watch::channel(());
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let (server, mut forgotten) = (server.clone(), forgotten.clone());
                forgotten.mark_unchanged();
                tokio::spawn(async move {
                    let mut far = TcpStream::connect(server).await.unwrap();
                    tokio::select! {
                        _ = copy_bidirectional(&mut near, &mut far) => {}
                        // Held open until the test ends.
                        Ok(()) = forgotten.changed() => std::future::pending().await,
                    }
                });
            }
        });
        Self { url, forget }
    }
}

#[tokio::test]
async fn a_connection_that_is_silently_lost_is_noticed_and_replaced() {
    let intervals = Intervals { operation_timeout: Duration::from_secs(2), ..INTERVALS };
    let mut way = None;
    let sight = Sight::by_way_of(intervals, async |config| {
        let forgetful = Forgetful::before(config.cluster_url.authority().unwrap().to_string()).await;
        config.cluster_url = forgetful.url.parse().unwrap();
        way = Some(forgetful);
    })
    .await;
    sight.pods.enable(true);
    sight.becomes_known().await;
    way.unwrap().forget.send_replace(());
    sight.make("late", Some("web-9999"), None).await;
    sight.becomes_known_with("late").await;
}
