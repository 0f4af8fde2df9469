//! Selectors whose pods another EKS profile takes first, in words. They follow from EKS alone, so they are told at once and
//! stand before all other warnings.

use super::bounds;
use crate::eks::ProfileStatus;
use crate::message::message;
use crate::state::{Facts, Loss, Overlap, Rival, overlaps};

/// How each line begins, and no other warning does.
const BEGINNING: &str = "selector ";

/// The lines of `status.warnings`. While a profile cannot be described, those that were told stay.
pub(super) fn lines(facts: &Facts<'_>) -> Vec<String> {
    if !sees_all(facts) {
        return facts.snapshot.status.warnings.iter().filter(|line| is_line(line)).cloned().collect();
    }
    bounds::few(overlaps(facts).iter().map(line).collect(), BEGINNING)
}

/// Whether a warning is one of these lines.
pub(super) fn is_line(warning: &str) -> bool {
    warning.starts_with(BEGINNING)
}

/// The first of these warnings, which are about to be told, that is worth an event and not told yet. That some pods of a selector
/// go elsewhere is often meant, so it is worth none.
pub(super) fn news(facts: &Facts<'_>, warnings: &[String]) -> Option<String> {
    let told = &facts.snapshot.status.warnings;
    let is_new = |line: &String| is_line(line) && !told.contains(line);
    if !warnings.iter().any(is_new) || !sees_all(facts) {
        return None;
    }
    let loud = overlaps(facts).into_iter().filter(|overlap| overlap.loss != Loss::Partly);
    loud.map(|overlap| line(&overlap)).find(|line| warnings.contains(line) && !told.contains(line))
}

fn sees_all(facts: &Facts<'_>) -> bool {
    !facts.snapshot.profiles.iter().any(|profile| matches!(profile.status, ProfileStatus::Unknown(_)))
}

fn line(overlap: &Overlap) -> String {
    let selector = bounds::clause(&overlap.selector.to_string());
    match (overlap.loss, &overlap.rival) {
        (Loss::Wholly, Rival::Object(object)) => message!(
            "selector {selector} gets no new pod: FargateProfile {object} sorts first and takes all; narrow that, or recreate this with a spec.profileName that sorts first"
        ),
        (Loss::Wholly, Rival::Foreign { name, manager: None }) => message!(
            "selector {selector} gets no new pod: EKS profile {name}, declared by no FargateProfile, takes all; delete it, or recreate this with a spec.profileName that sorts first"
        ),
        (Loss::Wholly, Rival::Foreign { name, manager: Some(manager) }) => {
            let manager = bounds::clause(manager);
            message!(
                "selector {selector} gets no new pod: EKS profile {name} of {manager} takes all; delete it there, or recreate this with a spec.profileName that sorts first"
            )
        }
        (Loss::Partly, rival) => {
            let rival = named(rival);
            message!(
                "selector {selector} may share pods with {rival}, which sorts first and takes those: if that is not meant, give the two different values of one label"
            )
        }
        (Loss::Undecided, rival) => {
            let rival = named(rival);
            message!(
                "selector {selector} may share pods with {rival}, and AWS does not say which of the two names sorts first: recreate one with a spec.profileName that differs in a letter"
            )
        }
    }
}

fn named(rival: &Rival) -> String {
    match rival {
        Rival::Object(object) => message!("FargateProfile {object}"),
        Rival::Foreign { name, .. } => message!("EKS profile {name}"),
    }
}
