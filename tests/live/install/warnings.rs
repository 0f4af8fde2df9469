//! The admission policy that warns, at `kubectl apply` and `kubectl delete`, of what a change does to pods that run.

use bed::{Bed, OTHER_ROLE, Options, ROLE};
use serde_json::{Value, json};

use crate::support::{BedExt, profile, until};

/// The longest name that messages are measured with.
const LONG: &str = "storefront-checkout-workers";

/// What the policy says, without kubectl's words before it.
fn warnings(bed: &Bed, words: &[&str], input: &Value) -> Vec<String> {
    const BEFORE: &str = "Validation failed for ValidatingAdmissionPolicy 'fargate-operator-consequences' with binding 'fargate-operator-warns-only': ";
    let told = bed.kubectl().warnings(words, &input.to_string()).unwrap();
    let each = told.iter().map(|line| line.strip_prefix(BEFORE).unwrap_or_else(|| panic!("{line}")).to_owned());
    each.inspect(|text| assert!(text.len() <= 200, "{} characters: {text}", text.len())).collect()
}

/// The object with a part of its spec exchanged.
fn with(object: &Value, part: &Value) -> Value {
    let mut object = object.clone();
    for (field, value) in part.as_object().unwrap() {
        object["spec"][field] = value.clone();
    }
    object
}

/// Writes into the status what no operator here writes.
fn set_status(bed: &Bed, status: &Value) {
    let patch = json!({ "status": status }).to_string();
    bed.kubectl().words(&["patch", "fp", LONG, "--subresource=status", "--type=merge", "-p", &patch]).unwrap();
}

/// An object of which an EKS profile serves five pods.
async fn served(bed: &Bed) -> Value {
    let mut object = profile(LONG, "shop");
    object["spec"]["selectors"] = json!([
        { "namespace": "shop" },
        { "namespace": "batch", "labels": { "size": "large" } },
        { "namespace": "batch", "labels": { "size": "small" } },
    ]);
    object["spec"]["subnets"] = json!(["subnet-0000000a", "subnet-0000000b"]);
    bed.apply(&object);
    set_status(
        bed,
        &json!({
            "profile": { "name": format!("{LONG}-9999"), "arn": "arn", "status": "ACTIVE" },
            "pods": { "matching": 6, "onFargate": 5, "pending": 1, "elsewhere": 0, "unsupported": 0, "summary": "5/6" },
            "resolved": { "podExecutionRoleArn": ROLE, "subnets": ["subnet-0000000a", "subnet-0000000b"] },
        }),
    );
    let changed = with(&object, &json!({ "podExecutionRoleArn": OTHER_ROLE }));
    until("the policy works", || !warnings(bed, &DRY_RUN, &changed).is_empty()).await;
    object
}

const DRY_RUN: [&str; 4] = ["apply", "--dry-run=server", "-f", "-"];
const MOVED: &str = "this change replaces EKS profile storefront-checkout-workers-9999: its pods (5) are moved one by one within their disruption budgets";
const ENDED: &str = "EKS ends its pods (5) at once, and none starts until the new one is ACTIVE, in minutes";

#[tokio::test]
async fn what_a_change_does_to_pods_is_told_at_its_dry_run() {
    let bed = Bed::without_operator(Options::default()).await.unwrap();
    let object = served(&bed).await;
    let selectors = object["spec"]["selectors"].as_array().unwrap().clone();
    let more = [&selectors[..], &[json!({ "namespace": "more" })]].concat();
    let fewer = "pods in namespace batch lose Fargate unless another profile selects them";
    let replacing = |replacement: Value| json!({ "selectors": more, "replacement": replacement });
    let replaces = |waits: &str, what: &str| {
        format!("this change {waits}replaces EKS profile storefront-checkout-workers-9999: {what}")
    };
    let rows: Vec<(Value, Vec<String>)> = vec![
        (json!({ "selectors": more }), vec![MOVED.into()]),
        (json!({ "selectors": [selectors[0], { "namespace": "batch" }] }), vec![MOVED.into()]),
        (json!({ "subnets": ["subnet-0000000a"] }), vec![MOVED.into()]),
        (json!({ "subnets": null }), vec![MOVED.into()]),
        (json!({ "podExecutionRoleArn": OTHER_ROLE }), vec![MOVED.into()]),
        (replacing(json!({ "strategy": "DeleteFirst" })), vec![replaces("", ENDED)]),
        (
            replacing(json!({ "strategy": "DeleteFirst", "drain": { "onTimeout": "Proceed" } })),
            vec![replaces("", ENDED)],
        ),
        (
            json!({ "selectors": more, "replacement": { "strategy": "DeleteFirst" }, "suspend": true }),
            vec![replaces("waits while spec.suspend is set, then ", ENDED)],
        ),
        (
            replacing(json!({ "strategy": "DeleteFirst", "approval": "Manual" })),
            vec![replaces("waits for approval, then ", ENDED)],
        ),
        (
            replacing(json!({ "drain": { "onTimeout": "Proceed" } })),
            vec![
                MOVED.into(),
                "pods that cannot be moved end when none has moved for 30m, because spec.replacement.drain.onTimeout is Proceed".into(),
            ],
        ),
        (
            replacing(json!({ "drain": { "onTimeout": "Proceed", "timeout": "1h" } })),
            vec![
                MOVED.into(),
                "pods that cannot be moved end when none has moved for 1h, because spec.replacement.drain.onTimeout is Proceed".into(),
            ],
        ),
        (json!({ "selectors": [selectors[0]] }), vec![MOVED.into(), fewer.into()]),
        (
            json!({ "selectors": [{ "namespace": "other" }] }),
            vec![MOVED.into(), "pods in namespace shop and others lose Fargate unless another profile selects them".into()],
        ),
        (json!({ "selectors": [selectors[0], { "namespace": "b?t*" }] }), vec![MOVED.into()]),
        (json!({ "selectors": [selectors[0], { "namespace": "b?t" }] }), vec![MOVED.into(), fewer.into()]),
        // Nothing is replaced.
        (json!({ "tags": { "team": "a" } }), vec![]),
        (json!({ "suspend": true, "replacement": { "strategy": "DeleteFirst" } }), vec![]),
        (json!({ "selectors": [selectors[2], selectors[0], selectors[1], selectors[0]] }), vec![]),
        (json!({ "subnets": ["subnet-0000000b", "subnet-0000000a"] }), vec![]),
        (json!({ "podExecutionRoleArn": ROLE }), vec![]),
    ];
    let wrong: Vec<_> = rows
        .into_iter()
        .map(|(part, says)| (warnings(&bed, &DRY_RUN, &with(&object, &part)), says, part))
        .filter(|(told, says, _)| told != says)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");

    // A null is as good as nothing, before and after, and what is warned of is done.
    let nulls = json!({
        "selectors": [{ "namespace": "shop", "labels": null }, selectors[1], selectors[2]],
        "podExecutionRoleArn": null, "replacement": null, "suspend": null, "tags": null,
    });
    assert!(warnings(&bed, &["replace", "-f", "-"], &with(&object, &nulls)).is_empty());
    let drain = json!({ "selectors": more, "replacement": { "drain": { "timeout": null, "onTimeout": "Hold" } } });
    assert_eq!(warnings(&bed, &["replace", "-f", "-"], &with(&object, &drain)), [MOVED]);
    assert_eq!(bed.profiles().get(LONG).await.unwrap().spec.selectors.len(), 4);
}

