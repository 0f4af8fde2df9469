//! Whole replacements under workloads that serve, watched as their users would: by the availability of Deployments and by
//! their disruption budgets, never by our own status.

mod contrast;
mod drained;
mod held;
mod killed;
mod missing;
mod plot;
mod svg;
mod troubled;
mod workload;

use std::collections::BTreeMap;
use std::time::Duration;

use bed::{Bed, Options};
use data_plane::{Entry, Record, Settings, Switches, What};
use fargate_operator::api::POD_PROFILE_LABEL;
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use kube::api::{Api, ListParams};

use self::workload::NAMESPACE;
use crate::support::lookout::Lookout;
use crate::support::until_async;

/// A bed on whose Fargate a pod takes so long from its creation to Ready.
fn fargate(options: Options, start: Duration) -> Options {
    let switches = Switches { provisioning: start * 3 / 4, starting: start / 4, ..Switches::default() };
    Options { fargate: Some(Settings { switches, ..Settings::default() }), ..options }
}

/// `quick`, with pods that start in 20 s.
fn quick(time_scale: f64) -> Options {
    fargate(crate::support::quick(time_scale), Duration::from_secs(20))
}

/// By profile, the pods that have neither ended nor are about to.
async fn pods_by_profile(bed: &Bed) -> BTreeMap<String, Vec<String>> {
    let pods: Api<Pod> = Api::namespaced(bed.client(), NAMESPACE);
    let mut by_profile: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for pod in pods.list(&ListParams::default()).await.unwrap() {
        let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
        if pod.metadata.deletion_timestamp.is_none() && !matches!(phase, Some("Succeeded" | "Failed")) {
            let profile = pod.labels().get(POD_PROFILE_LABEL).cloned().unwrap_or_default();
            by_profile.entry(profile).or_default().push(pod.name_any());
        }
    }
    by_profile
}

/// Waits until the record of what became of pods is as complete as the API server's answer now.
async fn lives(bed: &Bed) -> Vec<Entry> {
    let fargate = bed.fargate().unwrap();
    until_async("the record knows of every pod that is there", async || {
        let there: Vec<String> = pods_by_profile(bed).await.into_values().flatten().collect();
        let record = fargate.record();
        there.iter().all(|pod| record.life(NAMESPACE, pod).iter().any(|entry| entry.what == What::Ready))
    })
    .await;
    fargate.record().entries.into_iter().filter(|entry| entry.namespace == NAMESPACE).collect()
}

/// The fewest pods of a workload that were Ready at once, by the pods themselves.
fn fewest_ready(lives: &[Entry], workload: &str, since: Duration) -> usize {
    let entries = lives.iter().filter(|entry| entry.pod.starts_with(workload)).cloned().collect();
    Record { entries }.fewest_ready(NAMESPACE, since)
}

/// What became of pods from this moment on, a line each.
fn told(lives: &[Entry], since: Duration) -> String {
    let lines = lives.iter().filter(|entry| entry.at >= since).map(|entry| {
        let Entry { at, pod, profile, what, .. } = entry;
        format!("{:8.1} {pod} {what:?} on {}\n", at.as_secs_f64(), profile.as_deref().unwrap_or("no profile"))
    });
    lines.collect()
}

/// When the last of the profile's pods was no more, or had ended.
fn last_left(lives: &[Entry], profile: &str) -> Duration {
    let mut left: BTreeMap<&str, Duration> = BTreeMap::new();
    for entry in lives.iter().filter(|entry| entry.profile.as_deref() == Some(profile)) {
        if matches!(entry.what, What::DeletionAsked | What::Finished | What::Gone) {
            left.entry(&entry.uid).or_insert(entry.at);
        }
    }
    left.into_values().max().unwrap_or_default()
}

/// Nobody's pods were made more often than they were moved: each that was made while the profiles changed is on the new one.
fn nothing_was_moved_twice(lives: &[Entry], from: Duration, to: &str) {
    let made: Vec<&Entry> = lives.iter().filter(|entry| entry.what == What::Created && entry.at > from).collect();
    let astray: Vec<_> = made.iter().filter(|entry| entry.profile.as_deref() != Some(to)).collect();
    assert!(astray.is_empty(), "made elsewhere than on {to}: {astray:?}");
    let asked = lives.iter().filter(|entry| entry.what == What::DeletionAsked && entry.at > from);
    let back: Vec<_> = asked.filter(|entry| entry.profile.as_deref() == Some(to)).collect();
    assert!(back.is_empty(), "moved off the new profile: {back:?}");
}

/// The lookout once the Deployments are whole.
async fn whole(bed: &Bed, deployments: &[&'static str]) -> Lookout {
    let lookout = Lookout::of(bed, NAMESPACE);
    for name in deployments {
        lookout.whole(name).await;
    }
    lookout
}
