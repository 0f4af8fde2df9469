//! The folder `.bed` in the repository: where a bed that runs for people can be found, under names that stay the same.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use bed::{Bed, child, programs};

/// Holds the process id of the holder. Whoever has it locked is the holder; the lock ends with the process, so that a
/// number left behind names nobody. The file itself is never removed: two could otherwise lock two files of one name.
const PID: &str = "pid";
const KUBECONFIG: &str = "kubeconfig";
const KUBECTL: &str = "kubectl";
const ENVIRONMENT: &str = "env";
const LOG: &str = "operator.log";

/// After this long, whoever was asked to end does not.
const END_LIMIT: Duration = Duration::from_secs(60);

/// The folder, held. Dropping this empties it.
#[derive(Debug)]
pub(crate) struct RunFolder {
    folder: PathBuf,
    pid: File,
}

impl RunFolder {
    /// Takes the folder.
    ///
    /// # Errors
    /// If another bed has it.
    pub(crate) fn take() -> anyhow::Result<Self> {
        let (folder, mut pid) = open()?;
        match pid.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let holder = read(&mut pid)?;
                bail!("a bed runs here already (process {holder}): use it, or end it with `make down`")
            }
            Err(TryLockError::Error(error)) => return Err(error).context("locking .bed/pid"),
        }
        let mut held = Self { folder, pid };
        held.clear();
        writeln!(held.pid, "{}", std::process::id()).context("writing .bed/pid")?;
        Ok(held)
    }

    /// Where the operator's log goes.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join(LOG)
    }

    /// Writes what leads to this bed: a kubeconfig, a kubectl that uses it, and an environment for a shell.
    ///
    /// # Errors
    /// If something cannot be written.
    pub(crate) fn furnish(&self, bed: &Bed, region: &str) -> anyhow::Result<()> {
        let path = |name: &str| self.folder.join(name);
        std::fs::copy(bed.control_plane().kubeconfig(), path(KUBECONFIG)).context("writing .bed/kubeconfig")?;
        let kubeconfig = quoted(&path(KUBECONFIG));
        let environment = quoted(&path(ENVIRONMENT));
        let kubectl = format!("#!/bin/sh\n. {environment}\nexec {} \"$@\"\n", quoted(bed.kubectl().program()));
        std::fs::write(path(KUBECTL), kubectl).context("writing .bed/kubectl")?;
        std::fs::set_permissions(path(KUBECTL), std::fs::Permissions::from_mode(0o755))?;
        // kubectl finds its plugins by the path.
        let plugin = programs::plugin()?;
        let plugins = quoted(plugin.parent().context("the plugin is in no folder")?);
        let environment = format!(
            "# For a shell: . .bed/env\nexport PATH={plugins}:$PATH\nexport KUBECONFIG={kubeconfig}\nexport AWS_ENDPOINT_URL={}\nexport AWS_REGION={region} AWS_DEFAULT_REGION={region}\n\
             export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test\nunset AWS_PROFILE AWS_SESSION_TOKEN\n\
             export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1\n",
            bed.aws()
        );
        std::fs::write(path(ENVIRONMENT), environment).context("writing .bed/env")
    }

    fn clear(&mut self) {
        for name in [KUBECONFIG, KUBECTL, ENVIRONMENT, LOG] {
            // What is not there need not be removed.
            let _ = std::fs::remove_file(self.folder.join(name));
        }
        let _ = self.pid.set_len(0);
        let _ = self.pid.rewind();
    }
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Ends whoever holds the folder and waits for that.
///
/// # Errors
/// If it does not end.
pub(crate) fn down() -> anyhow::Result<()> {
    let (_, mut pid) = open()?;
    let began = Instant::now();
    let mut asked = None;
    loop {
        match pid.try_lock() {
            Ok(()) => {
                match asked {
                    Some(holder) => println!("bed: process {holder} has ended, and all that it had started"),
                    None => println!("bed: nothing runs here"),
                }
                return Ok(());
            }
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error).context("locking .bed/pid"),
        }
        if asked.is_none() {
            // Empty for a moment after the file was locked.
            if let Ok(holder) = read(&mut pid)?.parse() {
                child::signal(holder, "TERM")?;
                asked = Some(holder);
            }
        }
        if began.elapsed() > END_LIMIT {
            let holder = read(&mut pid)?;
            bail!(
                "process {holder} has not ended after {END_LIMIT:?}; `kill -KILL {holder}` ends it and all it started"
            );
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn open() -> anyhow::Result<(PathBuf, File)> {
    let folder = programs::repository().canonicalize()?.join(".bed");
    std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let path = folder.join(PID);
    let mut options = OpenOptions::new();
    let file = options.read(true).write(true).create(true).truncate(false).open(&path);
    Ok((folder, file.with_context(|| format!("opening {}", path.display()))?))
}

fn read(pid: &mut File) -> anyhow::Result<String> {
    let mut text = String::new();
    pid.rewind()?;
    pid.read_to_string(&mut text).context("reading .bed/pid")?;
    Ok(text.trim().to_owned())
}

/// For a shell.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}
