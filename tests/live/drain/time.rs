//! The time limit of a drain is about the pods that do not go, not about days on which nobody can move them.

use std::time::Duration;

use bed::Bed;
use eks_simulator::{Effect, Fault, Operation};
use serde_json::json;

use super::stage::another_role;
use crate::handover::scene::{Served, brisk};
use crate::support::{Use, profile, until};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn an_outage_of_eks_that_outlasts_the_time_limit_ends_no_pod_under_proceed() {
    let bed = Bed::start(brisk()).await.unwrap();
    let mut object = profile("web", "web");
    object["spec"]["replacement"] = json!({ "drain": { "timeout": "10m", "onTimeout": "Proceed" } });
    bed.create(&object).await;
    bed.settled("web").await;
    let served = Served::start(&bed, "web", 6).await;
    bed.patch("web", another_role()).await;
    served
        .stage
        .told("the first pod is moved", |record| record.of("web-9998", data_plane::What::Ready).count() >= 1)
        .await;
    let fault = bed.eks().add_fault(Fault::new(Effect::Unavailable).on(Operation::LOOKS));
    let until_then = bed.eks().now() + 14 * MINUTE;
    until("EKS has been away for longer than a drain may take", || bed.eks().now() > until_then).await;
    bed.eks().remove_fault(fault);
    bed.settled("web").await;
    served.moved_to("web-9998").await;
}
