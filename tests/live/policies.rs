//! The admission policies of the install: quotas, protection from deletion, and the right to approve. A policy works a
//! moment after it was made, so each is awaited.

use bed::{Bed, Options};
use serde_json::{Value, json};

use crate::support::{Use, profile, until};

fn dry_run(bed: &Bed, manifest: &Value) -> Result<(), String> {
    let answer = bed.kubectl().input(&["apply", "--dry-run=server", "-f", "-"], &manifest.to_string());
    answer.map(drop).map_err(|error| error.to_string())
}

fn refused(answer: Result<(), String>, parts: &[&str]) {
    let message = answer.unwrap_err();
    for part in parts {
        assert!(message.contains(part), "{part}\n{message}");
    }
}

/// Binds roles for people to users.
fn people(bed: &Bed, people: &[(&str, &[&str])]) {
    for (user, roles) in people {
        for role in *roles {
            let line =
                format!("create clusterrolebinding {user}-{role} --clusterrole=fargate-operator-{role} --user={user}");
            // Left by an earlier test of the same control plane, it serves as well.
            if let Err(error) = bed.kubectl().run(&line) {
                assert!(error.to_string().contains("already exists"), "{error}");
            }
        }
    }
}

/// A user's merge patch of the object `web`.
fn patch(bed: &Bed, user: &str, patch: &Value) -> Result<(), String> {
    let words = ["patch", "fp", "web", "--type=merge", "--as", user, "-p", &patch.to_string()];
    bed.kubectl().words(&words).map(drop).map_err(|error| error.to_string())
}

#[tokio::test]
async fn quotas_are_told_of_early_follow_their_parameters_and_do_not_lock() {
    let bed = Bed::without_operator(Options::default()).await.unwrap();
    let selecting = |name: &str, count: usize| {
        let mut object = profile(name, "web");
        object["spec"]["selectors"] = (0..count).map(|n| json!({ "namespace": format!("n{n}") })).collect();
        object
    };
    let labelled = |count: usize| {
        let mut object = profile("labels", "web");
        let labels: serde_json::Map<_, _> = (0..count).map(|n| (format!("l{n}"), json!("v"))).collect();
        object["spec"]["selectors"][0]["labels"] = json!(labels);
        object
    };
    let set = |key: &str, value: &str| {
        let patch = json!({ "data": { key: value } }).to_string();
        let words =
            ["patch", "configmap", "fargate-operator-quotas", "-n", "fargate-operator", "--type=merge", "-p", &patch];
        bed.kubectl().words(&words).unwrap();
    };
    until("the policy works", || dry_run(&bed, &selecting("web", 6)).is_err()).await;
    refused(
        dry_run(&bed, &selecting("web", 6)),
        &[
            "spec.selectors has 6 selectors, more than the 5 that EKS allows a profile: spread them over several FargateProfiles",
            "set maxSelectors in the ConfigMap fargate-operator/fargate-operator-quotas",
        ],
    );
    refused(
        dry_run(&bed, &labelled(6)),
        &["labels of namespace web has 6 pairs, more than the 5 that EKS allows a selector", "set maxLabelPairs"],
    );
    dry_run(&bed, &selecting("web", 5)).unwrap();
    dry_run(&bed, &labelled(5)).unwrap();

    set("maxSelectors", "6");
    until("the raised quota counts", || dry_run(&bed, &selecting("web", 6)).is_ok()).await;
    refused(dry_run(&bed, &selecting("web", 7)), &["more than the 6 that EKS allows"]);
    bed.apply(&selecting("web", 6));

    // Lowered again, it does not keep what is there from being changed otherwise.
    set("maxSelectors", "5");
    until("the lowered quota counts", || dry_run(&bed, &selecting("new", 6)).is_err()).await;
    bed.patch("web", json!({ "spec": { "suspend": true } })).await;
    bed.patch("web", json!({ "metadata": { "labels": { "team": "a" } } })).await;
    refused(dry_run(&bed, &selecting("web", 7)), &["more than the 5 that EKS allows"]);

    bed.kubectl().run("delete configmap fargate-operator-quotas -n fargate-operator").unwrap();
    until("without parameters EKS has the only word", || dry_run(&bed, &selecting("new", 6)).is_ok()).await;
}

