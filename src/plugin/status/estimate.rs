//! How long something may still take. Pure: from an object's status, the time, and how fast the operator runs.

use std::time::Duration;

use serde::{Serialize, Serializer};

use super::phase::Phase;
use crate::api::{FargateProfile, FargateProfileStatus, Phase as Step, Strategy};
use crate::eks::ProfileStatus;
use crate::eks::pace::{CREATE, DELETE, POD_START, Pace};
use crate::report::moved;

/// Between the least and the most that people report of EKS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::plugin) struct Estimate {
    #[serde(rename = "leastSeconds", serialize_with = "in_seconds")]
    pub(in crate::plugin) least: Duration,
    /// Zero: it already takes longer than usual.
    #[serde(rename = "mostSeconds", serialize_with = "in_seconds")]
    pub(in crate::plugin) most: Duration,
}

fn in_seconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(time.as_secs())
}

/// What is still to be done: operations of EKS and pods to be moved. The first of them may have begun.
#[derive(Debug, PartialEq)]
struct Work {
    begun: Option<Pace>,
    creates: usize,
    deletes: usize,
    pods: usize,
}

/// How long the object may still take once nothing holds it, if that is known. `elapsed` is how long it has been in its phase. A run
/// with scale 60 is sixty times as fast.
pub(super) fn of(object: &FargateProfile, phase: Phase, elapsed: Duration, scale: f64) -> Option<Estimate> {
    let work = work(object, phase)?;
    let minutes = |of: usize| Duration::from_secs(60).mul_f64(of as f64).div_f64(scale.max(1.0));
    let rest = |pick: fn(Pace) -> usize| {
        let begun = work.begun.map_or(Duration::ZERO, |begun| minutes(pick(begun)).saturating_sub(elapsed));
        begun + minutes(work.creates * pick(CREATE) + work.deletes * pick(DELETE) + work.pods * pick(POD_START))
    };
    Some(Estimate { least: rest(|pace| pace.least), most: rest(|pace| pace.most) })
}

fn work(object: &FargateProfile, phase: Phase) -> Option<Work> {
    let status = object.status.as_ref()?;
    let pods = moved(status).map_or(0, |(moved, all)| all.saturating_sub(moved)) as usize;
    let old = superseded(status);
    let nothing = Work { begun: None, creates: 0, deletes: 0, pods: 0 };
    let is_gap = object.spec.strategy() == Strategy::DeleteFirst && status.previous.is_some();
    let step = status.replacement.as_ref().map(|replacement| replacement.phase);
    Some(match phase {
        Phase::Creating => Work { begun: Some(CREATE), ..nothing },
        Phase::Replacing if is_gap && step == Some(Step::Deleting) => {
            Work { begun: Some(DELETE), creates: 1, ..nothing }
        }
        Phase::Replacing | Phase::RollingBack if is_gap => Work { begun: Some(CREATE), ..nothing },
        Phase::RollingBack => Work { begun: Some(DELETE), ..nothing },
        Phase::Replacing => Work { begun: Some(CREATE), deletes: old, pods, ..nothing },
        Phase::Probing | Phase::Draining => Work { deletes: old, pods, ..nothing },
        Phase::Retiring if is_deleting(status) => {
            Work { begun: Some(DELETE), deletes: old.saturating_sub(1), ..nothing }
        }
        Phase::Retiring => Work { deletes: old, pods, ..nothing },
        Phase::Deleting if is_deleting(status) => {
            Work { begun: Some(DELETE), deletes: status.profiles.len().saturating_sub(1), ..nothing }
        }
        Phase::Deleting => Work { deletes: status.profiles.len(), pods, ..nothing },
        Phase::Queued => match step {
            None if status.profiles.is_empty() => Work { creates: 1, ..nothing },
            None => Work { deletes: old, pods, ..nothing },
            Some(Step::Pending) => Work { creates: 1, deletes: status.profiles.len(), pods, ..nothing },
            Some(_) => Work { deletes: old, pods, ..nothing },
        },
        Phase::Unseen
        | Phase::Settled
        | Phase::Recreating
        | Phase::Tagging
        | Phase::Mending
        // Depends on another object.
        | Phase::HandingOver
        | Phase::Working
        | Phase::AwaitingApproval
        | Phase::Suspended
        | Phase::Stalled => return None,
    })
}

fn is_deleting(status: &FargateProfileStatus) -> bool {
    status.profiles.iter().any(|record| record.status == ProfileStatus::Deleting.name())
}

/// How many EKS profiles are still to be deleted.
fn superseded(status: &FargateProfileStatus) -> usize {
    let is_target = |arn: &str| status.profile.as_ref().is_some_and(|target| target.arn == arn);
    let is_live = |word: &str| ProfileStatus::from(word).is_live() || word == ProfileStatus::Deleting.name();
    status.profiles.iter().filter(|record| !is_target(&record.arn) && is_live(&record.status)).count()
}
