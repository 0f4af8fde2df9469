//! CoreDNS.

use bed::testing::install_coredns;
use bed::{Bed, CLUSTER, Proxies};
use eks_simulator::AddonRequest;
use serde_json::json;

use super::super::coredns::{
    COMPUTE_TYPE, USUAL, as_addon, configuration, deployments, held, runs, until_held, with_dns,
};
use super::{before, on_stage};
use crate::support::{BedExt, until_async};

/// The calls that move an add-on there, counted from the one that puts on record what was before; back, they come the other way
/// round.
const RECORD: usize = 1;
const UPDATE: usize = 2;
const UPDATE_BACK: usize = 1;
/// Of the role, which come first.
const OF_ROLE: usize = 2;

/// Runs kubectl in CoreDNS's namespace just before the n-th mend.
fn kubectl(bed: &Bed, proxies: &Proxies, n: usize, words: &[&str]) {
    let kubectl = bed.kubectl();
    let words: Vec<String> = ["-n", USUAL.0].iter().chain(words).map(|word| (*word).to_owned()).collect();
    before(proxies, n, move || {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        kubectl.words(&words).unwrap();
    });
}

/// Annotates the template, as somebody does who has CoreDNS run elsewhere.
fn template(kind: &str) -> String {
    json!({ "spec": { "template": { "metadata": { "annotations": { COMPUTE_TYPE: kind } } } } }).to_string()
}

