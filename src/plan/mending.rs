//! When what a profile needs is mended, and when that is put back.

use std::collections::BTreeSet;

use super::{Step, Wait, settle};
use crate::api::DeletionPolicy;
use crate::eks::{Profile, ProfileStatus};
use crate::mending::{Next, Obstacle, Workload};
use crate::placement::{Pod, Taker, taker};
use crate::state::handover::Handovers;
use crate::state::{Facts, Pods, Snapshot};

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
    [role, entry, coredns, unused_role].into_iter().find_map(next)
}

/// Before the profiles of an object go with it, CoreDNS goes back, and gets as long to run on EC2 nodes as moved pods get on
/// Fargate.
pub(super) fn before_deletion(facts: &Facts<'_>) -> Option<Step> {
    let snapshot = facts.snapshot;
    let rest = snapshot.progress.checked_sub(snapshot.object.deleting_for).filter(|rest| !rest.is_zero());
    let leaves = |profile: &&&Profile| {
        let is_on = |workload: &Workload| workload.found.template.wants_ec2 && on(snapshot, workload, &[profile]) > 0;
        profile.status == ProfileStatus::Active && workloads(snapshot).any(is_on)
    };
    step(snapshot, coredns(facts)).or_else(|| {
        let goes = snapshot.spec.deletion_policy() == DeletionPolicy::Delete;
        let (profile, until) = (facts.owned.iter().find(leaves).filter(|_| goes)?, snapshot.now + rest?);
        Some(Step::Wait(Wait::DnsLeaves { name: profile.name.clone(), until }))
    })
}

/// After the last profile of an object: the role goes with its last user.
pub(super) fn after_deletion(facts: &Facts<'_>) -> Option<Step> {
    step(facts.snapshot, unused_role(facts))
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
    if let Some(obstacle) = snapshot.mending.coredns.unread().map(Obstacle::of) {
        // Who has never had the right has moved nothing.
        return if snapshot.object.deleting && !obstacle.passes { Ok(None) } else { Err(obstacle) };
    }
    let target = facts.target.filter(|target| !snapshot.object.deleting && is_settled(snapshot, target));
    let all: Vec<&Profile> = snapshot.profiles.iter().collect();
    // An object in a gap is about to have a profile again.
    let may_go_back = target.is_some() || snapshot.object.deleting;
    let may_go_back = may_go_back && !snapshot.other_objects.iter().any(|other| other.in_gap);
    for workload in workloads(snapshot) {
        let next = match taker_of(snapshot, workload) {
            Taker::Profile(taker) if target.is_some_and(|target| target.arn == taker.arn) => {
                workload.to_fargate(on(snapshot, workload, &all))?
            }
            Taker::Nobody if may_go_back => workload.back()?,
            Taker::Profile(_) | Taker::Nobody | Taker::Undecided(_) => None,
        };
        if next.is_some() {
            return Ok(next);
        }
    }
    Ok(None)
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
    let is_of_other = snapshot.other_objects.iter().any(|other| !other.deleting && wants(other.role.as_ref()));
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
