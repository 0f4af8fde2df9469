//! What became of the pods of a test's namespace, as the data plane has it on record.

use std::time::Duration;

use data_plane::{Record, What};

use super::namespace::TestNamespace;
use super::wait::in_time;

impl TestNamespace<'_> {
    /// The record, when it tells so.
    pub async fn told(&self, what: &str, condition: impl FnMut(&Record) -> bool) -> Record {
        in_time(&format!("{}: on record: {what}", self.name), self.fargate.wait_for(condition)).await
    }

    /// When something happened first to a pod of this profile.
    pub async fn first(&self, profile: &str, what: What) -> Duration {
        let happened = |record: &Record| record.of(profile, what).next().is_some();
        let record = self.told(&format!("{what:?} for {profile}"), happened).await;
        record.of(profile, what).next().unwrap().at
    }

    /// How many pods of this namespace were created for a profile.
    #[must_use]
    pub fn created_on(&self, record: &Record, profile: &str) -> usize {
        record.of(profile, What::Created).filter(|line| line.namespace == self.name).count()
    }

    /// The pods of this namespace that were asked to go, in order. One without a node goes without being asked.
    #[must_use]
    pub fn asked_to_go(&self, record: &Record) -> Vec<String> {
        let here = record.entries.iter().filter(|line| line.namespace == self.name);
        here.filter(|line| line.what == What::DeletionAsked).map(|line| line.pod.clone()).collect()
    }
}
