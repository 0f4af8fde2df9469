//! The READMEs of the charts, made from the comments in values.yaml.

use std::process::Command;

use bed::programs;

#[test]
fn readmes_of_the_charts_are_current() {
    let script = programs::repository().join("charts/readme.py");
    let output = Command::new(programs::python("python").unwrap()).arg(script).arg("--check").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
