//! Gathers a [`Snapshot`]: what EKS shows, what the object says, what runs on its profiles.

mod default_subnets;
mod known;
mod mending;
mod objects;
mod pods;
mod prerequisites;
mod profiles;
mod question;
mod unavailable;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kube::ResourceExt;
use sha2::{Digest, Sha256};

use crate::api::{
    APPROVE_ANNOTATION, ClusterRecord, FINALIZER, FargateProfile, FargateProfileStatus, Prerequisites, RETRY_ANNOTATION,
};
use crate::failure::Failure;
use crate::intervals::Intervals;
use crate::mending::next_for_entry;
use crate::message::message;
use crate::prerequisites::{Question, Read};
use crate::state::{
    ClusterState, Defaults, Facts, Mending, ObjectInfo, OtherObject, Pods, PodsUnavailable, Snapshot, given_name,
    is_name_of,
};

pub(crate) use default_subnets::default_subnets;
pub(crate) use known::known;
pub(crate) use mending::{coredns, managed_role};
pub(crate) use objects::{Unreadable, Why, objects};
pub use pods::{Changes, PodWatcher};
pub(crate) use pods::{Manifest as PodManifest, listed, selected};
pub(crate) use prerequisites::{InCluster, PrerequisiteCache};
use prerequisites::{Judgement, Urgency};
pub(crate) use profiles::{EksSnapshot, Found, ProfileCache};

/// What this process is installed with.
#[derive(Debug)]
pub struct Installation {
    /// Its identity: uid of the kube-system namespace.
    pub id: String,
    /// Values for fields that specs leave out.
    pub defaults: Defaults,
    /// The EKS profile that the operator's own pod runs on, if it does.
    pub own_profile: Option<String>,
    /// Namespace and name of the operator's own pod, if it runs in one.
    pub own_pod: Option<String>,
    /// Region that it works in.
    pub region: String,
}

/// What the annotation for another try says. A value that is too long for the status stands there as its hash.
pub(crate) fn retry_of(object: &FargateProfile) -> Option<String> {
    const LONGEST: usize = 63;
    let value = object.annotations().get(RETRY_ANNOTATION)?;
    if value.len() <= LONGEST {
        return Some(value.clone());
    }
    Some(Sha256::digest(value).iter().take(16).map(|byte| format!("{byte:02x}")).collect())
}

/// What EKS and the objects show. The pods, and what only memory knows, are still missing.
pub fn snapshot(
    object: &FargateProfile,
    objects: &[Arc<FargateProfile>],
    look: &EksSnapshot,
    installation: &Installation,
    intervals: &Intervals,
    now: Duration,
    wall: Timestamp,
) -> Snapshot {
    let Installation { id, defaults, own_profile, own_pod, region } = installation;
    let cluster = defaults.cluster_of(&object.spec);
    Snapshot {
        object: ObjectInfo {
            name: object.name_any(),
            uid: object.uid().unwrap_or_default(),
            generation: object.metadata.generation.unwrap_or_default(),
            created: object.creation_timestamp().map(|time| time.0),
            deleting: object.metadata.deletion_timestamp.is_some(),
            deleting_for: object
                .metadata
                .deletion_timestamp
                .as_ref()
                .map_or(Duration::ZERO, |time| Duration::try_from(wall.duration_since(time.0)).unwrap_or_default()),
            has_finalizer: object.finalizers().iter().any(|finalizer| finalizer == FINALIZER),
            approval: object.annotations().get(APPROVE_ANNOTATION).cloned(),
            retry: retry_of(object),
        },
        spec: object.spec.clone(),
        status: object.status.clone().unwrap_or_default(),
        defaults: defaults.clone(),
        installation: id.clone(),
        cluster: cluster_state(&look.cluster, region),
        profiles: look.profiles.clone(),
        status_since: look.status_since.clone(),
        other_objects: objects
            .iter()
            .filter(|other| other.name_any() != object.name_any() && defaults.cluster_of(&other.spec) == cluster)
            .map(|other| other_object(other))
            .collect(),
        quiet: false,
        pods: Pods::Unknown(PodsUnavailable::lasting(message!("they were not asked for"))),
        dns: Read::NotAsked,
        outside: None,
        findings: None,
        mending: Mending::default(),
        counts_due: true,
        attempts: BTreeMap::new(),
        absent_since: BTreeMap::new(),
        quiet_time: intervals.quiet,
        settle: intervals.settle,
        drain_timeout: intervals.scale_down(object.spec.drain_timeout()),
        progress: intervals.progress_deadline,
        pending_after: intervals.pending_after,
        notice: intervals.notice,
        able_since: now,
        full_at: None,
        // The name alone says nothing in another cluster.
        own_profile: own_profile.clone().filter(|_| cluster == defaults.cluster_name),
        own_pod: own_pod.clone(),
        now,
        wall,
    }
}

fn other_object(object: &FargateProfile) -> OtherObject {
    let (name, meta) = (object.name_any(), &object.metadata);
    let subject = (name.as_str(), meta.generation.unwrap_or_default(), meta.deletion_timestamp.is_some());
    let created = object.creation_timestamp().map(|time| time.0);
    let none_yet = FargateProfileStatus::default();
    OtherObject::of(subject, created, &object.spec, object.status.as_ref().unwrap_or(&none_yet))
}

/// Whether the gap of a DeleteFirst replacement is open or about to be, by the object's status.
pub fn is_in_gap(object: &FargateProfile) -> bool {
    let has_previous = object.status.as_ref().is_some_and(|status| status.previous.is_some());
    has_previous && object.metadata.deletion_timestamp.is_none()
}

