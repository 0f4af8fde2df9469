//! `approve`, `suspend`, `resume`, `retry`: what a person tells the operator by a FargateProfile.

mod approve;
mod gitops;
mod judge;
#[cfg(test)]
mod tests;

use kube::api::{Api, Patch, PatchParams};
use kube::{Client, ResourceExt};
use serde_json::Value;

use self::approve::Plan;
use self::judge::Verdict;
use super::cluster::{LIMIT, refusal};
use super::objects::object;
use super::terminal::{Terminal, yellow};
use super::{Exit, Session};
use crate::api::FargateProfile;
use crate::kubernetes::call;

/// By which the API server knows who has set a field. Flux takes away what a manager has set whose name begins with kubectl
/// (kustomize-controller's list of managers to undo; fluxcd/pkg, ssa, compares by prefix): an approval would be gone.
const FIELD_MANAGER: &str = "fargate-operator-plugin";

/// Somebody else writes the object at the same time no more often than that.
const TRIES: usize = 10;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Shows the plan that a FargateProfile waits with, and approves it.
    #[command(after_long_help = "\
Examples:
  # Look, and approve what is shown
  kubectl fargate approve checkout
  # Only the plan that was reviewed, whatever has become of the spec since
  kubectl fargate approve checkout --plan 3-129e6e8a4c0b7d15
  # Only look, and let the API server say whether you may
  kubectl fargate approve checkout --dry-run=server

You need the verb approve on fargateprofiles: ClusterRole
fargate-operator-approver.

Exit codes:
  0  it is approved
  1  nothing waits, another plan waits, or you may not")]
    Approve {
        #[command(flatten)]
        target: Target,

        /// Approve only this plan.
        #[arg(long, value_name = "ID")]
        plan: Option<String>,
    },
    /// Has the operator begin nothing more for a FargateProfile; a drain pauses.
    #[command(after_long_help = "\
Examples:
  # Pause a replacement that moves pods
  kubectl fargate suspend checkout
  # Let the API server say whether you may, and change nothing
  kubectl fargate suspend checkout --dry-run=server

The deletion of the object, and a DeleteFirst replacement that has begun, go on.")]
    Suspend(Target),
    /// Takes a suspension back.
    #[command(after_long_help = "\
Examples:
  # Go on where it paused
  kubectl fargate resume checkout
  # Go on, and see how it ends
  kubectl fargate resume checkout && kubectl fargate wait checkout")]
    Resume(Target),
    /// Has the operator try again now what failed, also a generation that was taken back.
    #[command(after_long_help = "\
Examples:
  # After the cause is mended
  kubectl fargate retry checkout
  # Have the operator look now although nothing failed
  kubectl fargate retry checkout --force

Exit codes:
  0  the try is asked for
  1  nothing failed, and --force is not given")]
    Retry {
        #[command(flatten)]
        target: Target,

        /// Ask also if nothing failed.
        #[arg(long)]
        force: bool,
    },
}

/// What is changed, and whether in earnest.
#[derive(Debug, clap::Args)]
pub(super) struct Target {
    /// The FargateProfile.
    name: String,

    /// server: have the API server check it, and change nothing.
    #[arg(long, value_name = "WHERE", default_value = "none", num_args = 0..=1, require_equals = true, default_missing_value = "server")]
    dry_run: DryRun,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum DryRun {
    None,
    Server,
}

pub(super) async fn run(command: Command, session: &Session) -> anyhow::Result<Exit> {
    let client = session.connection.connect().await?.client;
    match command {
        Command::Approve { target, plan } => {
            let mut shown: Option<Plan> = None;
            let judge = |object: &FargateProfile| {
                let (verdict, waiting) = approve::judge(object, plan.as_deref(), shown.as_ref())?;
                if shown.is_none() {
                    anstream::print!("{}", waiting.text(&session.terminal));
                    shown = Some(waiting);
                }
                Ok(verdict)
            };
            change(&client, &target, &session.terminal, judge).await?;
        }
        Command::Suspend(target) => {
            change(&client, &target, &session.terminal, |object| Ok(judge::suspend(object))).await?
        }
        Command::Resume(target) => {
            change(&client, &target, &session.terminal, |object| Ok(judge::resume(object))).await?
        }
        Command::Retry { target, force } => {
            let now = jiff::Timestamp::now().to_string();
            change(&client, &target, &session.terminal, |object| judge::retry(object, force, &now)).await?;
        }
    }
    Ok(Exit::Good)
}

/// Changes an object as it was seen. If somebody else was quicker, it is looked at and judged anew: nobody changes what he
/// has not seen.
async fn change(
    client: &Client,
    target: &Target,
    terminal: &Terminal,
    mut judge: impl FnMut(&FargateProfile) -> anyhow::Result<Verdict>,
) -> anyhow::Result<()> {
    let all: Api<FargateProfile> = Api::all(client.clone());
    let params = PatchParams {
        dry_run: target.dry_run == DryRun::Server,
        field_manager: Some(FIELD_MANAGER.to_owned()),
        ..PatchParams::default()
    };
    for _ in 0..TRIES {
        let object = object(client, &target.name).await?;
        let (patch, told) = match judge(&object)? {
            Verdict::Change { patch, told } => (patch, told),
            Verdict::AsItIs(told) => {
                anstream::println!("{}", terminal.wrapped(&told, 2));
                return Ok(());
            }
        };
        let seen = Patch::Merge(of_version(patch.clone(), &object));
        match call("changing the FargateProfile", LIMIT, all.patch(&target.name, &params, &seen)).await {
            Ok(_) => {
                if let Some(warning) = gitops::warning(&object, &patch) {
                    anstream::eprintln!("{}", yellow(&warning));
                }
                let mark = if params.dry_run { " (server dry run)" } else { "" };
                anstream::println!("{}", terminal.wrapped(&format!("{told}{mark}"), 2));
                return Ok(());
            }
            Err(error) if error.code() == Some(409) => {}
            Err(error) => anyhow::bail!(refusal(&error)),
        }
    }
    anyhow::bail!(
        "FargateProfile {} is changed by somebody else all the time: nothing was done; try again",
        target.name
    )
}

/// The patch, good only for the object as it was seen.
fn of_version(mut patch: Value, object: &FargateProfile) -> Value {
    patch["metadata"]["resourceVersion"] = object.resource_version().into();
    patch
}
