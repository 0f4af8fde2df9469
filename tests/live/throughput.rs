//! How much longer the operator takes than EKS: the time from the first create accepted to the last operation done, over
//! the time that EKS itself was busy. EKS carries out one operation of a cluster at a time, so that 1.00 is the floor.

use std::time::Duration;

use bed::{Bed, Options};
use eks_simulator::{ClusterSettings, ProfileStatus};
use serde_json::json;

use crate::support::{Use, profile};

/// What the operator may add to EKS's own time.
const MOST: f64 = 1.10;

/// EKS's usual durations, in a cluster with room for all profiles.
fn eks() -> ClusterSettings {
    ClusterSettings::named("").creating(Duration::from_secs(300)).deleting(Duration::from_secs(120)).profile_quota(40)
}

/// Time over EKS's busy time in a cluster in which everything is done, both unscaled.
fn ratio(bed: &Bed, cluster: &str) -> f64 {
    let log = bed.eks().log();
    let changes = || log.iter().filter(|entry| entry.change().is_some_and(|change| change.cluster == cluster));
    let (first, last) = (changes().next().unwrap().unscaled, changes().last().unwrap().unscaled);
    let busy = bed.eks().busy_seconds(cluster);
    let ratio = (last - first) / busy;
    println!("cluster {cluster}: {:.0} s for {busy:.0} s of EKS operations, ratio {ratio:.3}", last - first);
    ratio
}

async fn rise_and_fall(bed: &Bed, clusters: &[&str], each: usize) {
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
        let ratio = ratio(bed, cluster);
        assert!(ratio <= MOST, "the operator takes {ratio:.3} times as long as EKS in {cluster}");
    }
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
    let idle = began[1] - ended[0];
    assert!((0.0..=30.0).contains(&idle), "the second create came {idle:.1} s after the first profile was ACTIVE");
    assert!(ratio(&bed, "prod") <= MOST);
    assert!(bed.eks().conflicts().is_empty(), "{:?}", bed.eks().conflicts());
}

#[tokio::test]
async fn twelve_profiles_of_one_cluster_take_hardly_longer_than_eks_itself() {
    let bed = Bed::start(Options { cluster: eks(), ..Options::default() }).await.unwrap();
    rise_and_fall(&bed, &["prod"], 12).await;
}

#[tokio::test]
async fn clusters_do_not_wait_for_each_other() {
    let more_clusters = vec!["staging".to_owned(), "test".to_owned()];
    let bed = Bed::start(Options { cluster: eks(), more_clusters, ..Options::default() }).await.unwrap();
    rise_and_fall(&bed, &["prod", "staging", "test"], 4).await;
}
