//! Profiles whose pods cannot start.

use std::time::Duration;

use data_plane::{TroubleKind, What};
use k8s_openapi::api::core::v1::Pod;
use serde_json::json;

use crate::stage::{beside, is_ready, node};

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn pods_of_a_profile_without_a_way_out_wait_for_their_image_and_start_when_there_is_one() {
    beside(async |stage| {
        let (broken, whole) = (stage.profile("a", &[("app", "a")]), stage.profile("b", &[("app", "b")]));
        stage.fargate.trouble(&*broken, TroubleKind::ImagePull, Some(2 * MINUTE));
        let until = stage.fargate.now() + 2 * MINUTE;
        stage.pod("stuck", json!({ "app": "a" })).await;
        stage.pod("runs", json!({ "app": "b" })).await;
        let pod = stage.until("stuck", "in back-off", |pod: &Pod| back_off(pod)).await;
        assert!(node(&pod).is_some_and(|node| node.starts_with("fargate-ip-")) && !is_ready(&pod));
        stage.ready("runs").await;
        stage.ready("stuck").await;
        let (late, soon) = (stage.first(&broken, What::Ready).await, stage.first(&whole, What::Ready).await);
        assert!(soon < until && until <= late);
    });
}

#[test]
fn a_pod_whose_provisioning_times_out_gets_its_node_when_it_is_tried_again() {
    beside(async |stage| {
        let profile = stage.profile("p", &[]);
        stage.fargate.trouble(&*profile, TroubleKind::Provisioning { retried: true }, Some(2 * MINUTE));
        stage.pod("late", json!({})).await;
        let pod = stage.pending("late", "Pod provisioning timed out (will retry)").await;
        assert_eq!(node(&pod), None);
        stage.ready("late").await;
    });
}

#[test]
fn a_pod_that_is_given_up_stays_pending_and_one_that_is_made_afterwards_runs() {
    beside(async |stage| {
        let profile = stage.profile("p", &[]);
        stage.fargate.trouble(&*profile, TroubleKind::Provisioning { retried: false }, Some(2 * MINUTE));
        stage.pod("given-up", json!({})).await;
        stage.pending("given-up", "Pod provisioning timed out (will retry)").await;
        let over = stage.fargate.now() + 2 * MINUTE;
        stage.pod("next", json!({})).await;
        // Given up as well, unless it comes when the trouble is over.
        stage.pending("next", "timed out").await;
        stage.delete("next").await;
        stage.gone::<Pod>("next").await;
        while stage.fargate.now() < over {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        // Every pod is looked at again.
        stage.fargate.change(|_| {});
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
