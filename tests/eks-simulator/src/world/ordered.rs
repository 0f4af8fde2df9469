//! The faults on order and which of them befalls a call.

use crate::{
    Effect, Fault, FaultId,
    clock::Time,
    http::call::Call,
    world::{chance::Chance, past::Moment},
};

struct Ordered {
    id: FaultId,
    fault: Fault,
    at: Time,
    moment: Moment,
    seen: u64,
    befell: u64,
    chance: Chance,
}

impl Ordered {
    fn concerns(&self, call: &Call) -> bool {
        let fault = &self.fault;
        (fault.operations.is_empty() || fault.operations.contains(&call.operation))
            && (call.operation.is_look() || !fault.effect.is_for_looks())
            && fault.cluster.matches(call.cluster.as_deref())
            && fault.profile.matches(call.profile.as_deref())
    }

    fn is_spent(&self, now: Time) -> bool {
        self.fault.times.is_some_and(|times| self.befell >= times)
            || self.fault.lasts.is_some_and(|lasts| now >= self.at + lasts)
    }
}

/// A fault that befalls a call.
pub(crate) struct Befallen {
    pub(crate) effect: Effect,
    /// When it was ordered.
    pub(crate) ordered_at: Moment,
}

/// All faults on order.
#[derive(Default)]
pub(crate) struct OrderedFaults {
    last: FaultId,
    faults: Vec<Ordered>,
}

impl OrderedFaults {
    pub(crate) fn order(&mut self, fault: Fault, now: Time, moment: Moment) -> FaultId {
        self.last += 1;
        let chance = Chance::new(fault.seed);
        self.faults.push(Ordered { id: self.last, fault, at: now, moment, seen: 0, befell: 0, chance });
        self.last
    }

    /// Takes a fault away; false if there is none of this number, or no longer.
    pub(crate) fn remove(&mut self, id: FaultId) -> bool {
        let before = self.faults.len();
        self.faults.retain(|ordered| ordered.id != id);
        self.faults.len() < before
    }

    pub(crate) fn clear(&mut self) {
        self.faults.clear();
    }

    /// The faults that can still befall a call, and how many each has.
    pub(crate) fn standing(&self, now: Time) -> Vec<(FaultId, Fault, u64)> {
        self.faults
            .iter()
            .filter(|ordered| !ordered.is_spent(now))
            .map(|ordered| (ordered.id, ordered.fault.clone(), ordered.befell))
            .collect()
    }

    /// Every fault that concerns the call counts it; the first whose turn it is befalls it.
    pub(crate) fn befall(&mut self, call: &Call, now: Time) -> Option<Befallen> {
        let mut befallen = None;
        for ordered in &mut self.faults {
            if ordered.is_spent(now) || !ordered.concerns(call) {
                continue;
            }
            ordered.seen += 1;
            // Drawn for each call, so that one fault's luck does not hang on another's.
            let drawn = ordered.chance.comes_true(ordered.fault.probability);
            if befallen.is_none() && drawn && ordered.seen >= ordered.fault.from_nth {
                ordered.befell += 1;
                befallen = Some(Befallen { effect: ordered.fault.effect.clone(), ordered_at: ordered.moment });
            }
        }
        befallen
    }
}
