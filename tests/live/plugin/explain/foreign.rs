//! EKS profiles that no FargateProfile has, which AWS is asked for where FargateProfiles alone do not say what takes a pod.

use bed::Bed;
use bed::testing::TestNamespace;
use eks_simulator::{Effect, Fault, Operation};

use super::{asks, case, made};
use crate::plugin::fargate;
use crate::support::drains::{self, foreign};
use crate::support::{BedExt, profile};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn profiles_of_others_that_take_a_pod_are_named() {
    let bed = Bed::start(drains::fargate(60.0)).await.unwrap();
    let names = ["both", "alone", "neither"];
    let [both, alone, neither] = futures::future::join_all(names.map(|name| TestNamespace::new(&bed, name)))
        .await
        .try_into()
        .unwrap_or_else(|_| panic!("a namespace for each"));
    made(&alone, "waits", |_| {}).await;
    made(&neither, "web", |_| {}).await;
    bed.create(&profile("web", "both")).await;
    bed.settled("web").await;
    foreign(&bed, "a-theirs", "both", &[]);
    foreign(&bed, "theirs", "alone", &[]);
    made(&both, "web", |_| {}).await;
    both.complete("web").await;
    for (namespace, case) in [
        (
            "both",
            case(
                "deploy/web",
                "ForeignProfile",
                "Deployment both/web is on Fargate: EKS profile a-theirs, which no FargateProfile has, whose name sorts before web-9999 of FargateProfile web, which selects them too, node fargate-",
                "kubectl fargate get",
            ),
        ),
        (
            "alone",
            case(
                "deploy/waits",
                "OlderThanProfile",
                "Deployment alone/waits is not on Fargate: its pods are older than EKS profile theirs, and EKS gives a pod its profile only when it is created.",
                "kubectl -n alone rollout restart deployment waits",
            ),
        ),
        (
            "neither",
            case(
                "deploy/web",
                "NamespaceNotSelected",
                "Deployment neither/web is not on Fargate: no FargateProfile has a selector for namespace neither.",
                "kubectl apply -f -",
            ),
        ),
    ] {
        asks(&bed, namespace, &case);
    }

    // Without the right to ask AWS, a line says what the answer leaves out.
    bed.eks().add_fault(Fault::new(Effect::AccessDenied).on([Operation::ListFargateProfiles]));
    let typed = fargate(&bed, &["explain", "deploy/waits", "-n", "alone"], "");
    assert_eq!(
        typed.err,
        "EKS profiles that no FargateProfile has are left out: your AWS credentials do not allow eks:ListFargateProfiles\n"
    );
    assert!(typed.out.contains("no FargateProfile has a selector for namespace alone."), "{}", typed.out);
}
