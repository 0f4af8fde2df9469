//! What is known of one EKS cluster, and what of it is forgotten.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::prerequisites::{Evidence, Question, Read};

/// The answers, and when they were given.
#[derive(Default)]
pub(super) struct Known {
    pub(super) evidence: Evidence,
    /// When the oldest of what AWS said was answered. AWS may take long to answer, and is not to be asked again at once.
    pub(super) answered: Duration,
    /// When the oldest of what the cluster said was answered.
    pub(super) cluster_answered: Duration,
    /// When the quotas were asked last: they hardly ever change.
    pub(super) quotas_answered: Duration,
    /// The roles that an ACTIVE profile had when they were asked about last.
    pub(super) serving: BTreeSet<String>,
    /// When the Deployments behind the cluster's DNS Service were listed last.
    pub(super) coredns_listed: Duration,
    /// When the role that the operator makes was asked about anew last.
    pub(super) role_asked: Duration,
}

impl Known {
    /// Forgets what AWS said, but for quotas that are known to suffice and were asked within a day.
    pub(super) fn forget_aws(&mut self, lacks_quota: bool, quotas_again: Duration, now: Duration) {
        let has_quotas = now.saturating_sub(self.quotas_answered) < quotas_again;
        let old = std::mem::take(&mut self.evidence);
        let mut quotas = if has_quotas && !lacks_quota { old.quotas } else { BTreeMap::default() };
        quotas.retain(|_, quota| quota.known().is_some());
        if quotas.is_empty() {
            self.quotas_answered = now;
        }
        self.evidence = Evidence {
            cluster: old.cluster,
            names: old.names,
            selectors: old.selectors,
            profiles: old.profiles,
            refused_zones: old.refused_zones,
            quotas,
            map_roles: old.map_roles,
            coredns: old.coredns,
            coredns_listed: old.coredns_listed,
            inside: old.inside,
            ..Evidence::default()
        };
    }

    /// EKS lets a role in when it creates the role's first profile. What was not there before then is asked again.
    pub(super) fn note_service(&mut self, question: &Question) {
        if !question.role_serves {
            self.serving.remove(&question.role);
        } else if self.serving.insert(question.role.clone()) {
            if let Some(role) = self.evidence.roles.get_mut(&question.role) {
                role.access_entry = Read::NotAsked;
            }
            self.evidence.map_roles = Read::NotAsked;
        }
    }

    pub(super) fn forget_cluster(&mut self) {
        let none = Evidence::default();
        self.evidence = Evidence {
            map_roles: none.map_roles,
            coredns: none.coredns,
            coredns_listed: none.coredns_listed,
            inside: none.inside,
            ..std::mem::take(&mut self.evidence)
        };
    }
}
