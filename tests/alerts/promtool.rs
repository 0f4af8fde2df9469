//! promtool: out of `PROMTOOL`, else the folder that tests/tools/build.sh prints, which makes it when there is none.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use super::repository;

static PROMTOOL: LazyLock<PathBuf> = LazyLock::new(|| {
    if let Some(given) = std::env::var_os("PROMTOOL") {
        return given.into();
    }
    let build = repository().join("tests/tools/build.sh");
    let output = Command::new(&build).stderr(Stdio::inherit()).output().unwrap_or_else(|error| {
        panic!(
            "running {}: {error}; or set PROMTOOL to a promtool, such as that of Debian's package prometheus",
            build.display()
        )
    });
    assert!(output.status.success(), "{} failed; its messages are above", build.display());
    PathBuf::from(String::from_utf8(output.stdout).unwrap().trim()).join("promtool")
});

/// Runs it on files; its output says what is wrong.
pub fn run(arguments: &[&str], files: &[PathBuf]) {
    let output = Command::new(&*PROMTOOL).args(arguments).args(files).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "promtool {arguments:?}: {text}");
}

/// What it has to say of a page; nothing, if the page is as it should be.
pub fn check_metrics(page: &str) -> String {
    let mut command = Command::new(&*PROMTOOL);
    command.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(page.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}
