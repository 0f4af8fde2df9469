//! What one object wants of its cluster, put as the question that prerequisites are judged by.

use std::sync::Arc;
use std::time::Duration;

use super::EksSnapshot;
use crate::api::Strategy;
use crate::eks::{Profile, ProfileStatus};
use crate::placement::{ClusterDns, Pod, matches};
use crate::prerequisites::{Creation, NameService, Question};
use crate::state::{Facts, Pods, Snapshot};

/// None while it has no pod execution role, or no subnets.
pub(super) fn of(facts: &Facts<'_>, look: &EksSnapshot) -> Option<Question> {
    let snapshot = facts.snapshot;
    let role = facts.desired.role.clone().filter(|_| facts.desired.subnets_missing.is_none())?;
    let serves = |profile: &Profile| profile.status == ProfileStatus::Active && profile.role == role;
    Some(Question {
        role_serves: look.profiles.iter().any(serves),
        subnets: facts.desired.subnets.clone(),
        selectors: facts.desired.selectors.clone(),
        pods: pods(facts),
        is_served: facts.target.is_some(),
        cluster_serves: cluster_serves(look, snapshot.settle, snapshot.now),
        creates: creates(facts),
        role,
    })
}

fn pods(facts: &Facts<'_>) -> Vec<Arc<Pod>> {
    let known: &[_] = if let Pods::Known(pods) = &facts.snapshot.pods { pods } else { &[] };
    let is_selected = |pod: &Pod| facts.desired.selectors.iter().any(|selector| matches(selector, pod));
    // A pod that is meant for certain nodes waits for those for a while, and is nobody's trouble.
    let waits_for_nodes = |pod: &Pod| {
        let since = pod.unscheduled_since.unwrap_or(pod.created);
        pod.steered().is_some() && facts.snapshot.since(since) < facts.snapshot.progress
    };
    let counts = |pod: &Pod| !pod.wants_ec2 && !pod.terminating && is_selected(pod) && !waits_for_nodes(pod);
    known.iter().filter(|pod| counts(pod)).map(Arc::clone).collect()
}

/// Who serves the cluster's DNS: what is known without asking for it.
pub(super) fn name_service(snapshot: &Snapshot) -> NameService {
    let service = snapshot.dns.known().and_then(ClusterDns::service);
    let known: &[_] = if let Pods::Known(pods) = &snapshot.pods { pods } else { &[] };
    let of_dns = known.iter().filter(|pod| service.is_some_and(|service| service.selects(pod)));
    let deployment = |pod: &Arc<Pod>| Some((pod.namespace.clone(), pod.deployment()?.to_owned()));
    NameService { dns: snapshot.dns.clone(), deployments: of_dns.filter_map(deployment).collect() }
}

/// Whether a profile has been ACTIVE for so long that the cluster knows of it.
fn cluster_serves(look: &EksSnapshot, settle: Duration, now: Duration) -> bool {
    let since = |profile: &Profile| look.status_since.get(&profile.arn).copied();
    let is_settled = |profile: &Profile| since(profile).is_some_and(|since| now.saturating_sub(since) >= settle);
    look.profiles.iter().any(|profile| profile.status == ProfileStatus::Active && is_settled(profile))
}

