//! What a test can do to a data plane and learn from it.

use std::fmt;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use eks_simulator::Pattern;

use crate::names::COREDNS;
use crate::plane::Plane;
use crate::record::Record;
use crate::settings::{FailurePolicy, Refusal, Switches, Trouble, TroubleKind, Webhook};
use crate::{ec2, webhook};

/// The controls of a data plane; clones control the same one. Durations are unscaled throughout.
#[derive(Clone)]
pub struct Control {
    plane: Arc<Plane>,
}

impl fmt::Debug for Control {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.debug_struct("Control").finish_non_exhaustive()
    }
}

impl Control {
    pub(crate) fn of(plane: Arc<Plane>) -> Self {
        Self { plane }
    }

    /// The time: that of the EKS simulator.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.plane.eks.now()
    }

    /// Changes switches. Pods are looked at again in their light; what has happened stays.
    pub fn change(&self, change: impl FnOnce(&mut Switches)) {
        self.plane.switches.send_modify(change);
    }

    /// The switches as they are.
    #[must_use]
    pub fn switches(&self) -> Switches {
        self.plane.switches()
    }

    /// Has the webhook answer, not answer, answer badly, or be absent. When this returns, the API server does as if it had
    /// always been so.
    ///
    /// # Errors
    /// If the API server does not follow.
    pub async fn webhook(&self, state: Webhook) -> anyhow::Result<()> {
        webhook::set(&self.plane, state).await
    }

    /// Sets what the API server does when the webhook fails. When this returns, it does so.
    ///
    /// # Errors
    /// If the API server does not follow.
    pub async fn failure_policy(&self, policy: FailurePolicy) -> anyhow::Result<()> {
        webhook::set_policy(&self.plane, policy).await
    }

    /// Has so many ordinary nodes, on which pods run that are not meant for Fargate.
    ///
    /// # Errors
    /// If the API server refuses a node.
    pub async fn ec2(&self, nodes: usize) -> anyhow::Result<()> {
        Ok(ec2::have(&self.plane, nodes).await?)
    }

    /// Waits until the last update of CoreDNS's add-on has been seen to in the cluster, where CoreDNS is installed. Put a time limit
    /// around it.
    pub async fn addon_seen_to(&self) {
        let addon = self.plane.eks.addon(&self.plane.cluster, COREDNS);
        let updates = addon.map_or(0, |addon| addon.updates);
        // The sender lives as long as the plane, which this holds.
        let _ = self.plane.addon.subscribe().wait_for(|seen_to| *seen_to >= updates).await;
    }

    /// From now on, pods of matching profiles cannot start; for so long, or until [`Control::cure`]. Pods that run go on.
    pub fn trouble(&self, profile: impl Into<Pattern>, kind: TroubleKind, lasts: Option<Duration>) {
        let until = lasts.map(|lasts| self.now() + lasts);
        let trouble = Trouble { profile: profile.into(), kind, until };
        self.change(|switches| switches.troubles.push(trouble));
    }

    /// Ends all trouble.
    pub fn cure(&self) {
        self.change(|switches| switches.troubles.clear());
    }

    /// Pods of these names take so much longer to go.
    pub fn refuse_to_go(&self, pods: impl Into<Pattern>, by: Duration) {
        let refusal = Refusal { pods: pods.into(), by };
        self.change(|switches| switches.refusals.push(refusal));
    }

    /// What has become of pods so far. It has a watch of its own, and may know less for a moment than somebody else's:
    /// who has just seen something asks with [`Control::wait_for`].
    #[must_use]
    pub fn record(&self) -> Record {
        self.plane.record.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until `condition` holds of the record, asking again after each line, and gives it back as it is then.
    /// Put a time limit around it. The condition must not ask for the record itself.
    pub async fn wait_for(&self, mut condition: impl FnMut(&Record) -> bool) -> Record {
        let mut written = self.plane.written.subscribe();
        loop {
            written.mark_unchanged();
            {
                let record = self.plane.record.lock().unwrap_or_else(PoisonError::into_inner);
                if condition(&record) {
                    return record.clone();
                }
            }
            // The sender lives as long as the plane, which this holds.
            if written.changed().await.is_err() {
                return self.record();
            }
        }
    }
}
