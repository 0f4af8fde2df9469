//! What an ended bed must not leave: processes, files, open ports.

use std::net::TcpStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::ensure;
use bed::{Bed, guarded};

/// What a bed has while it runs.
#[derive(Debug)]
pub(super) struct Traces {
    pids: Vec<u32>,
    folder: PathBuf,
    addresses: Vec<String>,
}

impl Traces {
    pub(super) fn of(bed: &Bed) -> Self {
        let addresses = [bed.aws(), bed.control_plane().url()];
        let address = |url: &str| url.rsplit('/').next().map(str::to_owned);
        Self {
            pids: bed.pids(),
            folder: bed.control_plane().folder().to_owned(),
            addresses: addresses.into_iter().filter_map(address).collect(),
        }
    }

    /// Waits a moment for the last of it to go.
    pub(super) async fn none_left(&self) -> anyhow::Result<()> {
        const MOMENT: Duration = Duration::from_secs(5);
        let began = Instant::now();
        loop {
            let left = self.left()?;
            if left.is_empty() {
                return Ok(());
            }
            ensure!(began.elapsed() < MOMENT, "the bed has ended, and this is left of it: {}", left.join(", "));
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn left(&self) -> anyhow::Result<Vec<String>> {
        let mut left = Vec::new();
        for pid in &self.pids {
            if guarded::signal(*pid, "0")? {
                left.push(format!("process {pid}"));
            }
        }
        if self.folder.exists() {
            left.push(self.folder.display().to_string());
        }
        let open = self.addresses.iter().filter(|address| TcpStream::connect(address.as_str()).is_ok());
        left.extend(open.map(|address| format!("a listener on {address}")));
        Ok(left)
    }
}
