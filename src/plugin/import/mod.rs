//! `import`: manifests for what exists already.

mod eks;
mod output;

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use anyhow::{Context as _, bail};
use clap::ValueEnum;
use clap::builder::PossibleValue;

use super::{Exit, Session};
use crate::import::{About, Existing, Format, Lost, Reading, imported, read};

const MORE: &str = "\
The manifests adopt the existing profiles: spec.adoption is IfUnowned, and spec.profileName is the name in EKS. A comment at the top of
each manifest lists the fields that have no counterpart, who manages the profile now, and how to make that tool release it. Standard error
has a summary.

Examples:
  # Every EKS profile of the operator's cluster, for a GitOps repository
  kubectl fargate import --from eks --output-dir profiles/

  # The profiles in a ClusterConfig of eksctl
  kubectl fargate import --from eksctl cluster.yaml > profiles.yaml

  # The profiles in a Terraform state
  terraform show -json | kubectl fargate import --from terraform -

  # A CDK stack whose profile was named by AWS
  cdk synth | kubectl fargate import --from cdk - --profile-name Apps=Apps-01ab

Exit codes:
  0  every profile has a manifest
  1  a profile has no manifest (the output has the reason), or none was found";

#[derive(Debug, clap::Args)]
#[command(after_long_help = MORE)]
pub(super) struct Args {
    /// Source of the profiles: EKS itself, or files of this kind.
    #[arg(long, value_enum, value_name = "KIND")]
    from: From,

    /// Input files; - is standard input. Not used with --from eks.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    /// EKS cluster to read with --from eks (default: the operator's), or the cluster of profiles whose file does not name one.
    #[arg(long, value_name = "NAME")]
    cluster_name: Option<String>,

    /// AWS region for --from eks. Default: the operator's region.
    #[arg(long, value_name = "REGION")]
    region: Option<String>,

    /// Name in EKS of a profile whose file does not have it.
    #[arg(long, value_name = "OBJECT=NAME", value_parser = given)]
    profile_name: Vec<(String, String)>,

    /// Write into this folder instead of to standard output: one file for each manifest, or import.json.
    #[arg(long, value_name = "DIR")]
    output_dir: Option<PathBuf>,

