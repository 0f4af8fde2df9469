//! The subcommands.

mod check_install;
mod check_uninstall;
mod crd;
mod environment;
mod kubernetes;
mod run;

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

/// A Kubernetes operator for AWS EKS Fargate profiles that replaces them without a gap.
#[derive(Debug, Parser)]
#[command(name = "fargate-operator", version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the operator: watch FargateProfiles and make EKS match them.
    Run(Box<run::Args>),
    /// Print the CustomResourceDefinition as YAML.
    Crd,
    /// Check that the installation works: exit code 0 if FargateProfiles can be listed and an operator holds the Lease.
    CheckInstall(check_install::Args),
    /// Check that the operator can be uninstalled: exit code 1 while FargateProfiles have its finalizer.
    CheckUninstall,
}

impl Cli {
    /// Reads the arguments and the environment of this process. Ends it where they are wrong, with 2, and where they only ask
    /// for help.
    pub fn read() -> Self {
        Self::parse_from_all(std::env::args_os()).unwrap_or_else(|error| error.exit())
    }

    fn parse_from_all(arguments: impl Iterator<Item = OsString>) -> Result<Self, clap::Error> {
        let mut command = environment::without_empty(command());
        let cli = command
            .try_get_matches_from_mut(arguments)
            .and_then(|matches| Self::from_arg_matches(&matches))
            .map_err(with_variables)?;
        if let Command::Run(args) = &cli.command
            && let Err(message) = args.check()
        {
            return Err(command.error(ErrorKind::ValueValidation, message));
        }
        Ok(cli)
    }

    /// Carries out the subcommand.
    ///
    /// # Errors
    /// Whatever kept it from starting, as a chain for people.
    pub fn execute(self) -> anyhow::Result<()> {
        match self.command {
            Command::Run(args) => run::run(*args, &unknown_variables()),
            Command::Crd => crd::print(),
            Command::CheckInstall(args) => check_install::check(&args),
            Command::CheckUninstall => check_uninstall::check(),
        }
    }
}

fn command() -> clap::Command {
    <Cli as CommandFactory>::command()
}

fn unknown_variables() -> Vec<String> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    environment::unknown(&environment::known(&command()), names)
}

/// An error that also says as which variables the flags it names can be set: whoever runs this in a pod knows those.
fn with_variables(mut error: clap::Error) -> clap::Error {
    let Some(named) = error.get(ContextKind::InvalidArg) else { return error };
    let named: Vec<String> = match named {
        ContextValue::String(flag) => vec![flag.clone()],
        ContextValue::Strings(flags) => flags.clone(),
        _ => return error,
    };
    let long = |flag: &str| flag.strip_prefix("--").and_then(|rest| rest.split([' ', '=']).next()).map(str::to_owned);
    // Of which nothing has been taken away.
    let whole = command();
    let variable = |flag: &String| {
        let long = long(flag)?;
        let args = whole.get_subcommands().flat_map(clap::Command::get_arguments);
        let name = args.filter(|arg| arg.get_long() == Some(&long)).find_map(clap::Arg::get_env)?;
        Some(format!("--{long} is also the environment variable {}", name.to_string_lossy()))
    };
    let tips: Vec<clap::builder::StyledStr> = named.iter().filter_map(variable).map(Into::into).collect();
    if !tips.is_empty() {
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(tips));
    }
    error
}
