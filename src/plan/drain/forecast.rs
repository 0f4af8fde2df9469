//! What a replacement does to the pods there are, also before it has begun.

use super::ward::{Ward, others_active};
use crate::eks::{Profile, ProfileStatus};
use crate::plan::{Picture, Pods, Snapshot};

/// Pods of the profile that is replaced, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forecast {
    /// Those that another profile takes and that are still to leave.
    pub to_move: usize,
    /// Those that have left since the drain began.
    pub moved: usize,
    /// Those that no profile would take.
    pub losing: usize,
    /// Those of them whose template names the old profile.
    pub pinned: usize,
}

/// What becomes of the pods on the profile named `from`; none if they cannot be seen.
#[must_use]
pub fn forecast(snapshot: &Snapshot, picture: &Picture<'_>, from: &str) -> Option<Forecast> {
    let Pods::Known(pods) = &snapshot.pods else { return None };
    let old = picture.owned.iter().copied().find(|profile| profile.name == from)?;
    let target = Profile {
        // Sorts before all others, as the next one will.
        name: String::new(),
        arn: String::new(),
        status: ProfileStatus::Active,
        selectors: picture.wanted.selectors.clone(),
        ..old.clone()
    };
    let mut others = others_active(snapshot, old);
    if picture.serving().is_none() {
        others.push(&target);
    }
    let ward = Ward::of(snapshot, pods, old, &others);
    let total = super::timer::on_record(snapshot, old).map(|drain| drain.total as usize);
    Some(Forecast {
        to_move: ward.to_move(),
        moved: total.unwrap_or_default().saturating_sub(ward.to_move()),
        losing: ward.losing(),
        pinned: ward.pinned(),
    })
}
