//! EKS: one profile operation at a time, calls by name, and statuses that end one way or another. A call of the
//! operator is judged here, at the moment when it takes effect.

use std::rc::Rc;

use crate::clock::Stamp;
use crate::config::Config;
use crate::fail::Fail;
use crate::handover::judge_stepping;
use crate::invariants::{Breach, judge_delete};
use crate::world::{Call, Kind, ModelProfile, Status, Why, World};

/// The rules of EKS.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// The most profiles that the cluster may have.
    pub quota: usize,
    /// The spec that EKS refuses at once.
    pub refused: Option<u8>,
}

/// Carries out a call of the operator. `on_record` is the profile that its object has recorded for restoring. Returns
/// the invariant that the call breaks, if any.
pub fn carry_out(
    world: &mut World,
    call: &Call,
    life: u8,
    (config, on_record): (&Config, Option<&str>),
    breach: &mut Option<Breach>,
) -> Result<(), Fail> {
    let found = world.find(&call.name);
    match &call.kind {
        Kind::Create { spec } => {
            if is_busy(world) || found.is_some() {
                return Err(Fail::Busy);
            }
            if world.profiles.len() >= config.rules.quota {
                return Err(Fail::Quota);
            }
            if config.rules.refused == Some(*spec) {
                return Err(Fail::Refused);
            }
            if let Some(broken) = judge_stepping(world, call.by, &call.name, *spec, config) {
                breach.get_or_insert(broken);
            }
            let owner = Some(call.by);
            add(world, ModelProfile { owner, maker: owner, ..profile(&call.name, life, *spec) });
            let live = world.profiles.iter().filter(|p| p.maker == Some(call.by) && p.status.is_live()).count();
            if live > 3 {
                breach.get_or_insert(Breach::new(11, format!("{live} live profiles of one object")));
            }
            Ok(())
        }
        Kind::Delete { why, .. } => {
            let index = found.ok_or(Fail::Gone)?;
            if is_busy(world) {
                return Err(Fail::Busy);
            }
            if let Some(broken) = judge_delete(world, call, &world.profiles[index], *why, (config, on_record)) {
                breach.get_or_insert(broken);
            }
            world.profiles[index].status = Status::Deleting;
            world.kill(&call.name);
            if let Why::Gap(generation) = why {
                let past = &mut world.pasts[usize::from(call.by)];
                (past.gap, past.opened_for) = (true, Some(*generation));
            }
            Ok(())
        }
        Kind::Own { life } | Kind::Tidy { life } | Kind::Release { life } => {
            let index = found.filter(|index| world.profiles[*index].life == *life).ok_or(Fail::Gone)?;
            let releases = matches!(call.kind, Kind::Release { .. });
            let profile = &mut world.profiles[index];
            profile.untidy = false;
            let adopts = matches!(call.kind, Kind::Own { .. });
            if profile.owner != if adopts { None } else { Some(call.by) } {
                breach.get_or_insert(Breach::new(1, format!("tags of {} changed, which is not ours", profile.name)));
            }
            profile.owner = (!releases).then_some(call.by);
            if releases {
                profile.maker = None;
            }
            Ok(())
        }
    }
}

/// The profile that a create makes.
pub fn profile(name: &Rc<str>, life: u8, spec: u8) -> ModelProfile {
    let name = Rc::clone(name);
    ModelProfile {
        name,
        life,
        owner: None,
        untidy: false,
        maker: None,
        spec,
        status: Status::Creating,
        settled: false,
        settled_at: Stamp::default(),
        known: false,
    }
}

pub fn add(world: &mut World, profile: ModelProfile) {
    world.profiles.push(profile);
    world.profiles.sort_by(|a, b| a.name.cmp(&b.name));
}

pub fn end(world: &mut World, index: usize, well: bool) {
    let profile = &mut world.profiles[index];
    match (profile.status, well) {
        (Status::Creating, true) => {
            profile.status = Status::Active;
            if let Some(owner) = profile.owner {
                world.pasts[usize::from(owner)].gap = false;
            }
        }
        (Status::Creating, false) => profile.status = Status::CreateFailed,
        (Status::Deleting, true) => drop(world.profiles.remove(index)),
        (Status::Deleting, false) => profile.status = Status::DeleteFailed,
        (Status::Active | Status::CreateFailed | Status::DeleteFailed, _) => {}
    }
}

fn is_busy(world: &World) -> bool {
    world.busy || world.profiles.iter().any(|profile| profile.status.is_under_way())
}
