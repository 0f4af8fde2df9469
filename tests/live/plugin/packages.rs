//! What users install the plugin from: archives with a manifest for krew, and keys for k9s.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use bed::programs::repository;
use fargate_operator::plugin;
use serde_json::Value;

const PLATFORMS: [(&str, &str); 5] =
    [("linux", "amd64"), ("linux", "arm64"), ("darwin", "amd64"), ("darwin", "arm64"), ("windows", "amd64")];

/// A folder that goes with its test.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn said(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn yaml(path: &Path) -> Value {
    serde_saphyr::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn program(os: &str) -> &'static str {
    if os == "windows" { "kubectl-fargate.exe" } else { "kubectl-fargate" }
}

#[test]
fn krew_finds_an_archive_for_every_platform() {
    let scratch = Scratch(std::env::temp_dir().join(format!("kubectl-fargate-{}", std::process::id())));
    let (built, files) = (scratch.0.join("built"), scratch.0.join("files"));
    for (os, arch) in PLATFORMS {
        let folder = built.join(format!("{os}-{arch}"));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(program(os)), format!("stands for {os} {arch}")).unwrap();
    }
    let script = repository().join(".github/release/plugin.sh");
    said(Command::new(script).arg("somebody/fargate-operator").args([&built, &files]));

    let manifest = yaml(&files.join("fargate.yaml"));
    assert_eq!(manifest["apiVersion"], "krew.googlecontainertools.github.com/v1alpha2");
    assert_eq!((&manifest["kind"], &manifest["metadata"]["name"]), (&"Plugin".into(), &"fargate".into()));
    let spec = &manifest["spec"];
    let version = spec["version"].as_str().unwrap().strip_prefix('v').unwrap();
    assert_eq!(version, env!("CARGO_PKG_VERSION"));
    assert_eq!(spec["homepage"], "https://github.com/somebody/fargate-operator");
    // As long as krew's table has room for (its developer guide).
    assert!(spec["shortDescription"].as_str().unwrap().len() <= 50);
    assert!(!spec["description"].as_str().unwrap().is_empty());

    let mut told = BTreeSet::new();
    for platform in spec["platforms"].as_array().unwrap() {
        let labels = &platform["selector"]["matchLabels"];
        let (os, arch) = (labels["os"].as_str().unwrap(), labels["arch"].as_str().unwrap());
        told.insert((os, arch));
        let name = format!("kubectl-fargate-{version}-{os}-{arch}.tar.gz");
        let release = format!("https://github.com/somebody/fargate-operator/releases/download/v{version}");
        assert_eq!(platform["uri"], format!("{release}/{name}"));
        assert_eq!(platform["bin"], program(os));
        let archive = files.join(&name);
        let sum = said(Command::new("sha256sum").arg(&archive));
        assert_eq!(platform["sha256"].as_str(), sum.split(' ').next());
        let listed = said(Command::new("tar").args(["--list", "--verbose", "--numeric-owner", "--file"]).arg(&archive));
        let listed: Vec<(&str, &str)> =
            listed.lines().map(|line| (&line[..10], line.rsplit(' ').next().unwrap())).collect();
        assert_eq!(listed, [("-rw-r--r--", "LICENSE"), ("-rwxr-xr-x", program(os))]);
        let inside =
            said(Command::new("tar").args(["--extract", "--to-stdout", "--file"]).arg(&archive).arg(program(os)));
        assert_eq!(inside, format!("stands for {os} {arch}"));
    }
    assert_eq!(told, BTreeSet::from(PLATFORMS));
    // The workflow builds each of them.
    let workflow = fs::read_to_string(repository().join(".github/workflows/release.yml")).unwrap();
    for (os, arch) in PLATFORMS {
        assert!(workflow.contains(&format!("platform: {os}-{arch},")), "{os}-{arch}");
    }
}

#[test]
fn the_keys_of_k9s_type_what_the_plugin_understands() {
    let file = yaml(&repository().join("deploy/k9s/plugins.yaml"));
    let mut taken = BTreeSet::new();
    for (name, key) in file["plugins"].as_object().unwrap() {
        for field in ["shortCut", "description", "command"] {
            assert!(key[field].is_string(), "{name}: {field}");
        }
        for scope in key["scopes"].as_array().unwrap() {
            assert!(
                taken.insert((key["shortCut"].to_string(), scope.to_string())),
                "{name}: its key is taken in {scope}"
            );
        }
        let line = key["args"][1].as_str().unwrap();
        let (typed, pager) = line.split_once(" 2>&1 | ").unwrap();
        assert_eq!((&key["command"], &key["args"][0], pager), (&"sh".into(), &"-c".into(), "less -R"), "{name}");
        let words: Vec<String> = typed.split(' ').map(|word| word.replace(['"', '$'], "")).collect();
        assert_eq!(words[..2], ["kubectl", "fargate"], "{name}");
        if let Err(error) = plugin::command().try_get_matches_from(&words[1..]) {
            panic!("{name}: {error}");
        }
    }
}
