//! What pods, their controllers and the webhook do by themselves.

use crate::event_budget::Event;
use crate::invariants::Breach;
use crate::memo::Memo;
use crate::moves::Move;
use crate::pods::{Pod, PodHistory};
use crate::webhook::landings;
use crate::world::{Status, World, number};
use crate::{clock, eviction, rollout};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodMove {
    Lands {
        object: u8,
        profile: u8,
    },
    Leaves {
        pod: u8,
    },
    /// A controller creates a missing pod, on this profile or on none.
    Made {
        set: u8,
        profile: Option<u8>,
        astray: bool,
    },
    Ready {
        pod: u8,
    },
    /// A terminating pod has ended.
    Gone {
        pod: u8,
    },
    /// Somebody deletes the pod.
    Restarts {
        pod: u8,
    },
    ScaledUp {
        set: u8,
    },
    /// The pod is one too many.
    ScaledDown {
        pod: u8,
    },
    Budget {
        on: bool,
    },
    /// A foreign pod appears with the label of this profile.
    Forged {
        profile: u8,
        on_ec2: bool,
    },
    /// A person edits the Deployment's template.
    RollsOut,
    /// The Deployment's controller continues the rollout.
    GoesOn,
    /// A person undoes the rollout.
    Undone,
    Lag,
    Learns {
        profile: u8,
    },
    Arrives,
    TimePasses,
    /// Drains reach their time limit.
    Timeout,
}

/// All pod moves that are possible in a state.
pub fn pod_moves(world: &World, memo: &Memo<'_>) -> Vec<Move> {
    let has = |event_budget| world.left.has(event_budget);
    let config = memo.config;
    let mut moves = Vec::new();
    for object in (0..world.objects.len()).filter(|object| has(Event::Pod) && !world.objects[*object].gone) {
        let there = landings(world, crate::real::object_name(object), config).into_iter().flatten();
        moves.extend(there.map(|it| PodMove::Lands { object: number(object), profile: number(it) }));
    }
    for (index, it) in world.pods.iter().enumerate() {
        let pod = number(index);
        match it.set {
            None if it.forged.is_some() => {}
            None => moves.push(PodMove::Leaves { pod }),
            Some(_) if it.ending => moves.push(PodMove::Gone { pod }),
            Some(_) => {
                if !it.ready && may_start(world, it, memo) {
                    moves.push(PodMove::Ready { pod });
                }
                if has(Event::Restart) {
                    moves.push(PodMove::Restarts { pod });
                }
                if has(Event::Scale) {
                    moves.push(PodMove::ScaledDown { pod });
                }
            }
        }
    }
    for (index, it) in world.sets.iter().enumerate() {
        let set = number(index);
        if world.lacks(set) {
            let there = landings(world, it.namespace, config);
            let made = |profile: &Option<usize>, astray| PodMove::Made { set, profile: profile.map(number), astray };
            moves.extend(there.iter().map(|profile| made(profile, false)));
            if has(Event::Astray) {
                let others = crate::webhook::matching(world, it.namespace).into_iter();
                let others = others.map(|(at, _)| Some(at)).filter(|at| !there.contains(at));
                moves.extend(others.map(|profile| made(&profile, true)));
            }
        }
        if has(Event::Scale) && it.desired < 2 {
            moves.push(PodMove::ScaledUp { set });
        }
    }
    for profile in (0..world.profiles.len()).filter(|_| has(Event::Forge)).map(number) {
        moves.extend([true, false].map(|on_ec2| PodMove::Forged { profile, on_ec2 }));
    }
    if config.deployment {
        moves.extend((has(Event::Rollout) && !world.rolled).then_some(PodMove::RollsOut));
        moves.extend(rollout::goes_on(world, config).then_some(PodMove::GoesOn));
        // A rollout that completes by itself needs no person.
        moves.extend((rollout::is_rolling(world) && config.sick.is_some()).then_some(PodMove::Undone));
    }
    if world.budget || has(Event::Budget) {
        moves.push(PodMove::Budget { on: !world.budget });
    }
    if world.seen_pods.is_none() && has(Event::PodLag) {
        moves.push(PodMove::Lag);
    }
    if world.letter.is_some() {
        moves.push(PodMove::Arrives);
    }
    let unknown = world.profiles.iter().enumerate().filter(|(_, it)| it.status == Status::Active && !it.known);
    let learns = unknown.filter(|_| config.webhook.learns());
    moves.extend(learns.map(|(at, _)| PodMove::Learns { profile: number(at) }));
    moves.extend(times(world, memo));
    moves.into_iter().map(Move::Pod).collect()
}

