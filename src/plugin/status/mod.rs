//! `status`: what is in progress.

mod course;
mod estimate;
mod operator;
mod phase;
#[cfg(test)]
pub(super) mod tests;
mod text;

use jiff::Timestamp;
use kube::ResourceExt;
use serde::Serialize;

pub(super) use self::course::Course;
pub(super) use self::operator::{Operator, scale};
pub(super) use self::phase::{Outlook, Phase, asked, observed};
pub(super) use self::text::Look;
use super::cluster::Cluster;
use super::follow::{Follow, Goal, View};
use super::objects::{missing, objects};
use super::output::Form;
use super::terminal::yellow;
use super::times::Limit;
use super::{Exit, Session};

#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  # Everything at a glance
  kubectl fargate status
  # Everything about one FargateProfile
  kubectl fargate status checkout --verbose
  # Follow a replacement until it is done
  kubectl fargate status checkout --watch --timeout 45m
  # For a script: Settled, UnderWay, Held or Stalled
  kubectl fargate status checkout -o json | jq -r '.fargateProfiles[0].outlook'

Exit codes:
  0  the status was shown; with --watch, everything is settled
  1  an error occurred; with --watch also: nothing more happens until somebody
     acts, or the timeout expired")]
pub(super) struct Args {
    /// Name of a FargateProfile. Default: all.
    name: Option<String>,

    /// Watch until nothing is in progress: redrawn on a terminal, else one line for each change.
    #[arg(long, short)]
    watch: bool,

    /// With --watch: how long to watch, such as 30m.
    #[arg(long, value_name = "DURATION", requires = "watch")]
    timeout: Option<Limit>,

    /// Also show conditions and EKS profiles, and do not shorten lists.
    #[arg(long, short)]
    verbose: bool,

    /// Output format for programs. With --watch, json writes one document per line for each change.
    #[arg(long, short, value_name = "FORMAT")]
    output: Option<Form>,
}

/// The answer for programs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    /// Null if Leases may not be listed.
    operator: Option<&'a Operator>,
    fargate_profiles: &'a [Course],
}

pub(super) async fn run(args: Args, session: &Session) -> anyhow::Result<Exit> {
    if args.watch && args.output == Some(Form::Yaml) {
        anyhow::bail!("--watch shows changes as text or as -o json, not as yaml");
    }
    let cluster = session.connection.connect().await?;
    let operator = Operator::look(&cluster.client).await;
    if args.watch {
        return watch(args, session, &cluster, operator.as_ref()).await;
    }
    let mut objects = objects(&cluster.client).await?;
    if let Some(name) = &args.name {
        objects.retain(|object| object.name_any() == *name);
        if objects.is_empty() {
            return Err(missing(name));
        }
    }
    let now = Timestamp::now();
    let courses: Vec<Course> = objects.iter().map(|object| Course::of(object, now, scale(operator.as_ref()))).collect();
    match args.output {
        Some(form) => form.print(&Answer { operator: operator.as_ref(), fargate_profiles: &courses })?,
        None => {
            if let Some(problem) = operator.as_ref().and_then(Operator::problem) {
                anstream::println!("{}", yellow(&session.terminal.wrapped(problem, 2)));
            }
            anstream::print!("{}", Look { terminal: &session.terminal, verbose: args.verbose, now }.all(&courses));
        }
    }
    Ok(Exit::Good)
}

async fn watch(args: Args, session: &Session, cluster: &Cluster, operator: Option<&Operator>) -> anyhow::Result<Exit> {
    if let Some(problem) = operator.and_then(Operator::problem) {
        anstream::eprintln!("{}", yellow(problem));
    }
    let view = match args.output {
        Some(_) => View::documents(),
        None if session.terminal.is_interactive => View::screen(false, args.verbose),
        None => View::lines(),
    };
    let follow = Follow {
        cluster,
        terminal: &session.terminal,
        goal: Goal::Quiet(args.name),
        view,
        limit: args.timeout.map(|limit| limit.0),
        scale: scale(operator),
    };
    follow.run().await
}
