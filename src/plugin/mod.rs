//! `kubectl fargate`: what people type, to see, to ask and to move in.
//!
//! # Guarantees
//! - A command is one answer: text on standard output, errors with what to do about them on standard error, and an exit code.
//! - What may not be read costs one line of the answer, not the answer.
//! - It reads with the user's rights, and asks AWS only where Kubernetes does not know.

mod aws;
mod change;
mod cluster;
mod completion;
mod doctor;
mod explain;
mod follow;
mod get;
mod import;
mod installation;
mod objects;
mod output;
mod plan;
mod status;
mod terminal;
mod times;
mod wait;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use self::cluster::Connection;
use self::terminal::Terminal;

/// Explain, plan and manage EKS Fargate profiles.
#[derive(Debug, Parser)]
#[command(name = "kubectl-fargate", bin_name = "kubectl fargate", version)]
pub struct Cli {
    /// When to use colour. auto: on a terminal, unless NO_COLOR is set.
    // Before the flags of the cluster, whose heading would be its own too.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: clap::ColorChoice,

    #[command(flatten)]
    connection: Connection,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Explain why a pod is or is not on Fargate.
    Explain(explain::Args),
    /// Show what applying manifests would do, without changing anything.
    Plan(plan::Args),
    /// Show what the operator is doing for each FargateProfile.
    Status(status::Args),
    /// List Fargate profiles, both the operator's and those of other tools.
    Get(get::Args),
    /// Write manifests for existing Fargate profiles.
    Import(import::Args),
    #[command(flatten)]
    Change(change::Command),
    /// Wait until a FargateProfile is settled, ready or deleted.
    Wait(wait::Args),
    /// Check the whole installation and show what is wrong.
    Doctor(doctor::Args),
    /// Print or install shell completion.
    Completion(completion::Args),
    /// Print completion candidates for the words typed so far.
    #[command(name = "__complete", hide = true)]
    Complete(completion::Words),
}

/// What became of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    /// As hoped.
    Good,
    /// There is an answer, and it is no.
    Bad,
    /// `plan --detailed-exitcode`: something would change.
    Changes,
}

/// The whole tree of commands.
pub fn command() -> clap::Command {
    <Cli as CommandFactory>::command()
}

impl Cli {
    /// Reads the arguments of this process. Ends it where they are wrong, with 1, and where they only ask for help.
    pub fn read() -> Self {
        Self::try_parse_from(std::env::args_os().map(plan::as_written)).unwrap_or_else(|error| {
            let _ = error.print();
            // For `plan`, 2 means that something would change.
            std::process::exit(i32::from(error.use_stderr()))
        })
    }

    /// Carries out the command.
    pub fn execute(self) -> ExitCode {
        output::end_where_nobody_reads();
        let terminal = Terminal::new(self.color);
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let session = Session { connection: self.connection, terminal };
        let result = match runtime {
            Ok(runtime) => runtime.block_on(self.command.run(&session)),
            Err(error) => Err(error.into()),
        };
        match result {
            Ok(Exit::Good) => ExitCode::SUCCESS,
            Ok(Exit::Bad) => ExitCode::FAILURE,
            Ok(Exit::Changes) => ExitCode::from(2),
            Err(error) => {
                anstream::eprintln!("{} {error:#}", terminal::red("error:"));
                ExitCode::FAILURE
            }
        }
    }
}

impl Command {
    async fn run(self, session: &Session) -> anyhow::Result<Exit> {
        match self {
            Self::Explain(args) => explain::run(args, session).await,
            Self::Plan(args) => plan::run(args, session).await,
            Self::Status(args) => status::run(args, session).await,
            Self::Get(args) => get::run(args, session).await,
            Self::Import(args) => import::run(args, session).await,
            Self::Change(command) => change::run(command, session).await,
            Self::Wait(args) => wait::run(args, session).await,
            Self::Doctor(args) => doctor::run(args, session).await,
            Self::Completion(args) => completion::run(args, session),
            Self::Complete(words) => Ok(completion::candidates(words).await),
        }
    }
}

/// What every command has.
struct Session {
    connection: Connection,
    terminal: Terminal,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_says_what_the_plugin_is_for() {
        let help = command().render_help().to_string();
        assert!(help.starts_with("Explain, plan and manage EKS Fargate profiles"), "{help}");
        let (options, of_cluster) = help.split_once("\nCluster:\n").unwrap();
        assert!(options.contains("--color") && !of_cluster.contains("--color"), "{help}");
    }
}