/// Time passes by itself only when nothing happens meanwhile.
fn times(world: &World, memo: &Memo<'_>) -> Vec<PodMove> {
    let mut moves = Vec::new();
    let all = || world.objects.iter().flat_map(|object| object.times.values());
    let is_young = world.pods.iter().any(|pod| !pod.ready && !pod.born.old)
        || all().any(|times| times.asked.is_some_and(|asked| !asked.old));
    let starts = world.pods.iter().any(|pod| !pod.ready && !pod.ending && may_start(world, pod, memo));
    let is_made = (0..world.sets.len()).any(|set| world.lacks(number(set)));
    if is_young && (world.left.has(Event::Slow) || !starts && !is_made) {
        moves.push(PodMove::TimePasses);
    }
    if world.left.has(Event::Timeout) && all().any(|times| !times.overdue) {
        moves.push(PodMove::Timeout);
    }
    moves
}

fn may_start(world: &World, pod: &Pod, memo: &Memo<'_>) -> bool {
    let profile = pod.profile.as_deref().and_then(|profile| world.find(profile)).map(|at| &world.profiles[at]);
    profile.is_some_and(|profile| memo.config.starts(pod.set, profile.spec))
}

/// The effect of a pod move.
pub fn apply(next: &mut World, mv: PodMove, memo: &Memo<'_>) -> Option<Breach> {
    let mut breach = None;
    let at = |index: u8| usize::from(index);
    match mv {
        PodMove::Lands { object, profile } => {
            next.left.spend(Event::Pod);
            next.land(object, at(profile));
        }
        PodMove::Leaves { pod } | PodMove::Gone { pod } => {
            next.pods.remove(at(pod));
            next.sort_pods();
        }
        PodMove::Made { set, profile, astray } => {
            if astray {
                next.left.spend(Event::Astray);
                // No operator could do anything about that.
                next.sets[at(set)].debts.iter_mut().for_each(|debt| debt.moved = None);
            }
            breach = next.make(set, free_id(next, memo), profile.map(at));
        }
        PodMove::Ready { pod } => {
            let pod = &mut next.pods[at(pod)];
            (pod.ready, pod.past.down) = (true, None);
        }
        PodMove::Restarts { pod } => {
            next.left.spend(Event::Restart);
            next.end_pod(at(pod), |pod| PodHistory { down: None, ..pod.past.clone() });
        }
        PodMove::ScaledUp { set } => {
            next.left.spend(Event::Scale);
            next.sets[at(set)].desired += 1;
        }
        PodMove::ScaledDown { pod } => {
            next.left.spend(Event::Scale);
            if let Some(set) = next.pods[at(pod)].set {
                next.sets[at(set)].desired -= 1;
            }
            next.end_pod(at(pod), |_| PodHistory::default());
        }
        PodMove::Budget { on } => {
            next.budget = on;
            if on {
                next.left.spend(Event::Budget);
            }
        }
        PodMove::Forged { profile, on_ec2 } => {
            next.left.spend(Event::Forge);
            next.forge(at(profile), on_ec2);
        }
        PodMove::RollsOut => {
            next.left.spend(Event::Rollout);
            rollout::begin(next);
        }
        PodMove::GoesOn => rollout::go_on(next, memo.config),
        PodMove::Undone => rollout::undo(next, memo.config),
        PodMove::Lag => {
            next.left.spend(Event::PodLag);
            next.seen_pods = Some(next.pods.clone());
        }
        PodMove::Learns { profile } => next.profiles[at(profile)].known = true,
        PodMove::Arrives => eviction::land(next, memo.config, &mut breach),
        PodMove::TimePasses => {
            // If nothing happens meanwhile, time passes by itself.
            if !times(&World { left: crate::event_budget::EventBudget::default(), ..next.clone() }, memo).contains(&mv)
            {
                next.left.spend(Event::Slow);
            }
            clock::pass(next);
        }
        PodMove::Timeout => {
            next.left.spend(Event::Timeout);
            clock::pass(next);
            clock::times_of(&mut next.objects).for_each(|it| it.overdue = true);
        }
    }
    breach
}

/// An unused pod id.
fn free_id(world: &World, memo: &Memo<'_>) -> u8 {
    let seen = || world.pods.iter().chain(world.seen_pods.iter().flatten());
    let is_known = |id: &u8| {
        let uid = crate::sight::uid(*id);
        let on_record = |status: u32| {
            let status = memo.status(status);
            let mut drains = status.profiles.iter().filter_map(|record| record.drain.as_ref()?.evicting.clone());
            drains.any(|evicting| evicting.uid == uid)
        };
        seen().any(|pod| pod.id == *id)
            || world.wire.iter().any(|call| call.there.contains(id))
            || world.letter.iter().any(|letter| letter.pod == *id)
            || world.objects.iter().any(|object| on_record(object.status))
    };
    (0..).find(|id| !is_known(id)).unwrap_or_default()
}
