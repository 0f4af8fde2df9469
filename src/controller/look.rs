//! Gathers what a pass decides on: from a recent look, or, before an effect, from a fresh one.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::clusters::EksCluster;
use super::context::Context;
use crate::api::FargateProfile;
use crate::failure::Failure;
use crate::memory::Memory;
use crate::observe::{self, EksSnapshot};
use crate::state::{Facts, Pods, Snapshot};
use crate::time::seconds;

/// How fresh the look must be.
pub(super) enum Freshness {
    /// A look of this age will do.
    MaxAge(Duration),
    /// Before an effect: a fresh look.
    Now {
        /// With these profiles described.
        profiles: Vec<String>,
        /// With the pods on profiles of the object listed.
        pods: bool,
        /// With what is to be mended read afresh.
        mending: bool,
    },
}

pub(super) struct Seen {
    pub(super) look: Arc<EksSnapshot>,
    pub(super) snapshot: Snapshot,
}

/// Looks at EKS and the pods, and tells the turn and the memory what it saw.
pub(super) async fn look(
    object: &FargateProfile,
    objects: &[Arc<FargateProfile>],
    cluster: &EksCluster,
    memory: &mut Memory,
    freshness: Freshness,
    context: &Context,
) -> Result<Seen, Failure> {
    let before_effect = matches!(freshness, Freshness::Now { .. });
    let (age, mut closely, afresh, mending) = match freshness {
        Freshness::MaxAge(age) => (age, Vec::new(), false, false),
        Freshness::Now { profiles, pods, mending } => (context.intervals.fresh, profiles, pods, mending),
    };
    let mut not_before = context.clock.now().saturating_sub(age);
    if let Some(flight) = cluster.turn.lock().awaited() {
        not_before = not_before.max(flight.latest());
        closely.push(flight.profile().to_owned());
    }
    let look = cluster.profiles.get(not_before, &closely).await?;
    if let Some(failure) = observe::hidden(object, &look) {
        return Err(failure);
    }
    let now = context.clock.now();
    memory.ability.able(now);
    let (quiet, woken) = {
        let mut turn = cluster.turn.lock();
        let woken = turn.learn(&look.profiles, look.began, now);
        (turn.is_quiet(), woken)
    };
    woken.into_iter().for_each(|object| context.wake(Some(object)));
    // Kubernetes keeps time in whole seconds.
    let wall = seconds(Timestamp::now());
    let mut snapshot = observe::snapshot(object, objects, &look, &context.installation, &context.intervals, now, wall);
    snapshot.quiet = quiet;
    memory.recall(&mut snapshot);
    memory.ability.give_back(&mut snapshot.status.profiles);
    observe::managed_role(&mut snapshot, &look, &cluster.prerequisites, mending).await;
    observe::default_subnets(&mut snapshot, &look, &cluster.prerequisites, before_effect).await;
    observe::pods(&mut snapshot, &look, &context.pods, afresh).await;
    observe::coredns(&mut snapshot, &look, &cluster.prerequisites, mending).await;
    observe::prerequisites(&mut snapshot, &look, &cluster.prerequisites, before_effect, mending).await;
    memory.ability.sees(matches!(snapshot.pods, Pods::Known(_)), now);
    snapshot.able_since = memory.ability.since();
    memory.learn(&Facts::of(&snapshot), &context.intervals, context.jitter());
    snapshot.full_at = memory.full_at();
    memory.tell_attempts(&mut snapshot);
    Ok(Seen { look, snapshot })
}
