//! The table of verdicts in docs/gitops.md.

use fargate_operator::api::ConditionType;

use crate::text;
use crate::verdicts::{Case, cases};

pub(crate) const DOCUMENT: &str = "docs/gitops.md";
const BEGIN: &str = "<!-- verdicts: written by `make generate` -->\n";
const END: &str = "<!-- end of verdicts -->\n";

/// The document with its table as it should be.
pub(crate) fn document(cases: &[Case]) -> String {
    let text = text(DOCUMENT);
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    format!("{before}{BEGIN}{}{END}{after}", table(cases))
}

fn table(cases: &[Case]) -> String {
    let mut lines = vec![
        "| situation | Ready | Available | Reconciling | Stalled | kstatus | Argo CD |".to_owned(),
        "|---|---|---|---|---|---|---|".to_owned(),
    ];
    for case in cases {
        let conditions = ConditionType::ALL.map(|kind| match case.condition(kind) {
            Some((status, reason)) if kind == ConditionType::Ready && status != "True" => format!("{status}, {reason}"),
            // The table is easier to read without what is not so.
            Some(("False", _)) if matches!(kind, ConditionType::Reconciling | ConditionType::Stalled) => String::new(),
            Some((status, _)) => status.to_owned(),
            None => String::new(),
        });
        let [ready, available, reconciling, stalled, _] = conditions;
        let (kstatus, argocd) = (&case.kstatus.status, &case.argocd.status);
        lines.push(format!(
            "| {} | {ready} | {available} | {reconciling} | {stalled} | {kstatus} | {argocd} |",
            case.title
        ));
    }
    lines.join("\n") + "\n"
}

#[tokio::test]
async fn the_table_tells_what_the_tools_say() {
    assert!(text(DOCUMENT) == document(&cases().await), "{DOCUMENT} is not current: make generate");
}
