//! Decides on the cause: what would become of a pod that is created now, and what has become of one that is there.

use std::time::Duration;

use jiff::Timestamp;

use super::cause::{Cause, Selects, Taking};
use super::fit::{self, Fit, reads_alike};
use super::{Declared, Lack, Profiles};
use crate::api::{COMPUTE_TYPE_KEY, POD_PROFILE_LABEL};
use crate::eks::Profile;
use crate::placement::{FARGATE_SCHEDULER, Place, Pod, PodPhase, Taker, taker};

/// How long Fargate may take to create a node, or a pod to become Ready, before it counts as a problem.
const PATIENCE: Duration = Duration::from_secs(600);

/// What would become of the pod if it were created now.
pub(super) fn created_now(profiles: &Profiles, pod: &Pod) -> Cause {
    if pod.is_of_daemon_set() {
        return Cause::DaemonSet;
    }
    if pod.wants_ec2 {
        return Cause::OptedOut { by_label: pod.labels.get(COMPUTE_TYPE_KEY).is_some_and(|kind| kind == "ec2") };
    }
    let declared = match profiles {
        Profiles::Known(declared) => declared,
        Profiles::Unknown(why) => return Cause::ProfilesUnknown(why.clone()),
    };
    if declared.is_empty() {
        return Cause::NoFargateProfile;
    }
    let fits = fit::all(declared, pod);
    let taken = match pinned(declared, pod, &fits) {
        Some(cause) => return cause,
        None => taking(declared, pod),
    };
    let Some(taking) = taken else { return not_selected(declared, pod, fits) };
    // Beside the matching profile, it has to be a pod that Fargate takes and can run.
    if let Some(steering) = &pod.steering {
        return match steering.strip_prefix("schedulerName ") {
            Some(name) => Cause::OtherScheduler(name.to_owned()),
            None => Cause::NodeSelector(steering.clone()),
        };
    }
    if !pod.unfit.is_empty() {
        return Cause::NotSupported(pod.unfit.clone());
    }
    Cause::WouldRun(taking)
}

/// A pod may name its profile by EKS's own label, and goes there or nowhere (EKS user guide, Fargate profile).
fn pinned(declared: &[Declared], pod: &Pod, fits: &[Fit]) -> Option<Cause> {
    // EKS writes the label into the pods that it has taken, and nobody has pinned those.
    let profile = pod.profile().filter(|_| pod.scheduler != FARGATE_SCHEDULER)?;
    let Some(owner) = declared.iter().find(|declared| declared.has(profile)) else {
        return Some(Cause::PinnedUnknown(profile.to_owned()));
    };
    let is_met = match owner.object() {
        Some(object) => fits.iter().any(|fit| fit.fargate_profile == object && fit.matches),
        None => owner.serving.as_ref().is_some_and(|profile| selects(profile, pod)),
    };
    let object = owner.object().map(str::to_owned);
    (!is_met).then(|| Cause::PinnedElsewhere { profile: profile.to_owned(), object })
}

fn selects(profile: &Profile, pod: &Pod) -> bool {
    taker(std::iter::once(profile), pod) != Taker::Nobody
}

/// The profile that takes the pod.
fn taking(declared: &[Declared], pod: &Pod) -> Option<Taking> {
    let serving = || declared.iter().filter_map(|declared| declared.serving.as_ref());
    let named = pod.profile().filter(|_| pod.scheduler != FARGATE_SCHEDULER);
    let named = named.and_then(|name| serving().find(|profile| profile.name == name));
    let first = named.map_or_else(|| taker(serving(), pod), Taker::Profile);
    let profiles = match first {
        Taker::Nobody => return None,
        Taker::Profile(profile) => vec![profile],
        Taker::Undecided(among) => among,
    };
    let owner = declared.iter().find(|declared| declared.serving.as_ref() == profiles.first().copied())?;
    let is_later = |profile: &&Profile| !profiles.iter().any(|first| first.name == profile.name);
    let others = serving().filter(|_| named.is_none());
    let whose = |profile: &Profile| {
        let owner = declared.iter().find(|declared| declared.has(&profile.name));
        match owner.and_then(Declared::object) {
            Some(object) => format!("{} of FargateProfile {object}", profile.name),
            None => format!("{} of no FargateProfile", profile.name),
        }
    };
    Some(Taking {
        eks_profiles: profiles.iter().map(|profile| profile.name.clone()).collect(),
        fargate_profile: owner.object().map(str::to_owned),
        is_foreign: owner.object().is_none(),
        // A pod that names its profile goes there in whatever order.
        before: others.filter(|profile| selects(profile, pod)).filter(is_later).map(whose).collect(),
        active_since: owner.active_since,
        assumed: owner.is_assumed,
    })
}

