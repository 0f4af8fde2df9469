//! Handing over: an EKS profile goes, and another FargateProfile selects its pods.
//!
//! EKS ends all pods of a profile at once when it is deleted, so they move first. The successor makes its next EKS profile under
//! a name that sorts before that of the profile which goes, the pods are drained to it by the usual rules, and only then the
//! old profile is deleted. Both sides derive all of it from EKS, the objects and the pods, and so agree without telling each
//! other.
//!
//! # Guarantees
//! - Overlapping selectors alone make nobody step in front: only a profile that goes does, with pods on it that can be moved.
//! - Nothing is taken from a profile that stays.

use std::collections::BTreeSet;

use super::{OtherObject, Pods, Snapshot, is_owned, name};
use crate::eks::{Profile, ProfileStatus};
use crate::placement::{Pod, Remakes, Taker, could_share, matches, sorts_before, taker};

/// Another FargateProfile that the pods of a profile which goes wait for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Successor {
    pub object: String,
    /// What keeps it from taking over until a person does something about it.
    pub obstacle: Option<Obstacle>,
}

/// What keeps a FargateProfile from taking over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// Under DeleteFirst it keeps its exact name, which does not sort first.
    KeepsItsName,
    /// It would sort before this EKS profile as well, which stays and could take the same pods.
    WouldTakeFrom(String),
    /// It says so itself, in these words.
    Held(String),
}

/// The objects of a cluster, and those of their EKS profiles that go.
pub(crate) struct Handovers<'a> {
    snapshot: &'a Snapshot,
    /// The object itself, as others see it.
    me: OtherObject,
    going: Vec<&'a Profile>,
}

impl<'a> Handovers<'a> {
    pub(crate) fn of(snapshot: &'a Snapshot) -> Self {
        let mut handovers = Self { snapshot, me: OtherObject::from(snapshot), going: Vec::new() };
        let active = snapshot.profiles.iter().filter(|profile| profile.status == ProfileStatus::Active);
        let going = active.filter(|profile| handovers.objects().any(|owner| goes(snapshot, owner, profile)));
        handovers.going = going.collect();
        handovers
    }

    fn objects(&self) -> impl Iterator<Item = &OtherObject> {
        self.snapshot.other_objects.iter().chain([&self.me])
    }

    /// Whether this profile of another object goes.
    pub(crate) fn is_going(&self, profile: &Profile) -> bool {
        let is_ours = is_owned(profile, &self.snapshot.object.name, &self.snapshot.installation);
        !is_ours && self.going.iter().any(|going| going.arn == profile.arn)
    }

    /// The FargateProfile that is to take over a pod of `old`, which no EKS profile that stays takes before it: of those that
    /// select it, the one that would take it if `old` were gone.
    pub(crate) fn successor(&self, pod: &Pod, old: &Profile) -> Option<Successor> {
        // What is on its way in front of it comes whatever its object is told by now.
        if let Some(object) = self.on_its_way(pod, old) {
            return Some(Successor { object: object.name.clone(), obstacle: None });
        }
        let object = self.heir(pod, old)?;
        Some(Successor { object: object.name.clone(), obstacle: self.obstacle(object, old) })
    }

    fn on_its_way(&self, pod: &Pod, old: &Profile) -> Option<&OtherObject> {
        let creating = self.snapshot.profiles.iter().filter(|profile| profile.status == ProfileStatus::Creating);
        let mut takes = creating.filter(|profile| {
            let selects = profile.selectors.iter().any(|selector| matches(selector, pod));
            selects && !pod.wants_ec2 && sorts_before(&profile.name, &old.name)
        });
        takes.find_map(|profile| {
            let owns = |object: &&OtherObject| is_owned(profile, &object.name, &self.snapshot.installation);
            let stays =
                |object: &&OtherObject| !object.deleting && !is_owned(old, &object.name, &self.snapshot.installation);
            self.objects().filter(stays).find(owns)
        })
    }

