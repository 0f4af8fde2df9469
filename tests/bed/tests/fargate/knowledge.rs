//! When webhook and scheduler learn of a profile.

use std::time::Duration;

use data_plane::{SCHEDULER, What};
use eks_simulator::ProfileStatus;
use serde_json::json;

use crate::setup::{DAY, exclusive, node, scheduler, shared, taken_by};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_profile_that_is_not_active_takes_no_pod() {
    shared(async |ns| {
        for (n, status) in
            [ProfileStatus::Creating, ProfileStatus::Deleting, ProfileStatus::CreateFailed, ProfileStatus::DeleteFailed]
                .into_iter()
                .enumerate()
        {
            ns.place("p", &[], status);
            let pod = ns.pod(&format!("pod-{n}"), json!({})).await;
            assert_eq!((taken_by(&pod), scheduler(&pod)), (None, "default-scheduler"), "{status:?}");
            ns.bed.eks().outsider().vanish_profile(bed::CLUSTER, &format!("{}-p", ns.name)).unwrap();
        }
        ns.profile("p", &[]);
        assert_eq!(scheduler(&ns.pod("at-last", json!({})).await), SCHEDULER);
    });
}

#[test]
fn the_webhook_learns_of_a_profile_when_it_is_told_to() {
    exclusive(async |ns| {
        ns.fargate.change(|switches| switches.webhook_learns_after = DAY);
        let profile = ns.profile("p", &[]);
        assert_eq!(taken_by(&ns.pod("early", json!({})).await), None);
        ns.bed.eks().advance(DAY);
        assert_eq!(taken_by(&ns.pod("late", json!({})).await), Some(&*profile));
    });
}

#[test]
fn the_webhook_may_forget_a_profile_late() {
    exclusive(async |ns| {
        ns.fargate.change(|switches| switches.webhook_forgets_after = DAY);
        let profile = ns.profile("p", &[]);
        assert_eq!(taken_by(&ns.pod("before", json!({})).await), Some(&*profile));
        ns.bed.eks().outsider().vanish_profile(bed::CLUSTER, &profile).unwrap();
        assert_eq!(taken_by(&ns.pod("early", json!({})).await), Some(&*profile));
        ns.bed.eks().advance(DAY);
        assert_eq!(taken_by(&ns.pod("late", json!({})).await), None);
    });
}

#[test]
fn the_scheduler_may_learn_of_a_profile_later_than_the_webhook() {
    exclusive(async |ns| {
        ns.fargate.change(|switches| switches.scheduler_learns_after = 120 * SECOND);
        let before = ns.fargate.now();
        let profile = ns.profile("p", &[]);
        let pod = ns.pod("waits", json!({})).await;
        assert_eq!((taken_by(&pod), node(&pod)), (Some(&*profile), None));
        ns.ready("waits").await;
        let bound = ns.first(&profile, What::Bound).await;
        assert!(bound >= before + 120 * SECOND, "{:?}", bound - before);
    });
}
