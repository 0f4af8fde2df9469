//! The admission policies of the install: quotas, protection from deletion, the right to approve, and protected namespaces. A
//! policy works a moment after it was made, so each is awaited.

use bed::{Bed, Options};
use k8s_openapi::api::authorization::v1::SubjectAccessReview;
use kube::api::{Api, PostParams};
use serde_json::{Value, json};

use crate::support::{BedExt, profile, until, until_async};

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

/// Whether RBAC lets a user do this to a FargateProfile.
async fn may(bed: &Bed, user: &str, verb: &str) -> bool {
    allowed(
        bed,
        user,
        json!({ "verb": verb, "group": "fargate-operator.dev", "resource": "fargateprofiles", "name": "web" }),
    )
    .await
}

async fn allowed(bed: &Bed, user: &str, attributes: Value) -> bool {
    let review = json!({ "spec": { "user": user, "resourceAttributes": attributes } });
    let reviews: Api<SubjectAccessReview> = Api::all(bed.client());
    let answer = reviews.create(&PostParams::default(), &serde_json::from_value(review).unwrap()).await.unwrap();
    answer.status.is_some_and(|status| status.allowed)
}

#[tokio::test]
async fn each_role_for_people_gives_its_verbs_and_no_other() {
    let bed = Bed::without_operator(Options::default()).await.unwrap();
    let roles: [(&str, &[&str]); 4] = [
        ("view", &["get", "list", "watch"]),
        ("edit", &["create", "update", "patch", "delete"]),
        ("approver", &["approve"]),
        ("select-protected", &["select-protected"]),
    ];
    for (role, verbs) in roles {
        let user = format!("only-{role}");
        people(&bed, &[(&user, &[role])]);
        for (_, others) in roles {
            for verb in others {
                let wanted = verbs.contains(verb);
                until_async(&format!("{user} may {verb}: {wanted}"), async || may(&bed, &user, verb).await == wanted)
                    .await;
            }
        }
    }
}

#[tokio::test]
async fn who_may_view_may_read_the_lease_of_the_leader_and_no_other() {
    let bed = Bed::without_operator(Options::default()).await.unwrap();
    people(&bed, &[("vera", &["view"])]);
    let may = async |verb: &str, name: &str| {
        let attributes = json!({
            "verb": verb, "group": "coordination.k8s.io", "resource": "leases", "name": name, "namespace": "anywhere",
        });
        allowed(&bed, "vera", attributes).await
    };
    until_async("vera may read it", async || may("get", "fargate-operator").await).await;
    assert!(may("list", "fargate-operator").await);
    assert!(!may("update", "fargate-operator").await);
    assert!(!may("get", "kube-scheduler").await);
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

    // A null is as good as nothing here, too.
    for replacement in [
        Value::Null,
        json!({ "approval": "Manual", "drain": null }),
        json!({ "approval": "Manual", "drain": { "onTimeout": "Proceed", "timeout": null } }),
    ] {
        let mut object = profile("web", "web");
        object["spec"]["replacement"] = replacement.clone();
        bed.delete("web").await;
        bed.kubectl().input(&["create", "-f", "-"], &object.to_string()).unwrap();
        let suspended = patch(&bed, "edith", &json!({ "spec": { "suspend": true } }));
        assert_eq!(suspended, Ok(()), "{replacement}");
        let strategy = replacing("edith", json!({ "strategy": "DeleteFirst" }));
        assert_eq!(strategy.is_ok(), replacement.is_null(), "{replacement}: {strategy:?}");
    }
}

#[tokio::test]
async fn protected_namespaces_are_selected_by_who_may() {
    let bed = Bed::without_operator(Options::default()).await.unwrap();
    people(&bed, &[("edith", &["view", "edit"]), ("ada", &["view", "edit", "select-protected"])]);
    let create = |user: &str, namespace: &str| {
        let words = ["create", "--dry-run=server", "--as", user, "-f", "-"];
        let answer = bed.kubectl().input(&words, &profile("system", namespace).to_string());
        answer.map(drop).map_err(|error| error.to_string())
    };
    let selecting = |user: &str, selectors: Value| patch(&bed, user, &json!({ "spec": { "selectors": selectors } }));
    let protect = |namespaces: &str| {
        let patch = json!({ "data": { "namespaces": namespaces } }).to_string();
        let name = "fargate-operator-protected-namespaces";
        bed.kubectl()
            .words(&["patch", "configmap", name, "-n", "fargate-operator", "--type=merge", "-p", &patch])
            .unwrap();
    };
    until("the policy works", || create("edith", "*").is_err()).await;
    refused(
        create("edith", "*"),
        &[
            r#"user "edith" may not select namespace "*" in FargateProfile "system", because that matches a protected namespace (kube-system, fargate-operator)"#,
            "have the ClusterRole fargate-operator-select-protected bound to you",
            "the list is in the ConfigMap fargate-operator/fargate-operator-protected-namespaces",
        ],
    );
    until("the right to select them is known", || create("ada", "*").is_ok()).await;
    for namespace in
        ["kube-system", "fargate-operator", "kube-*", "*system", "kube?system", "???????????", "k*b*-s*m", "**"]
    {
        refused(create("edith", namespace), &[&format!(r#"may not select namespace "{namespace}""#)]);
        create("ada", namespace).unwrap();
    }
    for namespace in ["kube", "kube-syste?m", "system", "*-operators", "????", "kube-system-2", "web-*"] {
        create("edith", namespace).unwrap();
    }

    // Labels make it no other namespace, and of several selectors each is looked at.
    bed.apply(&profile("web", "web"));
    let dns = json!({ "namespace": "kube-system", "labels": { "k8s-app": "kube-dns" } });
    let web = json!({ "namespace": "web" });
    refused(
        selecting("edith", json!([web, dns])),
        &[r#"may not select namespace "kube-system" in FargateProfile "web""#],
    );
    selecting("ada", json!([web, dns])).unwrap();
    // Who may edit may edit what has one already, as long as no other is added.
    selecting("edith", json!([dns, { "namespace": "more" }])).unwrap();
    patch(&bed, "edith", &json!({ "spec": { "suspend": true } })).unwrap();
    patch(&bed, "edith", &json!({ "metadata": { "finalizers": ["example.com/held"] } })).unwrap();
    patch(&bed, "edith", &json!({ "metadata": { "finalizers": [] } })).unwrap();
    refused(
        selecting("edith", json!([dns, { "namespace": "kube-system" }])),
        &[r#"may not select namespace "kube-system""#],
    );
    refused(selecting("edith", json!([dns, { "namespace": "*-system" }])), &[r#"may not select namespace "*-system""#]);
    selecting("edith", json!([web])).unwrap();
    refused(selecting("edith", json!([dns])), &["may not select namespace"]);

    protect("kube-system, istio-system ,");
    until("another one is protected", || create("edith", "istio-*").is_err()).await;
    refused(create("edith", "istio-*"), &["(kube-system, istio-system, fargate-operator)"]);
    protect("");
    until("none is but the operator's own", || create("edith", "kube-system").is_ok()).await;
    refused(create("edith", "*"), &["(fargate-operator)"]);
    bed.kubectl().run("delete configmap fargate-operator-protected-namespaces -n fargate-operator").unwrap();
    until("without parameters nobody is kept from anything", || create("edith", "*").is_ok()).await;
}
