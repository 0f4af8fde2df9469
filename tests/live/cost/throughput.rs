//! How much longer the operator takes than EKS: the time from the first create accepted to the last operation done, over
//! the time that EKS itself was busy. EKS carries out one operation of a cluster at a time, so that 1.00 is the floor.
//!
//! What a busy machine cannot change is tested here; the ratio is printed, and judged by `make benchmark`, which runs
//! nothing beside it.

use std::time::Duration;

use bed::{Bed, Options};
use eks_simulator::log::{CallRecord, Entry};
use eks_simulator::{ClusterSettings, Operation, ProfileStatus};
use serde_json::json;

use crate::support::{BedExt, profile};

/// What the operator may take, as a multiple of EKS's own time.
const MOST: f64 = 1.10;

/// EKS's usual durations, in a cluster with room for all profiles.
fn eks() -> ClusterSettings {
    ClusterSettings::named("").creating(Duration::from_secs(300)).deleting(Duration::from_secs(120)).profile_quota(40)
}

/// Time over EKS's busy time in a cluster in which everything is done, both unscaled.
fn ratio(bed: &Bed, cluster: &str) -> f64 {
    let log = bed.eks().log();
    let changes = || log.iter().filter(|entry| entry.change().is_some_and(|change| change.cluster == cluster));
    let (first, last) = (changes().next().unwrap().unscaled, changes().next_back().unwrap().unscaled);
    let busy = bed.eks().busy_seconds(cluster);
    let ratio = (last - first) / busy;
    println!("cluster {cluster}: {:.0} s for {busy:.0} s of EKS operations, ratio {ratio:.3}", last - first);
    println!("  idle between operations, unnoticed + until the next: {}", idle(&log, cluster).join(", "));
    ratio
}

/// Between the end of an operation and the beginning of the next: how long until a look could show the end, and how long
/// from there.
fn idle(log: &[Entry], cluster: &str) -> Vec<String> {
    let mut ended: Option<(f64, Option<f64>)> = None;
    let mut idle = Vec::new();
    for entry in log {
        if let Some(change) = entry.change().filter(|change| change.cluster == cluster && change.from != change.to) {
            match (change.to, ended) {
                (Some(ProfileStatus::Creating | ProfileStatus::Deleting), Some((end, seen))) => {
                    let seen = seen.unwrap_or(entry.unscaled);
                    idle.push(format!("{:.1}+{:.1}", seen - end, entry.unscaled - seen));
                    ended = None;
                }
                (Some(ProfileStatus::Creating | ProfileStatus::Deleting), None) => {}
                (Some(_) | None, _) => ended = Some((entry.unscaled, None)),
            }
        }
        let looked =
            |call: &CallRecord| call.cluster.as_deref() == Some(cluster) && Operation::LOOKS.contains(&call.operation);
        if let (Some(call), Some((_, seen @ None))) = (entry.call(), &mut ended)
            && looked(call)
        {
            *seen = Some(entry.unscaled);
        }
    }
    idle
}

/// Creates `each` objects in every cluster and deletes them when all are Ready; the highest ratio of the clusters.
async fn rise_and_fall(options: &Options, clusters: &[&str], each: usize) -> f64 {
    let bed = Bed::start(options.clone()).await.unwrap();
    let names: Vec<(String, &str)> =
        clusters.iter().flat_map(|cluster| (0..each).map(move |n| (format!("{cluster}-{n:02}"), *cluster))).collect();
    for (name, cluster) in &names {
        let mut object = profile(name, name);
        object["spec"]["clusterName"] = json!(cluster);
        bed.create(&object).await;
    }
    for (name, _) in &names {
        bed.settled(name).await;
    }
    for (name, _) in &names {
        bed.delete(name).await;
    }
    for (name, _) in &names {
        bed.gone(name).await;
    }
    assert!(bed.eks().conflicts().is_empty(), "{:?}", bed.eks().conflicts());
    for cluster in clusters {
        assert!(bed.eks().profiles(cluster).is_empty());
        let busy = bed.eks().busy_seconds(cluster);
        let floor = each as f64 * 420.0;
        assert!(
            (floor - 1.0..floor + 1.0).contains(&busy),
            "{each} profiles in {cluster} take {floor} s, not {busy} s"
        );
    }
    clusters.iter().map(|cluster| ratio(&bed, cluster)).fold(0.0, f64::max)
}

#[tokio::test]
async fn two_profiles_become_ready_one_right_after_the_other() {
    let bed = Bed::start(Options { cluster: eks(), ..Options::default() }).await.unwrap();
    for name in ["fp-default", "fp-dev"] {
        bed.create(&profile(name, name)).await;
    }
    for name in ["fp-default", "fp-dev"] {
        bed.settled(name).await;
    }
    let log = bed.eks().log();
    let at = |status| {
        let changes = log.iter().filter(|entry| entry.change().is_some_and(|change| change.to == Some(status)));
        changes.map(|entry| entry.unscaled).collect::<Vec<_>>()
    };
    let (began, ended) = (at(ProfileStatus::Creating), at(ProfileStatus::Active));
    assert_eq!((began.len(), ended.len()), (2, 2));
    assert!(began[1] >= ended[0], "EKS does one at a time");
    ratio(&bed, "prod");
    assert!(bed.eks().conflicts().is_empty(), "{:?}", bed.eks().conflicts());
}

#[tokio::test]
async fn twelve_profiles_of_one_cluster_settle_and_go_without_a_conflict() {
    rise_and_fall(&Options { cluster: eks(), ..Options::default() }, &["prod"], 12).await;
}

#[tokio::test]
async fn three_clusters_work_at_the_same_time() {
    let most = rise_and_fall(&three_clusters(), &THREE, 4).await;
    assert!(most < 3.0, "one after the other they would take three times as long as EKS");
}

#[tokio::test]
#[ignore = "a benchmark, for a machine that does nothing else: make benchmark"]
async fn benchmark_the_operator_adds_at_most_a_tenth_to_the_time_of_eks() {
    for round in 1..=3 {
        println!("round {round}: 12 profiles in one cluster");
        let one = rise_and_fall(&Options { cluster: eks(), ..Options::default() }, &["prod"], 12).await;
        println!("round {round}: 12 profiles in each of 3 clusters");
        let three = rise_and_fall(&three_clusters(), &THREE, 12).await;
        assert!(one <= MOST && three <= MOST, "the operator takes {one:.3} and {three:.3} times as long as EKS");
    }
}

const THREE: [&str; 3] = ["prod", "staging", "test"];

fn three_clusters() -> Options {
    Options { cluster: eks(), more_clusters: vec!["staging".to_owned(), "test".to_owned()], ..Options::default() }
}
