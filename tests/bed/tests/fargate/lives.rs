//! A pod from its node to its end.

use std::time::Duration;

use bed::testing::{in_time, is_ready, pod_condition, until_async};
use data_plane::{RUNS_FOR, TroubleKind, What};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Node, Pod};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use kube::api::{Api, EvictParams, Patch, PatchParams};
use serde_json::json;

use crate::setup::{DAY, exclusive, node, shared};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_pod_gets_a_node_of_its_own_is_ready_in_time_and_takes_its_node_with_it() {
    shared(async |ns| {
        let profile = ns.profile("p", &[]);
        let nodes: Api<Node> = Api::all(ns.bed.client());
        let asked = ns.fargate.now();
        for pod in ["a", "b"] {
            ns.pod(pod, json!({})).await;
        }
        let (a, b) = (ns.ready("a").await, ns.ready("b").await);
        let (name, other) = (node(&a).unwrap(), node(&b).unwrap());
        assert_ne!(name, other);
        let status = a.status.clone().unwrap();
        let address = status.pod_ip.clone().unwrap();
        assert_eq!(name, format!("fargate-ip-{}.eu-central-1.compute.internal", address.replace('.', "-")));
        for kind in ["PodScheduled", "Initialized", "ContainersReady", "Ready"] {
            assert_eq!(pod_condition(&a, kind).unwrap().0, "True", "{kind}");
        }
        assert!(status.start_time.is_some() && status.container_statuses.unwrap()[0].ready);
        assert_eq!(status.phase.as_deref(), Some("Running"));

        let made = nodes.get(name).await.unwrap();
        assert_eq!(made.metadata.labels.unwrap()["eks.amazonaws.com/compute-type"], "fargate");
        let taints = made.spec.unwrap().taints.unwrap();
        assert_eq!((taints.len(), &*taints[0].key), (1, "eks.amazonaws.com/compute-type"));

        let told_to_go = ns.fargate.now();
        ns.delete::<Pod>("a").await;
        ns.gone::<Pod>("a").await;
        until_async("the node is gone", async || nodes.get_opt(name).await.unwrap().is_none()).await;
        assert!(nodes.get_opt(other).await.unwrap().is_some() && is_ready(&ns.api::<Pod>().get("b").await.unwrap()));

        let record =
            in_time("the record tells", ns.fargate.wait_for(|record| record.of(&profile, What::Gone).count() == 1))
                .await;
        let life = record.life(&ns.name, "a");
        let told: Vec<What> = life.iter().map(|entry| entry.what).collect();
        use What::{Bound, Created, DeletionAsked, Finished, Gone, Ready, Unready};
        assert_eq!(told, [Created, Bound, Ready, DeletionAsked, Unready, Finished, Gone]);
        // 30 s to the node, 15 s more to Ready, 5 s to stop, and what the machine takes: not as many in reality.
        for (line, since, least) in [(1, asked, 30.0), (2, asked, 45.0), (6, told_to_go, 5.0)] {
            let took = (life[line].at - since).as_secs_f64();
            let most = least + 20.0 * crate::setup::SCALE;
            assert!((least..most).contains(&took), "{:?}: {took} instead of {least}", life[line].what);
        }
        assert_eq!(record.landed_after(&profile, life[6].at).count(), 0);
    });
}

#[test]
fn a_gated_pod_waits_for_its_gate() {
    shared(async |ns| {
        ns.profile("p", &[]);
        let mut pod = ns.plain("gated");
        pod["spec"]["schedulingGates"] = json!([{ "name": "test/gate" }]);
        ns.create::<Pod>(pod).await;
        ns.pod("free", json!({})).await;
        ns.ready("free").await;
        assert_eq!(node(&ns.api::<Pod>().get("gated").await.unwrap()), None);
        let open = Patch::Merge(json!({ "spec": { "schedulingGates": null } }));
        ns.api::<Pod>().patch("gated", &PatchParams::default(), &open).await.unwrap();
        ns.ready("gated").await;
    });
}

#[test]
fn a_job_is_done_when_its_pod_has_run_for_as_long_as_it_says() {
    shared(async |ns| {
        let profile = ns.profile("p", &[]);
        let asked = ns.fargate.now();
        let job = json!({
            "metadata": { "name": "once" },
            "spec": { "template": {
                "metadata": { "annotations": { RUNS_FOR: "20" } },
                "spec": { "restartPolicy": "Never", "containers": [{ "name": "main", "image": "work" }] },
            } },
        });
        ns.create::<Job>(job).await;
        ns.until("once", "done", |job: &Job| job.status.as_ref().unwrap().succeeded == Some(1)).await;
        let took = ns.first(&profile, What::Finished).await - asked;
        assert!(took >= (30 + 15 + 20) * SECOND, "{took:?}");
    });
}

