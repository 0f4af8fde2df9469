//! Whether a change says anything new to the operator, and which patch it is. Pure.

use kube::ResourceExt;
use serde_json::{Value, json};

use crate::api::{FargateProfile, RETRY_ANNOTATION};
use crate::plugin::status::{Outlook, Phase};

/// What is to be done.
#[derive(Debug, PartialEq)]
pub(super) enum Verdict {
    /// A merge patch, and what is said once it is done.
    Change { patch: Value, told: String },
    /// It is so already.
    AsItIs(String),
}

pub(super) fn suspend(object: &FargateProfile) -> Verdict {
    let name = object.name_any();
    if object.spec.is_suspended() {
        return Verdict::AsItIs(format!("{name} is suspended already"));
    }
    let status = object.status.as_ref();
    let goes_on = if object.metadata.deletion_timestamp.is_some() {
        "; its deletion goes on"
    } else if status.is_some_and(|status| status.previous.is_some()) {
        "; its DeleteFirst replacement has begun and goes on"
    } else {
        ""
    };
    let told = format!("{name} suspended: nothing more begins, and a drain pauses{goes_on}");
    Verdict::Change { patch: json!({ "spec": { "suspend": true } }), told }
}

/// The field is taken away, as it is in manifests that do not suspend.
pub(super) fn resume(object: &FargateProfile) -> Verdict {
    let name = object.name_any();
    if !object.spec.is_suspended() {
        return Verdict::AsItIs(format!("{name} is not suspended"));
    }
    Verdict::Change { patch: json!({ "spec": { "suspend": null } }), told: format!("{name} resumed") }
}

pub(super) fn retry(object: &FargateProfile, force: bool, now: &str) -> anyhow::Result<Verdict> {
    let name = object.name_any();
    let what = failed(object);
    if what.is_none() && !force {
        let phase = Phase::of(object).words().to_lowercase();
        anyhow::bail!(
            "nothing of FargateProfile {name} has failed, it is {phase}: --force has the operator look now all the same"
        );
    }
    let told = match what {
        Some(what) => format!("{name}: another try is asked for: {what}"),
        None => format!("{name}: a look is asked for"),
    };
    Ok(Verdict::Change { patch: json!({ "metadata": { "annotations": { RETRY_ANNOTATION: now } } }), told })
}

/// What failed and is to be retried.
fn failed(object: &FargateProfile) -> Option<String> {
    let status = object.status.as_ref()?;
    if let Some(generation) = status.failed_generation.filter(|failed| Some(*failed) == object.metadata.generation) {
        let failure = status.failure.as_deref().unwrap_or("its EKS profile was refused");
        return Some(format!("generation {generation} was taken back, {failure}"));
    }
    let phase = Phase::of(object);
    if phase.outlook(object) == Outlook::Stalled {
        return Some(status.reason.clone().unwrap_or_else(|| phase.words().to_owned()));
    }
    let next_try = status.waiting.as_ref().and_then(|waiting| waiting.next_try.as_ref())?;
    Some(format!("the next one was due at {}", next_try.0.strftime("%H:%M UTC")))
}
