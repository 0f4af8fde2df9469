//! docs/troubleshooting.md has a row for every text that people read, and none of them is too long.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use fargate_operator::api::Reason;

const PAGE: &str = include_str!("../docs/troubleshooting.md");
const BEGIN: &str = "<!-- messages -->";
const END: &str = "<!-- end of messages -->";

/// The longest that a text may be, with values as long as they come.
const LONGEST: usize = 300;
/// Half of all texts are shorter than this.
const MEDIAN: usize = 160;

/// Characters of what stands for a placeholder. Names of EKS profiles for an object of 27 characters have 32.
const NAME: usize = 32;
const LENGTHS: &[(&str, usize)] = &[
    // kubectl annotate, with a name of 27 characters and a plan of 35.
    ("approve", 123),
    ("plan", 35),
    ("pod", 45),
    ("example", 45),
    // What another text says, cut to fit.
    // Up to 160 where no command follows.
    ("why", 100),
    ("text", 150),
    ("message", 150),
    ("told", 124),
    ("other", 63),
    ("changes", 60),
    ("arn", 100),
    ("count", 3),
    ("pods", 9),
    ("more", 3),
    ("like", 3),
    ("ahead", 3),
];

/// A text as the code has it: its words, with the placeholders in braces.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Text(String);

impl Text {
    /// As docs write it: `…` for whatever a placeholder stands for.
    fn shown(&self) -> String {
        self.pieces(|_| "…".to_owned())
    }

    /// Its length with realistic values.
    fn length(&self) -> usize {
        let length = |name: &str| LENGTHS.iter().find(|(known, _)| *known == name).map_or(NAME, |(_, length)| *length);
        self.pieces(|name| "x".repeat(length(name))).chars().count()
    }

    fn pieces(&self, value: impl Fn(&str) -> String) -> String {
        let mut parts = self.0.split('{');
        let mut text = parts.next().unwrap().to_owned();
        for part in parts {
            let (name, rest) = part.split_once('}').unwrap();
            text += &value(name.split(':').next().unwrap());
            text += rest;
        }
        text
    }
}

/// The literals of `message!`, without tests.
fn texts() -> BTreeSet<Text> {
    let mut texts = BTreeSet::new();
    for file in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let code = fs::read_to_string(&file).unwrap();
        let own = code.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for rest in own.split("message!(").skip(1) {
            let rest = rest.trim_start();
            let Some(literal) = rest.strip_prefix('"') else { panic!("{}: no literal: {rest:.40}", file.display()) };
            texts.insert(Text(literal_text(literal)));
        }
    }
    texts
}

/// A literal up to its closing quote, with its escapes resolved.
fn literal_text(rest: &str) -> String {
    let mut text = String::new();
    let mut chars = rest.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => return text,
            '\\' => match chars.next().unwrap() {
                '\n' => chars = chars.as_str().trim_start().chars(),
                escaped => text.push(escaped),
            },
            c => text.push(c),
        }
    }
    panic!("no end of {rest:.40}")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && name != "tests" {
            found.extend(files(&path));
        } else if name.ends_with(".rs") && !["tests.rs", "fixture.rs", "message.rs"].contains(&name) {
            found.push(path);
        }
    }
    found
}

/// The rows of the page: a text, and the reasons or the place by which one meets it.
fn rows() -> Vec<(&'static str, &'static str)> {
    let (_, table) = PAGE.split_once(BEGIN).unwrap();
    let (table, _) = table.split_once(END).unwrap();
    let cells = |line: &'static str| line.strip_prefix("| `")?.strip_suffix(" |")?.split_once("` | ");
    table.lines().filter_map(cells).collect()
}

#[test]
fn every_text_has_one_row_and_every_row_has_a_text() {
    let texts: Vec<String> = texts().iter().map(Text::shown).collect();
    let rows = rows();
    let missing: Vec<String> = texts
        .iter()
        .filter(|text| rows.iter().filter(|(row, _)| row == text).count() != 1)
        .map(|text| format!("| `{text}` | |"))
        .collect();
    assert!(missing.is_empty(), "not exactly one row:\n{}", missing.join("\n"));
    let gone: Vec<&str> =
        rows.iter().map(|(row, _)| *row).filter(|row| !texts.iter().any(|text| text == row)).collect();
    assert!(gone.is_empty(), "the code no longer says:\n{}", gone.join("\n"));
}

#[test]
fn each_row_says_by_which_reason_one_meets_it() {
    for (text, met) in rows() {
        let reasons: Vec<&str> = met.split('`').skip(1).step_by(2).filter(|word| !word.contains('.')).collect();
        assert!(!met.trim().is_empty(), "{text}");
        for reason in reasons {
            assert!(Reason::from_name(reason).is_some(), "{text}: {reason}");
        }
    }
}

#[test]
fn no_text_is_too_long_and_most_are_short() {
    let mut lengths: Vec<(usize, String)> = texts().iter().map(|text| (text.length(), text.shown())).collect();
    lengths.sort();
    let (longest, text) = lengths.last().unwrap();
    let (median, _) = lengths[lengths.len() / 2];
    println!("{} texts, median {median}, longest {longest}", lengths.len());
    assert!(*longest <= LONGEST, "{longest} characters: {text}");
    assert!(median < MEDIAN, "half of all have {median} characters or more");
}

#[test]
fn no_text_has_a_character_that_json_escapes() {
    for text in texts() {
        assert!(!text.shown().contains(['<', '>', '&', '"', '\\']), "{}", text.0);
    }
}