#[test]
fn how_long_pods_of_jobs_run_can_be_set_for_all() {
    exclusive(async |ns| {
        ns.profile("p", &[]);
        ns.fargate.change(|switches| switches.jobs_run_for = Some(5 * SECOND));
        let pod = json!({ "restartPolicy": "Never", "containers": [{ "name": "main", "image": "work" }] });
        let job = json!({ "metadata": { "name": "once" }, "spec": { "template": { "spec": pod } } });
        ns.create::<Job>(job).await;
        ns.until("once", "done", |job: &Job| job.status.as_ref().unwrap().succeeded == Some(1)).await;
    });
}

#[test]
fn a_pod_can_refuse_to_go_for_a_while() {
    shared(async |ns| {
        let profile = ns.profile("p", &[]);
        ns.fargate.refuse_to_go("stubborn", DAY);
        for pod in ["stubborn", "obedient"] {
            ns.pod(pod, json!({})).await;
        }
        for pod in ["stubborn", "obedient"] {
            ns.ready(pod).await;
        }
        let asked = ns.fargate.now();
        for pod in ["stubborn", "obedient"] {
            ns.delete::<Pod>(pod).await;
        }
        ns.gone::<Pod>("obedient").await;
        assert!(ns.api::<Pod>().get("stubborn").await.unwrap().metadata.deletion_timestamp.is_some());
        ns.fargate.change(|switches| {
            let its = switches.refusals.iter_mut().filter(|refusal| refusal.pods.matches(Some("stubborn")));
            its.for_each(|refusal| refusal.by = 60 * SECOND);
        });
        let record =
            in_time("both are gone", ns.fargate.wait_for(|record| record.of(&profile, What::Gone).count() == 2)).await;
        let life = record.life(&ns.name, "stubborn");
        let gone = life.iter().find(|entry| entry.what == What::Gone).unwrap().at;
        assert!(gone - asked >= (5 + 60) * SECOND, "{:?}", gone - asked);
    });
}

#[test]
fn a_budget_allows_disruptions_as_pods_become_ready_and_evictions_keep_to_it() {
    shared(async |ns| {
        let profile = ns.profile("p", &[]);
        let deployment = json!({
            "metadata": { "name": "web" },
            "spec": {
                "replicas": 3,
                "selector": { "matchLabels": { "app": "web" } },
                "template": {
                    "metadata": { "labels": { "app": "web" } },
                    "spec": { "containers": [{ "name": "main", "image": "web:1" }] },
                },
            },
        });
        let budget = json!({
            "metadata": { "name": "web" },
            "spec": { "minAvailable": 2, "selector": { "matchLabels": { "app": "web" } } },
        });
        ns.create::<PodDisruptionBudget>(budget).await;
        ns.create::<k8s_openapi::api::apps::v1::Deployment>(deployment).await;
        let allows = |one: i32| {
            move |budget: &PodDisruptionBudget| {
                budget
                    .status
                    .as_ref()
                    .is_some_and(|status| status.disruptions_allowed == Some(one) && status.expected_pods == Some(3))
            }
        };
        ns.until("web", "allowing one", allows(1)).await;
        // No successor comes before the second has been asked for.
        ns.fargate.trouble(&*profile, TroubleKind::ImagePull, Some(DAY));
        let pods = ns.all_pods().await;
        let evict = async |n: usize| {
            let pod = pods[n].metadata.name.as_deref().unwrap();
            ns.api::<Pod>().evict(pod, &EvictParams::default()).await
        };
        evict(0).await.unwrap();
        let kube::Error::Api(refused) = evict(1).await.unwrap_err() else { panic!("not an answer") };
        assert_eq!(refused.code, 429);
        // The one that has gone is replaced.
        ns.trouble_ends(&profile, Duration::ZERO);
        let replaced = ns.fargate.wait_for(|record| record.of(&profile, What::Ready).count() == 4);
        let record = in_time("its successor is ready", replaced).await;
        let full = record.of(&profile, What::Ready).nth(2).unwrap().at;
        assert_eq!(record.fewest_ready(&ns.name, full), 2);
        ns.until("web", "allowing one again", allows(1)).await;
    });
}
