//! `doctor`: what is wrong with the installation.
//!
//! What is to be judged is gathered first, by a few lists that run at the same time (`gather`); the checks are pure.

mod checks;
mod gather;
mod line;
mod view;

use super::{Exit, Session};

use self::gather::Gathered;
use self::line::Level;

/// What `--help` ends with.
const EXAMPLES: &str = "\
Examples:
  # All checks, with what to do about each problem
  kubectl fargate doctor

  # Failed checks, for a script
  kubectl fargate doctor -o json | jq '.lines[] | select(.level == \"FAIL\")'

  # Another cluster
  kubectl fargate doctor --context staging

Exit codes:
  0  no check fails; there may be warnings
  1  a check fails, or the cluster cannot be reached

It reads Kubernetes with your kubeconfig, and EKS in the operator's region with
your AWS credentials. Without credentials the checks of EKS are skipped.";

#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Args {
    /// Output format.
    #[arg(long, short, value_name = "FORMAT", default_value = "text")]
    output: Output,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Output {
    Text,
    Json,
}

pub(super) async fn run(args: Args, session: &Session) -> anyhow::Result<Exit> {
    let cluster = session.connection.connect().await?;
    let lines = checks::judge(&Gathered::gather(&cluster.client).await?);
    match args.output {
        Output::Text => anstream::print!("{}", view::text(&lines, &session.terminal)),
        Output::Json => anstream::println!("{}", view::json(&lines)?),
    }
    let fails = lines.iter().any(|line| line.level == Level::Fail);
    Ok(if fails { Exit::Bad } else { Exit::Good })
}
