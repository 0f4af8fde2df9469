//! docs/reasons.md has a row for every reason that `kubectl` can show.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use fargate_operator::api::Reason;

const PAGE: &str = include_str!("../docs/reasons.md");
const CODE: &str = include_str!("../src/api/reason.rs");

/// The variants of the enum.
fn reasons() -> impl Iterator<Item = &'static str> {
    let (_, rest) = CODE.split_once("pub enum Reason {").unwrap();
    let (body, _) = rest.split_once("\n}").unwrap();
    let lines = body.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("///"));
    lines.map(|line| line.strip_suffix(',').unwrap())
}

/// The names in the first cells of the tables.
fn rows() -> impl Iterator<Item = &'static str> {
    PAGE.lines().filter_map(|line| line.strip_prefix("| `")).map(|row| row.split('`').next().unwrap())
}

#[test]
fn every_reason_has_one_row_and_every_row_has_a_reason() {
    for reason in reasons() {
        assert_eq!(rows().filter(|row| *row == reason).count(), 1, "rows for {reason}");
    }
    for name in rows().chain(reasons()) {
        assert!(Reason::from_name(name).is_some(), "{name} is no reason");
    }
}
