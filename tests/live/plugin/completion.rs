//! Shell completion, as kubectl asks for it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use bed::{Bed, Options, programs};

use super::fargate;
use crate::support::{BedExt, profile};

/// The folder of the plugin, and one for the shim.
fn folders(bed: &Bed) -> (PathBuf, PathBuf) {
    let shims = bed.control_plane().folder().join("shims");
    fs::create_dir_all(&shims).unwrap();
    (programs::plugin().unwrap().parent().unwrap().to_owned(), shims)
}

/// A command that finds programs in these folders, too.
fn finding(mut command: Command, folders: &[&PathBuf]) -> Command {
    let path = command.get_envs().find(|(key, _)| *key == "PATH").unwrap().1.unwrap().to_owned();
    let more = folders.iter().map(|folder| (*folder).clone()).chain(std::env::split_paths(&path));
    command.env("PATH", std::env::join_paths(more).unwrap());
    command
}

/// What kubectl offers after these words; its last line is what the shell is to do about files.
fn offered(bed: &Bed, words: &[&str]) -> Vec<String> {
    let (plugin, shims) = folders(bed);
    let words: Vec<&str> = ["__complete", "fargate"].iter().chain(words).copied().collect();
    let output = finding(bed.kubectl().command(&words), &[&plugin, &shims]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    said.lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kubectl_completes_what_is_typed_with_names_of_the_cluster() {
    let bed = Bed::start(Options::default()).await.unwrap();
    bed.create(&profile("checkout", "web")).await;
    bed.create(&profile("web", "web")).await;
    let (_, shims) = folders(&bed);
    let said = fargate(&bed, &["completion", "install", "--dir", shims.to_str().unwrap()], "");
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.contains("is not in PATH"), "{}", said.err);
    let shim = shims.join("kubectl_complete-fargate");
    assert_eq!(fs::metadata(&shim).unwrap().permissions().mode() & 0o777, 0o755);

    assert_eq!(offered(&bed, &["doc"]), ["doctor", ":4"]);
    assert_eq!(offered(&bed, &["completion", "po"]), ["powershell", ":4"]);
    assert_eq!(offered(&bed, &["doctor", "--col"]), ["--color", ":4"]);
    assert_eq!(offered(&bed, &["doctor", "-o", ""]), ["text", "json", ":4"]);
    assert!(offered(&bed, &["doctor", "--namespace", "kube-s"]).contains(&"kube-system".to_owned()));
    assert_eq!(offered(&bed, &["doctor", "--kubeconfig", ""]), [":0"]);
    let all = offered(&bed, &[""]);
    assert!(
        all.contains(&"doctor".to_owned()) && !all.iter().any(|word| word.starts_with('-') || word.starts_with('_')),
        "{all:?}"
    );
    // Commands that take the name of a FargateProfile, whichever there are.
    for command in fargate_operator::plugin::command().get_subcommands() {
        let takes_one =
            command.get_positionals().any(|arg| arg.get_value_names().is_some_and(|names| names[0] == "NAME"));
        if takes_one && !["explain", "plan", "import"].contains(&command.get_name()) {
            assert_eq!(offered(&bed, &[command.get_name(), "ch"]), ["checkout", ":4"], "{}", command.get_name());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_folder_the_shim_goes_where_kubectl_finds_the_plugin() {
    let bed = Bed::start(Options::default()).await.unwrap();
    // As krew does it: a link in a folder of PATH.
    let links = bed.control_plane().folder().join("krew-bin");
    fs::create_dir_all(&links).unwrap();
    let _ = fs::remove_file(links.join("kubectl-fargate"));
    std::os::unix::fs::symlink(programs::plugin().unwrap(), links.join("kubectl-fargate")).unwrap();
    let output = finding(bed.kubectl().command(&["fargate", "completion", "install"]), &[&links]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert!(links.join("kubectl_complete-fargate").is_file());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_shell_has_a_script() {
    let bed = Bed::start(Options::default()).await.unwrap();
    for (shell, registers) in [
        ("bash", "default kubectl-fargate"),
        ("zsh", "#compdef kubectl-fargate"),
        ("fish", "complete -c kubectl-fargate"),
        ("powershell", "-CommandName 'kubectl-fargate'"),
    ] {
        let script = fargate(&bed, &["completion", shell], "").said();
        assert!(script.contains(registers) && script.contains("doctor"), "{shell}: {script}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_read_enough_is_left_in_peace() {
    let bed = Bed::start(Options::default()).await.unwrap();
    for words in [&["completion", "bash"][..], &["get", "--help"], &["status", "-o", "json"]] {
        // As of `head`, which has ended.
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = bed.plugin().unwrap().args(words).stdout(writer).output().unwrap();
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{words:?}");
    }
}