/// Why the object cannot be worked on: a profile that is, or may be, its own could not be described.
pub fn hidden(object: &FargateProfile, look: &EksSnapshot) -> Option<Failure> {
    let status = object.status.as_ref();
    let recorded = |name: &str| {
        let previous = status.and_then(|status| status.previous.as_ref()).map(|previous| previous.name.as_str());
        let records = status.into_iter().flat_map(|status| &status.profiles).map(|record| record.name.as_str());
        records.chain(previous).any(|recorded| recorded == name)
    };
    let own = object.name_any();
    let is_like_own = |name: &str| is_name_of(given_name(&object.spec, &own), name);
    let (name, failure) = look.undescribed.iter().find(|(name, _)| recorded(name) || is_like_own(name))?;
    Some(Failure {
        message: message!("EKS profile {name} cannot be described: {}", failure.message),
        ..failure.clone()
    })
}

/// Asks for the pods that concern Fargate. With `afresh`, those on profiles of the object are listed: a step that ends pods
/// must not rest on a watch, which may lag.
pub async fn pods(snapshot: &mut Snapshot, look: &EksSnapshot, watcher: &PodWatcher, afresh: bool) {
    let Found::Cluster(cluster) = &look.cluster else { return };
    watcher.adopt(cluster);
    let facts = Facts::of(snapshot);
    let owned: Vec<&str> = facts.owned.iter().map(|profile| profile.name.as_str()).collect();
    let pods = if afresh { watcher.listed(cluster, &owned).await } else { watcher.cached(cluster).await };
    let outside = match facts.serving() {
        Some(target) if matches!(pods, Pods::Known(_)) => watcher.outside_fargate(cluster, &target.selectors).await,
        Some(_) | None => None,
    };
    (snapshot.pods, snapshot.outside, snapshot.dns) = (pods, outside, watcher.dns(cluster).await);
}

/// Judges the prerequisites of what the spec asks for, before an effect by fresh answers.
pub(crate) async fn prerequisites(
    snapshot: &mut Snapshot,
    look: &EksSnapshot,
    cache: &PrerequisiteCache,
    before_effect: bool,
    before_mending: bool,
) {
    let Found::Cluster(cluster) = &look.cluster else { return };
    let Some(question) = asked(snapshot, look) else { return };
    let urgency = if before_mending { Urgency::Now } else { Urgency::of(&Facts::of(snapshot), before_effect) };
    let names = question::name_service(snapshot);
    cache.learn_refusals(cluster, prerequisites::refusals(snapshot)).await;
    let judgement = cache.findings(cluster, &look.profiles, names, &question, urgency).await;
    take(snapshot, &question, judgement);
}

/// What is asked for the object, if anybody wants to know.
fn asked(snapshot: &Snapshot, look: &EksSnapshot) -> Option<Question> {
    if snapshot.object.deleting || snapshot.prerequisites() == Prerequisites::Ignore {
        return None;
    }
    question::of(&Facts::of(snapshot), look)
}

/// What was found, but for what the operator itself puts right.
fn take(snapshot: &mut Snapshot, question: &Question, judgement: Judgement) {
    if snapshot.defaults.mending.access_entries {
        snapshot.mending.entry = judgement.entry.and_then(|trouble| next_for_entry(&question.role, &trouble));
    }
    snapshot.findings = Some(mending::unmended(snapshot, judgement.findings));
}

fn cluster_state(found: &Found, region: &str) -> ClusterState {
    match found {
        Found::Cluster(cluster) => {
            let (region, account) = cluster.region_and_account().unwrap_or_default();
            ClusterState::Found(ClusterRecord {
                name: cluster.name.clone(),
                region: region.to_owned(),
                account_id: account.to_owned(),
                arn: cluster.arn.clone(),
            })
        }
        Found::Missing { account } => ClusterState::Missing { region: region.to_owned(), account: account.clone() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{FargateProfileSpec, PreviousProfile, ProfileRecord};
    use crate::failure::Class;

    #[test]
    fn a_profile_that_cannot_be_described_keeps_back_only_the_object_whose_own_it_may_be() {
        let failure = Failure {
            class: Class::Fix,
            reason: crate::api::Reason::AccessDenied,
            operation: "DescribeFargateProfile",
            code: None,
            message: "not authorized".into(),
            definite: true,
        };
        let record = |name: &str| ProfileRecord { name: name.into(), ..ProfileRecord::default() };
        let mut object = FargateProfile::new("web", FargateProfileSpec::default());
        object.status = Some(FargateProfileStatus {
            profiles: vec![record("adopted")],
            previous: Some(PreviousProfile { name: "before".into(), ..PreviousProfile::default() }),
            ..FargateProfileStatus::default()
        });
        for (name, expected) in [
            ("web", true),
            ("web-9998", true),
            ("0-web-9999", true),
            ("adopted", true),
            ("before", true),
            ("theirs", false),
            ("web-v2-9999", false),
        ] {
            let look = EksSnapshot {
                began: Duration::ZERO,
                cluster: Found::Missing { account: String::new() },
                profiles: Vec::new(),
                undescribed: [(name.to_owned(), failure.clone())].into(),
                status_since: BTreeMap::new(),
            };
            let why = hidden(&object, &look).map(|failure| failure.message);
            let message = format!("EKS profile {name} cannot be described: not authorized");
            assert_eq!(why, expected.then_some(message), "{name}");
        }
    }
}
