//! Changes of pods, for one reader: lossless, coalesced, bounded by the number of names in it.

use std::collections::BTreeSet;

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::placement::Pod;

/// Whose pods have changed since the last time somebody asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// EKS profiles that pods carry the label of.
    pub profiles: BTreeSet<String>,
    /// Pods have become known, or unknown, as a whole.
    pub everything: bool,
}

/// Where news wait for their reader.
#[derive(Debug, Default)]
pub(super) struct ChangeFeed {
    changes: Mutex<Changes>,
    news: Notify,
}

impl ChangeFeed {
    pub(super) fn pods<'a>(&self, pods: impl IntoIterator<Item = &'a Pod>) {
        let mut profiles = pods.into_iter().filter_map(Pod::profile).peekable();
        if profiles.peek().is_none() {
            return;
        }
        self.changes.lock().profiles.extend(profiles.map(str::to_owned));
        self.news.notify_one();
    }

    pub(super) fn everything(&self) {
        self.changes.lock().everything = true;
        self.news.notify_one();
    }

    /// Waits for news and takes them. For one reader.
    pub(super) async fn take(&self) -> Changes {
        loop {
            self.news.notified().await;
            let changes = std::mem::take(&mut *self.changes.lock());
            if changes != Changes::default() {
                return changes;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;
    use crate::api::POD_PROFILE_LABEL;

    fn pod(namespace: &str, profile: Option<&str>) -> Pod {
        let labels = profile.map(|name| (POD_PROFILE_LABEL.to_owned(), name.to_owned())).into_iter().collect();
        Pod { namespace: namespace.to_owned(), labels, ..Pod::default() }
    }

    #[tokio::test]
    async fn news_are_gathered_until_they_are_taken_and_then_told_no_more() {
        let feed = ChangeFeed::default();
        feed.pods([&pod("shop", Some("web-9999")), &pod("shop", None)]);
        feed.pods([&pod("jobs", Some("web-9999")), &pod("jobs", Some("jobs"))]);
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        let expected = Changes { profiles: names(&["jobs", "web-9999"]), everything: false };
        assert_eq!(feed.take().now_or_never(), Some(expected));
        assert_eq!(feed.take().now_or_never(), None);
        feed.pods([&pod("shop", None)]);
        assert_eq!(feed.take().now_or_never(), None, "of no profile");
        feed.everything();
        assert_eq!(feed.take().now_or_never(), Some(Changes { everything: true, ..Changes::default() }));
    }

    #[tokio::test]
    async fn whoever_waits_is_woken() {
        let feed = std::sync::Arc::new(ChangeFeed::default());
        let waiting = tokio::spawn({
            let feed = std::sync::Arc::clone(&feed);
            async move { feed.take().await }
        });
        tokio::task::yield_now().await;
        feed.pods([&pod("shop", Some("web-9999"))]);
        assert!(waiting.await.unwrap().profiles.contains("web-9999"));
    }
}
