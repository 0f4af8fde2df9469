//! The admission policy that warns, at `kubectl apply`, of selectors that get no pod.

use bed::{Bed, Options};
use serde_json::{Value, json};

use crate::support::{BedExt, until};

const DRY_RUN: [&str; 4] = ["apply", "--dry-run=server", "-f", "-"];

/// An object with these selectors, and more of a spec.
fn object(name: &str, selectors: &Value, more: &Value) -> Value {
    let mut object = json!({
        "apiVersion": "fargate-operator.dev/v1alpha1", "kind": "FargateProfile",
        "metadata": { "name": name }, "spec": { "selectors": selectors },
    });
    for (field, value) in more.as_object().unwrap() {
        object["spec"][field] = value.clone();
    }
    object
}

/// What the policy says, without kubectl's words before it.
fn warnings(bed: &Bed, object: &Value) -> Vec<String> {
    const BEFORE: &str = "Validation failed for ValidatingAdmissionPolicy 'fargate-operator-overlaps' with binding 'fargate-operator-warns-of-";
    let told = bed.kubectl().warnings(&DRY_RUN, &object.to_string()).unwrap();
    let each = told.iter().map(|line| {
        let rest = line.strip_prefix(BEFORE).unwrap_or_else(|| panic!("{line}"));
        rest.split_once("': ").unwrap().1.to_owned()
    });
    let mut each: Vec<String> =
        each.inspect(|text| assert!(text.len() <= 200, "{} characters: {text}", text.len())).collect();
    // In the order of their bindings, which means nothing.
    each.sort();
    each
}

fn behind(which: &str, other: &str) -> String {
    format!(
        "the selector for namespace {which} gets no new pod: FargateProfile {other} sorts first and takes all; narrow that, or choose a spec.profileName that sorts first"
    )
}

fn superfluous(which: &str) -> String {
    format!(
        "the selector for namespace {which} is superfluous: another selector of this object takes all its pods too; take it out"
    )
}

/// Every row whose object is told something else.
fn check(bed: &Bed, rows: &[(&str, Value, Value, Vec<String>)]) {
    let told =
        |(name, selectors, more, _): &(&str, Value, Value, Vec<String>)| warnings(bed, &object(name, selectors, more));
    let wrong: Vec<_> = rows.iter().map(|row| (told(row), row)).filter(|(told, row)| *told != row.3).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn a_selector_that_another_object_takes_wholly_is_told_where_the_order_is_known() {
    let bed = Bed::without_operator(Options::default()).await.unwrap();
    let apps = json!([{ "namespace": "apps" }]);
    bed.apply(&object("m-one", &apps, &json!({})));
    bed.apply(&object("m-two", &json!([{ "namespace": "jobs-*", "labels": { "example.com/*": "a?" } }]), &json!({})));
    until("the policy works", || !warnings(&bed, &object("z", &apps, &json!({}))).is_empty()).await;
    let jobs = |labels: Value| json!([{ "namespace": "jobs-1", "labels": labels }]);
    check(
        &bed,
        &[
            ("z", apps.clone(), json!({}), vec![behind("apps", "m-one")]),
            (
                "z",
                json!([{ "namespace": "apps", "labels": null }]),
                json!({ "profileName": null }),
                vec![behind("apps", "m-one")],
            ),
            (
                "z",
                json!([{ "namespace": "apps", "labels": { "a": "b" } }, { "namespace": "apps" }, { "namespace": "x" }]),
                json!({ "replacement": { "strategy": "DeleteFirst" } }),
                vec![behind("apps with labels and 1 more", "m-one"), superfluous("apps with labels")],
            ),
            ("a", apps.clone(), json!({ "profileName": "z" }), vec![behind("apps", "m-one")]),
            (
                "z",
                jobs(json!({ "example.com/size": "ab", "x": "y" })),
                json!({}),
                vec![behind("jobs-1 with labels", "m-two")],
            ),
            ("z", jobs(json!({ "example.com/size": "abc" })), json!({}), vec![]),
            ("z", jobs(json!({ "example.com/size": "*" })), json!({}), vec![]),
            ("z", jobs(json!({ "example-com/size": "ab" })), json!({}), vec![]),
            ("z", json!([{ "namespace": "jobs-1" }]), json!({}), vec![]),
            ("z", json!([{ "namespace": "app" }, { "namespace": "app*" }]), json!({}), vec![superfluous("app")]),
            // The winner, and one of another cluster.
            ("a", apps.clone(), json!({}), vec![]),
            ("z", apps.clone(), json!({ "clusterName": "other" }), vec![]),
            // Orders that may disagree: case, and numbers of several digits.
            ("z", apps.clone(), json!({ "profileName": "M-zzz" }), vec![]),
            ("z", apps.clone(), json!({ "profileName": "z-10" }), vec![]),
            ("z", apps, json!({ "profileName": "m-one-1" }), vec![]),
        ],
    );
    bed.patch("m-one", json!({ "metadata": { "finalizers": ["example.com/held"] } })).await;
    bed.delete("m-one").await;
    let apps = object("z", &json!([{ "namespace": "apps" }]), &json!({}));
    until("what is being deleted takes nothing", || warnings(&bed, &apps).is_empty()).await;
    bed.patch("m-one", json!({ "metadata": { "finalizers": [] } })).await;
}

#[tokio::test]
async fn a_selector_that_another_one_of_the_object_covers_is_told_to_be_superfluous() {
    let bed = Bed::without_operator(Options::default()).await.unwrap();
    let two = json!([{ "namespace": "shop", "labels": { "a": "b" } }, { "namespace": "shop" }]);
    until("the policy works", || !warnings(&bed, &object("z", &two, &json!({}))).is_empty()).await;
    let labelled = |labels: Value| json!([{ "namespace": "shop", "labels": labels }, { "namespace": "shop", "labels": { "t*": "w?b" } }]);
    check(
        &bed,
        &[
            ("z", two, json!({}), vec![superfluous("shop with labels")]),
            ("z", labelled(json!({ "tier": "web" })), json!({}), vec![superfluous("shop with labels")]),
            ("z", labelled(json!({ "tier": "wb" })), json!({}), vec![]),
            ("z", labelled(json!({ "tier": "w*b" })), json!({}), vec![]),
            // The operator gives EKS each selector once.
            ("z", json!([{ "namespace": "shop" }, { "namespace": "shop" }]), json!({}), vec![]),
        ],
    );
    let many: Vec<Value> = (0..21).map(|n| json!({ "namespace": format!("n{n}*") })).collect();
    // EKS's quota comes first, so the policy of quotas has to let it pass.
    let raised = r#"{"data":{"maxSelectors":"100"}}"#;
    let words =
        ["patch", "configmap", "fargate-operator-quotas", "-n", "fargate-operator", "--type=merge", "-p", raised];
    bed.kubectl().words(&words).unwrap();
    let many = object("z", &json!(many), &json!({}));
    until("the quota is raised", || bed.kubectl().input(&DRY_RUN, &many.to_string()).is_ok()).await;
    assert_eq!(warnings(&bed, &many), [""; 0], "selectors by the dozen are not compared");
}
