//! What AWS and the cluster say about the prerequisites of Fargate profiles: asked once for all objects of an EKS cluster, kept,
//! and judged for each object.
//!
//! # Guarantees
//! - Few calls: what no check needs is not asked, and an answer serves until it is too old for whoever wants it.
//! - Quotas are kept for a day, as long as they suffice.
//! - Callers that come while AWS is being asked wait for the answers, and share them.
//! - A call that fails is an answer as well ([`Read::Unread`](crate::prerequisites::Read::Unread)). It holds up nobody, and is not
//!   repeated before its time.

mod ask;
mod in_cluster;
mod known;
mod lifetime;
mod mending;
mod refusals;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use self::ask::Ports;
use self::known::Known;
use self::lifetime::{Lifetimes, Trouble};
use crate::ec2::Ec2;
use crate::eks::{Cluster, Eks, Profile};
use crate::iam::Iam;
use crate::intervals::Intervals;
use crate::prerequisites::{
    Check, EntryTrouble, Evidence, Finding, NameService, Question, Reads, Search, entry_trouble, find, judge, reads,
    reads_for, zone_in_refusal,
};
use crate::quotas::Quotas;
use crate::time::Clock;

pub(crate) use self::in_cluster::InCluster;
pub(crate) use self::lifetime::Urgency;
pub(super) use self::mending::{Age, workloads};
pub(super) use self::refusals::refusals;

/// Answers lead to further questions, but not for ever.
const ROUNDS: usize = 4;

/// More than any region has, by their names and their ids. Who may write the status of a pod can make zones up.
const MOST_ZONES: usize = 64;

/// What is known of one EKS cluster.
pub(crate) struct PrerequisiteCache {
    ports: Ports,
    clock: Clock,
    intervals: Intervals,
    known: Mutex<Known>,
}

impl PrerequisiteCache {
    pub(crate) fn new(
        eks: Arc<dyn Eks>,
        ec2: Arc<dyn Ec2>,
        iam: Arc<dyn Iam>,
        quotas: Arc<dyn Quotas>,
        cluster: InCluster,
        clock: Clock,
        intervals: Intervals,
    ) -> Self {
        Self { ports: Ports { eks, ec2, iam, quotas, cluster }, clock, intervals, known: Mutex::default() }
    }

    /// Keeps the zones in which Fargate is not, by what EKS and Fargate's scheduler say, for as long as this process lives.
    pub(crate) async fn learn_refusals(&self, cluster: &Cluster, said: impl Iterator<Item = &str>) {
        let Some((region, _)) = cluster.region_and_account() else { return };
        let zones: Vec<&str> = said.filter_map(|text| zone_in_refusal(text, region)).collect();
        if zones.is_empty() {
            return;
        }
        let known = &mut self.known.lock().await.evidence.refused_zones;
        for zone in zones.into_iter().take(MOST_ZONES.saturating_sub(known.len())) {
            known.insert(zone.to_owned());
        }
    }

    /// What is wrong for an object, judged by answers that are new enough: ten seconds old before an effect, a minute if a change waits
    /// for something to be mended, five if anything is wrong, else half an hour. AWS and the cluster are asked each in its own time.
    pub(crate) async fn findings(
        &self,
        cluster: &Cluster,
        profiles: &[Profile],
        names: NameService,
        question: &Question,
        urgency: Urgency,
    ) -> Judgement {
        let mut known = self.known.lock().await;
        known.evidence.see(cluster, profiles, names);
        known.note_service(question);
        let findings = judge(question, &known.evidence);
        // What only the cluster can mend is no reason to ask AWS.
        let of_aws = findings.iter().filter(|finding| finding.check.asks_aws());
        let lifetimes = Lifetimes {
            aws: urgency.lifetime(Trouble::of(of_aws), &self.intervals),
            cluster: urgency.lifetime(Trouble::of(&findings), &self.intervals),
        };
        let lacks_quota = findings.iter().any(is_of_quota);
        let wanted = |evidence: &Evidence| reads(std::slice::from_ref(question), evidence);
        let is_news = self.answer(&mut known, lifetimes, lacks_quota, wanted).await;
        let findings = if is_news { judge(question, &known.evidence) } else { findings };
        Judgement { findings, entry: entry_trouble(question, &known.evidence) }
    }

    /// The subnets of profiles that name none, as they are looked for, by answers that are as new as those of the checks.
    ///
    /// # Errors
    /// Why none is found, for people.
    pub(crate) async fn subnets(
        &self,
        cluster: &Cluster,
        search: &Search,
        urgency: Urgency,
    ) -> Result<BTreeSet<String>, String> {
        let mut known = self.known.lock().await;
        known.evidence.cluster = cluster.clone();
        let is_missing = known.evidence.candidates.is_asked() && find(search, &known.evidence).is_err();
        let trouble = if is_missing { Trouble::Blocking } else { Trouble::None };
        // The cluster has no say in it.
        let lifetimes = Lifetimes { aws: urgency.lifetime(trouble, &self.intervals), cluster: Duration::MAX };
        self.answer(&mut known, lifetimes, false, |evidence| reads_for(search, evidence)).await;
        find(search, &known.evidence)
    }

    /// Forgets answers that are too old, of quotas also if these lack something, and asks for what is wanted and not known. Whether
    /// there is anything new.
    async fn answer(
        &self,
        known: &mut Known,
        lifetimes: Lifetimes,
        lacks_quota: bool,
        wanted: impl Fn(&Evidence) -> Reads,
    ) -> bool {
        let now = self.clock.now();
        let is_old = now.saturating_sub(known.answered) >= lifetimes.aws;
        let cluster_is_old = now.saturating_sub(known.cluster_answered) >= lifetimes.cluster;
        if is_old {
            known.forget_aws(lacks_quota, self.intervals.quotas_again, now);
        }
        if cluster_is_old {
            known.forget_cluster();
        }
        let mut is_news = is_old || cluster_is_old;
        for _ in 0..ROUNDS {
            let wanted = self.ports.cluster.answerable(&known.evidence.cluster, wanted(&known.evidence));
            if wanted.is_empty() {
                break;
            }
            self.ports.ask(&wanted, &mut known.evidence).await;
            is_news = true;
        }
        if is_old {
            known.answered = self.clock.now();
        }
        if cluster_is_old {
            known.cluster_answered = self.clock.now();
        }
        is_news
    }

    /// Everything that has been asked.
    pub(crate) async fn evidence(&self) -> Evidence {
        self.known.lock().await.evidence.clone()
    }
}

/// What the answers mean for one object.
#[derive(Clone, Debug, Default)]
pub(crate) struct Judgement {
    pub(crate) findings: Vec<Finding>,
    /// What is wrong with the access entry of its role.
    pub(crate) entry: Option<EntryTrouble>,
}

/// Whether AWS may have raised the quota since.
fn is_of_quota(finding: &Finding) -> bool {
    matches!(finding.check, Check::ProfileQuota | Check::SelectorQuota | Check::FargateVcpu)
}
