//! How all requests to an API fare, effects or not.

use tokio::sync::watch;

/// Which API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    /// Kubernetes.
    Kubernetes,
    /// EKS and STS.
    Eks,
}

/// How they fare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Link {
    /// They get there, but for what is ordered.
    #[default]
    Open,
    /// Connections are closed as soon as they are made, and those that are there at once.
    Cut,
    /// Connections stay; what is asked by them is never answered, not even later. Watches go on.
    Silent,
}

/// What connections to one API heed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Traffic {
    pub(super) link: Link,
    /// How often all that were there have been closed.
    pub(super) cuts: u64,
}

/// What a proxy counts, and what its connections heed.
#[derive(Debug, Default)]
pub(super) struct ApiState {
    /// How many requests have come, and connections that were turned away.
    pub(super) come: watch::Sender<u64>,
    pub(super) traffic: watch::Sender<Traffic>,
}

impl ApiState {
    pub(super) fn count(&self) {
        self.come.send_modify(|come| *come += 1);
    }
}
