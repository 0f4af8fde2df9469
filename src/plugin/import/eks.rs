//! The profiles that EKS has.

use anyhow::{Context as _, anyhow, bail};

use crate::eks::Profile;
use crate::import::{Reading, of_eks};
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
    Ok(reading(&profiles(&place).await.map_err(|why| anyhow!(why))?, &place.cluster))
}

fn reading(profiles: &[Profile], cluster: &str) -> Reading {
    let profiles = profiles.iter().map(|profile| of_eks(profile, cluster)).collect();
    Reading { profiles, lost: Vec::new() }.without_owned()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::TAG_OWNER;
    use crate::import::About;

    #[test]
    fn of_what_the_operator_has_only_what_its_tags_say_is_told() {
        let tags = [(TAG_OWNER.to_owned(), "web".to_owned())].into();
        let all = [Profile { tags, ..Profile::named("web-9999") }, Profile::named("plain")];
        let Reading { profiles, lost } = reading(&all, "prod");
        assert_eq!((profiles.len(), profiles[0].object.as_str()), (1, "plain"));
        let why = "EKS does not describe it (eks:DescribeFargateProfile), so its selectors are not known";
        assert_eq!(profiles[0].unwritable.as_deref(), Some(why));
        assert_eq!((lost.len(), lost[0].object.as_str(), lost[0].about), (1, "web-9999", Some(About::Owned)));
        let told = "no manifest: by its tags FargateProfile web has it; kubectl fargate doctor says if that is not so, and what to do";
        assert_eq!(lost[0].why, told);
    }
}
