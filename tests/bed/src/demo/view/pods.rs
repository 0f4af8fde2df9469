//! How many pods of the Deployment are available, as its own status says.

use std::sync::{Arc, Mutex, PoisonError};

use futures::StreamExt;
use k8s_openapi::api::apps::v1::Deployment;
use kube::api::Api;
use kube::runtime::{WatchStreamExt, watcher};

use super::super::page::Page;

/// The fewest pods that were available at once, from when all were for the first time.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Lowest(Arc<Mutex<Option<i32>>>);

impl Lowest {
    /// None until all were available.
    pub(in super::super) fn get(&self) -> Option<i32> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn learn(&self, available: i32, wanted: i32) -> Option<i32> {
        let mut lowest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if available == wanted || lowest.is_some() {
            *lowest = Some(lowest.map_or(available, |before| before.min(available)));
        }
        *lowest
    }
}

/// A line whenever that changes. Ends when nobody reads.
pub(super) async fn show(client: kube::Client, page: Page, lowest: Lowest) {
    let all: Api<Deployment> = Api::all(client);
    let mut changes = watcher(all, watcher::Config::default()).default_backoff().applied_objects().boxed();
    let mut shown = None;
    while let Some(change) = changes.next().await {
        let Ok(Deployment { metadata, spec, status: Some(status) }) = change else { continue };
        let (available, wanted) = (status.available_replicas.unwrap_or(0), spec.replicas.unwrap_or(1));
        let least = lowest.learn(available, wanted);
        // How it starts is of no interest.
        let Some(least) = least.filter(|_| shown != Some(available)) else { continue };
        shown = Some(available);
        let name = metadata.name.unwrap_or_default();
        if page.seen("pods", &format!("{name}: {available} of {wanted} available, lowest so far {least}")).is_err() {
            return;
        }
    }
}
