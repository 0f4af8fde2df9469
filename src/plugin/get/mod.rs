//! `get`: Fargate profiles, with whose they are.

mod listed;
#[cfg(test)]
mod tests;
mod text;

use std::collections::BTreeSet;

use jiff::Timestamp;

use self::listed::{Listed, join};
use super::aws::{self, Place};
use super::cluster::{Cluster, refusal};
use super::installation::installations;
use super::objects::objects;
use super::output::Form;
use super::terminal::red;
use super::{Exit, Session};
use crate::api::FargateProfile;

#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  # All Fargate profiles of the cluster, including those of other tools
  kubectl fargate get
  # The profiles of one FargateProfile, by its name or by the name in EKS
  kubectl fargate get checkout
  # With age, cluster, all tags and health issues
  kubectl fargate get -o wide
  # For a script: null marks a profile that belongs to no FargateProfile
  kubectl fargate get -o json | jq '.fargateProfiles[].fargateProfile'

Profiles of other tools are read from AWS with your credentials
(eks:ListFargateProfiles and eks:DescribeFargateProfile). Without credentials,
only the profiles of FargateProfiles are listed, and standard error says so.

Exit codes:
  0  the profiles were listed
  1  a named profile does not exist, or an error occurred")]
pub(super) struct Args {
    /// Names of EKS Fargate profiles or of FargateProfiles. Default: all.
    #[arg(value_name = "NAME")]
    names: Vec<String>,

    /// EKS cluster. Default: the clusters that the operator manages.
    #[arg(long, value_name = "NAME")]
    cluster_name: Option<String>,

    /// AWS region of the EKS cluster. Default: the operator's region, else AWS_REGION.
    #[arg(long, value_name = "REGION")]
    region: Option<String>,

    /// Output format.
    #[arg(long, short, value_name = "FORMAT", default_value = "table")]
    output: Output,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Output {
    /// The columns of eksctl that fit, and the owner.
    Table,
    /// All columns, with cluster, region, age and the health issues that EKS reports.
    Wide,
    Yaml,
    Json,
    /// Names of the profiles in EKS.
    Name,
}

/// The answer for programs.
#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    fargate_profiles: &'a [Listed],
}

pub(super) async fn run(args: Args, session: &Session) -> anyhow::Result<Exit> {
    let cluster = session.connection.connect().await?;
    let objects = objects(&cluster.client).await?;
    let mut described = Vec::new();
    for place in places(&args, &cluster, &objects).await {
        match aws::profiles(&place).await {
            Ok(profiles) => described.push((place, profiles)),
            Err(why) => anstream::eprintln!("Fargate profiles of others are not shown: {why}"),
        }
    }
    let mut listed = join(&described, &objects);
    if let Some(cluster) = &args.cluster_name {
        listed.retain(|listed| listed.cluster.as_ref() == Some(cluster));
    }
    let missing: Vec<&String> =
        args.names.iter().filter(|name| !listed.iter().any(|listed| listed.is_called(name))).collect();
    if !args.names.is_empty() {
        listed.retain(|listed| args.names.iter().any(|name| listed.is_called(name)));
    }
    print(&args, session, &listed)?;
    for name in &missing {
        let error = red("error:");
        anstream::eprintln!("{error} there is no Fargate profile {name:?}, neither in EKS nor as a FargateProfile");
    }
    Ok(if missing.is_empty() { Exit::Good } else { Exit::Bad })
}

fn print(args: &Args, session: &Session, listed: &[Listed]) -> anyhow::Result<()> {
    match args.output {
        Output::Json => Form::Json.print(&Answer { fargate_profiles: listed }),
        Output::Yaml => Form::Yaml.print(&Answer { fargate_profiles: listed }),
        Output::Name => {
            listed.iter().filter_map(|listed| listed.name.as_ref()).for_each(|name| anstream::println!("{name}"));
            Ok(())
        }
        Output::Table | Output::Wide if listed.is_empty() => {
            if args.names.is_empty() {
                anstream::println!("There are no Fargate profiles.");
            }
            Ok(())
        }
        Output::Table | Output::Wide => {
            let wide = args.output == Output::Wide;
            let (table, is_whole) = text::table(&session.terminal, listed, wide, Timestamp::now());
            anstream::println!("{table}");
            if !is_whole {
                anstream::eprintln!("Roles, subnets and tags do not fit into the width: -o wide shows them");
            }
            Ok(())
        }
    }
}

/// The EKS clusters to be asked: the one that is named, else that of the operator and those of its objects.
async fn places(args: &Args, cluster: &Cluster, objects: &[FargateProfile]) -> BTreeSet<Place> {
    if let (Some(cluster), Some(region)) = (&args.cluster_name, &args.region) {
        return [Place { cluster: cluster.clone(), region: region.clone() }].into();
    }
    let found = installations(&cluster.client).await.unwrap_or_else(|error| {
        anstream::eprintln!("what the operator is installed for is not shown: {}", refusal(&error));
        Vec::new()
    });
    let records = found.into_iter().filter_map(|installation| installation.record);
    let of_operator = records.map(Place::of);
    let of_objects = objects.iter().filter_map(|object| object.status.as_ref()?.cluster.as_ref());
    let of_objects = of_objects.map(|it| Place { cluster: it.name.clone(), region: it.region.clone() });
    let mut places: BTreeSet<Place> = of_operator.chain(of_objects).collect();
    if let Some(named) = &args.cluster_name {
        let mut regions: BTreeSet<String> = places.into_iter().map(|place| place.region).collect();
        if regions.is_empty() {
            regions.extend(std::env::var("AWS_REGION"));
        }
        places = regions.into_iter().map(|region| Place { cluster: named.clone(), region }).collect();
    } else if let Some(region) = &args.region {
        places.retain(|place| place.region == *region);
    }
    if places.is_empty() {
        anstream::eprintln!(
            "Fargate profiles of others are not shown: which EKS cluster this is is not known; --cluster-name and --region say it"
        );
    }
    places
}
