//! What a snapshot means: who owns each profile, and which one serves the spec.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::approval::{is_approved, plan_id};
use super::handover::Handovers;
use super::{ActionKey, Desired, Snapshot, changes, name, ownership, stem};
use crate::api::{PreviousProfile, TAG_SPEC_HASH};
use crate::eks::{Profile, ProfileStatus};
use crate::placement::{Pod, Taker, sorts_before, taker};

#[derive(Debug)]
pub struct Facts<'a> {
    pub snapshot: &'a Snapshot,
    pub desired: Desired,
    /// The stem of the object's EKS names.
    pub stem: String,
    /// The object's profiles, in name order.
    pub owned: Vec<&'a Profile>,
    /// Profiles that status records as ours but that lack our tags.
    pub lost: Vec<&'a Profile>,
    /// A recorded profile that is missing, not deleted by us, and not missing long enough to count as gone.
    pub doubtful: Option<&'a str>,
    /// The live profile that takes every new pod.
    pub foremost: Option<&'a Profile>,
    /// The foremost profile, if it equals the spec. No other profile can be the target: it would lose its new pods to
    /// the foremost one.
    pub target: Option<&'a Profile>,
    /// How the foremost profile differs from the spec.
    pub changes: Vec<String>,
    /// The plan that replaces the foremost profile, if it differs.
    pub plan: Option<String>,
    /// Set when the operator's defaults have changed since the spec last changed.
    pub drift: Option<Drift>,
    /// Profiles of other objects that go and whose pods wait for this object. Its next profile has to sort before them.
    pub(crate) before: Vec<&'a Profile>,
}

/// A change of the defaults, which waits for the next change of the spec or for approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    pub fields: Vec<String>,
    /// The plan that would follow, with its changes. There is none inside a gap.
    pub plan: Option<(String, Vec<String>)>,
}

impl<'a> Facts<'a> {
    pub fn of(snapshot: &'a Snapshot) -> Self {
        let is_ours = |profile: &Profile| ownership::is_owned(profile, &snapshot.object.name, &snapshot.installation);
        let mut owned: Vec<&Profile> = snapshot.profiles.iter().filter(|profile| is_ours(profile)).collect();
        owned.sort_by(|a, b| a.name.cmp(&b.name));
        let recorded = |profile: &Profile| snapshot.status.profiles.iter().any(|record| record.arn == profile.arn);
        let lost = snapshot.profiles.iter().filter(|profile| recorded(profile) && !is_ours(profile)).collect();
        let doubtful = doubtful(snapshot);
        let foremost = first(owned.iter().copied().filter(|profile| profile.status.is_live()));
        let (desired, drift) = desired(snapshot, foremost);
        let mut changes = foremost.map(|profile| changes(&desired, profile)).unwrap_or_default();
        let target = foremost.filter(|_| changes.is_empty());
        let before = if snapshot.object.deleting { Vec::new() } else { Handovers::of(snapshot).to_stand_before() };
        let behind =
            foremost.into_iter().flat_map(|first| before.iter().filter(|it| !sorts_before(&first.name, &it.name)));
        changes.extend(behind.map(|going| format!("name: before {}, to take over its pods", going.name)));
        let plan = foremost.filter(|_| !changes.is_empty()).map(|from| plan_id(snapshot, from, &desired));
        Self {
            snapshot,
            desired,
            stem: stem(&snapshot.spec, &snapshot.object.name),
            owned,
            lost,
            doubtful,
            foremost,
            target,
            changes,
            plan,
            drift,
            before,
        }
    }

