//! What a replacement does to the existing pods, also before it begins.

use super::pods::{DrainingPods, others_active};
use crate::eks::{Profile, ProfileStatus};
use crate::plan::delete_first::opens_gap;
use crate::state::{Facts, Pods};

/// Counts of pods on the profiles that are replaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Forecast {
    /// Pods to move to another profile.
    pub to_move: usize,
    /// Pods that EKS ends with their profile. In the gap of DeleteFirst that is all of them.
    pub ending: usize,
    /// Pods that no profile would take.
    pub losing: usize,
    /// Pods among those whose template names the old profile.
    pub pinned: usize,
}

/// What happens to the pods on the profiles that go. It is `None` if the pods cannot be seen.
pub(crate) fn forecast(facts: &Facts<'_>) -> Option<Forecast> {
    let snapshot = facts.snapshot;
    let Pods::Known(pods) = &snapshot.pods else { return None };
    let replaced = facts.foremost.filter(|_| facts.target.is_none());
    let next = replaced.map(|foremost| Profile {
        // It sorts before all others, as the next profile will.
        name: String::new(),
        arn: String::new(),
        status: ProfileStatus::Active,
        selectors: facts.desired.selectors.clone(),
        ..foremost.clone()
    });
    let target = facts.target.map(|target| Profile { status: ProfileStatus::Active, ..target.clone() });
    let going: Vec<&Profile> = facts.superseded().chain(replaced).collect();
    let stays = |profile: &&Profile| going.iter().all(|going| going.arn != profile.arn);
    let mut all = Forecast::default();
    for old in &going {
        let mut others: Vec<&Profile> = others_active(snapshot, old).into_iter().filter(stays).collect();
        others.retain(|other| facts.target.is_none_or(|target| target.arn != other.arn));
        others.extend(next.as_ref().or(target.as_ref()));
        let draining = DrainingPods::of(snapshot, pods, old, &others);
        let ends = replaced.is_some_and(|foremost| foremost.arn == old.arn) && opens_gap(facts);
        all = Forecast {
            to_move: all.to_move + if ends { 0 } else { draining.to_move() },
            ending: all.ending + if ends { draining.pods.len() } else { 0 },
            losing: all.losing + draining.losing(),
            pinned: all.pinned + draining.pinned(),
        };
    }
    Some(all)
}
