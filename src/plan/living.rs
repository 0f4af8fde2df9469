//! Decisions for an object that is to have an EKS profile: CreateFirst.

use sha2::{Digest, Sha256};

use super::step::{DeleteCause, Rest, Step, TagCause};
use super::{Effect, Picture, Pods, Snapshot, Wanted, changes, name, obstacle, ownership, tag_drift};
use crate::api::{Adoption, Reason, TAG_SPEC_HASH};
use crate::eks::{NewProfile, Profile, ProfileStatus};

/// At most so many live profiles an object (see docs/architecture.md, invariant 11).
const MOST_LIVE: usize = 3;

pub(super) fn decide(snapshot: &Snapshot, picture: &Picture<'_>) -> Step {
    if let Some(obstacle) = obstacle::of(snapshot, picture) {
        return Step::Rest(obstacle);
    }
    let suspended = snapshot.spec.is_suspended();
    if !snapshot.object.has_finalizer {
        return if suspended && picture.owned.is_empty() {
            Step::Rest(Rest::Suspended { pending: true })
        } else {
            Step::AddFinalizer
        };
    }
    if snapshot.status.cluster.is_none() {
        return Step::Rest(Rest::Recording);
    }
    if !suspended && let Some(step) = clear_leftovers(snapshot, picture) {
        return step;
    }
    if picture.owned.is_empty()
        && snapshot.spec.adoption() == Adoption::IfUnowned
        && let Some(found) = snapshot.profiles.iter().find(|profile| profile.name == picture.stem)
    {
        return adopt(snapshot, picture, found);
    }
    match picture.target {
        None if suspended => Step::Rest(Rest::Suspended { pending: true }),
        None => open_next(snapshot, picture),
        Some(target) if target.status == ProfileStatus::Creating => Step::under_way(target),
        Some(target) => keep(snapshot, picture, target, suspended),
    }
}

/// Owned failed profiles go first; one in back-off blocks nothing.
fn clear_leftovers(snapshot: &Snapshot, picture: &Picture<'_>) -> Option<Step> {
    picture
        .owned
        .iter()
        .filter(|profile| matches!(profile.status, ProfileStatus::CreateFailed | ProfileStatus::DeleteFailed))
        .find(|profile| snapshot.back_off(&Effect::Delete(profile.arn.clone())).is_none())
        .map(|profile| Step::delete(profile, DeleteCause::Leftover))
}

fn adopt(snapshot: &Snapshot, picture: &Picture<'_>, found: &Profile) -> Step {
    let managed = ownership::management_tags(found);
    if !managed.is_empty() {
        return Step::Rest(Rest::Stalled {
            reason: Reason::NameTaken,
            message: format!(
                "EKS profile {} is managed by somebody else ({}) and is not adopted: remove it there first, or set spec.adoption: Never, and the operator creates its own beside it",
                found.name,
                managed.join(", ")
            ),
        });
    }
    if snapshot.spec.is_suspended() {
        return Step::Rest(Rest::Suspended { pending: true });
    }
    match found.status {
        ProfileStatus::Active => {}
        ProfileStatus::Creating | ProfileStatus::Deleting | ProfileStatus::Unknown(_) => return Step::under_way(found),
        ProfileStatus::CreateFailed | ProfileStatus::DeleteFailed => {
            return Step::Rest(Rest::Stalled {
                reason: Reason::NameTaken,
                message: format!(
                    "{}. It is not adopted: delete it in EKS, or set spec.adoption: Never, and the operator creates its own beside it",
                    found.complaint()
                ),
            });
        }
    }
    Step::tag(snapshot, found, ownership_tags(snapshot, picture), Vec::new(), TagCause::Adopt)
}

/// No target: create the next profile, beside those that serve.
fn open_next(snapshot: &Snapshot, picture: &Picture<'_>) -> Step {
    if picture.owned.iter().filter(|profile| profile.status.is_live()).count() >= MOST_LIVE {
        return make_room(snapshot, picture);
    }
    let create = Effect::Create(snapshot.object.generation);
    if let Some(until) = snapshot.back_off(&create) {
        return Step::Rest(Rest::BackOff { effect: create, until });
    }
    let owned: Vec<&str> = picture.owned.iter().map(|profile| profile.name.as_str()).collect();
    let used = |name: &str| snapshot.profiles.iter().any(|profile| profile.name.eq_ignore_ascii_case(name));
    let Some(name) = name::next(picture.stem, &owned, used) else {
        return Step::Rest(Rest::Stalled {
            reason: Reason::NamesUsedUp,
            message: format!(
                "no EKS profile name of the form {0}-NNNN or 0-{0}-NNNN is left that sorts before the profiles there are: move to a new FargateProfile with another spec.profileName",
                picture.stem
            ),
        });
    };
    let Wanted { role, subnets, selectors, .. } = picture.wanted.clone();
    let mut tags = picture.wanted.tags.clone();
    tags.extend(ownership_tags(snapshot, picture));
    Step::Create {
        profile: NewProfile {
            cluster: snapshot.defaults.cluster_of(&snapshot.spec).to_owned(),
            name,
            role: role.unwrap_or_default(),
            subnets,
            selectors,
            tags,
        },
        replaces: picture.foremost.map(|profile| profile.name.clone()),
        generation: snapshot.object.generation,
    }
}