    /// The profile that serves the spec: the target once it is ACTIVE. While a target is created only to take over pods
    /// of another object, the profile that it supersedes still serves.
    pub fn serving(&self) -> Option<&'a Profile> {
        let target = self.target?;
        if target.status == ProfileStatus::Active {
            return Some(target);
        }
        self.taking().filter(|taking| changes(&self.desired, taking).is_empty())
    }

    /// Whether the target is ACTIVE and needs no successor.
    pub fn is_complete(&self) -> bool {
        self.target.is_some_and(|target| target.status == ProfileStatus::Active) && !self.takes_over()
    }

    /// The names before which the next profile of the object has to sort.
    pub(crate) fn to_sort_before(&self) -> Vec<&'a str> {
        self.owned.iter().chain(&self.before).map(|profile| profile.name.as_str()).collect()
    }

    /// The name that the next profile gets under CreateFirst, unless all names are used up.
    pub(crate) fn next_name(&self) -> Option<String> {
        let profiles = self.snapshot.profiles.iter().map(|profile| profile.name.as_str());
        // In its gap an object needs its name although no profile has it.
        let kept = self.snapshot.other_objects.iter().filter(|other| other.in_gap).map(|other| other.stem.as_str());
        let taken: Vec<&str> = profiles.chain(kept).collect();
        let used = |name: &str| taken.iter().any(|taken| taken.eq_ignore_ascii_case(name));
        name::next(&self.stem, &self.to_sort_before(), used)
    }

    /// The names of the EKS profiles whose pods this object takes over.
    pub fn predecessors(&self) -> String {
        self.before.iter().map(|going| going.name.as_str()).collect::<Vec<_>>().join(" and ")
    }

    /// Whether the target serves but sorts after a profile whose pods this object takes over, so a next one has to
    /// follow.
    pub fn takes_over(&self) -> bool {
        self.target.is_some_and(|target| target.status == ProfileStatus::Active) && !self.changes.is_empty()
    }

    /// The object's profile that takes pods now, whatever the spec says: the first ACTIVE one in name order.
    pub fn taking(&self) -> Option<&'a Profile> {
        first(self.owned.iter().copied().filter(|profile| profile.status == ProfileStatus::Active))
    }

    /// Whether a pod is on a profile of this object, or would be taken by one.
    pub fn is_for(&self, pod: &Pod) -> bool {
        let is_ours = |profile: &Profile| self.owned.iter().any(|owned| owned.arn == profile.arn);
        let profiles = &self.snapshot.profiles;
        match profiles.iter().find(|profile| pod.is_taken_for(profile)) {
            Some(profile) => is_ours(profile),
            None => match taker(profiles.iter().filter(|profile| profile.status == ProfileStatus::Active), pod) {
                Taker::Profile(profile) => is_ours(profile),
                Taker::Nobody | Taker::Undecided(_) => false,
            },
        }
    }

    /// Live profiles other than the foremost one, in the order in which they retire: last name first.
    pub fn superseded(&self) -> impl Iterator<Item = &'a Profile> {
        let foremost = self.foremost.map(|profile| profile.arn.as_str());
        self.owned
            .iter()
            .rev()
            .copied()
            .filter(move |profile| profile.status.is_live() && Some(profile.arn.as_str()) != foremost)
    }

    /// Whether the spec went back to a superseded profile, which takes no new pods any more.
    pub fn is_gone_back_to(&self, superseded: &Profile) -> bool {
        self.target.is_none() && changes(&self.desired, superseded).is_empty()
    }

    /// The object's own effect that created a failed profile. There is none if it was created for an earlier spec.
    pub fn attempt_behind(&self, failed: &Profile) -> Option<ActionKey> {
        let put_back = |previous: &PreviousProfile| {
            let back = Desired::back(previous, BTreeMap::new());
            changes(&back, failed).is_empty().then_some(ActionKey::PutBack)
        };
        if changes(&self.desired, failed).is_empty() {
            Some(ActionKey::Create(self.snapshot.object.generation))
        } else {
            self.snapshot.status.previous.as_ref().and_then(put_back)
        }
    }

    /// The tags of the target: the user's and those of ownership.
    pub fn tags(&self) -> BTreeMap<String, String> {
        let Snapshot { object, installation, .. } = self.snapshot;
        let mut tags = self.desired.tags.clone();
        tags.extend(ownership::tags(&object.name, &object.uid, installation));
        tags
    }

    /// The ownership tags, with a hash of the profile for people who look at it in AWS.
    pub(crate) fn ownership_tags(snapshot: &Snapshot, desired: &Desired) -> BTreeMap<String, String> {
        let Desired { role, subnets, selectors, .. } = desired;
        let digest = Sha256::digest(format!("{role:?} {subnets:?} {selectors:?}"));
        let hash: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let mut tags = ownership::tags(&snapshot.object.name, &snapshot.object.uid, &snapshot.installation);
        tags.insert(TAG_SPEC_HASH.to_owned(), hash);
        tags
    }
}

/// What the spec asks for, and how the current defaults would change it.
fn desired(snapshot: &Snapshot, foremost: Option<&Profile>) -> (Desired, Option<Drift>) {
    let before = Desired::as_before(snapshot, foremost);
    let afresh = Desired::afresh(snapshot).or_subnets_of(&before);
    let fields = before.differing_from(&afresh);
    let Some(foremost) = foremost.filter(|_| !fields.is_empty()) else {
        let drift = (!fields.is_empty()).then_some(Drift { fields, plan: None });
        return (before, drift);
    };
    let lines = changes(&afresh, foremost);
    let plan = plan_id(snapshot, foremost, &afresh);
    // A drift that changes nothing needs no approval.
    if lines.is_empty() || is_approved(snapshot, &plan) {
        return (afresh, None);
    }
    (before, Some(Drift { fields, plan: Some((plan, lines)) }))
}

fn doubtful(snapshot: &Snapshot) -> Option<&str> {
    let expected = |status: &str| ProfileStatus::from(status) != ProfileStatus::Deleting;
    let deleted_by_us = |arn: &String| {
        let attempt = snapshot.attempts.get(&ActionKey::Delete(arn.clone()));
        attempt.is_some_and(|attempt| attempt.failure.is_none())
    };
    let recent = |arn: &String| {
        let since = snapshot.absent_since.get(arn).copied();
        since.is_some_and(|since| snapshot.now < since + snapshot.quiet_time)
    };
    let records = snapshot.status.profiles.iter();
    records
        .filter(|record| expected(&record.status) && recent(&record.arn) && !deleted_by_us(&record.arn))
        .map(|record| record.name.as_str())
        .next()
}

/// The profile that sorts before all others, under every collation.
fn first<'a>(profiles: impl Iterator<Item = &'a Profile>) -> Option<&'a Profile> {
    let all: Vec<&Profile> = profiles.collect();
    all.iter().copied().find(|candidate| {
        all.iter().all(|other| other.arn == candidate.arn || sorts_before(&candidate.name, &other.name))
    })
}