/// Whether a profile is to be created beside those that are there. DeleteFirst makes room for it first.
fn creates(facts: &Facts<'_>) -> Option<Creation> {
    if facts.target.is_some() && !facts.takes_over() {
        return None;
    }
    match (facts.foremost, facts.snapshot.spec.strategy()) {
        (None, _) => Some(Creation::First),
        (Some(_), Strategy::CreateFirst) => Some(Creation::Replacement),
        (Some(_), Strategy::DeleteFirst) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::eks::ProfileStatus::{Active, CreateFailed, Creating};
    use crate::observe::Found;
    use crate::placement::{Controller, DnsService};
    use crate::prerequisites::Read;
    use crate::state::fixture::{delete_first, foreign, known, on, outdated, owned, wall, with};

    #[test]
    fn a_profile_is_created_for_whoever_has_none_or_an_outdated_one_and_does_not_delete_first() {
        let creates = |snapshot: Snapshot| super::creates(&Facts::of(&snapshot));
        let foreign = foreign("theirs", Active);
        assert_eq!(creates(with(&[foreign])), Some(Creation::First));
        assert_eq!(creates(with(&[owned("web-9999", CreateFailed)])), Some(Creation::First));
        assert_eq!(creates(with(&[outdated("web-9999", Active)])), Some(Creation::Replacement));
        // It is there already.
        assert_eq!(creates(with(&[owned("web-9998", Creating), outdated("web-9999", Active)])), None);
        assert_eq!(creates(with(&[owned("web-9999", Active)])), None);
        assert_eq!(creates(delete_first(&[outdated("web", Active)])), None);
        assert_eq!(creates(delete_first(&[])), Some(Creation::First));
    }

    #[test]
    fn its_pods_are_those_that_it_selects_and_that_may_come_to_fargate_and_stay() {
        let mut snapshot = with(&[owned("web-9999", Active)]);
        let pod = |name: &str| on("web-9999", "web", name);
        let elsewhere = on("shop-9999", "shop", "a");
        let for_ec2 = Pod { wants_ec2: true, ..pod("b") };
        let going = Pod { terminating: true, ..pod("c") };
        let steered = |name: &str, seconds: i64| Pod {
            steering: Some("nodeSelector pool=gpu".into()),
            unscheduled_since: Some(wall(-seconds)),
            ..Pod { namespace: "web".into(), name: name.into(), ..Pod::default() }
        };
        snapshot.pods =
            known(&[elsewhere, for_ec2, going, pod("d"), steered("waits", 599), steered("waits-for-ever", 600)]);
        let names: Vec<String> = pods(&Facts::of(&snapshot)).iter().map(|pod| pod.path()).collect();
        assert_eq!(names, ["web/d", "web/waits-for-ever"]);
    }

    #[test]
    fn the_deployments_of_dns_are_those_of_pods_behind_its_service() {
        let mut snapshot = with(&[]);
        let pod = |namespace: &str, app: &str, name: &str| {
            let replica_set =
                Controller { kind: "ReplicaSet".into(), name: format!("{name}-5d"), ..Controller::default() };
            let labels =
                [("app", app), ("pod-template-hash", "5d")].map(|(key, value)| (key.to_owned(), value.to_owned()));
            Pod { controller: Some(replica_set), labels: labels.into(), ..on("web-9999", namespace, name) }
        };
        let bare = Pod { controller: None, ..pod("dns", "coredns", "bare") };
        snapshot.pods = known(&[
            pod("dns", "coredns", "names"),
            pod("dns", "web", "web"),
            pod("kube-system", "coredns", "other"),
            bare,
        ]);
        assert_eq!(name_service(&snapshot), NameService::default());
        let selector = [("app".to_owned(), "coredns".to_owned())].into();
        snapshot.dns = Read::Known(ClusterDns::Service(DnsService { namespace: "dns".into(), selector }));
        let found = name_service(&snapshot);
        assert_eq!(found.dns, snapshot.dns);
        assert_eq!(found.deployments, [("dns".to_owned(), "names".to_owned())].into());
    }

    #[test]
    fn the_cluster_serves_once_a_profile_has_been_active_for_the_settle_time() {
        let look = |status| EksSnapshot {
            began: Duration::ZERO,
            cluster: Found::Missing { account: String::new() },
            profiles: vec![owned("web", status)],
            undescribed: BTreeMap::new(),
            status_since: [("arn:web".to_owned(), Duration::from_secs(100))].into(),
        };
        let after = |status, seconds: u64| {
            let now = Duration::from_secs(100 + seconds);
            cluster_serves(&look(status), Duration::from_secs(90), now)
        };
        assert!(after(Active, 90));
        assert!(!after(Active, 89));
        assert!(!after(Creating, 500));
    }
}