    /// The EKS profiles of others that the object's own next one has to sort before.
    pub(crate) fn to_stand_before(&self) -> Vec<&'a Profile> {
        let (Pods::Known(pods), me) = (&self.snapshot.pods, &self.snapshot.object.name) else { return Vec::new() };
        let waits = |old: &&&Profile| {
            let here = |pod: &&Pod| pod.is_taken_for(old) && can_move(pod) && self.is_left_to(pod, old, me);
            pods.iter().map(AsRef::as_ref).any(|pod| here(&pod))
        };
        let waiting: BTreeSet<&str> = self.going.iter().filter(waits).map(|old| old.name.as_str()).collect();
        self.going.iter().copied().filter(|old| waiting.contains(old.name.as_str())).collect()
    }

    /// Whether the pod is to be taken over by this object, which can.
    fn is_left_to(&self, pod: &Pod, old: &Profile, object: &str) -> bool {
        let active = self.snapshot.profiles.iter().filter(|profile| profile.status == ProfileStatus::Active);
        let staying =
            active.filter(|profile| profile.arn == old.arn || !self.going.iter().any(|it| it.arn == profile.arn));
        let stays = !matches!(taker(staying, pod), Taker::Profile(next) if next.arn != old.arn);
        let heir = self.heir(pod, old).filter(|heir| heir.name == object);
        stays
            && heir.is_some_and(|heir| {
                !matches!(self.obstacle(heir, old), Some(Obstacle::KeepsItsName | Obstacle::WouldTakeFrom(_)))
            })
    }

    fn heir(&self, pod: &Pod, old: &Profile) -> Option<&OtherObject> {
        let selects = |object: &&OtherObject| {
            let is_owner = is_owned(old, &object.name, &self.snapshot.installation);
            !object.deleting && !is_owner && object.selectors.iter().any(|selector| matches(selector, pod))
        };
        let objects = self.objects().filter(|_| !pod.wants_ec2).filter(selects);
        objects.min_by_key(|object| (self.name_of(object), object.name.clone()))
    }

    /// The name of its EKS profile that sorts first, or of the one that it will have.
    fn name_of(&self, object: &OtherObject) -> String {
        let live = self.owned(object).filter(|profile| profile.status.is_live()).map(|profile| profile.name.as_str());
        match live.min() {
            Some(name) => name.to_owned(),
            None if object.keeps_its_name => object.stem.clone(),
            None => name::next(&object.stem, &[], |_| false).unwrap_or_default(),
        }
    }

    fn owned(&self, object: &OtherObject) -> impl Iterator<Item = &'a Profile> {
        let (owner, installation) = (object.name.clone(), &self.snapshot.installation);
        self.snapshot.profiles.iter().filter(move |profile| is_owned(profile, &owner, installation))
    }

    fn obstacle(&self, object: &OtherObject, old: &Profile) -> Option<Obstacle> {
        let usual = self.name_of(object);
        if !sorts_before(&usual, &old.name) {
            if object.keeps_its_name {
                return Some(Obstacle::KeepsItsName);
            }
            if let Some(between) = self.between(object, old, &usual) {
                return Some(Obstacle::WouldTakeFrom(between.name.clone()));
            }
        }
        object.held.clone().map(Obstacle::Held)
    }

    /// A profile that stays, could take pods that the object selects, and comes before it only as long as its name is `usual`.
    fn between(&self, object: &OtherObject, old: &Profile, usual: &str) -> Option<&'a Profile> {
        let own: Vec<&str> =
            self.owned(object).map(|profile| profile.name.as_str()).chain([old.name.as_str()]).collect();
        let early = name::next(&object.stem, &own, |_| false)?;
        let stays = |profile: &&Profile| {
            profile.status.is_live()
                && !is_owned(profile, &object.name, &self.snapshot.installation)
                && !self.going.iter().any(|going| going.arn == profile.arn)
        };
        let is_between =
            |profile: &&Profile| !sorts_before(&profile.name, &early) && !sorts_before(usual, &profile.name);
        let shares = |profile: &&Profile| {
            let theirs = |selector| profile.selectors.iter().any(|other| could_share(selector, other));
            object.selectors.iter().any(theirs)
        };
        self.snapshot.profiles.iter().filter(stays).filter(is_between).find(shares)
    }
}

/// Whether a profile goes because its object is being deleted, or because another one of the object, which is ACTIVE, has
/// superseded it for good.
fn goes(snapshot: &Snapshot, owner: &OtherObject, profile: &Profile) -> bool {
    if !is_owned(profile, &owner.name, &snapshot.installation) {
        return false;
    }
    let supersedes = |other: &Profile| {
        other.status == ProfileStatus::Active
            && is_owned(other, &owner.name, &snapshot.installation)
            && sorts_before(&other.name, &profile.name)
    };
    owner.leaves || !owner.deleting && !owner.taken_back && snapshot.profiles.iter().any(supersedes)
}

/// Whether the pod can be moved at all, so that it is worth stepping in front of its profile.
fn can_move(pod: &Pod) -> bool {
    let remakes = pod.controller.as_ref().map(crate::placement::Controller::remakes);
    !pod.terminating && !pod.do_not_disrupt && remakes == Some(Remakes::Always)
}
