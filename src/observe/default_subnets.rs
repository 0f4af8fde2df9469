//! The subnets of objects that name none, where they are to be looked for.

use std::collections::BTreeSet;

use super::prerequisites::{PrerequisiteCache, Urgency};
use super::{EksSnapshot, Found};
use crate::prerequisites::Search;
use crate::state::{DefaultSubnets, Facts, Snapshot};

/// Looks for the default of spec.subnets, if it is to be looked for and the object needs it.
pub(crate) async fn default_subnets(
    snapshot: &mut Snapshot,
    look: &EksSnapshot,
    cache: &PrerequisiteCache,
    before_effect: bool,
) {
    let (Found::Cluster(cluster), Some(search)) = (&look.cluster, sought(snapshot)) else { return };
    let urgency = Urgency::of(&Facts::of(snapshot), before_effect);
    snapshot.defaults.subnets = found(cache.subnets(cluster, search, urgency).await);
}

/// What is to be looked for, if the object needs it.
pub(super) fn sought(snapshot: &Snapshot) -> Option<&Search> {
    let DefaultSubnets::Sought(search) = &snapshot.defaults.subnets else { return None };
    (!snapshot.object.deleting && snapshot.spec.subnets.is_none()).then_some(search)
}

pub(super) fn found(answer: Result<BTreeSet<String>, String>) -> DefaultSubnets {
    answer.map_or_else(DefaultSubnets::Missing, DefaultSubnets::Found)
}
