//! The count of effects, and what is to be done to which.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use tokio::sync::watch;

use super::{Effect, Fault};

/// Shared by both proxies.
#[derive(Default)]
pub(super) struct EffectCounter {
    counts: Mutex<Counts>,
    struck: watch::Sender<bool>,
}

/// What is to be done to which effect: the n-th of this kind, counted from 1.
pub(super) struct Order {
    pub(super) kind: Effect,
    pub(super) n: usize,
    pub(super) fault: Fault,
}

#[derive(Default)]
struct Counts {
    effects: Vec<Effect>,
    last: BTreeMap<Effect, SystemTime>,
    order: Option<Order>,
    late: usize,
}

impl EffectCounter {
    /// Counts from anew.
    pub(super) fn begin(&self, order: Option<Order>) {
        let mut counts = self.counts();
        counts.effects.clear();
        counts.last.clear();
        counts.order = order;
        self.struck.send_replace(false);
    }

    /// Counts an effect, and says what is to be done to it.
    pub(super) fn count(&self, effect: Effect) -> Option<Fault> {
        let mut counts = self.counts();
        counts.effects.push(effect);
        counts.last.insert(effect, SystemTime::now());
        let count = counts.effects.iter().filter(|other| **other == effect).count();
        let order = counts.order.take_if(|order| order.kind == effect && order.n == count)?;
        self.struck.send_replace(true);
        Some(order.fault)
    }

    pub(super) fn effects(&self) -> Vec<Effect> {
        self.counts().effects.clone()
    }

    pub(super) fn last(&self, kind: Effect) -> Option<SystemTime> {
        self.counts().last.get(&kind).copied()
    }

    pub(super) fn has_struck(&self) -> bool {
        *self.struck.borrow()
    }

    pub(super) async fn strikes(&self) {
        // It fails only without a sender, and that is ours.
        let _ = self.struck.subscribe().wait_for(|struck| *struck).await;
    }

    /// A request is held back.
    pub(super) fn hold(&self) {
        self.counts().late += 1;
    }

    /// A request that was held back has been answered.
    pub(super) fn landed(&self) {
        self.counts().late -= 1;
    }

    pub(super) fn is_late(&self) -> bool {
        self.counts().late > 0
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
