//! The test bed as a program: for people who want to see the operator work, play with it, or point other programs at it.
//!
//! - [`run_folder`]: the folder `.bed`, who holds it, and ending whoever does.
//! - [`up`]: a bed that runs until it is stopped.
//! - [`demo`]: a bed and a story told on it.

#![forbid(unsafe_code)]

mod demo;
mod run_folder;
mod up;

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};

/// A real Kubernetes control plane, an EKS simulator and the operator, on loopback.
#[derive(Debug, Parser)]
#[command(name = "bed", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Starts a bed and runs it until Ctrl-C or `bed down`.
    Up(Time),
    /// Ends the bed that `bed up` or `bed demo` started here; without one, does nothing.
    Down,
    /// Starts a bed, tells on it what the operator does, checks every step, and stays up until Ctrl-C or `bed down`.
    Demo {
        #[command(flatten)]
        time: Time,
        /// For no one to watch: without pauses; afterwards ends everything and checks that nothing is left.
        #[arg(long)]
        check: bool,
    },
}

#[derive(Clone, Copy, Debug, Args)]
struct Time {
    /// How many times as fast as the real EKS everything goes.
    #[arg(long = "time-scale", value_name = "FACTOR", default_value_t = 60, value_parser = clap::value_parser!(u16).range(1..=1000))]
    scale: u16,
}

fn main() -> ExitCode {
    match execute(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nbed: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn execute(command: Command) -> anyhow::Result<()> {
    if let Command::Down = command {
        return run_folder::down();
    }
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        match command {
            Command::Up(time) => up::run(time.scale).await,
            Command::Demo { time, check: false } => demo::show(time.scale).await,
            Command::Demo { time, check: true } => demo::check(time.scale).await,
            Command::Down => run_folder::down(),
        }
    })
}

/// Signals that end a program, caught from the moment this is made: from then on, whoever holds it decides what is
/// ended first.
struct Stop {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl Stop {
    fn caught() -> anyhow::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Waits for SIGINT or SIGTERM.
    async fn asked(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
