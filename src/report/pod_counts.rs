//! Counts the pods that the object's EKS profiles are for.

use crate::api::{MovingPods, PodCounts};
use crate::placement::Place;
use crate::plan::Forecast;
use crate::state::{Facts, Pods};

/// It is `None` if the pods cannot be seen, or while none of the profiles takes pods.
pub(super) fn counts(facts: &Facts<'_>) -> Option<PodCounts> {
    let snapshot = facts.snapshot;
    let Pods::Known(pods) = &snapshot.pods else { return None };
    facts.taking()?;
    let (mut on_fargate, mut pending, mut unsupported) = (0, 0, 0);
    // The replacement of a terminating pod already counts.
    for pod in pods.iter().map(AsRef::as_ref).filter(|pod| !pod.terminating && facts.is_for(pod)) {
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
    let elsewhere = snapshot.outside.as_ref().map_or(0, |outside| outside.pods);
    let matching = on_fargate + pending + elsewhere;
    let summary = format!("{on_fargate}/{matching}");
    let now = PodCounts { matching, on_fargate, pending, elsewhere, unsupported, summary };
    // Pods come and go all the time, and a status that followed each pod would change without end.
    Some(snapshot.status.pods.clone().filter(|_| !snapshot.counts_due).unwrap_or(now))
}

/// Pods that a replacement has moved, those `under_way` included, and still has to move. Those moved `before` stay counted.
pub(super) fn moving(forecast: Forecast, before: Option<&MovingPods>, under_way: usize) -> MovingPods {
    let count = |pods: usize| u32::try_from(pods).unwrap_or(u32::MAX);
    let left = count(forecast.to_move);
    let to_move = before.map_or(left, |before| before.to_move.max(left));
    MovingPods {
        to_move,
        moved: (to_move - left + count(under_way)).min(to_move),
        ending: count(forecast.ending),
        losing_fargate: count(forecast.losing),
        pinned: count(forecast.pinned),
    }
}
