//! What every command answers, word for word, off a terminal of 80 columns and on one: in the files beside this one.
//!
//! After a change that is meant, `UPDATE_SNAPSHOTS=1 cargo test -p live plugin::snapshots` writes them anew.

mod scene;
mod steady;
mod watched;

use std::path::PathBuf;

use bed::Bed;

use self::steady::steady;
use super::{Typed, fargate_in, on_terminal};

const COLUMNS: usize = 80;

/// A name for the file, and what is typed.
const COMMANDS: [(&str, &[&str]); 31] = [
    ("get", &["get"]),
    ("get-wide", &["get", "-o", "wide"]),
    ("get-missing", &["get", "nobody"]),
    ("status", &["status"]),
    ("status-verbose", &["status", "api", "--verbose"]),
    ("explain-missing-label", &["explain", "-f", "FOLDER/deployment.json", "-n", "shop"]),
    ("explain-fits", &["explain", "-f", "FOLDER/labelled.json", "-n", "shop"]),
    ("plan-replace", &["plan", "-f", "FOLDER/replace.json"]),
    ("plan-refused", &["plan", "-f", "FOLDER/refused.json"]),
    ("approve", &["approve", "api", "--dry-run=server"]),
    ("suspend", &["suspend", "shop", "--dry-run=server"]),
    ("resume", &["resume", "nightly", "--dry-run=server"]),
    ("retry-nothing", &["retry", "shop"]),
    ("wait", &["wait", "shop"]),
    ("import", &["import", "--from", "describe", "FOLDER/describe.json"]),
    ("doctor", &["doctor"]),
    ("completion-install", &["completion", "install", "--dir", "FOLDER"]),
    ("get-json", &["get", "-o", "json"]),
    ("get-yaml", &["get", "-o", "yaml"]),
    ("get-name", &["get", "-o", "name"]),
    ("status-json", &["status", "-o", "json"]),
    ("status-yaml", &["status", "-o", "yaml"]),
    ("explain-json", &["explain", "-f", "FOLDER/deployment.json", "-n", "shop", "-o", "json"]),
    ("plan-json", &["plan", "-f", "FOLDER/replace.json", "-o", "json"]),
    ("plan-refused-json", &["plan", "-f", "FOLDER/refused.json", "-o", "json"]),
    ("import-json", &["import", "--from", "describe", "FOLDER/describe.json", "-o", "json"]),
    ("doctor-json", &["doctor", "-o", "json"]),
    ("completion-bash", &["completion", "bash"]),
    ("completion-zsh", &["completion", "zsh"]),
    ("completion-fish", &["completion", "fish"]),
    ("completion-powershell", &["completion", "powershell"]),
];
/// Of scripts for shells so many lines are enough.
const LINES: usize = 12;

/// A cluster, and files in a folder of their own.
struct Scene {
    bed: Bed,
    folder: PathBuf,
}

impl Scene {
    async fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("fargate-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        scene::write_files(&folder);
        Self { bed: scene::bed().await, folder }
    }

    /// What is typed, by its words.
    fn typed(&self, words: &[&str]) -> Vec<String> {
        words.iter().map(|word| word.replace("FOLDER", self.folder.to_str().unwrap())).collect()
    }

    /// What is seen of a command, without what no two runs have in common.
    fn seen(&self, words: &[&str]) -> String {
        let typed = self.typed(words);
        let typed: Vec<&str> = typed.iter().map(String::as_str).collect();
        let steady = |text: &str| steady(text, self.folder.to_str().unwrap());
        let Typed { out, err, code } = fargate_in(&self.bed, COLUMNS, &typed);
        let (out, err) = (steady(&out), steady(&err));
        let terminal = steady(&readable(&on_terminal(&self.bed, &typed).out));
        let terminal = if terminal == format!("{out}{err}") { "the same\n".to_owned() } else { terminal };
        let line = format!("kubectl fargate {}", words.join(" "));
        format!("$ {line}\n{out}--- standard error\n{err}--- exit code {code}\n--- on a terminal\n{terminal}")
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// What a terminal gets, with its escapes to be read.
fn readable(seen: &str) -> String {
    seen.replace("\r\n", "\n").replace('\u{1b}', "␛")
}

/// How an answer differs from its file, if it does.
fn difference(name: &str, seen: &str) -> Option<String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("plugin/snapshots/{name}.txt"));
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, seen).unwrap();
    }
    let wanted = std::fs::read_to_string(&path).unwrap_or_default();
    (seen != wanted).then(|| format!("{}:\n{wanted}\nand is now:\n{seen}", path.display()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_command_answers_as_its_snapshot_says() {
    let scene = Scene::new("snapshots").await;
    let mut differ = Vec::new();
    for (name, words) in COMMANDS {
        let lines = if is_script(words) { LINES } else { usize::MAX };
        let seen: String = scene.seen(words).lines().take(lines).map(|line| format!("{line}\n")).collect();
        differ.extend(difference(name, &seen));
    }
    assert!(differ.is_empty(), "{}", differ.join("\n\n"));
}

fn is_script(words: &[&str]) -> bool {
    words[0] == "completion" && words[1] != "install"
}

/// Whether it is wrapped. A manifest and a script are files, what -o names is for programs, or wide by wish, and off a terminal a wait
/// has a line for each change.
fn is_text(words: &[&str]) -> bool {
    !["import", "wait"].contains(&words[0]) && !words.contains(&"-o") && !is_script(words)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_keeps_to_the_width_of_the_terminal() {
    let scene = Scene::new("widths").await;
    let mut wide = Vec::new();
    for columns in [60, 80, 120] {
        for (name, words) in COMMANDS.iter().filter(|(_, words)| is_text(words)) {
            let typed = scene.typed(words);
            let typed: Vec<&str> = typed.iter().map(String::as_str).collect();
            let answer = fargate_in(&scene.bed, columns, &typed).out;
            // What is copied stays whole: a word such as an ARN or a path, and the command to do next.
            let is_command = |line: &str| {
                let line = line.trim_start().trim_start_matches("→ ").trim_start_matches("Do: ");
                ["kubectl ", "helm ", "aws "].iter().any(|program| line.starts_with(program))
            };
            let is_whole = |line: &str| !line.trim().contains(' ') || is_command(line);
            let over = answer.lines().filter(|line| line.chars().count() > columns && !is_whole(line));
            wide.extend(over.map(|line| format!("{name} at {columns}: {line}")));
        }
    }
    assert!(wide.is_empty(), "{wide:#?}");
}
