//! docs/prerequisites.md lists each check, and what the operator has to be allowed for it.

use strum::IntoEnumIterator;

use crate::prerequisites::Check;

const PAGE: &str = include_str!("../../../docs/prerequisites.md");

#[test]
fn the_page_has_a_row_for_each_check_with_its_permissions() {
    let rows: Vec<(&str, Vec<&str>)> = PAGE
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` |"))
        .map(|(name, cells)| (name, cells.split('|').nth(3).unwrap_or_default()))
        .map(|(name, permissions)| (name, permissions.split('`').skip(1).step_by(2).collect()))
        .collect();
    let expected: Vec<(&str, Vec<&str>)> =
        Check::iter().map(|check| (check.name(), check.permissions().to_vec())).collect();
    assert_eq!(rows, expected);
}
