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
  # Everything at a look, with what to do
  kubectl fargate doctor

  # What fails, for a script
  kubectl fargate doctor -o json | jq '.lines[] | select(.level == \"FAIL\")'

  # Of another cluster
  kubectl fargate doctor --context staging

Exit codes:
  0  nothing fails; there may be warnings
  1  something fails, or the cluster cannot be asked

It asks Kubernetes with your kubeconfig. Your AWS credentials, if there are any,
serve to look at EKS in the operator's region; without them that is skipped.";

#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Args {
    /// How the answer is written.
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
