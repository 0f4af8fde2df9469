//! What AWS and the cluster say about the prerequisites of Fargate profiles: asked once for all objects of an EKS cluster, kept,
//! and judged for each object.
//!
//! # Guarantees
//! - Few calls: what no check needs is not asked, and an answer serves until it is too old for whoever wants it.
//! - Callers that come while AWS is being asked wait for the answers, and share them.
//! - A call that fails is an answer as well ([`Read::Unread`](crate::prerequisites::Read::Unread)). It holds up nobody, and is not repeated before its time.

mod ask;
mod in_cluster;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use self::ask::Ports;
use crate::ec2::Ec2;
use crate::eks::{Cluster, Eks, Profile, ProfileStatus};
use crate::iam::Iam;
use crate::intervals::Intervals;
use crate::prerequisites::{Evidence, Finding, Question, Severity, judge, reads};
use crate::time::Clock;

pub(crate) use self::in_cluster::InCluster;

/// Answers lead to further questions, but not for ever.
const ROUNDS: usize = 4;

/// What is known of one EKS cluster.
pub(crate) struct PrerequisiteCache {
    ports: Ports,
    clock: Clock,
    intervals: Intervals,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    evidence: Evidence,
    /// When the oldest of it was answered. AWS may take long to answer, and is not to be asked again at once.
    answered: Duration,
}

/// How urgently an object wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// A change begins with the next call.
    Now,
    /// A change is to begin.
    Soon,
    /// A person has to act, for whatever reason.
    Stalled,
    /// Nothing is under way.
    Settled,
}

impl PrerequisiteCache {
    pub(crate) fn new(
        eks: Arc<dyn Eks>,
        ec2: Arc<dyn Ec2>,
        iam: Arc<dyn Iam>,
        cluster: InCluster,
        clock: Clock,
        intervals: Intervals,
    ) -> Self {
        Self { ports: Ports { eks, ec2, iam, cluster }, clock, intervals, known: Mutex::default() }
    }

    /// What is wrong for an object, judged by answers that are new enough: ten seconds old before an effect, a minute if a change waits
    /// for something to be mended, five if anything is wrong, else half an hour.
    pub(crate) async fn findings(
        &self,
        cluster: &Cluster,
        profiles: &[Profile],
        question: &Question,
        urgency: Urgency,
    ) -> Vec<Finding> {
        let mut known = self.known.lock().await;
        known.evidence.cluster = cluster.clone();
        known.evidence.selectors = profiles
            .iter()
            .filter(|profile| profile.status == ProfileStatus::Active)
            .flat_map(|profile| profile.selectors.iter().cloned())
            .collect();
        let age = self.clock.now().saturating_sub(known.answered);
        let is_old = age >= self.lifetime(&judge(question, &known.evidence), urgency);
        if is_old {
            let selectors = std::mem::take(&mut known.evidence.selectors);
            known.evidence = Evidence { cluster: cluster.clone(), selectors, ..Evidence::default() };
        }
        for _ in 0..ROUNDS {
            let wanted = self.ports.cluster.answerable(cluster, reads(std::slice::from_ref(question), &known.evidence));
            if wanted.is_empty() {
                break;
            }
            self.ports.ask(&wanted, &mut known.evidence).await;
        }
        if is_old {
            known.answered = self.clock.now();
        }
        judge(question, &known.evidence)
    }

    fn lifetime(&self, findings: &[Finding], urgency: Urgency) -> Duration {
        let has = |severity: Severity| findings.iter().any(|finding| finding.severity == severity);
        let is_wrong = has(Severity::Blocking) || has(Severity::Advisory);
        match urgency {
            Urgency::Now => self.intervals.fresh,
            Urgency::Soon if has(Severity::Blocking) => self.intervals.prerequisites_soon,
            Urgency::Stalled => self.intervals.describe_again,
            Urgency::Soon | Urgency::Settled if is_wrong => self.intervals.describe_again,
            Urgency::Soon | Urgency::Settled => self.intervals.prerequisites_again,
        }
    }
}
