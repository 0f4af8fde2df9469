//! Where the executables come from: the control plane's and the tools' out of a Go module each, the operator's out of this
//! workspace.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};

/// For programs in Go: collect garbage a quarter as often as by default, which saves a fifth of their work.
pub(crate) const LAZY_COLLECTION: (&str, &str) = ("GOGC", "400");

/// The root of the repository.
#[must_use]
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The folder with etcd, kube-apiserver, kube-controller-manager and kubectl; built once if there is none, with progress
/// on standard error. Dropping the future ends the build.
///
/// # Errors
/// If they cannot be built; the build says how to get what it lacks.
pub async fn control_plane() -> anyhow::Result<PathBuf> {
    built_by("tests/control-plane/build.sh").await
}

/// The folder with helm, kubeconform, promtool and verdicts, in the same way.
///
/// # Errors
/// As of [`control_plane`].
pub async fn tools() -> anyhow::Result<PathBuf> {
    built_by("tests/tools/build.sh").await
}

/// A search path on which this program's folder comes first.
pub(crate) fn beside(program: &Path) -> OsString {
    let mut path = vec![program.parent().unwrap_or(Path::new(".")).to_path_buf()];
    path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    std::env::join_paths(path).unwrap_or_default()
}

/// The folder that a script prints.
async fn built_by(script: &str) -> anyhow::Result<PathBuf> {
    let build = repository().join(script);
    let mut command = tokio::process::Command::new(&build);
    // A group of its own, since the shell ends only when the compiler that it waits for does.
    command.stdin(Stdio::null()).stdout(Stdio::piped()).process_group(0);
    let child = command.spawn().with_context(|| format!("running {}", build.display()))?;
    let group = Group(child.id());
    let output = child.wait_with_output().await?;
    group.has_ended();
    ensure!(output.status.success(), "{script} failed; its messages are above");
    Ok(PathBuf::from(String::from_utf8(output.stdout)?.trim()))
}

/// A process group that is asked to end when this is dropped.
struct Group(Option<u32>);

impl Group {
    fn has_ended(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            // Nothing can be done about a machine that cannot even start a shell.
            let _ = Command::new("sh")
                .args(["-c", r#"kill -TERM -- "-$1" 2>/dev/null"#, "kill", &leader.to_string()])
                .status();
        }
    }
}

/// The operator's binary: `FARGATE_OPERATOR_BINARY`, or the one built beside the running program.
///
/// # Errors
/// If there is none; says how to build it.
pub fn operator() -> anyhow::Result<PathBuf> {
    built("fargate-operator", "FARGATE_OPERATOR_BINARY")
}

/// The kubectl plugin: `KUBECTL_FARGATE_BINARY`, or the one built beside the running program.
///
/// # Errors
/// If there is none; says how to build it.
pub fn plugin() -> anyhow::Result<PathBuf> {
    built("kubectl-fargate", "KUBECTL_FARGATE_BINARY")
}

fn built(program: &str, variable: &str) -> anyhow::Result<PathBuf> {
    if let Some(given) = std::env::var_os(variable) {
        return Ok(PathBuf::from(given));
    }
    let here = std::env::current_exe()?;
    // Test programs lie one folder deeper (target/debug/deps) than others (target/debug).
    let found = here.ancestors().skip(1).take(2).map(|folder| folder.join(program)).find(|path| path.is_file());
    found.with_context(|| {
        format!("there is no {program} beside this program: run `cargo build` first, or set {variable}")
    })
}

/// A program out of PyPI, as pinned in tests/requirements.txt: from the folder `FARGATE_OPERATOR_PYTHON_BIN`, else from the
/// one that tests/python.sh prints, which makes it when there is none.
///
/// # Errors
/// If it is not there; says how to get it.
pub fn python(program: &str) -> anyhow::Result<PathBuf> {
    let folder = match std::env::var_os("FARGATE_OPERATOR_PYTHON_BIN") {
        Some(given) => PathBuf::from(given),
        None => {
            let script = repository().join("tests/python.sh");
            let output = Command::new(&script)
                .stderr(Stdio::inherit())
                .output()
                .with_context(|| format!("running {}, for {program}", script.display()))?;
            ensure!(output.status.success(), "tests/python.sh failed; its messages are above");
            PathBuf::from(String::from_utf8(output.stdout)?.trim())
        }
    };
    let found = folder.join(program);
    ensure!(
        found.is_file(),
        "there is no {program} in {}: unset FARGATE_OPERATOR_PYTHON_BIN to have tests/python.sh install it, or set it to the bin \
         folder of a virtual environment with what tests/requirements.txt names",
        folder.display()
    );
    Ok(found)
}
