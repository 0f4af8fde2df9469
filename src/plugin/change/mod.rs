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

/// Not kubectl-…: Flux reverts fields of managers whose names begin with kubectl (kustomize-controller's list of managers to undo;
/// fluxcd/pkg, ssa, compares by prefix), and would remove an approval.
const FIELD_MANAGER: &str = "fargate-operator-plugin";

/// How often to retry if somebody else writes the object at the same time.
const TRIES: usize = 10;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Show the plan of a FargateProfile that awaits approval, and approve it.
    #[command(after_long_help = "\
Examples:
  # Show the plan and approve it
  kubectl fargate approve checkout
  # Approve only the plan that was reviewed, even if the spec has changed since
  kubectl fargate approve checkout --plan 3-129e6e8a4c0b7d15
  # Only show the plan, and check that you may approve it
  kubectl fargate approve checkout --dry-run=server

You need the verb approve on fargateprofiles: ClusterRole
fargate-operator-approver.

Exit codes:
  0  the plan is approved
  1  no plan or another plan awaits approval, or you may not approve")]
    Approve {
        #[command(flatten)]
        target: Target,

        /// Approve only the plan with this id.
        #[arg(long, value_name = "ID")]
        plan: Option<String>,
    },
    /// Suspend a FargateProfile: the operator starts nothing new, and a drain pauses.
    #[command(after_long_help = "\
Examples:
  # Pause a replacement that moves pods
  kubectl fargate suspend checkout
  # Check that you may suspend it, and change nothing
  kubectl fargate suspend checkout --dry-run=server

Suspending stops neither the deletion of the object nor a DeleteFirst
replacement that has begun.")]
    Suspend(Target),
    /// Resume a suspended FargateProfile.
    #[command(after_long_help = "\
Examples:
  # Continue where it paused
  kubectl fargate resume checkout
  # Continue, and wait for the result
  kubectl fargate resume checkout && kubectl fargate wait checkout")]
    Resume(Target),
    /// Retry what failed, including a generation that was rolled back.
    #[command(after_long_help = "\
Examples:
  # After the cause is fixed
  kubectl fargate retry checkout
  # Have the operator reconcile now even if nothing failed
  kubectl fargate retry checkout --force

Exit codes:
  0  the retry is requested
  1  nothing failed, and --force was not given")]
    Retry {
        #[command(flatten)]
        target: Target,

        /// Request it even if nothing failed.
        #[arg(long)]
        force: bool,
    },
}

/// The object to change, and whether it is a dry run.
#[derive(Debug, clap::Args)]
pub(super) struct Target {
    /// Name of the FargateProfile.
    name: String,

    /// With server, the API server checks the change and does not persist it.
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

/// Changes an object in the version that was judged. On a conflict it is read and judged again.
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
