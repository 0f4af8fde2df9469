//! Events about what this pass has done.

use super::evictions::{ended, evicted};
use super::notice::{About, Notice, Severity};
use crate::api::{DeletionPolicy, Reason};
use crate::mending::Mend;
use crate::message::message;
use crate::plan::{CreateCause, DeleteCause, DropCause, Step, TagCause, role_left_behind};
use crate::report::{bounds, mending};
use crate::state::Facts;

/// The event of an effect.
pub(super) fn done(facts: &Facts<'_>, step: &Step) -> Option<Notice> {
    let snapshot = facts.snapshot;
    let (reason, note, profile) = match step {
        Step::Create { profile, cause, .. } => {
            let (name, changes) = (&profile.name, bounds::clause(&facts.changes.join("; ")));
            let note = match cause {
                CreateCause::First => message!("asked EKS to create profile {name}"),
                CreateCause::Replace(old) => message!("asked EKS to create profile {name} to replace {old}: {changes}"),
                CreateCause::CloseGap(old) => {
                    message!("asked EKS to create profile {name} in place of {old}, which is deleted")
                }
                CreateCause::PutBack => {
                    message!("asked EKS to create profile {name} again as it was before the change")
                }
            };
            (Reason::CreateRequested, note, Some(name))
        }
        Step::Delete { name, cause, .. } => {
            let (reason, note) = deleted(facts, name, *cause);
            (reason, note, Some(name))
        }
        Step::Evict(eviction) => return Some(evicted(eviction)),
        Step::Mend(mend) => return mended(mend),
        Step::Tag { name, cause, set, remove, .. } => match cause {
            TagCause::Adopt => (Reason::Adopted, message!("took over EKS profile {name}"), Some(name)),
            TagCause::Release => {
                (Reason::Released, message!("EKS profile {name} stays in EKS, without the operator's tags"), Some(name))
            }
            TagCause::Drift => {
                let keys: Vec<&str> = set.keys().chain(remove).map(String::as_str).collect();
                let keys = bounds::clause(&keys.join(", "));
                (Reason::Tagged, message!("changed tags of EKS profile {name}: {keys}"), Some(name))
            }
        },
        Step::DropFinalizer(DropCause::ClusterGone) => {
            let cluster = snapshot.status.cluster.as_ref().map_or("", |cluster| cluster.name.as_str());
            (Reason::Released, message!("EKS cluster {cluster} no longer exists, and its profiles with it"), None)
        }
        Step::DropFinalizer(DropCause::ProfilesGone)
            if !facts.lost.is_empty() && snapshot.spec.deletion_policy() == DeletionPolicy::Delete =>
        {
            let names: Vec<&str> = facts.lost.iter().map(|profile| profile.name.as_str()).collect();
            (
                Reason::OwnershipLost,
                message!(
                    "stay in EKS, since they no longer have the operator's tags: EKS profiles {}",
                    bounds::clause(&names.join(", "))
                ),
                None,
            )
        }
        Step::DropFinalizer(DropCause::ProfilesGone) => {
            let note = role_left_behind(facts)?;
            let about = About::Action("LeaveRole");
            return Some(Notice {
                severity: Severity::Warning,
                reason: Reason::MendingHeld,
                note,
                profile: None,
                about,
            });
        }
        Step::AddFinalizer | Step::Ask { .. } | Step::Checkpoint(_) | Step::Wait(_) => return None,
    };
    let ends_pods = matches!(step, Step::Delete { .. }) && profile.is_some_and(|name| ended(snapshot, name) > 0);
    let severity = if ends_pods || reason == Reason::GapOpened { Severity::Warning } else { Severity::Normal };
    Some(Notice { severity, reason, note, profile: profile.cloned(), about: About::Object })
}

fn mended(mend: &Mend) -> Option<Notice> {
    let (severity, reason, note) = (Severity::Normal, Reason::Mended, mending::done(mend)?);
    Some(Notice { severity, reason, note, profile: None, about: About::Action(mend.action()) })
}

/// The event of a delete.
fn deleted(facts: &Facts<'_>, name: &str, cause: DeleteCause) -> (Reason, String) {
    let note = match cause {
        DeleteCause::Leftover => message!("asked EKS to delete profile {name}, which had failed"),
        DeleteCause::Superseded => message!("asked EKS to delete superseded profile {name}: no pod is left on it"),
        DeleteCause::Approved => message!("asked EKS to delete superseded profile {name}, as approved"),
        DeleteCause::TimedOut => {
            message!("asked EKS to delete superseded profile {name}: replacement.drain.timeout is over")
        }
        DeleteCause::Unhealthy => message!("asked EKS to delete profile {name}: pods did not become Ready on it"),
        DeleteCause::GivesWay => {
            message!("asked EKS to delete profile {name}: it has no pods, and the next one needs its slot")
        }
        DeleteCause::ObjectDeleted => {
            message!("asked EKS to delete profile {name}: the FargateProfile is being deleted")
        }
        DeleteCause::Gap => {
            let (next, changes) = (&facts.stem, bounds::clause(&facts.changes.join("; ")));
            message!("asked EKS to delete profile {name}: no pod starts on Fargate until {next} is ACTIVE: {changes}")
        }
    };
    let reason = if cause == DeleteCause::Gap { Reason::GapOpened } else { Reason::DeleteRequested };
    let note = match ended(facts.snapshot, name) {
        0 => note,
        1 => message!("{note}; 1 pod ends with it"),
        pods => message!("{note}; {pods} pods end with it"),
    };
    (reason, note)
}