    /// Output format. json also has everything that the comments say.
    #[arg(long, short, value_enum, value_name = "FORMAT", default_value = "yaml")]
    output: Output,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum From {
    Eks,
    Files(Format),
}

impl ValueEnum for From {
    fn value_variants<'a>() -> &'a [Self] {
        static ALL: LazyLock<Vec<From>> = LazyLock::new(|| {
            let files = Format::value_variants().iter().copied().map(From::Files);
            std::iter::once(From::Eks).chain(files).collect()
        });
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            Self::Eks => Some(PossibleValue::new("eks").help("EKS itself")),
            Self::Files(format) => format.to_possible_value(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Output {
    Yaml,
    Json,
}

fn given(text: &str) -> Result<(String, String), String> {
    // An address of Terraform may have = in its index, a name in EKS has none.
    let (object, name) = text.rsplit_once('=').ok_or("write OBJECT=NAME")?;
    Ok((object.to_owned(), name.to_owned()))
}

pub(super) async fn run(args: Args, session: &Session) -> anyhow::Result<Exit> {
    let mut reading = match args.from {
        From::Eks => eks::read(args.cluster_name.clone(), args.region.clone(), session).await?,
        From::Files(_) if args.files.is_empty() => bail!("name the FILE to read; - is standard input"),
        From::Files(format) => of_files(format, &args.files)?,
    };
    let mut names = BTreeMap::new();
    for (object, name) in args.profile_name {
        if names.insert(object.clone(), name).is_some() {
            bail!("--profile-name {object} is given twice");
        }
    }
    let is_unknown = |object: &&String| !reading.profiles.iter().any(|existing| existing.object == **object);
    let unknown: Vec<Lost> = names.keys().filter(is_unknown).map(|object| Lost::unnamed(object)).collect();
    reading.lost.extend(unknown);
    for existing in &mut reading.profiles {
        complete(existing, &names, args.cluster_name.as_deref());
    }
    let answer = output::Answer { profiles: imported(reading.profiles), lost: reading.lost };
    let as_json = args.output == Output::Json;
    match &args.output_dir {
        Some(folder) => output::write(&answer, folder, as_json)?,
        None if as_json => anstream::println!("{}", answer.json()?),
        None => anstream::print!("{}", answer.yaml()?),
    }
    answer.summarize(args.output_dir.as_deref(), as_json, &session.terminal);
    Ok(if answer.is_whole() { Exit::Good } else { Exit::Bad })
}

/// With what the command line says of a profile.
fn complete(existing: &mut Existing, names: &BTreeMap<String, String>, cluster: Option<&str>) {
    if let Some(name) = names.get(&existing.object) {
        existing.name = Some(name.clone());
        existing.lost.retain(|lost| lost.about != Some(About::Name));
    }
    // Also where the file has a default alone.
    let is_open = existing.cluster.is_none() || existing.lost.iter().any(|lost| lost.about == Some(About::Cluster));
    if let Some(cluster) = cluster.filter(|_| is_open) {
        existing.cluster = Some(cluster.to_owned());
        existing.lost.retain(|lost| lost.about != Some(About::Cluster));
    }
}

fn of_files(format: Format, files: &[PathBuf]) -> anyhow::Result<Reading> {
    let mut all = Reading::default();
    for file in files {
        let text = text(file)?;
        let reading = read(format, &text).with_context(|| format!("reading {}", file.display()))?;
        all.profiles.extend(reading.profiles);
        all.lost.extend(reading.lost);
    }
    Ok(all)
}

fn text(file: &Path) -> anyhow::Result<String> {
    if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("reading standard input")?;
        return Ok(text);
    }
    let bytes = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    decoded(&bytes).with_context(|| format!("reading {}: it is no text", file.display()))
}

/// Text in UTF-8, or in UTF-16 as a PowerShell writes it.
fn decoded(bytes: &[u8]) -> anyhow::Result<String> {
    let units =
        |of: fn([u8; 2]) -> u16| bytes[2..].chunks_exact(2).map(|pair| of([pair[0], pair[1]])).collect::<Vec<u16>>();
    Ok(match bytes {
        [0xff, 0xfe, ..] => String::from_utf16(&units(u16::from_le_bytes))?,
        [0xfe, 0xff, ..] => String::from_utf16(&units(u16::from_be_bytes))?,
        _ => String::from_utf8(bytes.to_vec())?,
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::plugin::Cli;

    #[test]
    fn the_examples_of_the_help_are_commands() {
        let commands: Vec<&str> = MORE.lines().filter_map(|line| line.split("kubectl fargate ").nth(1)).collect();
        assert_eq!(commands.len(), 4);
        for command in commands {
            let words = command.split(" > ").next().unwrap().split_whitespace();
            let parsed = Cli::try_parse_from(std::iter::once("kubectl-fargate").chain(words));
            assert!(parsed.is_ok(), "{command}: {}", parsed.unwrap_err());
        }
    }

    #[test]
    fn a_name_is_given_behind_the_last_equals_sign() {
        let address = r#"module.eks["a=b"].aws_eks_fargate_profile.this"#;
        assert_eq!(given(&format!("{address}=web")), Ok((address.to_owned(), "web".to_owned())));
        assert!(given("web").is_err());
    }

    #[test]
    fn what_is_typed_answers_its_own_field_alone() {
        let file = r#"{
            "apiVersion": "infrastructure.cluster.x-k8s.io/v1beta2", "kind": "AWSFargateProfile",
            "metadata": { "name": "web" },
            "spec": {
                "clusterName": "lab", "profileName": "${NAME}", "selectors": [{ "namespace": "web" }],
                "additionalTags": { "kubernetes.io/cluster/${CLUSTER}": "owned", "profileName": "${NAME}" }
            }
        }"#;
        let mut existing = read(Format::Capa, file).unwrap().profiles.remove(0);
        let fields = |existing: &Existing| existing.lost.iter().map(|lost| lost.field.clone()).collect::<Vec<_>>();
        let tags = ["spec.additionalTags.kubernetes.io/cluster/${CLUSTER}", "spec.additionalTags.profileName"];
        assert_eq!(fields(&existing), [&["spec.clusterName", "spec.profileName"], &tags[..]].concat());
        let name = ("AWSFargateProfile web".to_owned(), "web-1".to_owned());
        complete(&mut existing, &BTreeMap::from([name]), Some("prod"));
        assert_eq!(fields(&existing), tags);
    }

    #[test]
    fn text_is_read_as_a_power_shell_writes_it_too() {
        let utf16 = |order: fn(u16) -> [u8; 2]| "\u{feff}{}".encode_utf16().flat_map(order).collect::<Vec<u8>>();
        for bytes in [b"{}".to_vec(), utf16(u16::to_le_bytes), utf16(u16::to_be_bytes)] {
            assert_eq!(decoded(&bytes).unwrap(), "{}");
        }
        assert!(decoded(&[0xc3, 0x28]).is_err());
    }
}
