//! News of pods for whoever wants to look again: lossless, coalesced, bounded by the number of names in it.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

use crate::placement::Pod;

/// Whose pods have changed since the last time somebody asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// EKS profiles that pods carry the label of.
    pub profiles: BTreeSet<String>,
    /// Namespaces of pods that are pending without such a label.
    pub namespaces: BTreeSet<String>,
    /// Pods have become known, or unknown, as a whole.
    pub everything: bool,
}

/// Where news wait for their reader.
#[derive(Debug, Default)]
pub(super) struct Board {
    changes: Mutex<Changes>,
    news: Notify,
}

impl Board {
    pub(super) fn pods<'a>(&self, pods: impl IntoIterator<Item = &'a Pod>) {
        let mut pods = pods.into_iter().peekable();
        if pods.peek().is_none() {
            return;
        }
        let mut changes = self.lock();
        for pod in pods {
            let (names, name) = match pod.profile() {
                Some(profile) => (&mut changes.profiles, profile),
                None => (&mut changes.namespaces, pod.namespace.as_str()),
            };
            if !names.contains(name) {
                names.insert(name.to_owned());
            }
        }
        drop(changes);
        self.news.notify_one();
    }

    pub(super) fn everything(&self) {
        self.lock().everything = true;
        self.news.notify_one();
    }

    /// Waits for news and takes them. For one reader.
    pub(super) async fn take(&self) -> Changes {
        loop {
            self.news.notified().await;
            let changes = std::mem::take(&mut *self.lock());
            if changes != Changes::default() {
                return changes;
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Changes> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
