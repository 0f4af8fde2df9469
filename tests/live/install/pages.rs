//! What pages for users tell to type, typed.

use std::process::Command;

use bed::{Aws, Bed};

/// For a machine without it: it is not among what the tests need.
pub const ENVSUBST: &str = "command -v envsubst >/dev/null || envsubst() {
    python3 -c 'import os, sys; sys.stdout.write(os.path.expandvars(sys.stdin.read()))'
}";

/// The blocks of a page that are marked so, in order.
pub fn blocks(page: &'static str, mark: &str) -> Vec<&'static str> {
    let fenced = page.split("```").skip(1).step_by(2);
    fenced.filter_map(|block| block.strip_prefix(mark)?.strip_prefix('\n')).collect()
}

/// What a block prints, typed in a shell with kubectl.
pub fn run(bed: &Bed, block: &str) -> String {
    finish(bed.kubectl().shell("bash"), block)
}

/// What a block prints in a shell where AWS is that of the bed.
pub fn run_aws(bed: &Bed, block: &str) -> String {
    let aws = Aws::new(bed.aws(), &bed.eks().identity().region).unwrap();
    finish(aws.shell("bash"), block)
}

/// What a block prints in this shell.
pub fn finish(mut bash: Command, block: &str) -> String {
    let output = bash.args(["-euo", "pipefail", "-c", block]).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{block}\n{errors}");
    String::from_utf8(output.stdout).unwrap()
}
