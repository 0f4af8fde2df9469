//! The table: eksctl's columns, a row for each selector, and whose the profile is.

use jiff::Timestamp;

use super::listed::Listed;
use crate::api::{ProfileSelector, TAG_PREFIX};
use crate::plugin::terminal::{Terminal, columns, green, red, yellow};
use crate::plugin::times::age;
use crate::time::elapsed;

/// The columns of `eksctl get fargateprofile` in its order (eksctl, pkg/fargate/print.go), and the owner.
pub(super) const COLUMNS: [&str; 8] = [
    "NAME",
    "SELECTOR_NAMESPACE",
    "SELECTOR_LABELS",
    "POD_EXECUTION_ROLE_ARN",
    "SUBNETS",
    "TAGS",
    "STATUS",
    "FARGATEPROFILE",
];
/// Columns that are too wide for most terminals.
const BROAD: [usize; 3] = [3, 4, 5];
/// The other columns, with shorter headers for terminals that are too narrow for those of eksctl.
const NARROW: [&str; 5] = ["NAME", "NAMESPACE", "LABELS", "STATUS", "FARGATEPROFILE"];
/// What --output wide adds.
const WIDE: [&str; 4] = ["CLUSTER", "REGION", "AGE", "ISSUES"];

/// A table, and whether it has all columns. A terminal that is too narrow gets none of the wide ones, since wrapped ARNs are of no
/// use. With `-o wide` all are there, however long the lines are.
pub(super) fn table(terminal: &Terminal, listed: &[Listed], wide: bool, now: Timestamp) -> (String, bool) {
    let headers: Vec<&str> = COLUMNS.iter().chain(WIDE.iter().filter(|_| wide)).copied().collect();
    let rows: Vec<Vec<String>> = listed.iter().flat_map(|it| rows(it, wide, now)).collect();
    let unbounded = Terminal { width: None, ..*terminal };
    let full = unbounded.table(&headers, rows.clone());
    let fits = |table: &str| terminal.width.is_none_or(|width| table.lines().all(|line| columns(line) <= width));
    if wide || fits(&full) {
        return (full, true);
    }
    let rows: Vec<Vec<String>> = rows.into_iter().map(narrowed).collect();
    let headers = narrowed(headers);
    let narrow = unbounded.table(&headers, rows.clone());
    (if fits(&narrow) { narrow } else { terminal.table(&NARROW, rows) }, false)
}

/// A row without the broad columns.
fn narrowed<T>(row: Vec<T>) -> Vec<T> {
    row.into_iter().enumerate().filter(|(column, _)| !BROAD.contains(column)).map(|(_, cell)| cell).collect()
}

fn rows(listed: &Listed, wide: bool, now: Timestamp) -> Vec<Vec<String>> {
    let row = |selector: Option<&ProfileSelector>| {
        let labels = selector.and_then(|selector| selector.labels.as_ref());
        let mut row = vec![
            or_none(listed.name.clone()),
            or_none(selector.map(|selector| selector.namespace.clone())),
            pairs(labels.into_iter().flatten()),
            or_none(listed.pod_execution_role_arn.clone()),
            or_none(Some(listed.subnets.join(",")).filter(|subnets| !subnets.is_empty())),
            // The operator's own say no more than the last column does.
            pairs(listed.tags.iter().filter(|(key, _)| wide || !key.starts_with(TAG_PREFIX))),
            status(listed),
            owner(listed),
        ];
        if wide {
            let issues = listed.health_issues.iter().map(|issue| format!("{}: {}", issue.code, issue.message));
            row.extend([
                or_none(listed.cluster.clone()),
                or_none(listed.region.clone()),
                or_none(listed.created_at.as_ref().map(|created| age(elapsed(created.0, now)))),
                or_none(Some(issues.collect::<Vec<_>>().join("; ")).filter(|issues| !issues.is_empty())),
            ]);
        }
        row
    };
    match listed.selectors.as_slice() {
        [] => vec![row(None)],
        selectors => selectors.iter().map(|selector| row(Some(selector))).collect(),
    }
}

/// In colour by what it means for pods.
fn status(listed: &Listed) -> String {
    match listed.status.as_deref() {
        Some("ACTIVE") => green("ACTIVE"),
        Some(failed) if failed.ends_with("_FAILED") => red(failed),
        other => yellow(other.unwrap_or("not created")),
    }
}

/// The FargateProfile, in parentheses another tool that manages it, or `-`.
fn owner(listed: &Listed) -> String {
    match (&listed.fargate_profile, &listed.managed_by) {
        (Some(object), _) => object.clone(),
        // The tag that shows it is for -o yaml.
        (None, Some(manager)) => format!("({})", manager.split(" (").next().unwrap_or_default()),
        (None, None) => "-".to_owned(),
    }
}

fn or_none(text: Option<String>) -> String {
    text.unwrap_or_else(|| "<none>".to_owned())
}

fn pairs<'a>(pairs: impl Iterator<Item = (&'a String, &'a String)>) -> String {
    let pairs: Vec<String> = pairs.map(|(key, value)| format!("{key}={value}")).collect();
    or_none(Some(pairs.join(",")).filter(|pairs| !pairs.is_empty()))
}
