//! Whether a workload can spare a pod. Pure.
//!
//! # Guarantees
//! - A Ready pod goes only when all other pods exist and available and no rollout is in progress. A rollout may
//!   take down as many pods as its strategy allows, and the evicted pod must be the only one missing.
//! - A pod that is not Ready serves nothing, so it may go earlier, one at a time. Other unready pods on the old profile
//!   do not hold it up.

use super::workload::{Member, Workload};
use crate::message::message;
use crate::placement::Pod;

/// The revision of the pod template, on a StatefulSet's pod.
const REVISION_LABEL: &str = "controller-revision-hash";

/// Why the pod of this uid, which is on the profile `from`, has to stay for now.
pub(super) fn held(workload: &Workload, members: &[Member], uid: &str, from: &str) -> Option<String> {
    let Workload { desired, available, .. } = *workload;
    if workload.is_behind {
        return Some(message!("its controller has yet to see its latest change"));
    }
    let it = members.iter().map(|member| &member.pod).find(|pod| pod.uid == uid);
    let serves = it.is_some_and(|pod| pod.ready);
    if workload.is_rolling && (serves || it.is_some_and(|pod| is_behind(workload, pod))) {
        return Some(message!(
            "a rollout is in progress ({available} of {desired} pods available): let it complete, or undo it"
        ));
    }
    if let Some(ending) = members.iter().find(|member| member.pod.terminating) {
        return Some(message!("pod {} is terminating", ending.pod.name));
    }
    let others: Vec<&Member> = members.iter().filter(|member| member.pod.uid != uid).collect();
    let mut missing = others.iter().filter(|other| !other.available);
    if let Some(other) = missing.find(|other| serves || other.pod.profile() != Some(from)) {
        return Some(why_missing(other));
    }
    if let (false, Some(first), Some(pod)) = (serves, workload.in_order_from, it) {
        return out_of_order(pod, first, &others);
    }
    let there = count(members.len());
    if there < desired {
        return Some(message!("{there} of {desired} pods exist"));
    }
    (serves && available < desired).then(|| message!("{available} of {desired} pods are available"))
}

/// Whether a rollout of the StatefulSet has not reached the pod yet. A recreated pod would get the new revision.
fn is_behind(workload: &Workload, pod: &Pod) -> bool {
    workload.revision.as_ref().is_some_and(|revision| pod.labels.get(REVISION_LABEL) != Some(revision))
}

fn why_missing(Member { pod, .. }: &Member) -> String {
    if pod.ready {
        message!("pod {} has not been Ready for minReadySeconds yet", pod.name)
    } else {
        message!("pod {} is not Ready yet", pod.name)
    }
}

/// A StatefulSet that creates its pods in order recreates a pod only when those before it are available, and those
/// after it wait for it.
fn out_of_order(pod: &Pod, first: i32, others: &[&Member]) -> Option<String> {
    let ordinal = ordinal(pod)?;
    let before: Vec<&&Member> = others.iter().filter(|other| self::ordinal(&other.pod) < Some(ordinal)).collect();
    if let Some(other) = before.iter().find(|other| !other.available) {
        return Some(message!("{}, and comes before it", why_missing(other)));
    }
    let (there, wanted) = (count(before.len()), ordinal - first);
    (there < wanted).then(|| message!("{there} of the {wanted} pods before it exist"))
}

fn ordinal(pod: &Pod) -> Option<i32> {
    pod.name.rsplit('-').next()?.parse().ok()
}

