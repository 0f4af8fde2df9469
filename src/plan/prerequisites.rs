//! No change begins that would surely fail.

use super::Wait;
use crate::api::{Prerequisites, Reason};
use crate::message::message;
use crate::prerequisites::{Finding, Severity};
use crate::state::Facts;

/// The wait for a person to mend what EKS would refuse, or what the pods of the next profile could not do without. What is only
/// advised, or cannot be told, holds up nothing.
pub(super) fn unmet(facts: &Facts<'_>) -> Option<Wait> {
    match facts.snapshot.prerequisites() {
        Prerequisites::Enforce => {}
        Prerequisites::Warn | Prerequisites::Ignore => return None,
    }
    let blocking: Vec<&Finding> =
        facts.snapshot.findings.iter().flatten().filter(|finding| finding.severity == Severity::Blocking).collect();
    let (first, others) = blocking.split_first()?;
    let found = &first.message;
    let told = match others.len() {
        0 => found.clone(),
        more => message!("{found} ({more} more in status.findings)"),
    };
    Some(Wait::stalled(Reason::PrerequisitesNotMet, told))
}
