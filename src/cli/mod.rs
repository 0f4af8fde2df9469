//! The subcommands.

mod check_install;
mod check_uninstall;
mod crd;
mod kubernetes;
mod run;

use clap::{Parser, Subcommand};

/// A Kubernetes operator for AWS EKS Fargate profiles that replaces them without a gap.
#[derive(Debug, Parser)]
#[command(name = "fargate-operator", version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Watches FargateProfile objects and makes EKS match them.
    Run(Box<run::Args>),
    /// Prints the CustomResourceDefinition as YAML.
    Crd,
    /// Says whether an installation works: exit code 0 if FargateProfiles can be listed and an operator is at work.
    CheckInstall(check_install::Args),
    /// Says whether the operator can be uninstalled: exit code 1 while FargateProfiles have its finalizer.
    CheckUninstall,
}

impl Cli {
    /// Carries out the subcommand.
    ///
    /// # Errors
    /// Whatever kept it from starting, as a chain for people.
    pub fn execute(self) -> anyhow::Result<()> {
        match self.command {
            Command::Run(args) => run::run(*args),
            Command::Crd => crd::print(),
            Command::CheckInstall(args) => check_install::check(&args),
            Command::CheckUninstall => check_uninstall::check(),
        }
    }
}
