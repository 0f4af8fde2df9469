//! Profiles whose pods cannot start.

use std::time::Duration;

use data_plane::{TroubleKind, What};
use k8s_openapi::api::core::v1::Pod;
use serde_json::json;

use crate::stage::{DAY, beside, is_ready, node};

#[test]
fn pods_of_a_profile_without_a_way_out_wait_for_their_image_and_start_when_there_is_one() {
    beside(async |stage| {
        let broken = stage.profile("a", &[("app", "a")]);
        stage.profile("b", &[("app", "b")]);
        stage.fargate.trouble(&*broken, TroubleKind::ImagePull, Some(DAY));
        stage.pod("stuck", json!({ "app": "a" })).await;
        stage.pod("runs", json!({ "app": "b" })).await;
        let pod = stage.until("stuck", "in back-off", |pod: &Pod| back_off(pod)).await;
        assert!(node(&pod).is_some_and(|node| node.starts_with("fargate-ip-")) && !is_ready(&pod));
        stage.ready("runs").await;
        let until = stage.fargate.now() + Duration::from_secs(60);
        stage.trouble_ends(&broken, Duration::from_secs(60));
        stage.ready("stuck").await;
        assert!(stage.first(&broken, What::Ready).await >= until);
    });
}

#[test]
fn a_pod_whose_provisioning_times_out_gets_its_node_when_it_is_tried_again() {
    beside(async |stage| {
        let profile = stage.profile("p", &[]);
        stage.fargate.trouble(&*profile, TroubleKind::Provisioning { retried: true }, Some(DAY));
        stage.pod("late", json!({})).await;
        let pod = stage.pending("late", "Pod provisioning timed out (will retry)").await;
        assert_eq!(node(&pod), None);
        stage.trouble_ends(&profile, Duration::ZERO);
        stage.ready("late").await;
    });
}

#[test]
fn a_pod_that_is_given_up_stays_pending_and_one_that_is_made_afterwards_runs() {
    beside(async |stage| {
        let profile = stage.profile("p", &[]);
        stage.fargate.trouble(&*profile, TroubleKind::Provisioning { retried: false }, Some(DAY));
        stage.pod("given-up", json!({})).await;
        stage.pending("given-up", "Pod provisioning timed out (will retry)").await;
        stage.pod("next", json!({})).await;
        stage.pending("next", "timed out").await;
        stage.delete("next").await;
        stage.gone::<Pod>("next").await;
        // Every pod is looked at again.
        stage.trouble_ends(&profile, Duration::ZERO);
        stage.pod("next", json!({})).await;
        stage.ready("next").await;
        assert_eq!(node(&stage.api::<Pod>().get("given-up").await.unwrap()), None);
    });
}

fn back_off(pod: &Pod) -> bool {
    let statuses = pod.status.iter().flat_map(|status| status.container_statuses.iter().flatten());
    let waiting = statuses.filter_map(|status| status.state.as_ref()?.waiting.as_ref());
    let mut reasons = waiting.map(|waiting| (waiting.reason.as_deref(), waiting.message.is_some()));
    reasons.any(|reason| reason == (Some("ImagePullBackOff"), true))
}
