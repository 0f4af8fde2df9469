//! The initial states of a configuration.

use std::rc::Rc;

use crate::apply::apply;
use crate::clock::Stamp;
use crate::config::Config;
use crate::memo::Memo;
use crate::moves::{Delivery, Move};
use crate::pods::{Pod, Set};
use crate::webhook::matching;
use crate::world::{World, number};

impl Config {
    /// The initial state: objects just created and no profile with an owner in EKS, or all of it settled.
    pub fn start(&self, memo: &mut Memo<'_>) -> World {
        self.begin(self.running, memo)
    }

    /// The same, settled if `running`.
    pub fn begin(&self, running: bool, memo: &mut Memo<'_>) -> World {
        let mut world = self.empty();
        if running {
            world = settle(world, memo);
        }
        for (n, (pods, namespace)) in (0..).zip(self.sets) {
            world.sets.push(Set { namespace, desired: *pods, debts: Vec::new() });
            for _ in 0..*pods {
                let id = number(world.pods.len());
                // The profiles of other objects came later.
                let mut there: Vec<_> = matching(&world, namespace);
                there.sort_by_key(|(_, profile)| profile.owner != Some(self.home));
                let profile = there.first().map(|(_, profile)| Rc::clone(&profile.name));
                let ready = profile.is_some();
                let born = Stamp { old: true, rank: 0 };
                world.pods.push(Pod { id, set: Some(n), profile, ready, born, ..Pod::default() });
            }
        }
        if running { settle(world, memo) } else { world }
    }
}

/// Runs without faults until nothing more happens.
fn settle(mut world: World, memo: &mut Memo<'_>) -> World {
    let mut go = |world: &mut World, mv: Move| {
        if let Some((next, _)) = apply(world, mv, memo) {
            *world = next;
        }
    };
    for _ in 0..12 {
        for object in 0..world.objects.len() {
            let mv = Move::Pass { object: number(object), stale: false, blurred: false, delivery: Delivery::Fine };
            go(&mut world, mv);
        }
        while let Some(at) = world.profiles.iter().position(|profile| profile.status.is_under_way()) {
            go(&mut world, Move::Ends { profile: number(at), well: true });
        }
        go(&mut world, Move::QuietPasses);
        go(&mut world, Move::SettlePasses);
        world.profiles.iter_mut().for_each(|profile| profile.known = true);
        for object in 0..world.objects.len() {
            go(&mut world, Move::BackOffPasses { object: number(object) });
        }
    }
    world
}
