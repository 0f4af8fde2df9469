//! Handing over: an EKS profile goes, and another FargateProfile selects its pods.
//!
//! EKS ends all pods of a profile at once when it deletes the profile, so the pods move first. The successor creates
//! its next EKS profile under a name that sorts first, the pods are drained to it as usual, and then the old profile is
//! deleted. Both sides derive this from EKS, the objects and the pods, so they agree without exchanging messages.
//!
//! # Guarantees
//! - An object steps in front only of a profile that goes and has pods that can move. Overlapping selectors alone are
//!   no reason.
//! - A profile that stays loses no pods.

use std::collections::{BTreeMap, BTreeSet};

use super::{OtherObject, Pods, Snapshot, is_owned, name, owner};
use crate::eks::{Profile, ProfileStatus};
use crate::placement::{Pod, Remakes, Taker, could_share, matches, sorts_before, taker};

/// The FargateProfile that is to take over pods of a profile that goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Successor {
    pub object: String,
    /// Why it cannot take over until a person acts.
    pub obstacle: Option<Obstacle>,
}

/// Why a FargateProfile cannot take over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// Under DeleteFirst it keeps its exact name, which does not sort first.
    KeepsItsName,
    /// Its new name would also sort before this EKS profile, which stays and could take the same pods.
    WouldTakeFrom(String),
    /// Its own status gives this reason.
    Held(String),
}

/// The objects of a cluster, and which of their EKS profiles go.
pub(crate) struct Handovers<'a> {
    snapshot: &'a Snapshot,
    /// The snapshot's own object, as others see it.
    me: OtherObject,
    going: Vec<&'a Profile>,
}

impl<'a> Handovers<'a> {
    pub(crate) fn of(snapshot: &'a Snapshot) -> Self {
        let mut active: BTreeMap<&str, Vec<&Profile>> = BTreeMap::new();
        for profile in snapshot.profiles.iter().filter(|profile| profile.status == ProfileStatus::Active) {
            if let Some(owner) = owner(profile, &snapshot.installation) {
                active.entry(owner).or_default().push(profile);
            }
        }
        let me = OtherObject::from(snapshot);
        let objects = snapshot.other_objects.iter().chain([&me]);
        let going = objects.filter_map(|object| Some(going(object, active.get(object.name.as_str())?)));
        let mut going: Vec<&Profile> = going.flatten().collect();
        going.sort_by(|a, b| a.name.cmp(&b.name));
        Self { snapshot, me, going }
    }

    fn objects(&self) -> impl Iterator<Item = &OtherObject> {
        self.snapshot.other_objects.iter().chain([&self.me])
    }

    /// Whether a profile goes, whosever it is.
    pub(crate) fn goes(&self, profile: &Profile) -> bool {
        self.going.iter().any(|going| going.arn == profile.arn)
    }

    pub(crate) fn is_going(&self, profile: &Profile) -> bool {
        let is_ours = is_owned(profile, &self.snapshot.object.name, &self.snapshot.installation);
        !is_ours && self.goes(profile)
    }

    /// The FargateProfile that is to take over a pod of `old`: of those that select the pod, the one that would take it
    /// if `old` were gone. The caller has checked that no profile that stays takes the pod earlier.
    pub(crate) fn successor(&self, pod: &Pod, old: &Profile) -> Option<Successor> {
        // A profile that is CREATING will take the pod, whatever its object's spec says by now.
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

    /// The EKS profiles of other objects that this object's next profile has to sort before.
    pub(crate) fn to_stand_before(&self) -> Vec<&'a Profile> {
        let (Pods::Known(pods), me) = (&self.snapshot.pods, &self.snapshot.object.name) else { return Vec::new() };
        let waits = |old: &&&Profile| {
            let here = |pod: &&Pod| pod.is_taken_for(old) && can_move(pod) && self.is_left_to(pod, old, me);
            pods.iter().map(AsRef::as_ref).any(|pod| here(&pod))
        };
        let waiting: BTreeSet<&str> = self.going.iter().filter(waits).map(|old| old.name.as_str()).collect();
        self.going.iter().copied().filter(|old| waiting.contains(old.name.as_str())).collect()
    }

    /// Whether this object is the pod's successor and can take it over.
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

    /// The first of its live EKS profiles in name order, or else the name that its first one will get.
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

    /// A profile that stays, could take pods that the object selects, and would lose them if the object took an earlier
    /// name than `usual`.
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

/// Those of an object's ACTIVE profiles that go, because the object is being deleted or another one of them has superseded
/// them for good.
fn going<'a>(object: &OtherObject, active: &[&'a Profile]) -> Vec<&'a Profile> {
    let is_superseded = |profile: &Profile| active.iter().any(|other| sorts_before(&other.name, &profile.name));
    let goes = |profile: &&Profile| object.leaves || !object.deleting && !object.taken_back && is_superseded(profile);
    active.iter().copied().filter(goes).collect()
}

/// Whether the pod can be moved at all. Otherwise no object steps in front for it.
fn can_move(pod: &Pod) -> bool {
    let remakes = pod.controller.as_ref().map(crate::placement::Controller::remakes);
    !pod.terminating && !pod.do_not_disrupt && remakes == Some(Remakes::Always)
}
