//! What an ended bed must not leave: processes, files, open ports.

use std::net::TcpStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::ensure;
use bed::{Bed, Port, child};

/// What a bed has while it runs.
#[derive(Debug)]
pub(super) struct Traces {
    /// Each with when it was started: once it has ended, its number may be another's.
    processes: Vec<(u32, Option<String>)>,
    folder: PathBuf,
}

impl Traces {
    pub(super) fn of(bed: &Bed) -> Self {
        Self {
            processes: bed.pids().into_iter().map(|pid| (pid, child::started(pid))).collect(),
            folder: bed.control_plane().folder().to_owned(),
        }
    }

    /// Waits a moment for the last of it to go; also for those who listen on its ports, which are still held.
    pub(super) async fn none_left(&self, ports: &[Port]) -> anyhow::Result<()> {
        const MOMENT: Duration = Duration::from_secs(30);
        let began = Instant::now();
        loop {
            let left = self.left(ports)?;
            if left.is_empty() {
                return Ok(());
            }
            ensure!(began.elapsed() < MOMENT, "the bed has ended, and this is left of it: {}", left.join(", "));
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn left(&self, ports: &[Port]) -> anyhow::Result<Vec<String>> {
        let mut left = Vec::new();
        for (pid, started) in &self.processes {
            if child::signal(*pid, "0")? && child::started(*pid) == *started {
                left.push(format!("process {pid}"));
            }
        }
        if self.folder.exists() {
            left.push(self.folder.display().to_string());
        }
        let open = ports.iter().map(Port::address).filter(|address| TcpStream::connect(address).is_ok());
        left.extend(open.map(|address| format!("a listener on {address}")));
        Ok(left)
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::{Port, Traces, child};

    #[tokio::test]
    async fn what_is_left_is_told_and_what_has_its_number_now_is_not() {
        let pid = std::process::id();
        let of = |started| Traces { processes: vec![(pid, started)], folder: "/nonexistent".into() };
        assert_eq!(of(child::started(pid)).left(&[]).unwrap(), [format!("process {pid}")]);
        assert!(of(Some("at another time".to_owned())).left(&[]).unwrap().is_empty());

        let nothing = Traces { processes: Vec::new(), folder: "/nonexistent".into() };
        let port = Port::free().unwrap();
        let listener = TcpListener::bind(port.address()).unwrap();
        let told = format!("a listener on {}", port.address());
        assert_eq!(nothing.left(std::slice::from_ref(&port)).unwrap(), [told]);
        drop(listener);
        nothing.none_left(&[port]).await.unwrap();
        let folder = std::env::temp_dir();
        let left = Traces { processes: Vec::new(), folder: folder.clone() }.left(&[]).unwrap();
        assert_eq!(left, [folder.display().to_string()]);
    }
}
