//! Of profiles: none, none for the namespace, not yet, no more.

use std::time::Duration;

use bed::testing::TestNamespace;
use bed::{Bed, CLUSTER};
use eks_simulator::{Outcome, ProfileStatus};
use kube::api::{Patch, PatchParams};
use serde_json::json;

use super::{asks, case, made, selecting};
use crate::support::drains::fargate;
use crate::support::objects::{eks_has, stalled};
use crate::support::{BedExt, profile, until_async};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_keeps_the_profile_from_pods_is_named() {
    let bed = Bed::start(fargate(60.0)).await.unwrap();
    let names = ["shop", "payments", "failed", "elsewhere", "suspended", "going", "creating"];
    let namespaces: Vec<_> = futures::future::join_all(names.map(|name| TestNamespace::new(&bed, name))).await;
    for ns in &namespaces {
        made(ns, "web", |_| {}).await;
    }
    asks(
        &bed,
        "shop",
        &case(
            "deploy/web",
            "NoFargateProfile",
            "Deployment shop/web is not on Fargate: there is no FargateProfile.",
            "kubectl apply -f - <<'EOF'",
        ),
    );

    bed.create(&profile("billing", "payment")).await;
    let mut failed = profile("failed", "failed");
    // What is refused for good; what EKS refuses is tried again meanwhile.
    failed["spec"]["profileName"] = json!("billing");
    bed.create(&failed).await;
    let mut elsewhere = profile("elsewhere", "elsewhere");
    elsewhere["spec"]["clusterName"] = json!("nowhere");
    bed.create(&elsewhere).await;
    let mut suspended = profile("suspended", "suspended");
    suspended["spec"]["suspend"] = json!(true);
    bed.create(&suspended).await;
    let mut going = profile("going", "going");
    going["metadata"]["finalizers"] = json!(["test.example.com/stays"]);
    going["spec"]["pendingPods"] = json!("Ignore");
    bed.create(&going).await;
    bed.settled("billing").await;
    bed.settled("going").await;
    bed.delete("going").await;
    until_async("its profile is gone", async || bed.eks().profile(CLUSTER, "going-9999").is_none()).await;
    stalled(&bed, "failed", "NameTaken").await;
    bed.wait("suspended", "looked at", |object| object.status.as_ref().is_some_and(|it| it.conditions.len() == 5))
        .await;
    bed.wait("going", "without a profile", |object| {
        object.status.as_ref().is_some_and(|status| status.profiles.iter().all(|it| it.status != "ACTIVE"))
    })
    .await;
    for (namespace, case) in [
        (
            "shop",
            case(
                "deploy/web",
                "NamespaceNotSelected",
                "Deployment shop/web is not on Fargate: no FargateProfile has a selector for namespace shop.",
                "    - namespace: shop",
            ),
        ),
        (
            "payments",
            case(
                "deploy/web",
                "NamespaceNotSelected",
                "for namespace payments; FargateProfile billing has one for namespace payment.",
                r#"kubectl patch fp billing --type json -p '[{"op":"replace","path":"/spec/selectors/0/namespace","value":"payments"}]'"#,
            ),
        ),
        (
            "failed",
            case(
                "deploy/web",
                "ProfileFailed",
                "FargateProfile failed, which selects them, has no ACTIVE EKS profile for them: ",
                "kubectl describe fp failed",
            ),
        ),
        (
            "elsewhere",
            case(
                "deploy/web",
                "OtherCluster",
                "Deployment elsewhere/web is not on Fargate: FargateProfile elsewhere, which selects them, is for EKS cluster nowhere.",
                "name: elsewhere-pods",
            ),
        ),
        (
            "suspended",
            case(
                "deploy/web",
                "Suspended",
                "FargateProfile suspended, which selects them, is suspended and has no ACTIVE EKS profile for them.",
                "kubectl fargate resume suspended",
            ),
        ),
        (
            "going",
            case(
                "deploy/web",
                "ProfileDeleting",
                "FargateProfile going, which selects them, is being deleted.",
                "name: going-pods",
            ),
        ),
    ] {
        asks(&bed, namespace, &case);
    }

    // It runs alone in its cluster, so it comes last.
    let slowly = Outcome::Takes(Duration::from_secs(24 * 3600));
    bed.eks().next_creation(CLUSTER, "creating-9999", slowly).unwrap();
    bed.create(&selecting("creating", "creating", "app", "web")).await;
    eks_has(&bed, "creating-9999", ProfileStatus::Creating).await;
    bed.wait("creating", "CREATING", |object| {
        let profile = object.status.as_ref().and_then(|status| status.profile.as_ref());
        profile.is_some_and(|profile| profile.status == "CREATING")
    })
    .await;
    asks(
        &bed,
        "creating",
        &case(
            "deploy/web",
            "ProfileCreating",
            "FargateProfile creating, which selects them, has no ACTIVE EKS profile for them yet: EKS profile creating-9999 is CREATING.",
            "kubectl fargate wait creating --for ready",
        ),
    );
    let free = json!({ "metadata": { "finalizers": null } });
    bed.profiles().patch("going", &PatchParams::default(), &Patch::Merge(free)).await.unwrap();
}
