//! The count of effects, and what is to be done to which.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use tokio::sync::watch;

use super::{Deed, Effect};

/// Shared by both proxies.
#[derive(Default)]
pub(super) struct Ledger {
    page: Mutex<Page>,
    struck: watch::Sender<bool>,
}

/// What is to be done to which effect: the n-th of this kind, counted from 1.
pub(super) struct Order {
    pub(super) kind: Effect,
    pub(super) n: usize,
    pub(super) deed: Deed,
}

#[derive(Default)]
struct Page {
    effects: Vec<Effect>,
    last: BTreeMap<Effect, SystemTime>,
    order: Option<Order>,
    late: usize,
}

impl Ledger {
    /// Counts from anew.
    pub(super) fn begin(&self, order: Option<Order>) {
        let mut page = self.page();
        page.effects.clear();
        page.last.clear();
        page.order = order;
        self.struck.send_replace(false);
    }

    /// Counts an effect, and says what is to be done to it.
    pub(super) fn count(&self, effect: Effect) -> Option<Deed> {
        let mut page = self.page();
        page.effects.push(effect);
        page.last.insert(effect, SystemTime::now());
        let count = page.effects.iter().filter(|other| **other == effect).count();
        let order = page.order.take_if(|order| order.kind == effect && order.n == count)?;
        self.struck.send_replace(true);
        Some(order.deed)
    }

    pub(super) fn effects(&self) -> Vec<Effect> {
        self.page().effects.clone()
    }

    pub(super) fn last(&self, kind: Effect) -> Option<SystemTime> {
        self.page().last.get(&kind).copied()
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
        self.page().late += 1;
    }

    /// A request that was held back has been answered.
    pub(super) fn landed(&self) {
        self.page().late -= 1;
    }

    pub(super) fn is_late(&self) -> bool {
        self.page().late > 0
    }

    fn page(&self) -> MutexGuard<'_, Page> {
        self.page.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
