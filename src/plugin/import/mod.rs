//! `import`: manifests for what exists already.

use super::{Exit, Session};

#[derive(Debug, clap::Args)]
pub(super) struct Args {}

pub(super) async fn run(_args: Args, _session: &Session) -> anyhow::Result<Exit> {
    anyhow::bail!("not there yet")
}
