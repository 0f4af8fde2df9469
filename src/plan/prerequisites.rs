//! No change begins that would surely fail.

use super::Wait;
use crate::api::{Prerequisites, Reason};
use crate::prerequisites::{Severity, summary};
use crate::state::Facts;

/// The wait for a person to mend what EKS would refuse, or what the pods of the next profile could not do without. What is only
/// advised, or cannot be told, holds up nothing.
pub(super) fn unmet(facts: &Facts<'_>) -> Option<Wait> {
    if let Some(why) = &facts.desired.subnets_missing {
        return Some(Wait::stalled(Reason::DefaultMissing, why.clone()));
    }
    match facts.snapshot.prerequisites() {
        Prerequisites::Enforce => {}
        Prerequisites::Warn | Prerequisites::Ignore => return None,
    }
    let told = summary(facts.snapshot.findings.as_deref()?, Severity::Blocking)?;
    Some(Wait::stalled(Reason::PrerequisitesNotMet, told))
}
