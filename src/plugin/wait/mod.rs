//! `wait`: until a FargateProfile is settled.

use super::follow::{Follow, Goal, View};
use super::status::{Operator, scale};
use super::terminal::yellow;
use super::times::Limit;
use super::{Exit, Session};

#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  # After kubectl apply, until the change is complete
  kubectl fargate wait checkout --timeout 45m
  # Until new pods can start on Fargate; the old EKS profile may still be there
  kubectl fargate wait checkout --for ready
  # After kubectl delete --wait=false
  kubectl fargate wait checkout --for deleted

Exit codes:
  0  the condition was met
  1  it cannot be met until somebody acts (stalled, suspended, not approved),
     the timeout expired, or an error occurred; standard error has the object,
     its condition and the message")]
pub(super) struct Args {
    /// Name of the FargateProfile.
    name: String,

    /// Condition to wait for.
    #[arg(long = "for", value_name = "WHAT", default_value = "settled")]
    until: Until,

    /// How long to wait, such as 90s or 30m.
    #[arg(long, value_name = "DURATION", default_value = "30m")]
    timeout: Limit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Until {
    /// An EKS profile serves the spec, and nothing of the previous one is left.
    Settled,
    /// The object and its EKS profiles are gone.
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