#[tokio::test]
async fn what_is_marked_is_not_deleted() {
    let bed = Bed::without_operator(Options::default()).await.unwrap();
    let mut object = profile("web", "web");
    object["metadata"]["annotations"] = json!({ "fargate-operator.dev/prevent-deletion": "true" });
    bed.apply(&object);
    let crd = "crd/fargateprofiles.fargate-operator.dev";
    bed.kubectl().run(&format!("annotate {crd} fargate-operator.dev/prevent-deletion=true --overwrite")).unwrap();
    let delete = |what: &str| {
        let answer = bed.kubectl().run(&format!("delete {what} --dry-run=server --wait=false"));
        answer.map(drop).map_err(|error| error.to_string())
    };
    until("the policy works", || delete("fp/web").is_err()).await;
    refused(
        delete("fp/web"),
        &[
            r#"FargateProfile "web" has the annotation fargate-operator.dev/prevent-deletion: "true""#,
            "kubectl annotate fargateprofiles.fargate-operator.dev web fargate-operator.dev/prevent-deletion-",
        ],
    );
    refused(delete("fp --all"), &["prevent-deletion"]);
    refused(
        delete(crd),
        &["kubectl annotate customresourcedefinitions.apiextensions.k8s.io fargateprofiles.fargate-operator.dev"],
    );

    // A protection that is misspelt protects; one that is denied does not.
    let mark = |value: &str| {
        bed.kubectl().run(&format!("annotate fp/web fargate-operator.dev/prevent-deletion={value} --overwrite"))
    };
    for value in ["True", "yes", "1", ""] {
        mark(value).unwrap();
        refused(delete("fp/web"), &[&format!(r#"prevent-deletion: "{value}", because EKS profiles go with it"#)]);
    }
    mark("false").unwrap();
    delete("fp/web").unwrap();
    mark("true").unwrap();

    // What the message says helps.
    bed.kubectl()
        .run("annotate fargateprofiles.fargate-operator.dev web fargate-operator.dev/prevent-deletion-")
        .unwrap();
    bed.kubectl().run(&format!("annotate {crd} fargate-operator.dev/prevent-deletion-")).unwrap();
    delete("fp/web").unwrap();
    delete(crd).unwrap();
}

#[tokio::test]
async fn only_who_may_approve_sets_the_approval_or_does_without() {
    let bed = Bed::without_operator(Options::default()).await.unwrap();
    people(&bed, &[("edith", &["view", "edit"]), ("ada", &["view", "edit", "approver"])]);
    bed.apply(&profile("web", "web"));
    let approve = |user: &str, plan: Value| {
        patch(&bed, user, &json!({ "metadata": { "annotations": { "fargate-operator.dev/approve": plan } } }))
    };
    let replacing =
        |user: &str, replacement: Value| patch(&bed, user, &json!({ "spec": { "replacement": replacement } }));
    until("the policy works", || approve("edith", json!("try")).is_err()).await;
    refused(
        approve("edith", json!("5f2c")),
        &[
            r#"user "edith" may not set the annotation fargate-operator.dev/approve on FargateProfile "web""#,
            "have the ClusterRole fargate-operator-approver bound to you",
        ],
    );
    until("the right to approve is known", || approve("ada", json!("5f2c")).is_ok()).await;
    refused(approve("edith", json!("other")), &["may not set the annotation"]);
    approve("edith", Value::Null).unwrap();

    // Where nobody has asked for approval, nobody needs it, and whoever may edit may begin to ask for it.
    replacing("edith", json!({ "strategy": "DeleteFirst" })).unwrap();
    replacing("edith", json!({ "strategy": null, "approval": "Manual", "drain": { "onTimeout": "Proceed" } })).unwrap();
    for (wish, field) in [
        (json!({ "approval": "Automatic" }), "spec.replacement.approval"),
        (json!({ "approval": null }), "spec.replacement.approval"),
        (json!({ "strategy": "DeleteFirst" }), "spec.replacement.strategy"),
        (json!({ "drain": { "timeout": "1m" } }), "spec.replacement.drain.timeout"),
        (json!({ "drain": { "onTimeout": "Hold" } }), "spec.replacement.drain.onTimeout"),
        (json!({ "drain": null }), "spec.replacement.drain.onTimeout"),
        (Value::Null, "spec.replacement.approval, spec.replacement.drain.onTimeout"),
    ] {
        refused(
            replacing("edith", wish),
            &[
                &format!(
                    r#"user "edith" may not change {field} of FargateProfile "web", because its spec.replacement.approval is Manual"#
                ),
                "leave it as it is, or have the ClusterRole fargate-operator-approver bound to you",
            ],
        );
    }
    // What is left out has its default, however it is written.
    replacing("edith", json!({ "strategy": "CreateFirst", "drain": { "timeout": "30m", "onUnhealthy": "Hold" } }))
        .unwrap();
    replacing("ada", json!({ "drain": { "onTimeout": null } })).unwrap();
    replacing("edith", json!({ "strategy": null, "drain": { "onTimeout": "Hold", "timeout": "1m" } })).unwrap();
    refused(replacing("edith", json!({ "drain": { "onTimeout": "Proceed" } })), &["may not change", "drain.onTimeout"]);
    // Who may edit may change everything else, the approval standing, and take the approval back.
    approve("ada", json!("5f2c")).unwrap();
    let selectors = json!([{ "namespace": "web" }, { "namespace": "more" }]);
    patch(&bed, "edith", &json!({ "spec": { "suspend": true, "selectors": selectors } })).unwrap();
    approve("edith", Value::Null).unwrap();
    replacing("ada", Value::Null).unwrap();
}
