//! Profiles whose pods cannot start.

use std::time::Duration;

use bed::testing::is_ready;
use data_plane::{TroubleKind, What};
use k8s_openapi::api::core::v1::Pod;
use serde_json::json;

use crate::setup::{DAY, node, shared};

#[test]
fn pods_of_a_profile_without_a_way_out_wait_for_their_image_and_start_when_there_is_one() {
    shared(async |ns| {
        let broken = ns.profile("a", &[("app", "a")]);
        ns.profile("b", &[("app", "b")]);
        ns.fargate.trouble(&*broken, TroubleKind::ImagePull, Some(DAY));
        ns.pod("stuck", json!({ "app": "a" })).await;
        ns.pod("runs", json!({ "app": "b" })).await;
        let pod = ns.until("stuck", "in back-off", |pod: &Pod| back_off(pod)).await;
        assert!(node(&pod).is_some_and(|node| node.starts_with("fargate-ip-")) && !is_ready(&pod));
        ns.ready("runs").await;
        let until = ns.fargate.now() + Duration::from_secs(60);
        ns.trouble_ends(&broken, Duration::from_secs(60));
        ns.ready("stuck").await;
        assert!(ns.first(&broken, What::Ready).await >= until);
    });
}

#[test]
fn a_pod_whose_provisioning_times_out_gets_its_node_when_it_is_tried_again() {
    shared(async |ns| {
        let profile = ns.profile("p", &[]);
        ns.fargate.trouble(&*profile, TroubleKind::Provisioning { retried: true }, Some(DAY));
        ns.pod("late", json!({})).await;
        let pod = ns.pending("late", "Pod provisioning timed out (will retry)").await;
        assert_eq!(node(&pod), None);
        ns.trouble_ends(&profile, Duration::ZERO);
        ns.ready("late").await;
    });
}

#[test]
fn what_the_scheduler_says_of_a_pod_lasts_until_it_has_passed() {
    shared(async |ns| {
        let profile = ns.profile("p", &[]);
        let text = "Fargate is not supported in the requested availability zone: ca-central-1d";
        ns.fargate.trouble(&*profile, TroubleKind::Says(text), Some(DAY));
        ns.pod("nowhere", json!({})).await;
        assert_eq!(node(&ns.pending("nowhere", text).await), None);
        ns.trouble_ends(&profile, Duration::ZERO);
        ns.ready("nowhere").await;
    });
}

#[test]
fn a_pod_that_is_given_up_stays_pending_and_one_that_is_made_afterwards_runs() {
    shared(async |ns| {
        let profile = ns.profile("p", &[]);
        ns.fargate.trouble(&*profile, TroubleKind::Provisioning { retried: false }, Some(DAY));
        ns.pod("given-up", json!({})).await;
        ns.pending("given-up", "Pod provisioning timed out (will retry)").await;
        ns.pod("next", json!({})).await;
        ns.pending("next", "timed out").await;
        ns.delete::<Pod>("next").await;
        ns.gone::<Pod>("next").await;
        // Every pod is looked at again.
        ns.trouble_ends(&profile, Duration::ZERO);
        ns.pod("next", json!({})).await;
        ns.ready("next").await;
        assert_eq!(node(&ns.api::<Pod>().get("given-up").await.unwrap()), None);
    });
}

fn back_off(pod: &Pod) -> bool {
    let statuses = pod.status.iter().flat_map(|status| status.container_statuses.iter().flatten());
    let waiting = statuses.filter_map(|status| status.state.as_ref()?.waiting.as_ref());
    let mut reasons = waiting.map(|waiting| (waiting.reason.as_deref(), waiting.message.is_some()));
    reasons.any(|reason| reason == (Some("ImagePullBackOff"), true))
}
