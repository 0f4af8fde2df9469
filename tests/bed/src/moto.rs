//! moto's server: an EKS that nobody here wrote. Its profiles are ACTIVE and gone at once, and it knows no turns.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::bail;
use tempfile::TempDir;

use crate::child::{End, GuardedChild};
use crate::programs;

/// A running moto server. Dropping it ends it and removes its log.
#[derive(Debug)]
pub struct Moto {
    _process: GuardedChild,
    _folder: TempDir,
    url: String,
}

impl Moto {
    /// Starts one on a free port and waits until it says where.
    ///
    /// # Errors
    /// If it is not there, or does not come up.
    pub async fn start() -> anyhow::Result<Self> {
        let folder = TempDir::with_prefix("fargate-operator-moto-")?;
        let log: PathBuf = folder.path().join("moto.log");
        let mut command = Command::new(programs::python("moto_server")?);
        command.args(["--host", "127.0.0.1", "--port", "0"]).env("PYTHONUNBUFFERED", "1");
        // AWS's own policies can be attached.
        command.env("MOTO_IAM_LOAD_MANAGED_POLICIES", "true");
        let mut process = GuardedChild::start(&command, &log, &End::killed(None))?;
        let began = Instant::now();
        loop {
            let text = process.log();
            let url = text.lines().filter_map(|line| line.split_once("Running on ")).map(|(_, url)| url.trim()).next();
            if let Some(url) = url {
                return Ok(Self { _process: process, _folder: folder, url: url.to_owned() });
            }
            if let Some(code) = process.ended()? {
                bail!("moto_server ended with {code}:\n{text}");
            }
            if began.elapsed() > Duration::from_secs(120) {
                bail!("moto_server does not say where it listens:\n{text}");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The endpoint of all its services.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}
