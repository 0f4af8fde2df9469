//! The mutation of EKS that a step sends, and what happens to it.

use std::rc::Rc;

use fargate_operator::api::TAG_OWNER;
use fargate_operator::plan::{DeleteCause, Step};

use crate::fail::Fail;
use crate::invariants::Breach;
use crate::memo::Memo;
use crate::moves::Delivery;
use crate::world::{Call, Kind, Meaning, ModelProfile, Why, World, arn, number};
use crate::{eks, real};

/// The call that a step sends.
pub fn call(step: &Step, index: usize, world: &World, look: &[ModelProfile]) -> Option<Call> {
    let by = number(index);
    let seen = |arn: &str| look.iter().find(|profile| profile.is(arn));
    match step {
        Step::Create { profile, .. } => {
            let name = world.find(&profile.name).map(|at| Rc::clone(&world.profiles[at].name));
            let name = name.unwrap_or_else(|| Rc::from(profile.name.as_str()));
            Some(Call { by, name, kind: Kind::Create { spec: real::spec_of(&profile.role) }, there: Vec::new() })
        }
        Step::Delete { arn, cause, .. } => {
            let profile = seen(arn)?;
            let why = match cause {
                DeleteCause::Leftover | DeleteCause::Superseded | DeleteCause::ObjectDeleted => Why::Plain,
                DeleteCause::Approved => Why::Approved,
                DeleteCause::TimedOut => Why::TimedOut,
                DeleteCause::Unhealthy => Why::Unhealthy,
                DeleteCause::GivesWay => Why::GivesWay,
                DeleteCause::Gap => Why::Gap(world.objects[index].generation),
            };
            let kind = Kind::Delete { life: profile.life, before: profile.status, why };
            Some(Call { by, name: Rc::clone(&profile.name), kind, there: Vec::new() })
        }
        Step::Tag { arn, set, .. } => {
            let profile = seen(arn)?;
            let life = profile.life;
            let kind = match (set.contains_key(TAG_OWNER), set.is_empty()) {
                (true, _) => Kind::Own { life },
                (false, false) => Kind::Tidy { life },
                (false, true) => Kind::Release { life },
            };
            Some(Call { by, name: Rc::clone(&profile.name), kind, there: Vec::new() })
        }
        Step::AddFinalizer
        | Step::DropFinalizer(_)
        | Step::Mend(_)
        | Step::Ask { .. }
        | Step::Evict(_)
        | Step::Checkpoint(_)
        | Step::Wait(_) => None,
    }
}

pub fn spec_of(call: &Call) -> u8 {
    if let Kind::Create { spec } = call.kind { spec } else { 0 }
}

pub fn send(
    next: &mut World,
    call: &Call,
    life: u8,
    delivery: Delivery,
    memo: &Memo<'_>,
    breach: &mut Option<Breach>,
) -> Result<(), Fail> {
    let status = memo.status(next.objects[usize::from(call.by)].status);
    let rules = (memo.config, status.previous.as_ref().map(|previous| previous.arn.as_str()));
    match delivery {
        Delivery::Fine | Delivery::Unwritten | Delivery::Dies => eks::carry_out(next, call, life, rules, breach),
        Delivery::ReplyLost => {
            // The process never hears EKS's answer.
            eks::carry_out(next, call, life, rules, breach).ok();
            Err(Fail::NoAnswer)
        }
        Delivery::Lost => Err(Fail::NoAnswer),
        Delivery::Late | Delivery::DiesLate => {
            // It arrives later. Whether it was right to send it is judged now.
            eks::carry_out(&mut next.clone(), call, life, rules, breach).ok();
            let here = next.pods.iter().filter(|pod| pod.profile.as_ref() == Some(&call.name));
            next.wire = Some(Call { there: here.map(|pod| pod.id).collect(), ..call.clone() });
            Err(Fail::NoAnswer)
        }
        Delivery::Refused => Err(Fail::Refused),
    }
}

/// The incarnation that a create makes.
pub fn next_life(world: &World, memo: &Memo<'_>, call: &Call) -> u8 {
    if matches!(call.kind, Kind::Create { .. }) { free_life(world, memo, &call.name) } else { 0 }
}

/// An unused incarnation of a name.
pub fn free_life(world: &World, memo: &Memo<'_>, name: &str) -> u8 {
    let is_known = |life: &u8| {
        let arn = arn(name, *life);
        let look = world.lag.iter().flatten().chain(&world.profiles);
        look.into_iter().any(|profile| &*profile.name == name && profile.life == *life)
            || world.objects.iter().any(|object| {
                memo.status(object.status).profiles.iter().any(|record| record.arn == arn) || object.memory.knows(&arn)
            })
            || world.pasts.iter().flat_map(|past| &past.accepted).any(|accepted| match accepted {
                Meaning::Loss(of) | Meaning::Change(of, _) => *of == arn,
            })
            || world.lineages().any(|past| past.remade.as_deref() == Some(&*arn))
            || world.air.iter().any(|air| &*air.call.name == name && (air.life.or(air.call.kind.life()) == Some(*life)))
            || world.wire.iter().any(|call| &*call.name == name && call.kind.life() == Some(*life))
    };
    (0..).find(|life| !is_known(life)).unwrap_or_default()
}
