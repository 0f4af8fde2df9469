//! One watch: a list, then what changes, into a [`PodCache`].
//!
//! kube's `watcher` is not used: after an error it resumes silently, so a quiet watch cannot be told from one that
//! hangs, and its lists and the start of its watches have no time limit. Here every call has one, and any failure leads to
//! a new list.

use std::sync::Arc;
use std::time::Instant;

use futures::TryStreamExt;
use k8s_openapi::api::core::v1::Pod as Listed;
use kube::api::{ListParams, WatchEvent, WatchParams};
use kube::core::Request;
use kube::{Client, Resource};
use tokio::sync::watch;

use super::cache::PodCache;
use super::changes::ChangeFeed;
use super::manifest::Manifest;
use crate::intervals::Intervals;
use crate::kubernetes::{CallError, Part, call, list};
use crate::placement::Pod;
use crate::state::PodsUnavailable;

/// The watch, as messages name it.
const WATCHING: &str = "watching pods";

/// What one watch sees.
#[derive(Clone, Copy, Debug)]
pub(super) struct Selection {
    pub(super) labels: &'static str,
    pub(super) fields: &'static str,
}

/// A watch and what it writes to.
pub(super) struct Watch {
    pub(super) client: Client,
    pub(super) selection: Selection,
    pub(super) intervals: Intervals,
    pub(super) cache: watch::Sender<PodCache>,
    pub(super) feed: Arc<ChangeFeed>,
}

impl Watch {
    /// Keeps the cache in sync until it is aborted.
    pub(super) async fn run(self) {
        let mut pause = self.intervals.watch_retry_least;
        loop {
            let began = Instant::now();
            let why = self.follow().await;
            // A watch that lasted resets the back-off.
            if began.elapsed() > self.intervals.watch_retry_most {
                pause = self.intervals.watch_retry_least;
            }
            let mut news = false;
            self.cache.send_modify(|cache| news = cache.lose(why.clone()));
            // Logged once, not at every attempt.
            if news {
                tracing::warn!(labels = self.selection.labels, fields = self.selection.fields, %why, transient = why.transient, "pods are out of sight");
                self.feed.everything();
            }
            tokio::time::sleep(pause.mul_f64(0.75 + fastrand::f64() / 2.0)).await;
            pause = (pause * 2).min(self.intervals.watch_retry_most);
        }
    }

    /// Lists and follows what changes, until something goes wrong that a new list does not mend; returns what. What was
    /// known stays known while that list is made: connections break and versions expire in a healthy cluster too.
    async fn follow(&self) -> PodsUnavailable {
        loop {
            let mut version = match self.list().await {
                Ok(version) => version,
                Err(why) => return why,
            };
            let listed = Instant::now();
            let why = loop {
                // The API server ends every watch after a while, which shows that it is there.
                match self.watch(version).await {
                    Ok(later) => version = later,
                    Err(why) => break why,
                }
            };
            if listed.elapsed() < self.intervals.watch_retry_most {
                return why;
            }
            tracing::debug!(labels = self.selection.labels, %why, "listing pods anew");
        }
    }

    async fn list(&self) -> Result<String, PodsUnavailable> {
        let params = ListParams::default().labels(self.selection.labels).fields(self.selection.fields);
        let mut pods: Vec<Pod> = Vec::new();
        let take = |manifest: Manifest| pods.push(manifest.into());
        let began = Instant::now();
        let version =
            list::<Listed, _>(&self.client, None, Part::Whole, params, self.intervals.operation_timeout, take).await?;
        let (mut changed, mut news) = (Vec::new(), false);
        self.cache.send_modify(|cache| {
            news = !cache.is_kept();
            // What was listed is as old as the beginning of the list.
            changed = cache.replace(pods, began);
        });
        if news {
            self.feed.everything();
        }
        self.feed.pods(changed.iter().map(AsRef::as_ref));
        Ok(version)
    }

    /// Follows until the API server ends the watch. Returns the resourceVersion to go on from.
    async fn watch(&self, mut version: String) -> Result<String, PodsUnavailable> {
        let params = WatchParams {
            label_selector: Some(self.selection.labels.to_owned()),
            field_selector: Some(self.selection.fields.to_owned()),
            timeout: Some(u32::try_from(self.intervals.watch.as_secs()).unwrap_or(u32::MAX).max(1)),
            bookmarks: true,
            send_initial_events: false,
        };
        let request = Request::new(Listed::url_path(&(), None)).watch(&params, &version);
        let request = request.map_err(|error| CallError::new(WATCHING, kube::Error::BuildRequest(error)))?;
        let began = Instant::now();
        let start = self.client.request_events::<Manifest>(request);
        let events = call(WATCHING, self.intervals.operation_timeout, start).await?;
        // It only shows that the API server is there, but everything up to now is on its way.
        self.cache.send_modify(|cache| cache.heard(Instant::now()));
        let mut events = std::pin::pin!(events);
        let patience = self.intervals.watch_silence();
        loop {
            let Some(event) = call(WATCHING, patience, events.try_next()).await? else { break };
            self.take(event, &mut version)?;
        }
        // A proxy that ends every watch at once is not asked again at once.
        tokio::time::sleep(self.intervals.watch_retry_least.saturating_sub(began.elapsed())).await;
        Ok(version)
    }

    fn take(&self, event: WatchEvent<Manifest>, version: &mut String) -> Result<(), PodsUnavailable> {
        let now = Instant::now();
        let mut changed = None;
        match event {
            WatchEvent::Added(manifest) | WatchEvent::Modified(manifest) => {
                version.clone_from(&manifest.metadata.resource_version);
                let pod = manifest.into();
                self.cache.send_modify(|cache| changed = cache.apply(pod, now));
            }
            WatchEvent::Deleted(manifest) => {
                version.clone_from(&manifest.metadata.resource_version);
                self.cache.send_modify(|cache| changed = cache.remove(&manifest.metadata.uid, now));
            }
            WatchEvent::Bookmark(bookmark) => {
                version.clone_from(&bookmark.metadata.resource_version);
                self.cache.send_modify(|cache| cache.heard(now));
            }
            WatchEvent::Error(answer) => return Err(CallError::new(WATCHING, kube::Error::Api(answer)).into()),
        }
        self.feed.pods(changed.as_deref());
        Ok(())
    }
}
