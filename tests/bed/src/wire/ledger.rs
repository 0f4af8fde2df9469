//! The count of effects, and what is to be done to which.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Deed, Effect};

/// Shared by both proxies.
#[derive(Default)]
pub(super) struct Ledger(Mutex<Page>);

/// What is to be done to which effect: the n-th of this kind, counted from 1.
pub(super) struct Order {
    pub(super) kind: Effect,
    pub(super) n: usize,
    pub(super) deed: Deed,
}

#[derive(Default)]
struct Page {
    effects: Vec<Effect>,
    order: Option<Order>,
    struck: bool,
    late: usize,
}

impl Ledger {
    /// Counts from anew.
    pub(super) fn begin(&self, order: Option<Order>) {
        let mut page = self.page();
        page.effects.clear();
        page.struck = false;
        page.order = order;
    }

    /// Counts an effect, and says what is to be done to it.
    pub(super) fn count(&self, effect: Effect) -> Option<Deed> {
        let mut page = self.page();
        page.effects.push(effect);
        let count = page.effects.iter().filter(|other| **other == effect).count();
        let order = page.order.take_if(|order| order.kind == effect && order.n == count)?;
        page.struck = true;
        Some(order.deed)
    }

    pub(super) fn effects(&self) -> Vec<Effect> {
        self.page().effects.clone()
    }

    pub(super) fn has_struck(&self) -> bool {
        self.page().struck
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
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