async fn annotations(bed: &Bed) -> Option<String> {
    let found = deployments(bed, USUAL.0).get(USUAL.1).await.unwrap();
    found.metadata.annotations.unwrap_or_default().get("team").cloned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deployment_that_somebody_changes_just_before_keeps_both_changes() {
    on_stage(async |bed, proxies| {
        install_coredns(bed).await;
        kubectl(bed, proxies, OF_ROLE + 1, &["annotate", "deployment", USUAL.1, "team=web"]);
        bed.create(&with_dns("web")).await;
        bed.settled("web").await;
        runs(bed, USUAL, true).await;
        assert!(proxies.has_struck());
        assert_eq!(held(bed, USUAL.0, USUAL.1).await, (Some("fargate".to_owned()), Some("ec2".to_owned())));
        assert_eq!(annotations(bed).await.as_deref(), Some("web"));
        // And what they make of it before it goes back is what it stays.
        kubectl(bed, proxies, 1, &["patch", "deployment", USUAL.1, "--type=merge", "-p", &template("auto")]);
        bed.delete("web").await;
        bed.gone("web").await;
        assert!(proxies.has_struck());
        assert_eq!(held(bed, USUAL.0, USUAL.1).await, (Some("auto".to_owned()), None));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deployment_that_vanishes_just_before_is_let_go() {
    on_stage(async |bed, proxies| {
        let is_gone = async || deployments(bed, USUAL.0).get_opt(USUAL.1).await.unwrap().is_none();
        install_coredns(bed).await;
        kubectl(bed, proxies, OF_ROLE + 1, &["delete", "deployment", USUAL.1]);
        bed.create(&with_dns("web")).await;
        until_async("it is gone", is_gone).await;
        bed.settled("web").await;
        install_coredns(bed).await;
        runs(bed, USUAL, true).await;
        bed.settled("web").await;
        kubectl(bed, proxies, 1, &["delete", "deployment", USUAL.1]);
        bed.delete("web").await;
        bed.gone("web").await;
        assert!(proxies.has_struck() && is_gone().await);
    })
    .await;
}

/// Configures the add-on as somebody else does, just before the n-th mend.
fn configure(bed: &Bed, proxies: &Proxies, n: usize, values: &'static str) {
    let eks = bed.eks();
    before(proxies, n, move || {
        let update = AddonRequest { configuration_values: Some(values.to_owned()), ..AddonRequest::default() };
        eks.outsider().update_addon(CLUSTER, USUAL.1, &update).unwrap();
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_addon_that_somebody_configures_just_before_keeps_both_configurations() {
    on_stage(async |bed, proxies| {
        as_addon(bed, None);
        install_coredns(bed).await;
        configure(bed, proxies, OF_ROLE + UPDATE, r#"{"replicaCount":2}"#);
        bed.create(&with_dns("web")).await;
        runs(bed, USUAL, true).await;
        bed.settled("web").await;
        assert!(proxies.has_struck());
        assert_eq!(configuration(bed).as_deref(), Some(r#"{"computeType":"Fargate","replicaCount":2}"#));
        // And what they make of it before it goes back is what it stays.
        configure(bed, proxies, UPDATE_BACK, r#"{"computeType":"ec2"}"#);
        bed.delete("web").await;
        bed.gone("web").await;
        assert!(proxies.has_struck());
        assert_eq!(configuration(bed).as_deref(), Some(r#"{"computeType":"ec2"}"#));
        assert_eq!(held(bed, USUAL.0, USUAL.1).await.1, None);
    })
    .await;
}

/// Whose doing that was shows nowhere. What it goes back to is what it was before both.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_addon_that_somebody_moves_just_before_goes_back_with_the_profile() {
    on_stage(async |bed, proxies| {
        as_addon(bed, None);
        install_coredns(bed).await;
        configure(bed, proxies, OF_ROLE + RECORD, r#"{"computeType":"Fargate"}"#);
        // Once the add-on has changed the Deployment, the operator's patch is refused, and the move is theirs alone.
        let addon_waits = |waits| bed.fargate().unwrap().change(|switches| switches.addon_waits = waits);
        addon_waits(true);
        bed.create(&with_dns("web")).await;
        until_async("it is on record", async || held(bed, USUAL.0, USUAL.1).await.1.is_some()).await;
        addon_waits(false);
        runs(bed, USUAL, true).await;
        bed.settled("web").await;
        assert!(proxies.has_struck());
        bed.delete("web").await;
        bed.gone("web").await;
        assert_eq!(configuration(bed).as_deref(), Some("{}"));
        assert_eq!(held(bed, USUAL.0, USUAL.1).await.1, None);
    })
    .await;
}

fn remove_addon(bed: &Bed, proxies: &Proxies, n: usize) {
    let eks = bed.eks();
    before(proxies, n, move || {
        eks.change_cluster(CLUSTER, |cluster| {
            cluster.addons.remove(USUAL.1);
        })
        .unwrap();
    });
}

/// The add-on's part in it is forgotten then: its Deployment is held nowhere.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_addon_that_vanishes_just_before_leaves_a_deployment_that_is_moved_and_goes_back() {
    on_stage(async |bed, proxies| {
        as_addon(bed, None);
        install_coredns(bed).await;
        remove_addon(bed, proxies, OF_ROLE + UPDATE);
        bed.create(&with_dns("web")).await;
        until_held(bed, USUAL, Some("fargate"), Some("")).await;
        runs(bed, USUAL, true).await;
        bed.settled("web").await;
        assert!(proxies.has_struck());
        bed.delete("web").await;
        bed.gone("web").await;
        assert_eq!(held(bed, USUAL.0, USUAL.1).await, (None, None));
        runs(bed, USUAL, false).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_addon_that_vanishes_just_before_it_goes_back_leaves_a_deployment_that_goes_back() {
    on_stage(async |bed, proxies| {
        as_addon(bed, None);
        install_coredns(bed).await;
        bed.create(&with_dns("web")).await;
        runs(bed, USUAL, true).await;
        bed.settled("web").await;
        remove_addon(bed, proxies, UPDATE_BACK);
        bed.delete("web").await;
        bed.gone("web").await;
        assert!(proxies.has_struck());
        assert_eq!(held(bed, USUAL.0, USUAL.1).await, (None, None));
        runs(bed, USUAL, false).await;
    })
    .await;
}
