//! When webhook and scheduler learn of a profile.

use std::time::Duration;

use data_plane::{SCHEDULER, What};
use eks_simulator::ProfileStatus;
use serde_json::json;

use crate::stage::{DAY, alone, beside, node, scheduler, taken_by};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_profile_that_is_not_active_takes_no_pod() {
    beside(async |stage| {
        for (n, status) in
            [ProfileStatus::Creating, ProfileStatus::Deleting, ProfileStatus::CreateFailed, ProfileStatus::DeleteFailed]
                .into_iter()
                .enumerate()
        {
            stage.place("p", &[], status);
            let pod = stage.pod(&format!("pod-{n}"), json!({})).await;
            assert_eq!((taken_by(&pod), scheduler(&pod)), (None, "default-scheduler"), "{status:?}");
            stage.bed.eks().outsider().vanish_profile(bed::CLUSTER, &format!("{}-p", stage.namespace)).unwrap();
        }
        stage.profile("p", &[]);
        assert_eq!(scheduler(&stage.pod("at-last", json!({})).await), SCHEDULER);
    });
}

#[test]
fn the_webhook_learns_of_a_profile_when_it_is_told_to() {
    alone(async |stage| {
        stage.fargate.change(|switches| switches.webhook_learns_after = DAY);
        let profile = stage.profile("p", &[]);
        assert_eq!(taken_by(&stage.pod("early", json!({})).await), None);
        stage.bed.eks().advance(DAY);
        assert_eq!(taken_by(&stage.pod("late", json!({})).await), Some(&*profile));
    });
}

#[test]
fn the_webhook_may_forget_a_profile_late() {
    alone(async |stage| {
        stage.fargate.change(|switches| switches.webhook_forgets_after = DAY);
        let profile = stage.profile("p", &[]);
        assert_eq!(taken_by(&stage.pod("before", json!({})).await), Some(&*profile));
        stage.bed.eks().outsider().vanish_profile(bed::CLUSTER, &profile).unwrap();
        assert_eq!(taken_by(&stage.pod("early", json!({})).await), Some(&*profile));
        stage.bed.eks().advance(DAY);
        assert_eq!(taken_by(&stage.pod("late", json!({})).await), None);
    });
}

#[test]
fn the_scheduler_may_learn_of_a_profile_later_than_the_webhook() {
    alone(async |stage| {
        stage.fargate.change(|switches| switches.scheduler_learns_after = 120 * SECOND);
        let before = stage.fargate.now();
        let profile = stage.profile("p", &[]);
        let pod = stage.pod("waits", json!({})).await;
        assert_eq!((taken_by(&pod), node(&pod)), (Some(&*profile), None));
        stage.ready("waits").await;
        let bound = stage.first(&profile, What::Bound).await;
        assert!(bound >= before + 120 * SECOND, "{:?}", bound - before);
    });
}
