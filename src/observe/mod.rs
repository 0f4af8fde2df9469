//! Gathers a [`Snapshot`]: what EKS shows, what the object says, what runs on its profiles.

mod default_subnets;
mod hidden;
mod known;
mod mending;
mod objects;
mod pods;
mod prerequisites;
mod profiles;
mod question;
mod snapshot;
mod unavailable;

use crate::api::Prerequisites;
use crate::mending::next_for_entry;
use crate::prerequisites::Question;
use crate::state::{Defaults, Facts, Pods, Snapshot};

pub(crate) use default_subnets::default_subnets;
pub use hidden::hidden;
pub(crate) use known::known;
pub(crate) use mending::{coredns, managed_role};
pub(crate) use objects::{Unreadable, Why, objects};
pub use pods::{Changes, PodWatcher};
pub(crate) use pods::{Manifest as PodManifest, listed, selected};
pub(crate) use prerequisites::{InCluster, PrerequisiteCache};
use prerequisites::{Judgement, Urgency};
pub(crate) use profiles::{EksSnapshot, Found, ProfileCache};
pub(crate) use snapshot::retry_of;
pub use snapshot::{is_in_gap, snapshot};

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