#[tokio::test]
async fn what_a_change_does_is_told_as_far_as_the_status_shows_it() {
    let bed = Bed::without_operator(Options::default()).await.unwrap();
    let object = served(&bed).await;
    let change = |part: Value| warnings(&bed, &DRY_RUN, &with(&object, &part));
    let mut labelled = object.clone();
    labelled["metadata"]["labels"] = json!({ "team": "a" });
    let tags = json!({ "tags": { "team": "a" } });
    let role = json!({ "podExecutionRoleArn": OTHER_ROLE });
    set_status(&bed, &json!({ "defaultsDrifted": ["subnets"] }));
    assert_eq!(change(tags), [MOVED]);
    assert!(warnings(&bed, &DRY_RUN, &labelled).is_empty());
    set_status(&bed, &json!({ "defaultsDrifted": null }));

    set_status(&bed, &json!({ "resolved": null }));
    assert!(change(json!({ "subnets": ["subnet-0000000b", "subnet-0000000a"] })).is_empty());

    let began = |phase: &str| {
        let replacement = json!({ "from": "x", "phase": phase, "startedAt": "2026-01-01T00:00:00Z" });
        set_status(&bed, &json!({ "replacement": replacement }));
    };
    for phase in ["Pending", "AwaitingApproval"] {
        began(phase);
        let deletes_first = json!({ "podExecutionRoleArn": OTHER_ROLE, "replacement": { "strategy": "DeleteFirst" } });
        assert_eq!(
            change(deletes_first),
            [format!("this change replaces EKS profile {LONG}-9999 unless it undoes the pending one: {ENDED}")]
        );
    }
    began("Draining");
    assert_eq!(change(role.clone()), [MOVED]);
    // Pods that are not counted yet, or cannot be seen, have no number.
    for pods in [json!({ "onFargate": 0 }), Value::Null] {
        set_status(&bed, &json!({ "replacement": null, "pods": pods }));
        assert_eq!(change(role.clone()), [MOVED.replace(" (5)", "")]);
    }
    set_status(&bed, &json!({ "profile": null }));
    assert!(change(json!({ "selectors": [{ "namespace": "other" }] })).is_empty());
}

#[tokio::test]
async fn what_a_deletion_does_to_pods_is_told_at_its_dry_run() {
    let bed = Bed::without_operator(Options::default()).await.unwrap();
    served(&bed).await;
    let delete = || warnings(&bed, &["delete", "fp", LONG, "--dry-run=server"], &Value::Null);
    let ends = format!(
        "EKS profile {LONG}-9999 is deleted with this object: EKS ends the pods (5) on it unless another FargateProfile selects them"
    );
    assert_eq!(delete(), [ends.as_str()]);
    bed.patch(LONG, json!({ "spec": { "deletionPolicy": "Retain" } })).await;
    assert!(delete().is_empty());
    bed.patch(LONG, json!({ "spec": { "deletionPolicy": null } })).await;
    set_status(&bed, &json!({ "pods": { "onFargate": 0 } }));
    assert!(delete().is_empty());

    set_status(&bed, &json!({ "pods": { "onFargate": 5 } }));
    bed.patch(LONG, json!({ "metadata": { "finalizers": ["example.com/held"] } })).await;
    assert_eq!(warnings(&bed, &["delete", "fp", LONG, "--wait=false"], &Value::Null), [ends]);
    let change = json!({ "spec": { "podExecutionRoleArn": OTHER_ROLE } }).to_string();
    let words = ["patch", "fp", LONG, "--type=merge", "-p", &change];
    assert!(warnings(&bed, &words, &Value::Null).is_empty(), "what is being deleted is not replaced");
    bed.patch(LONG, json!({ "metadata": { "finalizers": [] } })).await;
}
