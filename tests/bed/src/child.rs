//! Child processes that never outlive this one, however it ends: each runs under a small shell that holds a pipe to us
//! and ends its child when the pipe closes.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::Context;

/// First prints the child's process id, then waits until the pipe closes or the child ends. From then on nothing is sent to
/// that process id, which may be another's.
///
/// What is to be removed stays while the pipe is open, even if the child has ended: its log tells why.
const GUARD: &str = r#"
"$@" </dev/null >>"$GUARD_LOG" 2>&1 &
child=$!
echo "$child"
{
    cat >/dev/null
    kill -"$GUARD_SIGNAL" "$child" 2>/dev/null
} <&3 &
watcher=$!
wait "$child"; code=$?
kill "$watcher" 2>/dev/null
if [ -n "$GUARD_REMOVES" ]; then { cat >/dev/null; rm -rf "$GUARD_REMOVES"; } <&3 & fi
exit "$code"
"#;

/// How a child is ended.
#[derive(Clone, Copy, Debug)]
pub struct End<'a> {
    signal: &'static str,
    removes: Option<&'a Path>,
}

impl<'a> End<'a> {
    /// By SIGTERM: it may finish what it does.
    #[must_use]
    pub fn asked() -> Self {
        Self { signal: "TERM", removes: None }
    }

    /// By SIGKILL, for programs that would wait for connections to drain and keep nothing of worth. `removes` is deleted
    /// afterwards.
    #[must_use]
    pub fn killed(removes: Option<&'a Path>) -> Self {
        Self { signal: "KILL", removes }
    }
}

/// A guarded child process. Dropping it ends it and waits for that.
#[derive(Debug)]
pub struct GuardedChild {
    shell: Child,
    pid: u32,
    log: PathBuf,
    removes: Option<PathBuf>,
}

impl GuardedChild {
    /// Starts `command` with its output appended to `log`.
    ///
    /// # Errors
    /// If the shell cannot be started.
    pub fn start(command: &Command, log: &Path, end: &End<'_>) -> anyhow::Result<Self> {
        let output = File::options()
            .create(true)
            .append(true)
            .open(log)
            .with_context(|| format!("opening {}", log.display()))?;
        let mut guard = Command::new("sh");
        // The pipe is handed on as descriptor 3, since a shell gives its background jobs another standard input.
        guard
            .arg("-c")
            .arg(format!("exec 3<&0; {GUARD}"))
            .arg("guard")
            .arg(command.get_program())
            .args(command.get_args());
        for (key, value) in command.get_envs() {
            match value {
                Some(value) => guard.env(key, value),
                None => guard.env_remove(key),
            };
        }
        guard.env("GUARD_LOG", log).env("GUARD_SIGNAL", end.signal);
        guard.env("GUARD_REMOVES", end.removes.map(Path::as_os_str).unwrap_or_default());
        // Ctrl-C on a terminal goes to its whole foreground group; the guards wait for our word instead.
        guard.process_group(0);
        let mut shell =
            guard.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(output).spawn().context("starting sh")?;
        let stdout = shell.stdout.take().context("sh has no output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let pid = line.trim().parse().with_context(|| format!("starting {:?}", command.get_program()))?;
        Ok(Self { shell, pid, log: log.to_owned(), removes: end.removes.map(Path::to_owned) })
    }

    /// The child's process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// The process id of the shell that guards the child.
    #[must_use]
    pub fn guard(&self) -> u32 {
        self.shell.id()
    }

    /// Sends a signal, such as `TERM` or `KILL`, to the child, unless it has ended.
    ///
    /// # Errors
    /// If no shell can be started.
    pub fn signal(&mut self, name: &str) -> anyhow::Result<()> {
        if self.ended()?.is_none() {
            signal(self.pid, name)?;
        }
        Ok(())
    }

    /// The exit code, if the child has ended; 128 and more for a signal, as shells count.
    ///
    /// # Errors
    /// If the system cannot tell.
    pub fn ended(&mut self) -> anyhow::Result<Option<i32>> {
        Ok(self.shell.try_wait()?.map(|status| status.code().unwrap_or(-1)))
    }

    /// What the child has written so far.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for GuardedChild {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        // It ends by itself now; nothing can be done about one that does not.
        let _ = self.shell.wait();
        if let Some(folder) = &self.removes {
            // The guard removes it too, for when we cannot; whoever comes second finds nothing.
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

/// Sends a signal to a process; false if there is none of this id. Signal `0` only asks whether there is.
///
/// # Errors
/// If no shell can be started.
pub fn signal(pid: u32, name: &str) -> anyhow::Result<bool> {
    // By the shell's own kill: not every machine has one as a program.
    let mut shell = Command::new("sh");
    shell.args(["-c", r#"kill -"$1" "$2" 2>/dev/null"#, "kill", name]).arg(pid.to_string());
    Ok(shell.status().context("starting sh")?.success())
}

/// When a process was started, as the system counts; by that it is told from a later one of the same id. Nothing if there is
/// none of this id, or the system does not tell.
#[must_use]
pub fn started(pid: u32) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The 22nd field; the second, a name in brackets, may have blanks in it.
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(19).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::{End, GuardedChild};
    use crate::testing::until_blocking;

    #[test]
    fn what_is_to_be_removed_goes_when_the_pipe_closes_whether_the_child_runs_or_has_ended() {
        for script in ["exit 3", "exec sleep 3600"] {
            let folder = tempfile::tempdir().unwrap().keep();
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            let mut child = GuardedChild::start(&command, &folder.join("log"), &End::killed(Some(&folder))).unwrap();
            if script == "exit 3" {
                until_blocking("it has ended", || child.ended().unwrap() == Some(3));
                child.signal("KILL").unwrap();
            }
            assert!(folder.exists());
            // As if this process had ended: dropping it would remove the folder, too.
            drop(child.shell.stdin.take());
            until_blocking("the guard removes it", || !folder.exists());
            until_blocking("the guard has ended", || child.ended().unwrap().is_some());
        }
    }
}
