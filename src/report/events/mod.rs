//! Events: on transitions only.

mod effects;
mod evictions;
mod notice;
mod people;

use self::effects::done;
use self::evictions::not_evicted;
use self::people::{overlapped, told};
use crate::act::Outcome;
use crate::api::{ConditionType, FargateProfileStatus, Phase, ProfileRecord, Reason};
use crate::eks::{Profile, ProfileStatus};
use crate::message::{cut, message};
use crate::plan::{Checkpoint, Step};
use crate::state::{ActionKey, Facts, Snapshot};

pub use self::notice::{About, Notice, Severity};

/// How much of a cause an event has room for.
const CAUSE: usize = 160;

pub(super) fn of(
    facts: &Facts<'_>,
    step: &Step,
    outcome: &Outcome,
    trusts_look: bool,
    new: &FargateProfileStatus,
) -> Vec<Notice> {
    // This status is never written, since the object is another one now. The next pass tells what it says.
    if matches!((step, outcome), (Step::AddFinalizer, Outcome::Done)) {
        return Vec::new();
    }
    let mut notices = if trusts_look { seen(facts, step) } else { Vec::new() };
    if outcome.is_done() {
        notices.extend(done(facts, step));
    }
    if let (Step::Evict(eviction), Outcome::Failed(failure)) = (step, outcome) {
        notices.extend(not_evicted(eviction, failure));
    }
    if let Step::Checkpoint(record) = step {
        notices.extend(recorded(facts, record));
    }
    if let Some(ready) = ConditionType::Ready.holding(&new.conditions)
        && !ConditionType::Ready.is_true(&facts.snapshot.status.conditions)
    {
        let profile = new.profile.as_ref().map(|profile| profile.name.clone());
        notices.push(Notice {
            severity: Severity::Normal,
            reason: Reason::Active,
            note: ready.message.clone(),
            profile,
            about: About::Object,
        });
    }
    notices.extend(told(&facts.snapshot.status, new));
    notices.extend(overlapped(facts, new));
    // A failure that EKS shows gets one event, not another one because the object stalls. Nor does a finding.
    let is_told = |stall: &Notice| {
        notices.iter().any(|notice| notice.reason == stall.reason)
            || stall.reason == Reason::PrerequisitesNotMet && people::is_known(&facts.snapshot.status, new)
    };
    let stall: Vec<Notice> = of_stall(&facts.snapshot.status, new).into_iter().filter(|it| !is_told(it)).collect();
    notices.extend(stall);
    notices
}

/// What a pass tells that could not look at EKS.
pub(super) fn of_blind(old: &FargateProfileStatus, new: &FargateProfileStatus) -> Vec<Notice> {
    of_stall(old, new).into_iter().chain(people::retry(old, new)).collect()
}

/// A Warning when the object stalls, or stalls for another reason.
fn of_stall(old: &FargateProfileStatus, new: &FargateProfileStatus) -> Vec<Notice> {
    let before = ConditionType::Stalled.holding(&old.conditions).map(|condition| condition.reason.as_str());
    ConditionType::Stalled
        .holding(&new.conditions)
        .filter(|stalled| before != Some(stalled.reason.as_str()))
        .and_then(|stalled| Some((Reason::from_name(&stalled.reason)?, stalled.message.clone())))
        .map(|(reason, note)| Notice { severity: Severity::Warning, reason, note, profile: None, about: About::Object })
        .into_iter()
        .collect()
}

