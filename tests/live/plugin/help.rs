//! That kubectl finds the plugin, and what the plugin says of itself.

use bed::{Bed, Options, programs};

#[tokio::test]
async fn kubectl_runs_it_as_one_of_its_own_commands() {
    let bed = Bed::start(Options::default()).await.unwrap();
    let kubectl = bed.kubectl();
    let folder = programs::plugin().unwrap().parent().unwrap().to_owned();
    let mut command = kubectl.command(&["fargate", "--help"]);
    let path = command.get_envs().find(|(key, _)| *key == "PATH").unwrap().1.unwrap().to_owned();
    let path = std::env::join_paths(std::iter::once(folder).chain(std::env::split_paths(&path))).unwrap();
    let output = command.env("PATH", path).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(help.contains("Usage: kubectl fargate [OPTIONS] <COMMAND>"), "{help}");
}
