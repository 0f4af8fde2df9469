//! What people type: `kubectl fargate`, run as its users run it.

mod explain;
mod help;
mod scale;
mod session;

use std::io::Write;
use std::process::Stdio;

use bed::Bed;

/// What came of a command.
#[derive(Debug)]
pub(crate) struct Typed {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Typed {
    /// What it says, if it ends well.
    pub(crate) fn said(self) -> String {
        assert_eq!(self.code, 0, "{}{}", self.out, self.err);
        self.out
    }
}

/// Types `kubectl fargate` and these words, with `input` on standard input, off a terminal.
pub(crate) fn fargate(bed: &Bed, words: &[&str], input: &str) -> Typed {
    let mut command = bed.plugin().unwrap();
    command.args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    Typed { code: output.status.code().unwrap(), out: text(&output.stdout), err: text(&output.stderr) }
}
