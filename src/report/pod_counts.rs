//! Counts the pods that the object's EKS profiles are for.

use crate::api::{MovingPods, PodCounts};
use crate::eks::{Profile, ProfileStatus};
use crate::placement::{Place, Pod, Taker, taker};
use crate::plan::Forecast;
use crate::state::{Facts, Pods};

/// It is `None` if the pods cannot be seen, or while none of the profiles takes pods.
pub(super) fn counts(facts: &Facts<'_>) -> Option<PodCounts> {
    let snapshot = facts.snapshot;
    let Pods::Known(pods) = &snapshot.pods else { return None };
    let is_active = |profile: &&Profile| profile.status == ProfileStatus::Active;
    let active: Vec<&Profile> = snapshot.profiles.iter().filter(is_active).collect();
    facts.owned.iter().find(|profile| is_active(profile))?;
    let is_ours = |profile: &Profile| facts.owned.iter().any(|owned| owned.arn == profile.arn);
    let concerns = |pod: &&Pod| match snapshot.profiles.iter().find(|profile| pod.is_taken_for(profile)) {
        Some(profile) => is_ours(profile),
        None => match taker(active.iter().copied(), pod) {
            Taker::Profile(profile) => is_ours(profile),
            Taker::Nobody | Taker::Undecided(_) => false,
        },
    };
    let (mut on_fargate, mut pending, mut unsupported) = (0, 0, 0);
    // The replacement of a terminating pod already counts.
    for pod in pods.iter().map(AsRef::as_ref).filter(|pod| !pod.terminating).filter(concerns) {
        match pod.place() {
            Place::Fargate => on_fargate += 1,
            Place::Pending => {
                pending += 1;
                unsupported += u32::from(!pod.unfit.is_empty());
            }
            // Pods that only carry the label count among the others elsewhere, if at all.
            Place::Elsewhere | Place::Uncounted => {}
        }
    }
    let elsewhere = snapshot.elsewhere.unwrap_or_default();
    let matching = on_fargate + pending + elsewhere;
    let summary = format!("{on_fargate}/{matching}");
    let now = PodCounts { matching, on_fargate, pending, elsewhere, unsupported, summary };
    // Pods come and go all the time, and a status that followed each pod would change without end.
    Some(snapshot.status.pods.clone().filter(|_| !snapshot.counts_due).unwrap_or(now))
}

/// Pods that a replacement has moved and still has to move. Those moved `before` stay counted.
pub(super) fn moving(forecast: Forecast, before: Option<&MovingPods>) -> MovingPods {
    let count = |pods: usize| u32::try_from(pods).unwrap_or(u32::MAX);
    let left = count(forecast.to_move);
    let to_move = before.map_or(left, |before| before.to_move.max(left));
    MovingPods {
        to_move,
        moved: to_move - left,
        ending: count(forecast.ending),
        losing_fargate: count(forecast.losing),
        pinned: count(forecast.pinned),
    }
}
