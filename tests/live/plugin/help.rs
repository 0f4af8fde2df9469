//! That kubectl finds the plugin, and what the plugin says of itself.

use std::process::Command;

use bed::{Bed, Options, programs};
use fargate_operator::plugin;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
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

/// The words of every command that is not hidden, as they are typed.
fn commands() -> Vec<Vec<String>> {
    let mut open = vec![(Vec::new(), plugin::command())];
    let mut found = Vec::new();
    while let Some((typed, command)) = open.pop() {
        for subcommand in command.get_subcommands().filter(|it| !it.is_hide_set() && it.get_name() != "help") {
            let typed = [typed.as_slice(), &[subcommand.get_name().to_owned()]].concat();
            found.push(typed.clone());
            open.push((typed, subcommand.clone()));
        }
    }
    found
}

/// A help as it was written: clap wraps what is wider than the terminal.
fn help(words: &[String]) -> String {
    let mut command = Command::new(programs::plugin().unwrap());
    let output = command.args(words).arg("--help").env("COLUMNS", "1000").output().unwrap();
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The commands of the plugin among the examples of a help, each as its words.
fn examples(help: &str) -> Vec<Vec<String>> {
    let Some((_, examples)) = help.split_once("Examples:\n") else { return Vec::new() };
    let lines = examples.replace("\\\n", " ");
    let commands = lines.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    commands.flat_map(of_plugin).collect()
}

/// Of a line of a shell, what is typed to the plugin: `kubectl fargate` and its words up to a pipe or the like.
fn of_plugin(line: &str) -> Vec<Vec<String>> {
    let parts = line.match_indices("kubectl fargate").map(|(at, _)| words(&line[at..]));
    // In a sentence it is followed by other words; an example begins with it, or is what a pipe leads to.
    let begins =
        line.starts_with("kubectl ") || line.contains("| kubectl fargate") || line.contains("$(kubectl fargate");
    if begins { parts.collect() } else { Vec::new() }
}

fn words(line: &str) -> Vec<String> {
    let (mut words, mut quote, mut word) = (Vec::new(), None, String::new());
    for letter in line.chars() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (None, '\'' | '"') => quote = Some(letter),
            (None, '|' | ';' | '&' | '>' | '<' | ')' | '#') => break,
            (None, ' ') => words.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty())),
            _ => word.push(letter),
        }
    }
    words.extend(Some(word).filter(|word| !word.is_empty()));
    words
}

#[test]
fn every_command_says_how_it_is_used_with_examples_that_parse() {
    let mut wrong = Vec::new();
    for typed in commands() {
        let name = typed.join(" ");
        let help = help(&typed);
        if !help.contains(&format!("Usage: kubectl fargate {name}")) {
            wrong.push(format!("{name}: its usage does not say kubectl fargate {name}"));
        }
        let examples = examples(&help);
        if !examples.iter().any(|words| words.join(" ").contains(&name)) {
            wrong.push(format!("{name}: it has no example of its own"));
        }
        let written = help.split_once("Examples:\n").map_or("", |(_, examples)| examples);
        for wide in written.lines().filter(|line| line.chars().count() > 80) {
            wrong.push(format!("{name}: on a terminal of 80 columns this is wrapped: {wide}"));
        }
        for words in examples {
            if let Err(error) = plugin::command().try_get_matches_from(&words[1..]) {
                wrong.push(format!("{name}: `{}` does not parse: {}", words.join(" "), error.kind()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn examples_are_found_in_a_help_and_a_shell() {
    let help = "Usage: x\n\nExamples:\n  # Says kubectl fargate x\n  kubectl fargate get web -o 'a b' | jq .\n  cat f | kubectl fargate \\\n    plan -f -\n";
    let found: Vec<String> = examples(help).iter().map(|words| words.join(" ")).collect();
    assert_eq!(found, ["kubectl fargate get web -o a b", "kubectl fargate plan -f -"]);
}
