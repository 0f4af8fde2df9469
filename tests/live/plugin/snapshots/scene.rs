//! The cluster that the commands are asked about, and the files that they read.

use bed::{Bed, CLUSTER, Options};
use eks_simulator::{ProfileSpec, ProfileStatus};
use fargate_operator::api::ConditionType;
use serde_json::{Value, json};

use crate::plugin::namespace;
use crate::plugin::plan::led;
use crate::support::objects::{manual, spec, status};
use crate::support::{BedExt, observed, profile, reason};

/// One FargateProfile is settled, one waits for approval, one is suspended, and EKS has a profile of somebody else.
pub(super) async fn bed() -> Bed {
    let bed = led(Options::default()).await;
    // Of one that is not there the operator tells some time later.
    ["shop", "api", "batch", "nightly"].iter().for_each(|name| namespace(&bed, name));
    let mut shop = profile("shop", "shop");
    shop["spec"]["selectors"][0]["labels"] = json!({ "fargate": "yes" });
    bed.create(&shop).await;
    bed.create(&manual(profile("api", "api"))).await;
    bed.create(&profile("nightly", "nightly")).await;
    for name in ["shop", "api", "nightly"] {
        bed.settled(name).await;
    }
    bed.patch("nightly", spec(json!({ "suspend": true }))).await;
    bed.wait("nightly", "suspended", |it| observed(it) && status(it).reason.as_deref() == Some("Suspended")).await;
    let change = json!({ "spec": { "selectors": [{ "namespace": "api" }, { "namespace": "batch" }] } });
    bed.patch("api", change).await;
    bed.wait("api", "awaiting approval", |api| {
        reason(api, ConditionType::Ready).as_deref() == Some("AwaitingApproval")
    })
    .await;
    let legacy = ProfileSpec::named("legacy")
        .selecting("legacy", &[("tier", "front")])
        .tagged("aws:cloudformation:stack-name", "network");
    for name in ["shop", "api", "nightly"] {
        bed.wait(name, "counted", |object| status(object).pods.is_some()).await;
    }
    bed.eks().outsider().place_profile(CLUSTER, legacy, ProfileStatus::Active).unwrap();
    bed.looks(2).await;
    bed
}

/// The files that commands read.
pub(super) fn write_files(folder: &std::path::Path) {
    let deployment = |labels: Value| {
        json!({
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": { "name": "checkout", "namespace": "shop" },
            "spec": {
                "selector": { "matchLabels": { "app": "checkout" } },
                "template": {
                    "metadata": { "labels": labels },
                    "spec": { "containers": [{ "name": "main", "image": "registry.example.com/checkout:1" }] },
                },
            },
        })
    };
    let mut replace = profile("shop", "shop");
    replace["spec"]["selectors"] = json!([{ "namespace": "shop" }]);
    let mut refused = profile("shop", "shop");
    refused["spec"]["subnets"] = json!(["subnet-a"]);
    let described = json!({ "fargateProfile": {
        "fargateProfileName": "team_a",
        "clusterName": CLUSTER,
        "podExecutionRoleArn": "arn:aws:iam::111122223333:role/eks/pods",
        "subnets": ["subnet-0aaaaaaa000000001"],
        "selectors": [{ "namespace": "team-a", "labels": { "fargate": "yes" } }],
        "status": "ACTIVE",
        "tags": { "team": "a", "aws:cloudformation:stack-name": "network" },
    }});
    for (name, content) in [
        ("deployment.json", deployment(json!({ "app": "checkout" }))),
        ("labelled.json", deployment(json!({ "app": "checkout", "fargate": "yes" }))),
        ("replace.json", replace),
        ("refused.json", refused),
        ("describe.json", described),
    ] {
        std::fs::write(folder.join(name), content.to_string()).unwrap();
    }
}
