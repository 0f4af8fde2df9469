//! The life: one object with nothing but selectors comes, has everything mended, and goes.

use bed::testing::{TestNamespace, deployment, install_coredns, surroundings};
use bed::{Bed, CLUSTER, Proxies};
use eks_simulator::{AccessEntry, Addon, Entrance};
use k8s_openapi::api::apps::v1::Deployment;
use serde_json::{Value, json};

use super::super::access_entry::change;
use super::super::coredns::{COMPUTE_TYPE, USUAL, as_addon, runs, with_dns};
use super::super::role_arn;
use crate::faults::fault_sweep::Stage;
use crate::support::{BedExt, until};

/// A role of somebody else's that is let into the cluster.
const ADMIN: &str = "arn:aws:iam::111122223333:role/admin";

/// An add-on of somebody else's.
const ADDON: &str = "vpc-cni";

/// Long before any role of a test.
const LONG_AGO: f64 = 1_600_000_000.0;

/// How CoreDNS is installed, and when the access entry is found to be older than its role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoreDnsKind {
    /// As EKS's add-on. The entry is that of an earlier role from the first.
    Addon,
    /// By somebody. The entry is that of an earlier role when a profile has served for a while.
    Deployment,
}

impl CoreDnsKind {
    /// So many calls mend in a life: two for the role, two for its entry, those for CoreDNS there and back, and three for the role to
    /// go with its entry.
    pub fn least(self) -> usize {
        match self {
            Self::Addon => 2 + 2 + 4 + 3,
            Self::Deployment => 2 + 2 + 2 + 3,
        }
    }
}

/// CoreDNS is installed, and others have things of the kinds that are mended.
pub async fn come(bed: &Bed, kind: CoreDnsKind) {
    if kind == CoreDnsKind::Addon {
        as_addon(bed, None);
    }
    install_coredns(bed).await;
    runs(bed, USUAL, false).await;
    bed.eks().change_role(ADMIN, |role| {
        role.tags.insert("team".to_owned(), "platform".to_owned());
    });
    bed.eks()
        .change_cluster(CLUSTER, |cluster| {
            cluster.access_entries.insert(ADMIN.to_owned(), AccessEntry::default());
            cluster.addons.insert(ADDON.to_owned(), Addon::default());
        })
        .unwrap();
    let web = TestNamespace::new(bed, "web").await;
    let mut theirs = deployment("theirs", 0);
    theirs["spec"]["template"]["metadata"]["annotations"] = json!({ COMPUTE_TYPE: "ec2" });
    web.create::<Deployment>(theirs).await;
    let is_seen = |found: &Deployment| found.status.as_ref().is_some_and(|status| status.observed_generation.is_some());
    web.until::<Deployment>("theirs", "seen by its controller", is_seen).await;
}

/// What others have, in every detail.
pub async fn foreign(bed: &Bed) -> Value {
    let web = TestNamespace::new(bed, "web").await;
    json!({
        "role": bed.eks().role(ADMIN),
        "entry": bed.eks().cluster_settings(CLUSTER).unwrap().access_entries.get(ADMIN),
        "addon": bed.eks().addon(CLUSTER, ADDON),
        "deployment": web.api::<Deployment>().get("theirs").await.unwrap(),
    })
}

/// Lives once. How things stood when all had settled, and after the end, which is as before the beginning.
pub async fn live(stage: &mut Stage, kind: CoreDnsKind) -> [Value; 2] {
    stage
        .play(async |bed, proxies| {
            let before = surroundings(bed).await;
            let grown = grow(bed, proxies, kind).await;
            bed.delete("web").await;
            bed.gone("web").await;
            quiet(bed, proxies, false).await;
            let after = surroundings(bed).await;
            assert_eq!(after, before, "something is left, or lost");
            [grown, after]
        })
        .await
}

async fn grow(bed: &Bed, proxies: &Proxies, kind: CoreDnsKind) -> Value {
    if kind == CoreDnsKind::Addon {
        let (arn, kind) = (role_arn(bed), "FARGATE_LINUX".to_owned());
        let entry = AccessEntry { kind, created_at: LONG_AGO, ..AccessEntry::default() };
        bed.eks()
            .change_cluster(CLUSTER, |cluster| {
                cluster.access_entries.insert(arn, entry);
            })
            .unwrap();
    }
    bed.create(&with_dns("web")).await;
    bed.settled("web").await;
    quiet(bed, proxies, true).await;
    if kind == CoreDnsKind::Deployment {
        change(bed, |entry| entry.created_at = LONG_AGO);
        // Another process knows nothing of what was read before.
        proxies.kill_operator().await;
    }
    until("kubelets are let in", || bed.eks().entrance(CLUSTER, "web-9999") == Ok(Entrance::Open)).await;
    quiet(bed, proxies, true).await;
    bed.settled("web").await;
    surroundings(bed).await
}

/// Waits until nothing is on its way and CoreDNS runs where it is to run.
async fn quiet(bed: &Bed, proxies: &Proxies, on_fargate: bool) {
    until("nothing is on the wire any more", || !proxies.is_late()).await;
    bed.fargate().unwrap().addon_seen_to().await;
    runs(bed, USUAL, on_fargate).await;
}