/// No ACTIVE profile selects the pod: the nearest selector says why.
fn not_selected(declared: &[Declared], pod: &Pod, fits: Vec<Fit>) -> Cause {
    let lack = |object: &str| declared.iter().find(|declared| declared.name == object).map(|declared| &declared.lack);
    let is_elsewhere = |fit: &Fit| matches!(lack(&fit.fargate_profile), Some(Lack::OtherCluster(_)));
    // One for another cluster counts only where it matches and none here does.
    let (elsewhere, here): (Vec<Fit>, Vec<Fit>) = fits.into_iter().partition(is_elsewhere);
    let (matching, others): (Vec<Fit>, Vec<Fit>) = here.into_iter().partition(|fit| fit.matches);
    let elsewhere = elsewhere.into_iter().filter(|fit| fit.matches);
    let Some(nearest) = matching.into_iter().chain(elsewhere).chain(others).next() else {
        return Cause::NoFargateProfile;
    };
    let Fit { fargate_profile: object, number, namespace, misses, .. } = nearest;
    let by = Selects { object: object.clone(), number, namespace };
    if !nearest.namespace_met {
        let is_alike = reads_alike(&by.namespace, &pod.namespace);
        return Cause::NamespaceNotSelected { namespace: pod.namespace.clone(), alike: is_alike.then_some(by) };
    }
    if !nearest.matches {
        return Cause::of_labels(by, misses);
    }
    match lack(&object) {
        Some(Lack::Deleting) => Cause::ProfileDeleting(object),
        Some(Lack::Suspended) => Cause::Suspended(object),
        Some(Lack::Failed(said)) => Cause::ProfileFailed { object, said: said.clone() },
        Some(Lack::Creating(said)) => Cause::ProfileCreating { object, said: said.clone(), awaits_approval: false },
        Some(Lack::Unapproved(said)) => Cause::ProfileCreating { object, said: said.clone(), awaits_approval: true },
        Some(Lack::OtherCluster(cluster)) => Cause::OtherCluster { object, cluster: cluster.clone() },
        Some(Lack::Unseen) | None => Cause::ProfileUnseen(object),
    }
}

/// What has become of a pod that is there.
pub(super) fn present(profiles: &Profiles, pod: &Pod, now: Timestamp) -> Cause {
    if pod.phase == PodPhase::Ended {
        return Cause::Ended;
    }
    let is_static = pod.controller.as_ref().is_some_and(|owner| owner.kind == "Node" && owner.api_version == "v1");
    if is_static {
        return Cause::StaticPod;
    }
    match (pod.place(), pod.profile()) {
        (Place::Fargate, profile) => on_node(profiles, pod, profile.unwrap_or_default(), now),
        (Place::Pending, Some(profile)) if pod.scheduler == FARGATE_SCHEDULER => waiting(profiles, pod, profile, now),
        _ => not_taken(profiles, pod),
    }
}

/// On a node of Fargate.
fn on_node(profiles: &Profiles, pod: &Pod, profile: &str, now: Timestamp) -> Cause {
    let node = pod.node.clone().unwrap_or_default();
    let Some(taking) = taken_by(profiles, pod, profile) else {
        let eks_profiles = vec![profile.to_owned()];
        return Cause::OnFargate { taking: Taking { eks_profiles, is_foreign: true, ..Taking::default() }, node };
    };
    let is_late = !pod.ready && lasts(pod.created, now);
    if pod.issue.is_some() || is_late {
        return Cause::Held { taking, issue: pod.issue.clone(), node: Some(node) };
    }
    Cause::OnFargate { taking, node }
}

/// Taken by Fargate, and without a node.
fn waiting(profiles: &Profiles, pod: &Pod, profile: &str, now: Timestamp) -> Cause {
    if pod.gated {
        return Cause::Gated;
    }
    let Some(taking) = taken_by(profiles, pod, profile) else { return Cause::ProfileGone(profile.to_owned()) };
    let issue = pod.issue.clone();
    if issue.is_none() && !pod.unfit.is_empty() {
        return Cause::NotSupported(pod.unfit.clone());
    }
    if issue.is_some() || lasts(pod.created, now) {
        return Cause::Held { taking, issue, node: None };
    }
    Cause::Starting(taking)
}

/// The profile that a pod taken by Fargate has in its label, and the other profiles that select the pod. None if it is not known.
fn taken_by(profiles: &Profiles, pod: &Pod, profile: &str) -> Option<Taking> {
    let eks_profiles = vec![profile.to_owned()];
    let declared = match profiles {
        Profiles::Known(declared) => declared,
        Profiles::Unknown(_) => return Some(Taking { eks_profiles, ..Taking::default() }),
    };
    let owner = declared.iter().find(|declared| declared.has(profile))?;
    let would = taking(declared, pod).filter(|taking| taking.eks_profiles == eks_profiles);
    let fargate_profile = owner.object().map(str::to_owned);
    let alone = Taking { is_foreign: fargate_profile.is_none(), eks_profiles, fargate_profile, ..Taking::default() };
    Some(would.unwrap_or(alone))
}

/// Fargate has not taken it: why not, as if it were created now; and if it would be taken now, why not then.
fn not_taken(profiles: &Profiles, pod: &Pod) -> Cause {
    // EKS has not taken this pod, so whatever set the profile's label on it was not EKS.
    let taking = match created_now(profiles, pod) {
        Cause::WouldRun(taking) => taking,
        other => return other,
    };
    if pod.gated {
        return Cause::Gated;
    }
    let is_older = taking.active_since.is_some_and(|since| pod.created.as_second() < since.as_second());
    match (is_older, pod.node.clone()) {
        (true, Some(node)) => Cause::OlderOnNode { taking, node },
        (true, None) => {
            let recreates = profiles.recreate(taking.fargate_profile.as_deref()) && pod.controller.is_some();
            Cause::OlderThanProfile { taking, recreates }
        }
        (false, node) => Cause::SlippedPastWebhook { taking, node },
    }
}

fn lasts(since: Timestamp, now: Timestamp) -> bool {
    now.duration_since(since).as_secs() >= PATIENCE.as_secs().try_into().unwrap_or(i64::MAX)
}

/// The label by which a pod names its profile.
pub(super) const PIN: &str = POD_PROFILE_LABEL;
