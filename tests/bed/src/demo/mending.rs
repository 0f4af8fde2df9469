//! From an account with nothing but a VPC and a cluster to CoreDNS and the first pod on Fargate, and back.

use anyhow::ensure;
use bed::Bed;
use bed::bed::{CLUSTER, OTHER_ROLE, ROLE};
use bed::testing::{MENDING, install_coredns, managed_role, surroundings};
use eks_simulator::{Addon, RoleTrust};
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, ListParams};

use super::scene::Scene;
use super::story::{DEFAULT, never_refused};
use super::{FIRST, RIGHTS};

const NAME: &str = "fp-first";
const COREDNS: &str = "coredns";
const SYSTEM: &str = "kube-system";
/// The step.
pub(super) async fn from_nothing(scene: &mut Scene<'_>) -> anyhow::Result<()> {
    scene
        .step(
            "10. From nothing to CoreDNS on Fargate",
            "An account that has no role for pods, and a cluster without nodes, whose CoreDNS is held on EC2. The operator is \
             started anew, and may now mend what profiles need. One object with nothing but selectors is enough, and its \
             deletion takes it all back. (That waits ten minutes for CoreDNS to run on EC2 nodes, which do not come here.)",
        )
        .await?;
    scene.kubectl(&["delete", "fp", DEFAULT, "--wait=false"])?;
    scene.gone(DEFAULT).await?;
    empty(scene).await?;
    let before = surroundings(scene.bed()).await;

    scene.kubectl(&["apply", "-f", FIRST])?;
    scene.settled(NAME).await?;
    scene.whole(SYSTEM, COREDNS).await?;
    scene.kubectl(&["create", "deployment", "hello", "--image=web"])?;
    scene.whole("default", "hello").await?;
    scene.quiet().await;
    for (namespace, labels) in [(SYSTEM, "k8s-app=kube-dns"), ("default", "app=hello")] {
        scene.kubectl(&["get", "pods", "-n", namespace, "-l", labels, "-o", "custom-columns=NODE:.spec.nodeName"])?;
    }
    let role = managed_role(scene.bed());
    scene.claim("the operator has made a role, and EKS let it in", is_let_in(scene, &role)?)?;
    let addon = scene.eks().addon(CLUSTER, COREDNS).and_then(|addon| addon.configuration_values);
    scene.claim("EKS's add-on has computeType Fargate", addon.as_deref() == Some(r#"{"computeType":"Fargate"}"#))?;
    scene.claim("CoreDNS runs on Fargate", on_fargate(scene.bed(), SYSTEM, "k8s-app=kube-dns").await?)?;
    scene.claim("a pod runs on Fargate", on_fargate(scene.bed(), "default", "app=hello").await?)?;

    scene.kubectl(&["delete", "deployment", "hello"])?;
    scene.kubectl(&["delete", "fp", NAME, "--wait=false"])?;
    scene.gone(NAME).await?;
    scene.bed().fargate()?.addon_seen_to().await;
    scene.quiet().await;
    let after = surroundings(scene.bed()).await;
    let is_as_before = before == after;
    ensure!(is_as_before, "the account and the cluster are not as before:\n{before:#}\n{after:#}");
    scene.claim("no role, no access entry, and CoreDNS and its add-on are as they were", is_as_before)?;
    never_refused(scene)
}

/// Leaves nothing in the account but the VPC and the cluster, with CoreDNS as EKS installs it, and has the operator mend.
async fn empty(scene: &mut Scene<'_>) -> anyhow::Result<()> {
    let eks = scene.eks();
    eks.change_role_settings(|roles| roles.only_known = true);
    for role in [ROLE, OTHER_ROLE] {
        eks.set_role(role, RoleTrust::Missing);
    }
    eks.change_cluster(CLUSTER, |cluster| {
        cluster.access_entries.clear();
        cluster.addons.insert(COREDNS.to_owned(), Addon::default());
    })?;
    install_coredns(scene.bed()).await;
    scene.kubectl(&["get", "deployment", COREDNS, "-n", SYSTEM])?;
    scene.kubectl(&["apply", "-k", RIGHTS])?;
    scene
        .restart(|settings| {
            settings.default_role = None;
            settings.environment.extend(MENDING.map(|(name, value)| (name.to_owned(), value.to_owned())));
        })
        .await
}

fn is_let_in(scene: &Scene<'_>, role: &str) -> anyhow::Result<bool> {
    let cluster = scene.eks().cluster_settings(CLUSTER)?;
    Ok(scene.eks().role(role).is_some() && cluster.access_entries.contains_key(role))
}

/// Whether there are pods with these labels, and each that is to stay is on a node of Fargate.
async fn on_fargate(bed: &Bed, namespace: &str, labels: &str) -> anyhow::Result<bool> {
    let pods: Api<Pod> = Api::namespaced(bed.client(), namespace);
    let all = pods.list(&ListParams::default().labels(labels)).await?.items;
    let mut stay = all.iter().filter(|pod| pod.metadata.deletion_timestamp.is_none()).peekable();
    let node = |pod: &Pod| pod.spec.as_ref().and_then(|spec| spec.node_name.clone()).unwrap_or_default();
    Ok(stay.peek().is_some() && stay.all(|pod| node(pod).starts_with("fargate-")))
}
