//! `approve`, `suspend`, `resume`, `retry`: what a person tells the operator by a FargateProfile.

use super::{Exit, Session};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Approves the plan that a FargateProfile waits with.
    Approve {},
}

pub(super) async fn run(_command: Command, _session: &Session) -> anyhow::Result<Exit> {
    anyhow::bail!("not there yet")
}
