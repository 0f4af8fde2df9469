//! Objects that a later version has written: whoever cannot read them says so, and serves the others.

use bed::Bed;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{CustomResourceDefinition, JSON};
use kube::api::{Api, PostParams};
use serde_json::{Value, json};

use crate::support::{BedExt, profile, quick, scrape, until, until_async};

/// A phase that only later versions know.
const LATER: &str = "Resting";

/// Lets the API server take that phase, as the CRD of a later version would. The next user of the bed gets the CRD anew.
async fn upgrade_the_crd(bed: &Bed) {
    let crds: Api<CustomResourceDefinition> = Api::all(bed.client());
    let mut crd = crds.get("fargateprofiles.fargate-operator.dev").await.unwrap();
    let mut schema =
        crd.spec.versions[0].schema.as_mut().and_then(|schema| schema.open_api_v3_schema.as_mut()).unwrap();
    for field in ["status", "replacement", "phase"] {
        schema = schema.properties.as_mut().and_then(|properties| properties.get_mut(field)).unwrap();
    }
    schema.enum_.as_mut().unwrap().push(JSON(json!(LATER)));
    crds.replace("fargateprofiles.fargate-operator.dev", &PostParams::default(), &crd).await.unwrap();
}

/// Writes a replacement into an object's status, or takes it out, as long as it takes until the API server knows the CRD.
async fn replacement(bed: &Bed, name: &str, replacement: Value) {
    let patch = json!({ "status": { "replacement": replacement } }).to_string();
    let words = ["patch", "fp", name, "--subresource=status", "--type=merge", "-p", &patch];
    until("the status is written", || bed.kubectl().words(&words).is_ok()).await;
}

async fn unreadable(bed: &mut Bed, expected: u64) {
    let address = bed.operator().unwrap().address();
    let line = format!("\nfargate_operator_unreadable_objects {expected}\n");
    until_async(&format!("{expected} objects cannot be read"), async || {
        scrape(address, "/metrics").await.contains(&line)
    })
    .await;
}

fn tagged(team: &str) -> Value {
    json!({ "spec": { "tags": { "team": team } } })
}

#[tokio::test]
async fn one_object_of_a_later_version_is_named_and_the_others_are_served_by_old_processes_and_new_ones() {
    let mut bed = Bed::start(quick(60.0)).await.unwrap();
    for name in ["a", "odd", "z"] {
        bed.create(&profile(name, name)).await;
    }
    for name in ["a", "odd", "z"] {
        bed.settled(name).await;
    }
    upgrade_the_crd(&bed).await;
    let later = json!({ "from": "odd-9999", "phase": LATER, "startedAt": "2026-11-21T10:00:00Z" });
    replacement(&bed, "odd", later).await;

    // A process that had read it before, and one that never could.
    for (round, team) in ["first", "second"].into_iter().enumerate() {
        unreadable(&mut bed, 1).await;
        for name in ["a", "z"] {
            bed.patch(name, tagged(team)).await;
            bed.settled(name).await;
        }
        let told = format!("status.replacement.phase: unknown variant `{LATER}`");
        until("the event names the field", || {
            let of_it = "get events --field-selector reason=Unreadable,involvedObject.name=odd -o jsonpath={..message}";
            bed.kubectl().run(of_it).is_ok_and(|events| events.contains(&told))
        })
        .await;
        assert!(bed.operator_log().contains(&told));
        if round == 0 {
            bed.kill_operator().unwrap();
            bed.start_operator().await.unwrap();
        }
    }
    let patch = tagged("third").to_string();
    bed.kubectl().words(&["patch", "fp", "odd", "--type=merge", "-p", &patch]).unwrap();
    bed.looks(3).await;
    assert!(!bed.eks().profile(bed::CLUSTER, "odd-9999").unwrap().tags.contains_key("team"), "it is left alone");

    replacement(&bed, "odd", Value::Null).await;
    bed.settled("odd").await;
    assert_eq!(bed.eks().profile(bed::CLUSTER, "odd-9999").unwrap().tags["team"], "third");
    unreadable(&mut bed, 0).await;
    assert_eq!(bed.names(), ["a-9999", "odd-9999", "z-9999"]);
}
