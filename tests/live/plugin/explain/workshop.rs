//! The workshop's question: why is checkout not on Fargate?

use bed::Bed;
use bed::testing::TestNamespace;
use kube::ResourceExt;

use super::{json_of, made, selecting};
use crate::plugin::fargate;
use crate::support::{BedExt, drains};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn checkout_lacks_a_label_and_the_command_that_is_given_brings_it_to_fargate() {
    let bed = Bed::start(drains::fargate(60.0)).await.unwrap();
    let shop = TestNamespace::new(&bed, "shop").await;
    bed.create(&selecting("shop", "shop", "fargate", "yes")).await;
    bed.settled("shop").await;
    made(&shop, "checkout", |_| {}).await;
    let pod = shop.pods().await[0].name_any();
    shop.pending(&pod, "no nodes available").await;
    let why = fargate(&bed, &["explain", "deploy/checkout", "-n", "shop"], "");
    assert_eq!(why.code, 1);
    assert_eq!(
        why.out,
        r#"Deployment shop/checkout is not on Fargate: its pods lack the label fargate=yes that FargateProfile shop asks for.

SELECTOR                          NAMESPACE   LABELS
shop (EKS profile shop-9999) #1   met         fargate=yes is missing

Its scheduler says: no nodes available to schedule pods

Next:
  kubectl -n shop patch deployment checkout --type merge -p '{"spec":{"template":{"metadata":{"labels":{"fargate":"yes"}}}}}'
"#
    );
    assert_eq!(json_of(&bed, "shop", "deploy/checkout")["pods"][0]["example"], pod.as_str());
    let of_pod = fargate(&bed, &["explain", "pod", &pod, "-n", "shop"], "");
    assert!(of_pod.out.starts_with(&format!("Pod shop/{pod} is not on Fargate: it lacks the label")), "{}", of_pod.out);
    assert!(of_pod.out.contains("patch deployment checkout"), "{}", of_pod.out);

    let answer = json_of(&bed, "shop", "deploy/checkout");
    let command = answer["next"]["command"].as_str().unwrap();
    let done = bed.kubectl().shell("sh").args(["-c", command]).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    shop.complete("checkout").await;
    bed::testing::until_async("only the new pod is left", async || shop.all_pods().await.len() == 1).await;
    let said = fargate(&bed, &["explain", "deploy/checkout", "-n", "shop"], "").said();
    let node = shop.pods().await[0].spec.as_ref().unwrap().node_name.clone().unwrap();
    assert!(node.starts_with("fargate-"), "{node}");
    assert_eq!(said, format!("Deployment shop/checkout is on Fargate: EKS profile shop-9999, node {node}.\n"));
}
