//! The plan that waits for approval. Pure.

use kube::ResourceExt;
use serde_json::json;

use super::judge::Verdict;
use crate::api::{APPROVE_ANNOTATION, FargateProfile, FargateProfileStatus};
use crate::plugin::status::{Phase, asked, observed};
use crate::plugin::terminal::{Terminal, bold};

/// The plan that is shown to the user. Only this one is approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    name: String,
    id: String,
    changes: Vec<String>,
    effects: Vec<String>,
    /// What else is asked of the person who approves: a profile is given up for its slot, or pods end.
    consent: Option<String>,
}

impl Plan {
    fn of(object: &FargateProfile, status: &FargateProfileStatus, id: &str) -> Self {
        let (changes, effects) = status
            .replacement
            .as_ref()
            .map(|replacement| (replacement.changes.clone(), replacement.effects.clone()))
            .unwrap_or_default();
        // Without effects the replacement has begun, and a condition asks for something more.
        let asking = status.conditions.iter().find(|condition| condition.message.contains(id));
        let consent = asking.filter(|_| effects.is_empty()).map(|condition| condition.message.clone());
        Self { name: object.name_any(), id: id.to_owned(), changes, effects, consent }
    }

    pub(super) fn text(&self, terminal: &Terminal) -> String {
        let mut text = format!("{}: plan {}\n", bold(&self.name), self.id);
        let changes = self.changes.iter().map(|change| format!("  Change: {change}"));
        let effects = self.effects.iter().map(|effect| format!("  Effect: {effect}"));
        let consent = self.consent.iter().map(|consent| format!("  Asked: {consent}"));
        for line in changes.chain(effects).chain(consent) {
            text += &format!("{}\n", terminal.wrapped(&line, 4));
        }
        text
    }
}

/// What is to be done, and the plan that it is about. `wanted` is the only plan that may be approved, `shown` what the person
/// has seen of it.
pub(super) fn judge(
    object: &FargateProfile,
    wanted: Option<&str>,
    shown: Option<&Plan>,
) -> anyhow::Result<(Verdict, Plan)> {
    let name = object.name_any();
    let Some((status, id)) = observed(object).and_then(|status| Some((status, asked(status)?))) else {
        let phase = Phase::of(object).words().to_lowercase();
        anyhow::bail!("nothing of FargateProfile {name} waits for approval: it is {phase}");
    };
    if let Some(wanted) = wanted.filter(|wanted| *wanted != id) {
        anyhow::bail!(
            "the plan of FargateProfile {name} that waits is {id}, not {wanted}: nothing is approved. See kubectl fargate status {name}"
        );
    }
    let plan = Plan::of(object, status, id);
    if shown.is_some_and(|shown| *shown != plan) {
        anyhow::bail!(
            "the plan of FargateProfile {name} has become another one meanwhile: nothing is approved. Look at it again"
        );
    }
    if object.annotations().get(APPROVE_ANNOTATION).is_some_and(|approved| approved == id) {
        return Ok((Verdict::AsItIs(format!("{name}: plan {id} is approved already")), plan));
    }
    let patch = json!({ "metadata": { "annotations": { APPROVE_ANNOTATION: id } } });
    Ok((Verdict::Change { patch, told: format!("{name} approved: plan {id}") }, plan))
}
