//! Selectors whose pods another EKS profile takes first.
//!
//! Of several profiles that match a pod, EKS takes the one whose name sorts first, and refuses no profile for it
//! (aws/containers-roadmap#1465). So a profile may serve for years without a pod, as the second of two that are alike but
//! for their subnets does.
//!
//! # What is told, and to whom
//! - Only the profile that loses pods hears of it. The one that takes them does as its spec says.
//! - A narrow selector in front of a wide one is an exception to a rule. That is how exceptions are made, so it is told
//!   to neither.
//! - Profiles that go are no rivals: they are deleted as soon as their pods have moved. Objects without an EKS profile take
//!   nothing, and may never get one.

use std::collections::BTreeMap;

use super::handover::Handovers;
use super::ownership::managers;
use super::{Facts, given_name, is_name_of, is_owned};
use crate::api::{Adoption, Strategy};
use crate::eks::{Profile, Selector};
use crate::placement::{could_share, covers, sorts_before};

/// A selector of an object that does not get all the pods that it matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Overlap {
    pub selector: Selector,
    pub loss: Loss,
    pub rival: Rival,
}

/// How much of what a selector matches goes to a rival.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Loss {
    /// Pods that match the rival's selector too. Neither selector covers the other.
    Partly,
    /// It depends on how EKS sorts the two names, which AWS does not document.
    Undecided,
    /// Every pod.
    Wholly,
}

/// Who takes the pods.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rival {
    /// Another FargateProfile of this name.
    Object(String),
    /// An EKS profile that no FargateProfile here declares, with the tool that manages it, if its tags name one.
    Foreign { name: String, manager: Option<String> },
}

/// What other EKS profiles take of the object's selectors, selector by selector.
pub(crate) fn overlaps(facts: &Facts<'_>) -> Vec<Overlap> {
    let Some(own) = own_name(facts) else { return Vec::new() };
    // Most objects share nothing with anybody. Which profiles go is asked only of those that do.
    let shares = |profile: &&Profile| {
        let mut selectors = facts.desired.selectors.iter();
        selectors.any(|selector| profile.selectors.iter().any(|other| could_share(selector, other)))
    };
    let sharing: Vec<&Profile> = others(facts).filter(shares).collect();
    if sharing.is_empty() {
        return Vec::new();
    }
    let handovers = Handovers::of(facts.snapshot);
    let competes = |profile: &&Profile| !handovers.is_going(profile) && !is_wanted(facts, profile, &own);
    let rivals: Vec<&Profile> = sharing.into_iter().filter(competes).collect();
    facts.desired.selectors.iter().flat_map(|selector| of(facts, selector, &own, &rivals)).collect()
}

/// The EKS name under which the object's selectors compete: that of the target, or the one that its next profile gets.
/// There is none for an object that is being deleted.
fn own_name(facts: &Facts<'_>) -> Option<String> {
    if facts.snapshot.object.deleting {
        return None;
    }
    let next = || match facts.snapshot.spec.strategy() {
        Strategy::CreateFirst => facts.next_name(),
        Strategy::DeleteFirst => Some(facts.stem.clone()),
    };
    facts.target.map(|target| target.name.clone()).or_else(next)
}

/// The live EKS profiles of everybody else, but for those of objects that are being deleted.
fn others<'a>(facts: &Facts<'a>) -> impl Iterator<Item = &'a Profile> {
    let snapshot = facts.snapshot;
    let is_own = |profile: &Profile| is_owned(profile, &snapshot.object.name, &snapshot.installation);
    let leaves = |profile: &Profile| {
        let mut deleting = snapshot.other_objects.iter().filter(|other| other.deleting);
        deleting.any(|other| is_owned(profile, &other.name, &snapshot.installation))
    };
    let live = snapshot.profiles.iter().filter(|profile| profile.status.is_live());
    live.filter(move |profile| !is_own(profile) && !leaves(profile))
}

/// Whether the object itself is to have this profile: it has the very name that the object needs, or is to be adopted. The
/// object is Stalled if it cannot.
fn is_wanted(facts: &Facts<'_>, profile: &Profile, own: &str) -> bool {
    let snapshot = facts.snapshot;
    let adopts = facts.owned.is_empty() && snapshot.spec.adoption() == Adoption::IfUnowned;
    let given = given_name(&snapshot.spec, &snapshot.object.name);
    profile.name.eq_ignore_ascii_case(own) || adopts && is_name_of(given, &profile.name)
}

/// What rivals take of one selector. If one takes it wholly, the others are of no account.
fn of(facts: &Facts<'_>, selector: &Selector, own: &str, rivals: &[&Profile]) -> Vec<Overlap> {
    let mut losses: BTreeMap<Rival, Loss> = BTreeMap::new();
    let mut first: Option<&Profile> = None;
    for &profile in rivals {
        let Some(loss) = loss(selector, own, profile) else { continue };
        if loss == Loss::Wholly && first.is_none_or(|first| profile.name < first.name) {
            first = Some(profile);
        }
        // While an object is being replaced it has two profiles.
        let told = losses.entry(rival(facts, profile)).or_insert(loss);
        *told = loss.max(*told);
    }
    let each = match first {
        Some(first) => vec![(rival(facts, first), Loss::Wholly)],
        None => losses.into_iter().collect(),
    };
    each.into_iter().map(|(rival, loss)| Overlap { selector: selector.clone(), loss, rival }).collect()
}

/// What a profile takes of a selector that competes under the name `own`.
fn loss(selector: &Selector, own: &str, profile: &Profile) -> Option<Loss> {
    let mut shared = profile.selectors.iter().filter(|theirs| could_share(theirs, selector)).peekable();
    if shared.peek().is_none() || sorts_before(own, &profile.name) {
        return None;
    }
    if !sorts_before(&profile.name, own) {
        return Some(Loss::Undecided);
    }
    if shared.clone().any(|theirs| covers(theirs, selector)) {
        return Some(Loss::Wholly);
    }
    let crosses = shared.any(|theirs| !covers(selector, theirs));
    crosses.then_some(Loss::Partly)
}

fn rival(facts: &Facts<'_>, profile: &Profile) -> Rival {
    let snapshot = facts.snapshot;
    let owner = snapshot.other_objects.iter().find(|other| is_owned(profile, &other.name, &snapshot.installation));
    match owner {
        Some(owner) => Rival::Object(owner.name.clone()),
        None => Rival::Foreign { name: profile.name.clone(), manager: managers(profile) },
    }
}

#[cfg(test)]
mod tests;
