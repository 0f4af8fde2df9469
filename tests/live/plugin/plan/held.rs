//! What holds a change: pods that come back where they were, and what has failed before.

use bed::testing::{TestNamespace, deployment};
use k8s_openapi::api::apps::v1::Deployment;
use serde_json::json;

use super::{as_foretold, at_rest, led, planned, typed};
use crate::mending::coredns::runs;
use crate::support::BedExt;
use crate::support::drains::fargate;
use crate::support::objects::{in_a_public_subnet, profile, serving, stalled};
use crate::support::served::selecting;
use crate::support::speeds::swift;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pods_whose_template_names_the_old_profile_hold_it_as_foretold() {
    let bed = led(fargate(60.0)).await;
    serving(&bed, &selecting("web", &["web"])).await;
    let web = TestNamespace::new(&bed, "web").await;
    let mut pinned = deployment("hello", 1);
    pinned["spec"]["template"]["metadata"]["labels"]["eks.amazonaws.com/fargate-profile"] = json!("web-9999");
    web.create::<Deployment>(pinned).await;
    runs(&bed, ("web", "hello"), true).await;
    let mut changed = selecting("web", &["web", "more"]);
    changed["spec"]["replacement"] = json!({ "drain": { "timeout": "10m" } });
    let text = typed(&bed, &[], &[changed.clone()]).await.said();
    assert!(
        text.contains(
            "have a template that names an EKS profile; the old EKS profile stays until they are gone: web/hello-"
        ),
        "{text}"
    );
    let plan = as_foretold(&bed, &[changed], "a pod that comes back").await;
    assert_eq!(plan["objects"][0]["mutations"].as_array().unwrap().len(), 1, "{plan:#}");
    assert_eq!(plan["objects"][0]["pods"]["pinned"].as_array().unwrap().len(), 1, "{plan:#}");
    web.delete::<Deployment>("hello").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_failed_before_is_not_taken_for_granted() {
    let bed = led(swift()).await;
    serving(&bed, &profile("web", "web")).await;
    let subnets = in_a_public_subnet(&bed);
    bed.patch("web", subnets.clone()).await;
    stalled(&bed, "web", "InvalidParameter").await;
    at_rest(&bed).await;
    let mut web = profile("web", "web");
    web["spec"]["subnets"] = subnets["spec"]["subnets"].clone();
    let text = typed(&bed, &[], &[web.clone()]).await.said();
    let line = "not foretold: whether that succeeds now; it has failed so far (InvalidParameter: ";
    assert!(text.contains(line), "{text}");
    // Another change is another try.
    web["spec"].as_object_mut().unwrap().remove("subnets");
    web["spec"]["tags"] = json!({ "team": "a" });
    let plan = planned(&bed, &[web]).await;
    assert_eq!(plan["objects"][0].get("notForetold"), None, "{plan:#}");
}
