//! The subnets of objects that name none, where they are to be looked for.

use super::prerequisites::{PrerequisiteCache, Urgency};
use super::{EksSnapshot, Found};
use crate::state::{DefaultSubnets, Facts, Snapshot};

/// Looks for the default of spec.subnets, if it is to be looked for and the object needs it.
pub(crate) async fn default_subnets(
    snapshot: &mut Snapshot,
    look: &EksSnapshot,
    cache: &PrerequisiteCache,
    before_effect: bool,
) {
    let (Found::Cluster(cluster), DefaultSubnets::Sought(search)) = (&look.cluster, &snapshot.defaults.subnets) else {
        return;
    };
    if snapshot.object.deleting || snapshot.spec.subnets.is_some() {
        return;
    }
    let urgency = Urgency::of(&Facts::of(snapshot), before_effect);
    snapshot.defaults.subnets = match cache.subnets(cluster, search, urgency).await {
        Ok(found) => DefaultSubnets::Found(found),
        Err(why) => DefaultSubnets::Missing(why),
    };
}
