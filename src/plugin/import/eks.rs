//! The profiles that EKS has.

use anyhow::{Context as _, anyhow, bail};

use crate::api::TAG_OWNER;
use crate::import::{Lost, Reading, of_eks};
use crate::plugin::Session;
use crate::plugin::aws::{Place, profiles};
use crate::plugin::installation::{current, installations};

pub(super) async fn read(
    cluster: Option<String>,
    region: Option<String>,
    session: &Session,
) -> anyhow::Result<Reading> {
    let place = match (cluster, region) {
        (Some(cluster), Some(region)) => Place { region, cluster },
        (cluster, region) => {
            let found = of_operator(session)
                .await
                .context("give --cluster-name and --region: the operator does not tell them")?;
            Place { region: region.unwrap_or(found.region), cluster: cluster.unwrap_or(found.cluster) }
        }
    };
    let mut reading = Reading::default();
    for profile in profiles(&place).await.map_err(|why| anyhow!(why))? {
        match profile.tags.get(TAG_OWNER) {
            Some(owner) => {
                reading
                    .lost
                    .push(Lost::owned(&profile.name, format!("no manifest: FargateProfile {owner} has it already")));
            }
            None => reading.profiles.push(of_eks(&profile, &place.cluster)),
        }
    }
    Ok(reading)
}

/// The EKS cluster of the operator of the kubeconfig's cluster.
async fn of_operator(session: &Session) -> anyhow::Result<Place> {
    let cluster = session.connection.connect().await?;
    let found = installations(&cluster.client).await?;
    match current(found).and_then(|installation| installation.record) {
        Some(record) => Ok(Place::of(record)),
        None => bail!("no operator is at work in the cluster"),
    }
}