/// Changes that a look shows and status does not record.
fn seen(facts: &Facts<'_>, step: &Step) -> Vec<Notice> {
    let snapshot = facts.snapshot;
    let mut notices = Vec::new();
    for record in &snapshot.status.profiles {
        if snapshot.profiles.iter().any(|profile| profile.arn == record.arn) {
            continue;
        }
        let (severity, reason, note) = if was_to_go(snapshot, record) {
            (Severity::Normal, Reason::Deleted, message!("EKS profile {} is deleted", record.name))
        } else {
            let note = message!(
                "EKS profile {} is gone, and this operator did not delete it: look for DeleteFargateProfile in CloudTrail",
                record.name
            );
            (Severity::Warning, Reason::ProfileVanished, note)
        };
        notices.push(Notice { severity, reason, note, profile: Some(record.name.clone()), about: About::Object });
    }
    let failures = facts.owned.iter().filter(|profile| {
        matches!(profile.status, ProfileStatus::CreateFailed | ProfileStatus::DeleteFailed)
            && !snapshot.status.profiles.iter().any(|r| r.arn == profile.arn && r.status == profile.status.name())
    });
    notices.extend(failures.map(|profile| failed(profile)));
    let began = |phase: Phase| !matches!(phase, Phase::Draining | Phase::Probing);
    if let Step::Checkpoint(Checkpoint::Drain { arn, drain }) = step
        && snapshot.status.replacement.as_ref().is_none_or(|old| began(old.phase))
        && snapshot.record_of(arn).and_then(|record| record.drain.as_ref()).is_none_or(|drain| drain.since.is_none())
        && let Some(old) = facts.owned.iter().find(|profile| profile.arn == *arn)
        && drain.total > 0
    {
        notices.push(Notice {
            severity: Severity::Normal,
            reason: Reason::Draining,
            note: message!("EKS profile {} is superseded; pods to move off it: {}", old.name, drain.total),
            profile: Some(old.name.clone()),
            about: About::Object,
        });
    }
    notices
}

/// Whether a recorded profile was to be deleted. An earlier process may have sent the delete and ended before it could
/// record it, so its intention counts too.
fn was_to_go(snapshot: &Snapshot, record: &ProfileRecord) -> bool {
    let retiring = snapshot.status.replacement.as_ref().is_some_and(|replacement| {
        replacement.from == record.name && matches!(replacement.phase, Phase::Settling | Phase::Deleting)
    });
    let leftover = matches!(
        ProfileStatus::from(record.status.as_str()),
        ProfileStatus::Deleting | ProfileStatus::CreateFailed | ProfileStatus::DeleteFailed
    );
    let asked = snapshot.attempts.contains_key(&ActionKey::Delete(record.arn.clone()));
    asked || leftover || retiring || snapshot.object.deleting
}

fn failed(profile: &Profile) -> Notice {
    let reason =
        if profile.status == ProfileStatus::CreateFailed { Reason::CreateFailed } else { Reason::DeleteFailed };
    Notice {
        severity: Severity::Warning,
        reason,
        note: profile.complaint(),
        profile: Some(profile.name.clone()),
        about: About::Object,
    }
}

/// The event of a checkpoint.
fn recorded(facts: &Facts<'_>, record: &Checkpoint) -> Option<Notice> {
    let snapshot = facts.snapshot;
    let (severity, reason, note, profile) = match record {
        Checkpoint::Cluster | Checkpoint::Previous(_) | Checkpoint::Drain { .. } | Checkpoint::Recovered => {
            return None;
        }
        Checkpoint::Failed(why) => {
            let previous = snapshot.status.previous.as_ref().map(|previous| previous.name.clone());
            let (generation, name) = (snapshot.object.generation, previous.as_deref().unwrap_or(&facts.stem));
            let why = cut(why, CAUSE);
            let note = message!("generation {generation} is rolled back to EKS profile {name}: {why}");
            (Severity::Warning, Reason::RollingBack, note, previous)
        }
        Checkpoint::Unhealthy(why) => {
            let target = facts.target.map(|target| target.name.clone());
            let (generation, why) = (snapshot.object.generation, cut(why, CAUSE));
            let note = message!("generation {generation} is rolled back, and the old EKS profile serves on: {why}");
            (Severity::Warning, Reason::RollingBack, note, target)
        }
        Checkpoint::Closed => {
            // A gap that was called off before the old profile was deleted needs no event.
            let is_new = |profile: &Profile| {
                snapshot.status.previous.as_ref().is_none_or(|previous| previous.arn != profile.arn)
            };
            let active =
                facts.owned.iter().find(|profile| profile.status == ProfileStatus::Active && is_new(profile))?;
            let note = message!("EKS profile {} is ACTIVE", active.name);
            (Severity::Normal, Reason::GapClosed, note, Some(active.name.clone()))
        }
    };
    Some(Notice { severity, reason, note, profile, about: About::Object })
}
