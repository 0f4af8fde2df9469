//! `wait`: until a FargateProfile is settled.

use super::follow::{Follow, Goal, View};
use super::status::{Operator, scale};
use super::terminal::yellow;
use super::times::Limit;
use super::{Exit, Session};

#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  # After kubectl apply, until the change has come all the way
  kubectl fargate wait checkout --timeout 45m
  # Until new pods can start on Fargate; the old EKS profile may still be there
  kubectl fargate wait checkout --for ready
  # After kubectl delete --wait=false
  kubectl fargate wait checkout --for deleted

Exit codes:
  0  it has come
  1  it cannot come unless somebody acts (stalled, suspended, not approved),
     time is over, or there was an error: object, condition and message are told
     on standard error")]
pub(super) struct Args {
    /// The FargateProfile.
    name: String,

    /// What to wait for.
    #[arg(long = "for", value_name = "WHAT", default_value = "settled")]
    until: Until,

    /// Give up after so long.
    #[arg(long, value_name = "DURATION", default_value = "30m")]
    timeout: Limit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Until {
    /// The spec is served, and nothing is left of what was before.
    Settled,
    /// The object is gone, and its EKS profiles with it.
    Deleted,
    /// An EKS profile serves the spec.
    Ready,
}

pub(super) async fn run(args: Args, session: &Session) -> anyhow::Result<Exit> {
    let cluster = session.connection.connect().await?;
    let operator = Operator::look(&cluster.client).await;
    if let Some(problem) = operator.as_ref().and_then(Operator::problem) {
        anstream::eprintln!("{}", yellow(problem));
    }
    let goal = match args.until {
        Until::Settled => Goal::Settled(args.name),
        Until::Deleted => Goal::Deleted(args.name),
        Until::Ready => Goal::Ready(args.name),
    };
    let view = if session.terminal.is_interactive { View::screen(true, false) } else { View::lines() };
    let follow = Follow {
        cluster: &cluster,
        terminal: &session.terminal,
        goal,
        view,
        limit: Some(args.timeout.0),
        scale: scale(operator.as_ref()),
    };
    follow.run().await
}
