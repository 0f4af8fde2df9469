//! Which pods are whose, seen through the API server.

use data_plane::{Order, PROFILE_LABEL, SCHEDULER};
use serde_json::json;

use crate::setup::{exclusive, scheduler, shared, taken_by};

#[test]
fn a_pod_goes_to_the_first_profile_that_selects_it_and_others_are_left_alone() {
    shared(async |ns| {
        let web = ns.profile("b-web", &[("app", "w*")]);
        let first = ns.profile("a-blue", &[("app", "web"), ("color", "?lue")]);
        let pod = ns.pod("both", json!({ "app": "web", "color": "blue" })).await;
        assert_eq!((taken_by(&pod), scheduler(&pod)), (Some(&*first), SCHEDULER));
        assert_eq!(pod.spec.as_ref().unwrap().priority_class_name.as_deref(), Some("system-node-critical"));
        let pod = ns.pod("one", json!({ "app": "web" })).await;
        assert_eq!(taken_by(&pod), Some(&*web));
        let pod = ns.pod("none", json!({ "app": "shop" })).await;
        assert_eq!((taken_by(&pod), scheduler(&pod)), (None, "default-scheduler"));
        let pod: k8s_openapi::api::core::v1::Pod = ns.create(ns.plain("unlabelled")).await;
        assert_eq!(taken_by(&pod), None);
    });
}

#[test]
fn a_pod_that_names_a_profile_goes_there_or_nowhere() {
    shared(async |ns| {
        ns.profile("a", &[]);
        let named = ns.profile("b", &[]);
        let other = ns.profile("c", &[("app", "other")]);
        let pod = ns.pod("fits", json!({ PROFILE_LABEL: named })).await;
        assert_eq!((taken_by(&pod), scheduler(&pod)), (Some(&*named), SCHEDULER));
        let pod = ns.pod("does-not", json!({ PROFILE_LABEL: other })).await;
        assert_eq!((taken_by(&pod), scheduler(&pod)), (Some(&*other), "default-scheduler"));
    });
}

#[test]
fn a_pod_that_opts_out_and_one_of_a_daemon_set_are_left_alone() {
    shared(async |ns| {
        ns.profile("all", &[]);
        let mut pod = ns.plain("by-annotation");
        pod["metadata"]["annotations"] = json!({ "eks.amazonaws.com/compute-type": "ec2" });
        let pod: k8s_openapi::api::core::v1::Pod = ns.create(pod).await;
        assert_eq!(scheduler(&pod), "default-scheduler");
        let pod = ns.pod("by-label", json!({ "eks.amazonaws.com/compute-type": "ec2" })).await;
        assert_eq!(scheduler(&pod), "default-scheduler");
        let owner = |kind: &str| json!([{ "apiVersion": "apps/v1", "kind": kind, "name": "agent", "uid": "u" }]);
        for (kind, by) in [("DaemonSet", "default-scheduler"), ("ReplicaSet", SCHEDULER)] {
            let mut pod = ns.plain(&format!("of-{}", kind.to_lowercase()));
            pod["metadata"]["ownerReferences"] = owner(kind);
            let pod: k8s_openapi::api::core::v1::Pod = ns.create(pod).await;
            assert_eq!(scheduler(&pod), by, "{kind}");
        }
    });
}

#[test]
fn what_comes_first_among_profiles_can_be_set() {
    exclusive(async |ns| {
        let [upper, ten, nine] = ["Z", "p-10", "p-9"].map(|name| ns.profile(name, &[]));
        for (order, first) in [(Order::Ascii, &upper), (Order::CaseInsensitive, &ten), (Order::Reversed, &nine)] {
            ns.fargate.change(|switches| switches.order = order);
            let pod = ns.pod(&format!("{order:?}").to_lowercase(), json!({})).await;
            assert_eq!(taken_by(&pod), Some(&**first), "{order:?}");
        }
        ns.bed.eks().outsider().vanish_profile(bed::CLUSTER, &upper).unwrap();
        ns.fargate.change(|switches| switches.order = Order::Natural);
        assert_eq!(taken_by(&ns.pod("natural", json!({})).await), Some(&*nine));
    });
}
