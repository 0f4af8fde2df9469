//! When what a profile needs is mended, and when that is put back.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Step, Wait, settle};
use crate::api::{DeletionPolicy, Reason};
use crate::eks::{Profile, ProfileStatus};
use crate::mending::{Next, Obstacle, Workload};
use crate::placement::{ClusterDns, Pod, Taker, is_like, matches, taker};
use crate::state::handover::Handovers;
use crate::state::{Facts, OtherObject, Pods, Snapshot};

/// What the next profile, or the one that serves, cannot do without. Where a profile serves, what cannot be mended now holds up
/// nothing else.
pub(super) fn first(facts: &Facts<'_>) -> Option<Step> {
    let is_missed = facts.target.is_none() && facts.snapshot.status.previous.is_none();
    let role = step(facts.snapshot, role(facts)).filter(|step| is_missed || is_due(step));
    role.or_else(|| step(facts.snapshot, entry(facts)).filter(is_due))
}

/// CoreDNS follows the profiles, if the next call is due.
pub(super) fn coredns_moves(facts: &Facts<'_>) -> Option<Step> {
    step(facts.snapshot, coredns(facts)).filter(is_due)
}

/// Nothing else is to be done: what is left of mending, or why nothing is mended.
pub(super) fn left(facts: &Facts<'_>) -> Option<Step> {
    let next = |next: fn(&Facts<'_>) -> Next| step(facts.snapshot, next(facts)).filter(is_told);
    // A role that nobody uses is nobody's trouble.
    let unused = || step(facts.snapshot, unused_role(facts)).filter(is_due);
    [role, entry, coredns].into_iter().find_map(next).or_else(unused)
}

/// Before the profiles of an object go with it, CoreDNS goes back, and gets as long to run on EC2 nodes as moved pods get on
/// Fargate.
pub(super) fn before_deletion(facts: &Facts<'_>) -> Option<Step> {
    let snapshot = facts.snapshot;
    if snapshot.spec.deletion_policy() == DeletionPolicy::Retain {
        return None;
    }
    step(snapshot, coredns(facts)).or_else(|| workloads(snapshot).find_map(|workload| leaving(facts, workload)))
}

/// The wait for CoreDNS to leave a profile of the object: from the last progress of its rollout on.
fn leaving(facts: &Facts<'_>, workload: &Workload) -> Option<Step> {
    let snapshot = facts.snapshot;
    let mut active = facts.owned.iter().filter(|profile| profile.status == ProfileStatus::Active);
    let profile = active.find(|profile| workload.is_leaving() && on(snapshot, workload, &[profile]) > 0)?;
    let since = match workload.found.progressed {
        Some(progressed) if workload.found.template.wants_ec2 => snapshot.since(progressed),
        None if workload.found.template.wants_ec2 => Duration::ZERO,
        // The rollout has yet to begin.
        Some(_) | None => snapshot.object.deleting_for,
    };
    let rest = snapshot.progress.checked_sub(since).filter(|rest| !rest.is_zero())?;
    Some(Step::Wait(Wait::DnsLeaves { name: profile.name.clone(), until: snapshot.now + rest }))
}

/// After the last profile of an object: the role goes with its last user. What others attached to it keeps it, and nobody waits for
/// that.
pub(super) fn after_deletion(facts: &Facts<'_>) -> Option<Step> {
    if role_left_behind(facts).is_some() {
        return None;
    }
    step(facts.snapshot, unused_role(facts))
}

/// Why the role stays although its last user goes.
pub(crate) fn role_left_behind(facts: &Facts<'_>) -> Option<String> {
    unused_role(facts).err().filter(|obstacle| obstacle.reason == Reason::MendingHeld).map(|obstacle| obstacle.message)
}

/// What is to be mended, by the keys of the calls. What is no longer to be mended has not failed.
pub(crate) fn due(facts: &Facts<'_>) -> BTreeSet<String> {
    let calls = [role, entry, coredns, unused_role].map(|next| next(facts).ok().flatten());
    calls.iter().flatten().map(crate::mending::Mend::key).collect()
}

/// The step for the next call, the wait for another try, or for a person.
fn step(snapshot: &Snapshot, next: Next) -> Option<Step> {
    match next {
        Ok(next) => next.map(|mend| Step::mend(snapshot, mend)),
        Err(Obstacle { reason, message, passes: false }) => Some(Step::Wait(Wait::stalled(reason, message))),
        Err(Obstacle { message, passes: true, .. }) => Some(Step::Wait(Wait::Unread { message })),
    }
}

/// Nobody waits for what could not be read, but who cannot do without it.
fn is_told(step: &Step) -> bool {
    !matches!(step, Step::Wait(Wait::Unread { .. }))
}

fn is_due(step: &Step) -> bool {
    matches!(step, Step::Mend(_))
}

/// The object's role, if that is the one that the operator makes.
fn role(facts: &Facts<'_>) -> Next {
    let managed = facts.snapshot.mending.role.as_ref();
    let own = managed.filter(|role| !facts.snapshot.object.deleting && facts.desired.role.as_ref() == Some(&role.arn));
    own.map_or(Ok(None), |role| role.make())
}

fn entry(facts: &Facts<'_>) -> Next {
    Ok(facts.snapshot.mending.entry.clone())
}

/// CoreDNS to the target that takes it, and back when no profile that stays takes it.
fn coredns(facts: &Facts<'_>) -> Next {
    let snapshot = facts.snapshot;
    if let Some(unread) = snapshot.mending.coredns.unread() {
        return if may_take_dns(facts) { Err(Obstacle::of(unread)) } else { Ok(None) };
    }
    let target = facts.target.filter(|target| !snapshot.object.deleting && is_settled(snapshot, target));
    let all: Vec<&Profile> = snapshot.profiles.iter().collect();
    for workload in workloads(snapshot) {
        let next = match taker_of(snapshot, workload) {
            Taker::Profile(taker) if target.is_some_and(|target| target.arn == taker.arn) => {
                let there =
                    if matches!(snapshot.pods, Pods::Known(_)) { on(snapshot, workload, &all) } else { u32::MAX };
                workload.to_fargate(there)?
            }
            Taker::Nobody if (target.is_some() || snapshot.object.deleting) && !is_awaited(snapshot, workload) => {
                workload.back(is_taken(snapshot, workload))?
            }
            Taker::Profile(_) | Taker::Nobody | Taker::Undecided(_) => None,
        };
        if next.is_some() {
            return Ok(next);
        }
    }
    Ok(None)
}

/// Whether a profile of the object may take the pods of CoreDNS, as far as its Service's namespace tells.
fn may_take_dns(facts: &Facts<'_>) -> bool {
    let service = facts.snapshot.dns.known().and_then(ClusterDns::service);
    let namespace = service.map_or("kube-system", |service| service.namespace.as_str());
    let selectors = facts.owned.iter().flat_map(|profile| &profile.selectors);
    selectors.map(|selector| selector.namespace.as_str()).any(|pattern| is_like(pattern, namespace))
}

/// Whether another object is to have a profile that takes the pods.
fn is_awaited(snapshot: &Snapshot, workload: &Workload) -> bool {
    let template = Pod { wants_ec2: false, ..workload.found.template.clone() };
    let selects = |other: &OtherObject| other.selectors.iter().any(|selector| matches(selector, &template));
    snapshot.other_objects.iter().any(|other| !other.deleting && selects(other))
}

/// Whether a profile that is still there takes the pods, if nothing holds them on EC2.
fn is_taken(snapshot: &Snapshot, workload: &Workload) -> bool {
    let active = snapshot.profiles.iter().filter(|profile| profile.status == ProfileStatus::Active);
    taker(active, &Pod { wants_ec2: false, ..workload.found.template.clone() }) != Taker::Nobody
}

fn is_settled(snapshot: &Snapshot, target: &Profile) -> bool {
    settle::settled_at(snapshot, target).is_some_and(|at| at <= snapshot.now)
}

fn unused_role(facts: &Facts<'_>) -> Next {
    let snapshot = facts.snapshot;
    let Some(role) = &snapshot.mending.role else { return Ok(None) };
    let wants = |named: Option<&String>| named.is_none_or(|named| *named == role.arn);
    // Of a profile that could not be described, the role is not known.
    let has_it = |profile: &Profile| profile.role == role.arn || profile.role.is_empty();
    // In its gap an object may have to put back a profile with this role.
    let uses = |other: &OtherObject| !other.deleting && (other.in_gap || wants(other.role.as_ref()));
    let is_of_other = snapshot.other_objects.iter().any(uses);
    let is_own = !snapshot.object.deleting && wants(snapshot.spec.pod_execution_role_arn.as_ref());
    if is_of_other || is_own || snapshot.profiles.iter().any(has_it) {
        return Ok(None);
    }
    role.unmake()
}

fn workloads(snapshot: &Snapshot) -> impl Iterator<Item = &Workload> {
    snapshot.mending.coredns.known().into_iter().flatten()
}

/// Which of the profiles that stay takes the pods, were they not held on EC2.
fn taker_of<'a>(snapshot: &'a Snapshot, workload: &Workload) -> Taker<'a> {
    let handovers = Handovers::of(snapshot);
    let stays = |profile: &&Profile| match profile.status {
        ProfileStatus::Active => !handovers.goes(profile),
        ProfileStatus::Creating => true,
        ProfileStatus::Deleting
        | ProfileStatus::CreateFailed
        | ProfileStatus::DeleteFailed
        | ProfileStatus::Unknown(_) => false,
    };
    taker(snapshot.profiles.iter().filter(stays), &Pod { wants_ec2: false, ..workload.found.template.clone() })
}

/// How many of its pods are Ready on these profiles.
fn on(snapshot: &Snapshot, workload: &Workload, profiles: &[&Profile]) -> u32 {
    let Pods::Known(pods) = &snapshot.pods else { return 0 };
    let (namespace, name) = &workload.name;
    let is_of_it = |pod: &Pod| pod.namespace == *namespace && pod.deployment() == Some(name.as_str());
    let is_there = |pod: &Pod| profiles.iter().any(|profile| pod.is_taken_for(profile));
    pods.iter().filter(|pod| pod.ready && is_of_it(pod) && is_there(pod)).count().try_into().unwrap_or(u32::MAX)
}
