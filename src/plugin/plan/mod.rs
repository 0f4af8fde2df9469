//! `plan`: what applying manifests would do, by the operator's own planner.
//!
//! Manifests are put into a copy of the cluster as the API server would store them ([`apply`], [`offline`]), and the operator's
//! passes are played on that copy ([`forecast`](crate::forecast)).

mod answer;
mod apply;
mod fields;
mod gather;
mod judge;
mod manifests;
mod offline;
mod risk;
mod sources;
mod state;
#[cfg(test)]
mod tests;
mod text;
mod unseen;

use std::path::PathBuf;

use anyhow::ensure;

use self::answer::Answer;
use self::state::State;
use super::{Exit, Session};

/// What follows the options in the help.
const MORE: &str = "\
Exit codes (those of terraform plan):
  0  with --detailed-exitcode: nothing would change; without: the plan was made
  1  error: the manifests or the cluster could not be read, or a manifest is refused
  2  with --detailed-exitcode: something would change

Examples:
  kubectl fargate plan -f profile.yaml
  kubectl fargate plan -k overlays/prod --detailed-exitcode
  kubectl fargate plan -f profiles/ -o json
  kubectl fargate plan -f profiles/ --save prod.json
  kubectl fargate plan -f profiles/ --state prod.json";

#[derive(Debug, clap::Args)]
#[command(after_long_help = MORE)]
pub(super) struct Args {
    /// Manifests to plan: a file, a folder with YAML and JSON files, or - for standard input.
    #[arg(long, short, value_name = "FILE|DIR|-", required_unless_present_any = ["kustomize", "save"])]
    filename: Vec<PathBuf>,

    /// Folder to build with kubectl kustomize.
    #[arg(long, short = 'k', value_name = "DIR", conflicts_with = "filename")]
    kustomize: Option<PathBuf>,

    /// Exit with code 2 if something would change, as terraform plan does.
    #[arg(long)]
    detailed_exitcode: bool,

    /// Output format.
    #[arg(long, short, value_name = "FORMAT", default_value = "text")]
    output: Output,

    /// Save the state that the plan is based on to a file, for --state.
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,

    /// Plan against a file written by --save, without access to the cluster or AWS.
    #[arg(long, value_name = "FILE", conflicts_with = "save")]
    state: Option<PathBuf>,

    /// EKS cluster. Used only if the operator's is not known.
    #[arg(long, value_name = "NAME")]
    cluster_name: Option<String>,

    /// AWS region. Used only if the operator's region is not known.
    #[arg(long, env = "AWS_REGION", value_name = "REGION")]
    region: Option<String>,

    /// Field manager that will apply the manifests. Default: the one that applied the object before, else kubectl.
    #[arg(long, value_name = "NAME")]
    field_manager: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Output {
    Text,
    Json,
}

pub(super) async fn run(args: Args, session: &Session) -> anyhow::Result<Exit> {
    let manifests = manifests::read(&args.filename, args.kustomize.as_deref())?;
    ensure!(
        !manifests.profiles.is_empty() || args.save.is_some(),
        "no FargateProfile is in these manifests: name the file or folder that has them with -f, or -k"
    );
    let mut state = match &args.state {
        Some(path) => State::read(path)?,
        None => State::default(),
    };
    let applied = match &args.state {
        Some(_) => offline::apply(&mut state, &manifests.profiles),
        None => {
            let cluster = session.connection.connect().await?;
            let applied = apply::apply(&cluster, &manifests.profiles, args.field_manager.as_deref()).await?;
            state = gather::gather(&cluster, &applied, args.cluster_name.as_deref(), args.region.as_deref()).await?;
            applied
        }
    };
    if let Some(path) = &args.save {
        state.write(path)?;
    }
    let answer = judge::judge(&state, &applied, manifests.others);
    match args.output {
        Output::Text if applied.is_empty() => {}
        Output::Text => anstream::print!("{}", text::text(&answer, &session.terminal)),
        Output::Json => anstream::println!("{}", serde_json::to_string_pretty(&answer)?),
    }
    Ok(exit(&answer, args.detailed_exitcode))
}

fn exit(answer: &Answer, detailed: bool) -> Exit {
    if answer.is_refused() {
        Exit::Bad
    } else if detailed && answer.changes {
        Exit::Changes
    } else {
        Exit::Good
    }
}

/// Lets terraform's `-detailed-exitcode` be written as there.
pub(super) fn as_written(word: std::ffi::OsString) -> std::ffi::OsString {
    if word == "-detailed-exitcode" { "--detailed-exitcode".into() } else { word }
}
