//! A webhook that is not as it should be.

use std::time::Duration;

use bed::testing::TestNamespace;
use data_plane::{FailurePolicy, SCHEDULER, Webhook};
use k8s_openapi::api::core::v1::Pod;
use kube::api::PostParams;
use serde_json::json;

use crate::setup::{exclusive, scheduler};

/// Who is to schedule a new pod; `None` if it is refused.
async fn outcome(ns: &TestNamespace<'_>, name: &str) -> Option<String> {
    let pod = serde_json::from_value(ns.plain(name)).unwrap();
    let made = ns.api::<Pod>().create(&PostParams::default(), &pod).await;
    made.ok().map(|pod| scheduler(&pod).to_owned())
}

#[test]
fn without_the_webhook_pods_slip_through_and_with_it_they_do_not() {
    exclusive(async |ns| {
        ns.profile("p", &[]);
        for (n, state, by) in [
            (1, Webhook::Absent, "default-scheduler"),
            (2, Webhook::Present, SCHEDULER),
            (3, Webhook::Absent, "default-scheduler"),
            (4, Webhook::Present, SCHEDULER),
        ] {
            ns.fargate.webhook(state).await.unwrap();
            assert_eq!(outcome(&ns, &format!("pod-{n}")).await.as_deref(), Some(by), "{n}");
        }
    });
}

#[test]
fn pods_slip_through_or_are_refused_while_the_webhook_fails_as_its_policy_says() {
    exclusive(async |ns| {
        ns.profile("p", &[]);
        ns.fargate.webhook(Webhook::Failing).await.unwrap();
        assert_eq!(outcome(&ns, "ignored").await.as_deref(), Some("default-scheduler"));
        ns.fargate.failure_policy(FailurePolicy::Fail).await.unwrap();
        assert_eq!(outcome(&ns, "refused").await, None);
        ns.fargate.webhook(Webhook::Present).await.unwrap();
        assert_eq!(outcome(&ns, "taken").await.as_deref(), Some(SCHEDULER));
    });
}

#[test]
fn a_slow_webhook_makes_pods_slow() {
    exclusive(async |ns| {
        ns.profile("p", &[]);
        ns.fargate.webhook(Webhook::Slow(Duration::from_millis(500))).await.unwrap();
        let began = std::time::Instant::now();
        let pod = ns.pod("slow", json!({})).await;
        assert!(scheduler(&pod) == SCHEDULER && began.elapsed() >= Duration::from_millis(500));
    });
}
