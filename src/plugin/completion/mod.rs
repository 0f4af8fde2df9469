//! `completion`: for the shell, and for kubectl, which asks a program of its own for what may follow the words typed.

mod candidates;
mod install;
mod wanted;

use std::path::PathBuf;

use clap_complete::Shell;

use super::{Exit, Session, command};

pub(super) use self::candidates::{Words, candidates};

/// What `--help` ends with.
const EXAMPLES: &str = "\
Examples:
  # Complete kubectl fargate in the shell (kubectl 1.26 or newer)
  kubectl fargate completion install

  # Into another folder; it must be in PATH
  kubectl fargate completion install --dir ~/bin

  # Only if you type kubectl-fargate with a hyphen
  kubectl fargate completion bash";

#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Install kubectl_complete-fargate, the program that kubectl runs for completion.
    #[command(after_long_help = "Examples:\n  kubectl fargate completion install")]
    Install {
        /// Folder to install into. Default: the folder in which kubectl finds the plugin.
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
    /// Print a bash script that completes kubectl-fargate.
    #[command(after_long_help = "Examples:\n  kubectl fargate completion bash")]
    Bash,
    /// Print a zsh script that completes kubectl-fargate.
    #[command(after_long_help = "Examples:\n  kubectl fargate completion zsh")]
    Zsh,
    /// Print a fish script that completes kubectl-fargate.
    #[command(after_long_help = "Examples:\n  kubectl fargate completion fish")]
    Fish,
    /// Print a PowerShell script that completes kubectl-fargate.
    #[command(after_long_help = "Examples:\n  kubectl fargate completion powershell")]
    Powershell,
}

pub(super) fn run(args: Args, session: &Session) -> anyhow::Result<Exit> {
    let shell = match args.what {
        What::Install { dir } => return install::install(dir, &session.terminal),
        What::Bash => Shell::Bash,
        What::Zsh => Shell::Zsh,
        What::Fish => Shell::Fish,
        What::Powershell => Shell::PowerShell,
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command(), "kubectl-fargate", &mut script);
    anstream::print!("{}", String::from_utf8(script)?);
    Ok(Exit::Good)
}
