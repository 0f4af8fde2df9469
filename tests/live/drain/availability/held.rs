//! A replacement that a budget holds, and the way out.

use std::time::Duration;

use bed::{Bed, CLUSTER};
use data_plane::What;
use eks_simulator::{Operation, ProfileStatus};
use fargate_operator::api::ConditionType::{Available, Ready, Stalled};
use serde_json::json;

use super::workload::{self, BUDGETED, FREE, NAMESPACE, SINGLE, STATEFUL};
use super::{fewest_ready, lives, nothing_was_moved_twice, pods_by_profile, quick, whole};
use crate::support::objects::{replacement, status};
use crate::support::oracle::{calls, served_without_a_gap};
use crate::support::recorder::record;
use crate::support::steady::steady_but_for;
use crate::support::{BedExt, is, message, profile, reason, scrape, total, until_async};

#[tokio::test]
async fn a_budget_that_lets_no_pod_go_holds_the_old_profile_until_a_person_lets_eks_end_it() {
    let mut bed = Bed::start(quick(30.0)).await.unwrap();
    workload::namespace(&bed).await;
    let mut shop = profile("shop", NAMESPACE);
    shop["spec"]["replacement"] = json!({ "drain": { "timeout": "5m" } });
    bed.create(&shop).await;
    bed.settled("shop").await;
    workload::movable(&bed).await;
    workload::single(&bed).await;
    let lookout = whole(&bed, &[BUDGETED, FREE, SINGLE]).await;
    until_async("all 14 pods run", async || {
        let record = bed.fargate().unwrap().record();
        record.of("shop-9999", What::Ready).count() == 14
    })
    .await;

    let recorder = record(&bed, "shop");
    let began = lookout.now();
    bed.patch("shop", json!({ "spec": { "selectors": [{ "namespace": NAMESPACE }, { "namespace": "more" }] } })).await;
    until_async("two pods are left on the old profile", async || {
        let pods = pods_by_profile(&bed).await;
        pods.get("shop-9999").is_some_and(|old| old.len() == 2)
            && pods.get("shop-9998").is_some_and(|new| new.len() == 12)
    })
    .await;
    bed.fargate().unwrap().change(|switches| switches.jobs_run_for = Some(Duration::ZERO));
    let held = bed
        .wait("shop", "held by the single pod alone", |object| {
            reason(object, Stalled).as_deref() == Some("DrainHeld")
                && message(object, Stalled).starts_with("1 pod left on EKS profile shop-9999: ")
        })
        .await;

    let [single] = pods_by_profile(&bed).await.remove("shop-9999").unwrap().try_into().unwrap();
    let said = message(&held, Stalled);
    assert!(single.starts_with(SINGLE) && said.contains(&format!("{NAMESPACE}/{single}")), "{said}");
    assert!(said.contains(&format!("disruption budget {SINGLE}")) && said.contains("onTimeout: Proceed"), "{said}");
    assert!(is(&held, Ready) && is(&held, Available));
    let pods = status(&held).replacement.unwrap().pods.unwrap();
    assert_eq!((pods.to_move, pods.moved, pods.losing_fargate, pods.pinned), (14, 13, 0, 0));
    bed.looks(3).await;
    assert_eq!(calls(&bed, Operation::DeleteFargateProfile), 0);
    assert_eq!(bed.eks().profile(CLUSTER, "shop-9999").unwrap().status, ProfileStatus::Active);
    for (deployment, least) in [(BUDGETED, 5), (FREE, 2), (SINGLE, 1)] {
        assert_eq!(lookout.fewest(deployment, began), least, "{:?}", lookout.deployment(deployment, began));
    }
    lookout.kept(BUDGETED, began);
    lookout.kept(SINGLE, began);

    let metrics = scrape(bed.operator().unwrap().address(), "/metrics").await;
    assert!(total(&metrics, "fargate_operator_evictions_total", |line| line.contains("blocked")) > 0);
    assert_eq!(total(&metrics, "controller_runtime_reconcile_errors_total", |_| true), 0, "to wait is not to fail");

    bed.patch("shop", replacement(json!({ "drain": { "onTimeout": "Proceed" } }))).await;
    bed.settled("shop").await;
    lookout.whole(SINGLE).await;
    assert_eq!(bed.names(), ["shop-9998"]);
    assert_eq!(pods_by_profile(&bed).await["shop-9998"].len(), 13);
    lookout.kept(BUDGETED, began);
    assert_eq!((lookout.fewest(BUDGETED, began), lookout.fewest(FREE, began)), (5, 2));
    let lives = lives(&bed).await;
    assert_eq!(fewest_ready(&lives, STATEFUL, began), 2);
    nothing_was_moved_twice(&lives, began, "shop-9998");
    served_without_a_gap(&bed, "shop");
    // The Job ends, and is the last but one to go.
    steady_but_for(&recorder, &["DrainHeld"], 1);
}
