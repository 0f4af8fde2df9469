//! Which pods are whose, seen through the API server.

use data_plane::{Order, PROFILE_LABEL, SCHEDULER};
use serde_json::json;

use crate::stage::{alone, beside, scheduler, taken_by};

#[test]
fn a_pod_goes_to_the_first_profile_that_selects_it_and_others_are_left_alone() {
    beside(async |stage| {
        let web = stage.profile("b-web", &[("app", "w*")]);
        let first = stage.profile("a-blue", &[("app", "web"), ("color", "?lue")]);
        let pod = stage.pod("both", json!({ "app": "web", "color": "blue" })).await;
        assert_eq!((taken_by(&pod), scheduler(&pod)), (Some(&*first), SCHEDULER));
        assert_eq!(pod.spec.as_ref().unwrap().priority_class_name.as_deref(), Some("system-node-critical"));
        let pod = stage.pod("one", json!({ "app": "web" })).await;
        assert_eq!(taken_by(&pod), Some(&*web));
        let pod = stage.pod("none", json!({ "app": "shop" })).await;
        assert_eq!((taken_by(&pod), scheduler(&pod)), (None, "default-scheduler"));
        let pod: k8s_openapi::api::core::v1::Pod = stage.create(stage.plain("unlabelled")).await;
        assert_eq!(taken_by(&pod), None);
    });
}

#[test]
fn a_pod_that_names_a_profile_goes_there_or_nowhere() {
    beside(async |stage| {
        stage.profile("a", &[]);
        let named = stage.profile("b", &[]);
        let other = stage.profile("c", &[("app", "other")]);
        let pod = stage.pod("fits", json!({ PROFILE_LABEL: named })).await;
        assert_eq!((taken_by(&pod), scheduler(&pod)), (Some(&*named), SCHEDULER));
        let pod = stage.pod("does-not", json!({ PROFILE_LABEL: other })).await;
        assert_eq!((taken_by(&pod), scheduler(&pod)), (Some(&*other), "default-scheduler"));
    });
}

#[test]
fn a_pod_that_opts_out_and_one_of_a_daemon_set_are_left_alone() {
    beside(async |stage| {
        stage.profile("all", &[]);
        let mut pod = stage.plain("by-annotation");
        pod["metadata"]["annotations"] = json!({ "eks.amazonaws.com/compute-type": "ec2" });
        let pod: k8s_openapi::api::core::v1::Pod = stage.create(pod).await;
        assert_eq!(scheduler(&pod), "default-scheduler");
        let pod = stage.pod("by-label", json!({ "eks.amazonaws.com/compute-type": "ec2" })).await;
        assert_eq!(scheduler(&pod), "default-scheduler");
        let owner = |kind: &str| json!([{ "apiVersion": "apps/v1", "kind": kind, "name": "agent", "uid": "u" }]);
        for (kind, by) in [("DaemonSet", "default-scheduler"), ("ReplicaSet", SCHEDULER)] {
            let mut pod = stage.plain(&format!("of-{}", kind.to_lowercase()));
            pod["metadata"]["ownerReferences"] = owner(kind);
            let pod: k8s_openapi::api::core::v1::Pod = stage.create(pod).await;
            assert_eq!(scheduler(&pod), by, "{kind}");
        }
    });
}

#[test]
fn what_comes_first_among_profiles_can_be_set() {
    alone(async |stage| {
        let [upper, ten, nine] = ["Z", "p-10", "p-9"].map(|name| stage.profile(name, &[]));
        for (order, first) in [(Order::Ascii, &upper), (Order::CaseInsensitive, &ten), (Order::Reversed, &nine)] {
            stage.fargate.change(|switches| switches.order = order);
            let pod = stage.pod(&format!("{order:?}").to_lowercase(), json!({})).await;
            assert_eq!(taken_by(&pod), Some(&**first), "{order:?}");
        }
        stage.bed.eks().outsider().vanish_profile(bed::CLUSTER, &upper).unwrap();
        stage.fargate.change(|switches| switches.order = Order::Natural);
        assert_eq!(taken_by(&stage.pod("natural", json!({})).await), Some(&*nine));
    });
}
