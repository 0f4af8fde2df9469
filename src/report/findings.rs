//! What was found of the prerequisites: `status.findings`, and the claim of `PrerequisitesMet`.

use super::cause::Cause;
use super::verdict::Claim;
use crate::api::{FindingRecord, Prerequisites, Reason, Truth};
use crate::message::message;
use crate::prerequisites::{Finding, Severity, summary};
use crate::state::Facts;

/// How many a status has room for.
const MOST: usize = 20;

/// The list in status. What is not known at the moment stays.
pub(super) fn records(facts: &Facts<'_>) -> Vec<FindingRecord> {
    match (&facts.snapshot.findings, facts.snapshot.prerequisites()) {
        (_, Prerequisites::Ignore) => Vec::new(),
        (None, Prerequisites::Enforce | Prerequisites::Warn) => facts.snapshot.status.findings.clone(),
        (Some(findings), Prerequisites::Enforce | Prerequisites::Warn) => {
            paced(facts, findings).iter().take(MOST).map(record).collect()
        }
    }
}

/// Counts and names of pods change all the time. While they are not due, what is only advised keeps the words that it had.
fn paced(facts: &Facts<'_>, findings: &[Finding]) -> Vec<Finding> {
    let snapshot = facts.snapshot;
    let old = &snapshot.status.findings;
    let is_same = |(finding, old): (&Finding, &FindingRecord)| {
        finding.check.name() == old.check && finding.severity.name() == old.severity
    };
    let may_wait = !snapshot.counts_due && snapshot.status.pods.is_some();
    if !may_wait || findings.len() != old.len() || !findings.iter().zip(old).all(is_same) {
        return findings.to_vec();
    }
    let keep = |(finding, old): (&Finding, &FindingRecord)| match finding.severity {
        Severity::Advisory => Finding { message: old.message.clone(), ..finding.clone() },
        Severity::Blocking | Severity::Unknown => finding.clone(),
    };
    findings.iter().zip(old).map(keep).collect()
}

fn record(finding: &Finding) -> FindingRecord {
    FindingRecord {
        check: finding.check.name().to_owned(),
        severity: finding.severity.name().to_owned(),
        message: finding.message.clone(),
    }
}

/// What the condition `PrerequisitesMet` says.
pub(super) fn claim(facts: &Facts<'_>) -> Claim {
    let unknown = |message: String| Cause::new(Reason::PrerequisitesUnknown, message);
    if facts.snapshot.prerequisites() == Prerequisites::Ignore {
        return Claim::Is(
            Truth::Unknown,
            unknown(message!("not checked: spec.prerequisites or --default-prerequisites is Ignore")),
        );
    }
    let Some(findings) = &facts.snapshot.findings else { return unchecked() };
    if let Some(told) = summary(findings, Severity::Blocking) {
        return Claim::Is(Truth::False, Cause::new(Reason::PrerequisitesNotMet, told));
    }
    if let Some(told) = summary(findings, Severity::Unknown) {
        return Claim::Is(Truth::Unknown, unknown(told));
    }
    let told = summary(&paced(facts, findings), Severity::Advisory)
        .unwrap_or_else(|| message!("nothing is known to be missing"));
    Claim::Is(Truth::True, Cause::new(Reason::PrerequisitesMet, told))
}

/// It stays as it is until somebody has looked.
pub(super) fn unchecked() -> Claim {
    Claim::Keep(Cause::new(Reason::PrerequisitesUnknown, message!("not checked yet")))
}
