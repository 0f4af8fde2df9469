//! Tags of profiles and clusters.

use eks_simulator::{ProfileSpec, Simulator};
use serde_json::{Value, json};

use crate::caller::{Caller, standing, with_active};

fn path(eks: &Simulator) -> String {
    format!("/tags/{}", eks.profile("prod", "web").unwrap().arn.replace('/', "%2F"))
}

async fn tag(caller: &Caller, path: &str, tags: Value) -> crate::caller::Answer {
    caller.call("POST", path, json!({ "tags": tags })).await
}

#[tokio::test]
async fn a_profiles_tags_can_be_added_overwritten_read_and_taken_away() {
    let (eks, caller) = with_active("web").await;
    let path = path(&eks);
    assert_eq!(tag(&caller, &path, json!({ "a": "1", "b": "2", "c": "3" })).await.ok(), json!({}));
    tag(&caller, &path, json!({ "a": "9" })).await.ok();
    caller.call("DELETE", &format!("{path}?tagKeys=b&tagKeys=c&tagKeys=absent"), Value::Null).await.ok();
    assert_eq!(caller.get(&path).await.ok(), json!({ "tags": { "a": "9" } }));
    assert_eq!(caller.describe("web").await.ok()["fargateProfile"]["tags"], json!({ "a": "9" }));
}

#[tokio::test]
async fn a_clusters_tags_are_its_own() {
    let (_eks, caller) = with_active("web").await;
    let path = "/tags/arn:aws:eks:eu-central-1:111122223333:cluster/prod";
    tag(&caller, path, json!({ "a": "1" })).await.ok();
    assert_eq!(caller.get(path).await.ok(), json!({ "tags": { "a": "1" } }));
    assert_eq!(caller.get("/clusters/prod").await.ok()["cluster"]["tags"], json!({ "a": "1" }));
    assert_eq!(caller.describe("web").await.ok()["fargateProfile"]["tags"], json!({}));
}

#[tokio::test]
async fn an_arn_that_names_nothing_is_not_found_and_one_that_is_none_is_a_bad_request() {
    let (eks, caller) = with_active("web").await;
    let old = path(&eks);
    eks.outsider().replace_profile("prod", ProfileSpec::named("web")).unwrap();
    for path in [
        old.as_str(),
        "/tags/arn:aws:eks:eu-central-1:111122223333:cluster/nowhere",
        "/tags/arn:aws:eks:us-east-1:111122223333:cluster/prod",
    ] {
        for answer in [caller.get(path).await, tag(&caller, path, json!({ "a": "1" })).await] {
            answer.is_refused(404, "NotFoundException", "Resource was not found");
        }
    }
    let bad = caller.get("/tags/nonsense").await;
    assert_eq!((bad.status, bad.error.as_deref()), (400, Some("BadRequestException")));
}

#[tokio::test]
async fn tags_have_limits_when_added() {
    let (eks, caller) = with_active("web").await;
    let path = path(&eks);
    let many = |from: usize, to: usize| -> Value {
        (from..to).map(|n| (format!("k{n}"), json!("v"))).collect::<serde_json::Map<_, _>>().into()
    };
    let refused = async |tags: Value| {
        let answer = tag(&caller, &path, tags.clone()).await;
        assert_eq!((answer.status, answer.error.as_deref()), (400, Some("BadRequestException")), "{tags}");
    };
    for (key, value) in [("aws:x", 1), ("", 1), ("k", 257), (&"k".repeat(129), 1)] {
        refused(json!({ key: "v".repeat(value) })).await;
    }
    refused(json!({})).await;
    tag(&caller, &path, json!({ "k".repeat(128): "v".repeat(256) })).await.ok();
    tag(&caller, &path, many(0, 49)).await.ok();
    tag(&caller, &path, many(0, 49)).await.ok();
    refused(many(49, 50)).await;
}

#[tokio::test]
async fn tags_have_limits_when_created() {
    let (_eks, caller) = standing().await;
    let reserved = ProfileSpec::named("web").tagged("aws:x", "1");
    let mut many = ProfileSpec::named("web");
    many.tags = (0..51).map(|n| (format!("k{n}"), String::new())).collect();
    for spec in [reserved, many] {
        let answer = caller.create(&spec).await;
        assert_eq!((answer.status, answer.error.as_deref()), (400, Some("InvalidParameterException")));
    }
}
