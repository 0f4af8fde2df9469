//! A Deployment whose ReplicaSets are the controllers. In a rollout one of its pods may be missing, and none is created
//! beyond their number (maxUnavailable 1, maxSurge 0).

use crate::config::Config;
use crate::pods::{Pod, PodHistory};
use crate::world::World;

/// The ReplicaSets of its initial template and of the next one.
const OLD: u8 = 0;
const NEW: u8 = 1;

/// How many pods it should have.
pub fn desired(config: &Config) -> u8 {
    config.sets[usize::from(OLD)].0
}

/// Whether pods of an earlier template exist.
pub fn is_rolling(world: &World) -> bool {
    world.rolled && world.staying(OLD).next().is_some()
}

/// Whether the Deployment's controller has something to do.
pub fn goes_on(world: &World, config: &Config) -> bool {
    world.rolled && (lacks_new(world, config) || next_to_end(world, config).is_some())
}

pub fn begin(world: &mut World) {
    world.rolled = true;
}

pub fn undo(world: &mut World, config: &Config) {
    world.rolled = false;
    world.sets[usize::from(NEW)].desired = 0;
    world.sets[usize::from(OLD)].desired = desired(config);
    while let Some(at) = world.pods.iter().position(|pod| pod.set == Some(NEW) && !pod.ending) {
        world.end_pod(at, |_| PodHistory::default());
    }
}

/// The Deployment's controller takes its next step.
pub fn go_on(world: &mut World, config: &Config) {
    if lacks_new(world, config) {
        world.sets[usize::from(NEW)].desired += 1;
    } else if let Some(at) = next_to_end(world, config) {
        world.sets[usize::from(OLD)].desired -= 1;
        world.end_pod(at, |_| PodHistory::default());
    }
}

fn lacks_new(world: &World, config: &Config) -> bool {
    world.sets.iter().map(|set| set.desired).sum::<u8>() < desired(config)
}

/// An unready pod of the earlier template. A Ready one goes only while no other is missing.
fn next_to_end(world: &World, config: &Config) -> Option<usize> {
    let ready = world.pods.iter().filter(|pod| pod.set.is_some() && pod.ready && !pod.ending).count();
    let may_go =
        |pod: &Pod| pod.set == Some(OLD) && !pod.ending && (!pod.ready || ready >= usize::from(desired(config)));
    let all = world.pods.iter().enumerate().filter(|(_, pod)| may_go(pod));
    all.min_by_key(|(_, pod)| pod.ready).map(|(at, _)| at)
}
