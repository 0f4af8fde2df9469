//! `plan`: what applying manifests would do.

use super::{Exit, Session};

#[derive(Debug, clap::Args)]
pub(super) struct Args {}

pub(super) async fn run(_args: Args, _session: &Session) -> anyhow::Result<Exit> {
    anyhow::bail!("not there yet")
}
