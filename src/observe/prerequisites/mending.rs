//! What may have to be mended, out of what is kept for the checks.

use std::time::Duration;

use super::{Lifetimes, PrerequisiteCache};
use crate::aws::Unread;
use crate::eks::Cluster;
use crate::mending::Workload;
use crate::prerequisites::{
    CoreDns, DeploymentName, Evidence, NameService, Read, RoleEvidence, reads_of_coredns, reads_of_role,
};

/// How old an answer may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::observe) enum Age {
    /// As for the checks.
    Usual,
    /// Ten seconds.
    Recent,
    /// It is asked for now: the next call rests on it.
    New,
}

impl PrerequisiteCache {
    /// What is known of a role that the operator made or is to make.
    pub(in crate::observe) async fn role(&self, cluster: &Cluster, arn: &str, age: Age) -> RoleEvidence {
        let mut known = self.known.lock().await;
        known.evidence.cluster = cluster.clone();
        let now = self.clock.now();
        let is_unread = known.evidence.roles.get(arn).is_some_and(|role| role.unread().is_some());
        if self.is_due(now.saturating_sub(known.role_asked), is_unread, age) {
            known.evidence.roles.remove(arn);
            known.role_asked = now;
        }
        self.answer(&mut known, self.lifetimes_for_mending(), false, |evidence| reads_of_role(arn, evidence)).await;
        known.evidence.roles.get(arn).cloned().unwrap_or_default()
    }

    /// The Deployments behind the cluster's DNS Service. They are listed every five minutes: somebody may install CoreDNS later.
    ///
    /// # Errors
    /// They could not be read.
    pub(in crate::observe) async fn coredns(
        &self,
        cluster: &Cluster,
        names: NameService,
        age: Age,
    ) -> Result<Vec<Workload>, Unread> {
        if let Some(unread) = names.dns.unread() {
            return Err(unread.clone());
        }
        let mut known = self.known.lock().await;
        let now = self.clock.now();
        (known.evidence.cluster, known.evidence.names) = (cluster.clone(), names);
        let Evidence { coredns_listed, coredns_addon, .. } = &known.evidence;
        let is_unread = coredns_listed.unread().or(coredns_addon.unread()).is_some();
        let listed_for = now.saturating_sub(known.coredns_listed);
        let is_due = self.is_due(listed_for, is_unread, age);
        if is_due || listed_for >= self.intervals.describe_again {
            known.coredns_listed = now;
            known.evidence.coredns_listed = Read::NotAsked;
        }
        if is_due {
            known.evidence.coredns_addon = Read::NotAsked;
        }
        self.answer(&mut known, self.lifetimes_for_mending(), false, reads_of_coredns).await;
        workloads(&known.evidence)
    }

    /// Forgets what a mended thing was like.
    pub(crate) async fn mended(&self) {
        let mut known = self.known.lock().await;
        known.evidence.roles.clear();
        known.evidence.coredns_addon = Read::NotAsked;
        known.forget_cluster();
    }

    /// Whether what was asked so long ago is asked again, and nothing else with it.
    fn is_due(&self, asked_for: Duration, is_unread: bool, age: Age) -> bool {
        let is_too_old = match age {
            Age::Usual => false,
            Age::Recent => asked_for >= self.intervals.fresh,
            Age::New => true,
        };
        is_too_old || is_unread && asked_for >= self.intervals.prerequisites_soon
    }

    /// What the checks ask as well serves as long as for them.
    fn lifetimes_for_mending(&self) -> Lifetimes {
        Lifetimes { aws: self.intervals.prerequisites_again, cluster: Duration::MAX }
    }
}

/// The Deployments behind the cluster's DNS Service.
///
/// # Errors
/// They could not be read.
pub(in crate::observe) fn workloads(evidence: &Evidence) -> Result<Vec<Workload>, Unread> {
    let workload = |(name, found): (&DeploymentName, &CoreDns)| {
        Workload::new(name.clone(), found.clone(), evidence.coredns_addon.clone())
    };
    Ok(evidence.coredns()?.map(workload).collect())
}