fn count(pods: usize) -> i32 {
    i32::try_from(pods).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fixture::replica;

    const OLD: &str = "web-9999";
    const NEW: &str = "web-9998";

    /// A Deployment that counts all its pods as available.
    fn deployment(desired: i32) -> Workload {
        Workload { what: "Deployment web/web".into(), desired, available: desired, ..Workload::default() }
    }

    /// A StatefulSet that creates its pods in order.
    fn ordered(desired: i32) -> Workload {
        Workload { what: "StatefulSet web/db".into(), in_order_from: Some(0), ..deployment(desired) }
    }

    /// Pod `n` of a set, available.
    fn well(profile: &str, set: &str, n: usize) -> Member {
        Member { pod: replica(profile, set, n), available: true }
    }

    fn fresh(profile: &str, set: &str, n: usize) -> Member {
        Member { available: false, ..well(profile, set, n) }
    }

    fn unready(profile: &str, set: &str, n: usize) -> Member {
        Member { pod: Pod { ready: false, ..replica(profile, set, n) }, available: false }
    }

    fn ending(profile: &str, set: &str, n: usize) -> Member {
        Member { pod: Pod { terminating: true, ..replica(profile, set, n) }, available: true }
    }

    fn at(revision: &str, member: Member) -> Member {
        let labels = member.pod.labels.into_iter().chain([(REVISION_LABEL.to_owned(), revision.to_owned())]).collect();
        Member { pod: Pod { labels, ..member.pod }, ..member }
    }

    /// Why the first of these pods has to stay.
    fn said(workload: &Workload, members: &[Member]) -> Option<String> {
        let said = held(workload, members, &members[0].pod.uid, OLD);
        let mut turned = members.to_vec();
        turned.rotate_left(1);
        assert_eq!(held(workload, &turned, &members[0].pod.uid, OLD).is_some(), said.is_some(), "by their order alone");
        said
    }

    #[test]
    fn a_ready_pod_goes_only_when_all_others_are_available() {
        for (pods, why) in [
            (vec![well(OLD, "a", 1)], Some("1 of 2 pods exist")),
            (vec![well(OLD, "a", 1), well(OLD, "a", 2)], None),
            (vec![well(OLD, "a", 1), well(NEW, "a", 2)], None),
            (vec![well(OLD, "a", 1), unready(OLD, "a", 2)], Some("pod a-2 is not Ready yet")),
            (vec![well(OLD, "a", 1), unready(NEW, "a", 2)], Some("pod a-2 is not Ready yet")),
            (vec![well(OLD, "a", 1), ending(OLD, "a", 2), well(NEW, "a", 3)], Some("pod a-2 is terminating")),
            (vec![well(OLD, "a", 1), fresh(NEW, "a", 2)], Some("pod a-2 has not been Ready for minReadySeconds yet")),
            // It belongs to another ReplicaSet of the same Deployment.
            (vec![well(OLD, "a", 1), well(OLD, "a", 2), unready(OLD, "b", 1)], Some("pod b-1 is not Ready yet")),
            (vec![well(OLD, "a", 1), well(OLD, "b", 1)], None),
        ] {
            assert_eq!(said(&deployment(2), &pods).as_deref(), why, "{pods:?}");
        }
        // Its controller counts later than its pods show, or by another clock.
        let late = Workload { available: 1, ..deployment(2) };
        let pods = [well(OLD, "a", 1), well(NEW, "a", 2)];
        assert_eq!(said(&late, &pods).as_deref(), Some("1 of 2 pods are available"));
    }

    #[test]
    fn an_unready_pod_goes_before_ready_ones_and_with_none_of_its_like_under_way() {
        for (pods, why) in [
            (vec![unready(OLD, "a", 1), well(OLD, "a", 2)], None),
            (vec![unready(OLD, "a", 1), unready(OLD, "a", 2)], None),
            (vec![unready(OLD, "a", 1), fresh(OLD, "a", 2)], None),
            (vec![unready(OLD, "b", 1), unready(OLD, "a", 2), well(OLD, "a", 1)], None),
            (vec![unready(OLD, "a", 1), unready(NEW, "a", 2)], Some("pod a-2 is not Ready yet")),
            (vec![unready(OLD, "a", 1), unready(NEW, "b", 2)], Some("pod b-2 is not Ready yet")),
            (
                vec![unready(OLD, "a", 1), fresh(NEW, "a", 2)],
                Some("pod a-2 has not been Ready for minReadySeconds yet"),
            ),
            (vec![unready(OLD, "a", 1), ending(NEW, "a", 2)], Some("pod a-2 is terminating")),
            (vec![unready(OLD, "a", 1)], Some("1 of 2 pods exist")),
        ] {
            let sick = Workload { available: 1, ..deployment(2) };
            assert_eq!(said(&sick, &pods).as_deref(), why, "{pods:?}");
        }
    }

    #[test]
    fn nothing_that_serves_goes_during_a_rollout() {
        let stuck = Workload { available: 3, is_rolling: true, ..deployment(4) };
        let serving = [1, 2, 3].map(|n| well(OLD, "a", n));
        let pods = [&serving[..], &[unready(OLD, "b", 1), unready(OLD, "b", 2)]].concat();
        let why = "a rollout is in progress (3 of 4 pods available): let it complete, or undo it";
        assert_eq!(said(&stuck, &pods).as_deref(), Some(why));
        // A pod of the rollout that does not start may start on another profile.
        let mut pods = pods;
        pods.rotate_right(1);
        assert_eq!(said(&stuck, &pods), None);
        // Between two steps of a rollout all pods are available, and the next step may come at any moment.
        let going = Workload { available: 5, ..stuck.clone() };
        let pods = [&serving[..], &[well(NEW, "b", 1), well(NEW, "b", 2)]].concat();
        assert!(said(&going, &pods).unwrap().starts_with("a rollout is in progress (5 of 4"));
    }

    #[test]
    fn an_unready_pod_of_a_stateful_set_is_not_made_again_from_a_template_that_is_not_its_own_yet() {
        let rolling = Workload { is_rolling: true, revision: Some("new".into()), available: 2, ..ordered(3) };
        let pods = [at("old", well(OLD, "db", 0)), at("old", well(OLD, "db", 1)), at("new", unready(OLD, "db", 2))];
        let last = [pods[2].clone(), pods[0].clone(), pods[1].clone()];
        assert_eq!(said(&rolling, &last), None);
        let older = [at("old", unready(OLD, "db", 2)), pods[0].clone(), pods[1].clone()];
        assert!(said(&rolling, &older).unwrap().starts_with("a rollout is in progress"));
        assert_eq!(said(&Workload { is_rolling: false, revision: None, ..rolling }, &older), None);
    }

    #[test]
    fn of_pods_that_are_made_in_order_the_first_unready_one_goes_first() {
        let sick = Workload { available: 0, ..ordered(3) };
        for (pods, why) in [
            (vec![unready(OLD, "db", 0), unready(OLD, "db", 1), unready(OLD, "db", 2)], None),
            (
                vec![unready(OLD, "db", 2), unready(OLD, "db", 0), well(OLD, "db", 1)],
                Some("pod db-0 is not Ready yet, and comes before it"),
            ),
            (
                vec![unready(OLD, "db", 10), well(OLD, "db", 0), unready(OLD, "db", 2)],
                Some("pod db-2 is not Ready yet, and comes before it"),
            ),
            (vec![unready(OLD, "db", 2), well(OLD, "db", 0)], Some("1 of the 2 pods before it exist")),
            // The pods after it wait for it.
            (vec![unready(OLD, "db", 1), well(NEW, "db", 0)], None),
            (vec![unready(OLD, "db", 0)], None),
        ] {
            assert_eq!(said(&sick, &pods).as_deref(), why, "{pods:?}");
        }
        let from_five = Workload { in_order_from: Some(5), ..sick.clone() };
        assert_eq!(said(&from_five, &[unready(OLD, "db", 6), well(OLD, "db", 5)]), None);
        let at_once = Workload { in_order_from: None, ..sick };
        assert_eq!(said(&at_once, &[unready(OLD, "db", 2), unready(OLD, "db", 0), well(OLD, "db", 1)]), None);
        // A Ready pod goes only when all are Ready.
        let pods = [well(OLD, "db", 2), well(OLD, "db", 0)];
        assert_eq!(said(&ordered(3), &pods).as_deref(), Some("2 of 3 pods exist"));
    }

    #[test]
    fn nothing_goes_by_a_status_of_an_earlier_spec_and_what_is_gone_needs_no_leave() {
        let behind = Workload { is_behind: true, ..deployment(2) };
        for first in [well(OLD, "a", 1), unready(OLD, "a", 1)] {
            assert!(said(&behind, &[first, well(OLD, "a", 2)]).unwrap().contains("latest change"));
        }
        // The preconditions of its eviction handle that.
        assert_eq!(held(&deployment(2), &[well(OLD, "a", 1), well(OLD, "a", 2)], "uid-gone", OLD), None);
    }
}
