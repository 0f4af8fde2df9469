//! The end of a profile.

use bed::testing::{in_time, until_async};
use data_plane::What;
use eks_simulator::ProfileStatus;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use kube::ResourceExt;
use kube::api::{Patch, PatchParams};
use serde_json::json;

use crate::setup::{DAY, exclusive, node, shared, taken_by};

#[test]
fn a_deleted_profile_takes_all_its_pods_at_once_whatever_their_budget_says_and_the_next_one_gets_their_successors() {
    shared(async |ns| {
        let old = ns.profile("a-old", &[]);
        let budget = json!({
            "metadata": { "name": "web" }, "spec": { "maxUnavailable": 0, "selector": { "matchLabels": { "app": "web" } } },
        });
        ns.create::<PodDisruptionBudget>(budget).await;
        let deployment = json!({
            "metadata": { "name": "web" },
            "spec": {
                "replicas": 4,
                "selector": { "matchLabels": { "app": "web" } },
                "template": {
                    // None is gone before the test says so.
                    "metadata": { "labels": { "app": "web" }, "finalizers": ["test/hold"] },
                    "spec": { "containers": [{ "name": "main", "image": "web:1" }] },
                },
            },
        });
        ns.create::<Deployment>(deployment).await;
        let available = |deployment: &Deployment| {
            deployment.status.as_ref().is_some_and(|status| status.available_replicas == Some(4))
        };
        ns.until("web", "available", available).await;
        let new = ns.profile("b-new", &[]);
        let asked = ns.fargate.now();
        ns.place("a-old", &[], ProfileStatus::Deleting);
        let all = async |what| ns.fargate.wait_for(|record| record.of(&old, what).count() == 4).await;
        // Not one after the other.
        let record = in_time("all are to go", all(What::DeletionAsked)).await;
        assert_eq!((record.of(&old, What::Gone).count(), record.fewest_ready(&ns.name, asked)), (0, 0));
        for pod in ns.all_pods().await {
            let let_go = Patch::Merge(json!({ "metadata": { "finalizers": null } }));
            ns.api::<Pod>().patch(&pod.name_any(), &PatchParams::default(), &let_go).await.unwrap();
        }
        let record = in_time("all go", all(What::Gone)).await;
        assert_eq!(record.landed_after(&old, asked).count(), 0);
        ns.until("web", "available again", available).await;
        let successors = ns.fargate.wait_for(|record| record.of(&new, What::Ready).count() == 4);
        in_time("four successors are ready on the other profile", successors).await;
    });
}

#[test]
fn a_pod_that_lands_on_a_profile_while_it_goes_goes_too_and_one_that_comes_when_it_is_gone_stays_pending() {
    exclusive(async |ns| {
        ns.fargate.change(|switches| switches.webhook_forgets_after = DAY);
        let profile = ns.profile("p", &[]);
        ns.place("p", &[], ProfileStatus::Deleting);
        let pod = ns.pod("lands", json!({})).await;
        assert_eq!(taken_by(&pod), Some(&*profile));
        ns.gone::<Pod>("lands").await;
        ns.bed.eks().outsider().vanish_profile(bed::CLUSTER, &profile).unwrap();
        let pod = ns.pod("late", json!({})).await;
        assert_eq!(taken_by(&pod), Some(&*profile));
        ns.pending("late", "is not active").await;
    });
}

#[test]
fn pods_that_never_ran_go_with_their_profile_or_stay() {
    exclusive(async |ns| {
        for goes in [true, false] {
            ns.fargate.change(|switches| switches.pending_pods_go = goes);
            let profile = ns.profile(&format!("p-{goes}"), &[("app", &format!("{goes}"))]);
            let (ran, never) = (format!("ran-{goes}"), format!("never-{goes}"));
            ns.pod(&ran, json!({ "app": goes.to_string() })).await;
            let mut unfit = ns.plain(&never);
            unfit["metadata"]["labels"] = json!({ "app": goes.to_string() });
            unfit["spec"]["hostNetwork"] = json!(true);
            ns.create::<Pod>(unfit).await;
            ns.ready(&ran).await;
            ns.pending(&never, "HostNetwork").await;
            ns.bed.eks().outsider().vanish_profile(bed::CLUSTER, &profile).unwrap();
            ns.gone::<Pod>(&ran).await;
            if goes {
                ns.gone::<Pod>(&never).await;
            } else {
                let stays = ns.pending(&never, "is not active").await;
                assert!(stays.metadata.deletion_timestamp.is_none());
            }
        }
    });
}

#[test]
fn a_pod_that_only_carries_the_label_does_not_go_with_the_profile() {
    shared(async |ns| {
        let profile = ns.profile("p", &[]);
        let opted_out = json!({ data_plane::PROFILE_LABEL: profile, "eks.amazonaws.com/compute-type": "ec2" });
        ns.pod("elsewhere", opted_out).await;
        ns.pod("on-it", json!({})).await;
        let on_it = ns.ready("on-it").await;
        assert!(node(&on_it).is_some());
        ns.place("p", &[], ProfileStatus::Deleting);
        ns.gone::<Pod>("on-it").await;
        until_async("both were looked at", async || {
            let touch = Patch::Merge(json!({ "metadata": { "annotations": { "touched": "yes" } } }));
            ns.api::<Pod>().patch("elsewhere", &PatchParams::default(), &touch).await.is_ok()
        })
        .await;
        assert!(ns.api::<Pod>().get("elsewhere").await.unwrap().metadata.deletion_timestamp.is_none());
    });
}