/// Three live profiles and none serves the spec: the sort-last one has to go first.
fn make_room(snapshot: &Snapshot, picture: &Picture<'_>) -> Step {
    // One that the spec went back to is the last to be given up.
    let last = picture.superseded().min_by_key(|profile| changes(&picture.wanted, profile).is_empty());
    match (picture.foremost, last) {
        (Some(foremost), Some(last)) if foremost.status == ProfileStatus::Active => {
            settling(snapshot, foremost).unwrap_or_else(|| retire(snapshot, last))
        }
        (Some(foremost), _) => Step::under_way(foremost),
        (None, _) => Step::Rest(Rest::Stalled {
            reason: Reason::TooManyProfiles,
            message: format!(
                "this object owns {} live EKS profiles ({}), and collations disagree on which of them takes new pods: delete those that are not needed",
                picture.owned.len(),
                picture.owned.iter().map(|profile| profile.name.as_str()).collect::<Vec<_>>().join(", ")
            ),
        }),
    }
}

/// The target is ACTIVE: tags in place, then the superseded ones.
fn keep(snapshot: &Snapshot, picture: &Picture<'_>, target: &Profile, suspended: bool) -> Step {
    let (set, remove) = tag_drift(&picture.tags(snapshot), &snapshot.status.applied_tag_keys, target);
    let tags_differ = !set.is_empty() || !remove.is_empty();
    let superseded = picture.superseded().next();
    if suspended {
        return Step::Rest(Rest::Suspended { pending: tags_differ || superseded.is_some() });
    }
    // Tags that cannot be changed at the moment keep nothing else from going on.
    let tags = tags_differ.then(|| Step::tag(snapshot, target, set, remove, TagCause::Drift));
    if let Some(step @ Step::Tag { .. }) = tags {
        return step;
    }
    if let Some(going) = picture.owned.iter().find(|profile| profile.status.is_under_way()) {
        return Step::under_way(going);
    }
    if let Some(old) = superseded {
        return settling(snapshot, target).unwrap_or_else(|| retire(snapshot, old));
    }
    if let Some(back_off) = tags {
        return back_off;
    }
    let waiting = picture.owned.iter().find_map(|profile| {
        let effect = Effect::Delete(profile.arn.clone());
        snapshot.back_off(&effect).map(|until| Rest::BackOff { effect, until })
    });
    Step::Rest(waiting.unwrap_or(Rest::Settled))
}

/// The time that an ACTIVE profile is given before pods are expected to land on it.
fn settling(snapshot: &Snapshot, target: &Profile) -> Option<Step> {
    let since = snapshot.status_since.get(&target.arn).copied().unwrap_or(snapshot.now);
    let until = since + snapshot.settle;
    (snapshot.now < until).then_some(Step::Rest(Rest::Settling { until }))
}

/// A superseded profile goes when nothing runs on it. Pods that cannot be seen are not "none".
fn retire(snapshot: &Snapshot, old: &Profile) -> Step {
    let effect = Effect::Delete(old.arn.clone());
    if let Some(until) = snapshot.back_off(&effect) {
        return Step::Rest(Rest::BackOff { effect, until });
    }
    match snapshot.pods.get(&old.name) {
        Some(Pods::Known(0)) => Step::delete(old, DeleteCause::Superseded),
        Some(Pods::Known(pods)) => Step::Rest(Rest::PodsHeld { name: old.name.clone(), pods: *pods }),
        Some(Pods::Unknown(why)) => Step::Rest(Rest::PodsUnknown { name: old.name.clone(), why: why.clone() }),
        None => Step::Rest(Rest::PodsUnknown { name: old.name.clone(), why: "they were not asked for".to_owned() }),
    }
}

/// Ownership, and a hash of the spec for people who look at the profile in AWS.
fn ownership_tags(snapshot: &Snapshot, picture: &Picture<'_>) -> std::collections::BTreeMap<String, String> {
    let Wanted { role, subnets, selectors, .. } = &picture.wanted;
    let digest = Sha256::digest(format!("{role:?} {subnets:?} {selectors:?}"));
    let hash: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let mut tags = ownership::tags(&snapshot.object.name, &snapshot.object.uid, &snapshot.installation);
    tags.insert(TAG_SPEC_HASH.to_owned(), hash);
    tags
}
