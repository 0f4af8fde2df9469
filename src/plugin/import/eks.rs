//! The profiles that EKS has: one list, and a call for each profile, since EKS describes them one by one.

use anyhow::{Context as _, bail};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};

use crate::api::TAG_OWNER;
use crate::eks::{Eks as _, Profile, SdkEks};
use crate::import::{Lost, Reading, of_eks};
use crate::plugin::installation::installations;
use crate::plugin::{Session, aws};
use crate::state::InstallationRecord;

/// So many profiles are described at once.
const AT_ONCE: usize = 5;

pub(super) async fn read(
    cluster: Option<String>,
    region: Option<String>,
    session: &Session,
) -> anyhow::Result<Reading> {
    let (cluster, region) = match (cluster, region) {
        (Some(cluster), Some(region)) => (cluster, region),
        (cluster, region) => {
            let record =
                record(session).await.context("give --cluster-name and --region: the operator does not tell them")?;
            (cluster.unwrap_or(record.defaults.cluster_name), region.unwrap_or(record.region))
        }
    };
    let eks = SdkEks::new(&aws::session(&region).await);
    let listed = eks.list(&cluster).await;
    let names = listed.map_err(|failure| {
        anyhow::anyhow!("listing the profiles of EKS cluster {cluster} in {region}: {}", failure.message)
    })?;
    let described = stream::iter(&names).map(|name| described(&eks, &cluster, name));
    let profiles: Vec<Profile> = described.buffered(AT_ONCE).try_collect().await?;
    let mut reading = Reading::default();
    for profile in &profiles {
        match profile.tags.get(TAG_OWNER) {
            Some(owner) => reading.lost.push(Lost {
                object: profile.name.clone(),
                field: String::new(),
                why: format!("no manifest: FargateProfile {owner} has it already"),
            }),
            None => reading.profiles.push(of_eks(profile, &cluster)),
        }
    }
    Ok(reading)
}

async fn described(eks: &SdkEks, cluster: &str, name: &str) -> anyhow::Result<Profile> {
    let described = eks.describe(cluster, name).await;
    described.map_err(|failure| anyhow::anyhow!("describing EKS profile {name}: {}", failure.message))
}

/// What the operator of the kubeconfig's cluster runs with.
async fn record(session: &Session) -> anyhow::Result<InstallationRecord> {
    let cluster = session.connection.connect().await?;
    let found = installations(&cluster.client).await?;
    match found.into_iter().find_map(|installation| installation.record) {
        Some(record) => Ok(record),
        None => bail!("no operator is at work in the cluster"),
    }
}
