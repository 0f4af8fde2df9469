//! What fields come to that a spec leaves out.

use std::time::Duration;

use jiff::SignedDuration;

use super::replacement::{Approval, DrainSpec, OnTimeout, OnUnhealthy, Strategy};
use super::spec::{Adoption, DeletionPolicy, FargateProfileSpec, PendingPods};

/// How long draining may take where the spec does not say.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(30 * 60);

impl FargateProfileSpec {
    /// `replacement.strategy` with its default.
    pub fn strategy(&self) -> Strategy {
        self.replacement.as_ref().and_then(|replacement| replacement.strategy).unwrap_or_default()
    }

    /// `replacement.approval` with its default.
    pub fn approval(&self) -> Approval {
        self.replacement.as_ref().and_then(|replacement| replacement.approval).unwrap_or_default()
    }

    /// `replacement.drain.timeout` with its default.
    pub fn drain_timeout(&self) -> Duration {
        let written = self.drain().and_then(|drain| drain.timeout.as_deref());
        // What the schema lets pass can be read; the default is for objects from before the schema had it.
        let read = written.and_then(|text| text.parse::<SignedDuration>().ok());
        read.and_then(|timeout| Duration::try_from(timeout).ok()).unwrap_or(DRAIN_TIMEOUT)
    }

    /// `replacement.drain.onTimeout` with its default.
    pub fn on_timeout(&self) -> OnTimeout {
        self.drain().and_then(|drain| drain.on_timeout).unwrap_or_default()
    }

    /// `replacement.drain.onUnhealthy` with its default.
    pub fn on_unhealthy(&self) -> OnUnhealthy {
        self.drain().and_then(|drain| drain.on_unhealthy).unwrap_or_default()
    }

    /// `pendingPods` with its default.
    pub fn pending_pods(&self) -> PendingPods {
        self.pending_pods.unwrap_or_default()
    }

    /// `deletionPolicy` with its default.
    pub fn deletion_policy(&self) -> DeletionPolicy {
        self.deletion_policy.unwrap_or_default()
    }

    /// `adoption` with its default.
    pub fn adoption(&self) -> Adoption {
        self.adoption.unwrap_or_default()
    }

    /// `suspend` with its default.
    pub fn is_suspended(&self) -> bool {
        self.suspend.unwrap_or_default()
    }

    fn drain(&self) -> Option<&DrainSpec> {
        self.replacement.as_ref()?.drain.as_ref()
    }
}
