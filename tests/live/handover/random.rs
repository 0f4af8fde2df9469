//! Objects that take each other's pods come, go and change their selectors at random moments. As long as somebody selects
//! a pod, it is served; and in the end the last one has them all.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use bed::{Bed, CLUSTER};
use fastrand::Rng;
use futures::future::join_all;

use crate::support::BedExt;
use crate::support::drains::fargate;
use crate::support::objects::spec;
use crate::support::oracle::{never_too_many, story};
use crate::support::served::{Served, gone, only_profile_of, selecting};

const NAMES: [&str; 4] = ["alpha", "beta", "gamma", "delta"];
const NAMESPACES: [&str; 2] = ["left", "right"];
const EDITS: usize = 8;
const ROUNDS: u64 = 4;
/// Between two edits there is no more than this, real: two minutes of EKS's time, in which pods begin to move.
const MOMENT: Duration = Duration::from_secs(2);
/// Repeats the rounds from this seed on, in place of those of the test.
const SEED: &str = "RANDOM_HANDOVERS_SEED";

/// What each object selects.
type Wishes = BTreeMap<&'static str, BTreeSet<&'static str>>;

/// Every namespace is selected by somebody.
fn is_whole(wishes: &Wishes) -> bool {
    NAMESPACES.iter().all(|namespace| wishes.values().any(|selected| selected.contains(namespace)))
}

/// The wishes after one of them has changed.
fn edited(wishes: &Wishes, chance: &mut Rng) -> (&'static str, Wishes) {
    loop {
        let name = NAMES[chance.usize(..NAMES.len())];
        let mut next = wishes.clone();
        let some: BTreeSet<_> = NAMESPACES.into_iter().filter(|_| chance.bool()).collect();
        if some.is_empty() {
            next.remove(name)
        } else {
            next.insert(name, some)
        };
        if next != *wishes && is_whole(&next) {
            return (name, next);
        }
    }
}

/// Makes it so; whoever is still going has to be gone first.
async fn carry_out(bed: &Bed, name: &str, before: &Wishes, after: &Wishes) {
    let wish = |wishes: &Wishes| wishes.get(name).map(|some| some.iter().copied().collect::<Vec<_>>());
    match (wish(before), wish(after)) {
        (_, None) => bed.delete(name).await,
        (None, Some(some)) => {
            bed.gone(name).await;
            bed.create(&selecting(name, &some)).await;
        }
        (Some(_), Some(some)) => bed.patch(name, spec(selecting(name, &some)["spec"].clone())).await,
    }
}

/// Eight edits, and then one of the objects takes everything from the others.
async fn round(seed: u64, bed: &Bed, wishes: &mut Wishes) -> &'static str {
    let mut chance = Rng::with_seed(seed);
    for _ in 0..EDITS {
        // A moment at random is no condition to wait for.
        tokio::time::sleep(MOMENT.mul_f64(chance.f64())).await;
        let (name, next) = edited(wishes, &mut chance);
        // Who waits for a person cannot be waited for.
        let is_going =
            bed.profiles().get_opt(name).await.unwrap().is_some_and(|it| it.metadata.deletion_timestamp.is_some());
        if !is_going {
            carry_out(bed, name, wishes, &next).await;
            *wishes = next;
        }
    }
    let last = *wishes.keys().nth(chance.usize(..wishes.len())).unwrap();
    let end = Wishes::from([(last, BTreeSet::from(NAMESPACES))]);
    for name in [last].into_iter().chain(NAMES.into_iter().filter(|name| *name != last && wishes.contains_key(name))) {
        carry_out(bed, name, wishes, &end).await;
    }
    *wishes = end;
    join_all(NAMES.into_iter().filter(|name| *name != last).map(|name| gone(bed, name))).await;
    last
}

#[tokio::test]
async fn whoever_is_selected_is_served_while_objects_take_pods_from_each_other_at_random() {
    let began = Instant::now();
    let first = std::env::var(SEED).ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let bed = Bed::start(fargate(60.0)).await.unwrap();
    let mut wishes = Wishes::from([(NAMES[0], BTreeSet::from(NAMESPACES))]);
    bed.create(&selecting(NAMES[0], &NAMESPACES)).await;
    bed.settled(NAMES[0]).await;
    let served = [Served::start(&bed, NAMESPACES[0], 2).await, Served::start(&bed, NAMESPACES[1], 2).await];
    for seed in first..first + ROUNDS {
        // Shown when the round fails.
        println!("round of seed {seed}: repeat with {SEED}={seed}");
        let last = round(seed, &bed, &mut wishes).await;
        let profile = only_profile_of(&bed, last).await;
        println!("all is on {profile} after {:?}", began.elapsed());
        for served in &served {
            served.served_by(&profile).await;
        }
        assert_eq!(bed.eks().profiles(CLUSTER).len(), 1, "{}", story(&bed));
    }
    for name in NAMES {
        never_too_many(&bed, name);
    }
}
