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
  # Once, so that the shell completes kubectl fargate (kubectl 1.26 or newer)
  kubectl fargate completion install

  # Where kubectl finds it: any folder of PATH
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
    /// Installs the program that kubectl asks: kubectl_complete-fargate.
    #[command(after_long_help = "Examples:\n  kubectl fargate completion install")]
    Install {
        /// Folder to write it to; without it the one in which kubectl finds the plugin.
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
    /// Prints a script for bash, of the program kubectl-fargate.
    #[command(after_long_help = "Examples:\n  kubectl fargate completion bash")]
    Bash,
    /// Prints one for zsh.
    #[command(after_long_help = "Examples:\n  kubectl fargate completion zsh")]
    Zsh,
    /// Prints one for fish.
    #[command(after_long_help = "Examples:\n  kubectl fargate completion fish")]
    Fish,
    /// Prints one for PowerShell.
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
