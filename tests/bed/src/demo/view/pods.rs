//! How many pods of each Deployment are available, as its own status says.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures::StreamExt;
use k8s_openapi::api::apps::v1::Deployment;
use kube::api::Api;
use kube::runtime::{WatchStreamExt, watcher};

use super::super::page::Page;

/// The fewest pods of each Deployment that were available at once, from when all were for the first time.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Lowest(Arc<Mutex<BTreeMap<String, i32>>>);

impl Lowest {
    /// None until all were available.
    pub(in super::super) fn get(&self, deployment: &str) -> Option<i32> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(deployment).copied()
    }

    fn learn(&self, deployment: &str, available: i32, wanted: i32) -> Option<i32> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lowest) = all.get_mut(deployment) {
            *lowest = available.min(*lowest);
        } else if available == wanted {
            all.insert(deployment.to_owned(), available);
        }
        all.get(deployment).copied()
    }
}

/// A line whenever that changes. Ends when nobody reads.
pub(super) async fn show(client: kube::Client, page: Page, lowest: Lowest) {
    let all: Api<Deployment> = Api::all(client);
    let mut changes = watcher(all, watcher::Config::default()).default_backoff().applied_objects().boxed();
    let mut shown = BTreeMap::new();
    while let Some(change) = changes.next().await {
        let Ok(Deployment { metadata, spec, status: Some(status) }) = change else { continue };
        let (available, wanted) = (status.available_replicas.unwrap_or(0), spec.replicas.unwrap_or(1));
        let name = metadata.name.unwrap_or_default();
        // How it starts is of no interest.
        let Some(least) = lowest.learn(&name, available, wanted) else { continue };
        if shown.insert(name.clone(), available) == Some(available) {
            continue;
        }
        if page.seen("pods", &format!("{name}: {available} of {wanted} available, lowest so far {least}")).is_err() {
            return;
        }
    }
}
