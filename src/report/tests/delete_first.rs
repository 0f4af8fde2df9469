//! The status before, in and after the gap of a DeleteFirst replacement.

use super::{failure, of, said, tried};
use crate::act::Outcome;
use crate::api::{FargateProfileStatus, Phase, Reason};
use crate::eks::ProfileStatus::{Active, CreateFailed, Creating, Deleting};
use crate::eks::{Profile, ProfileStatus};
use crate::failure::Class;
use crate::state::fixture::{delete_first, outdated, owned, previous, with};
use crate::state::{ActionKey, Snapshot};

/// The profile that follows `web` under the same name.
fn next(status: ProfileStatus) -> Profile {
    Profile { arn: "arn:next".into(), ..owned("web", status) }
}

fn in_gap(snapshot: &mut Snapshot) {
    snapshot.status.previous = Some(previous(&outdated("web", Active)));
}

fn phase(status: &FargateProfileStatus) -> (Phase, Option<&str>) {
    let replacement = status.replacement.as_ref().unwrap();
    assert_eq!(replacement.from, "web");
    (replacement.phase, replacement.to.as_deref())
}

#[test]
fn a_gap_is_told_from_its_opening_to_its_end() {
    let opening = of(&delete_first(&[outdated("web", Active)]), &Outcome::Rested);
    assert_eq!(said(&opening.status), "Ready=False/Replacing Available=True/Active Reconciling=True/Replacing");
    assert_eq!(opening.status.previous, Some(previous(&outdated("web", Active))));
    assert_eq!(phase(&opening.status), (Phase::Deleting, Some("web")));
    assert_eq!(opening.notices, [], "nothing has happened yet");
    let mut recorded = delete_first(&[outdated("web", Active)]);
    in_gap(&mut recorded);
    let reasons = |snapshot: &Snapshot, outcome| -> Vec<Reason> {
        of(snapshot, outcome).notices.iter().map(|notice| notice.reason).collect()
    };
    assert_eq!(reasons(&recorded, &Outcome::Done), [Reason::GapOpened]);
    recorded.spec.suspend = Some(true);
    assert_eq!(reasons(&recorded, &Outcome::Rested), [], "called off");

    for (profiles, outcome, expected) in [
        (vec![outdated("web", Active)], Outcome::Done, Phase::Deleting),
        (vec![outdated("web", Deleting)], Outcome::Rested, Phase::Deleting),
        (vec![], Outcome::Created(next(Creating)), Phase::Creating),
        (vec![next(Creating)], Outcome::Rested, Phase::Creating),
    ] {
        let mut snapshot = delete_first(&profiles);
        in_gap(&mut snapshot);
        let status = of(&snapshot, &outcome).status;
        let available =
            if profiles.iter().any(|profile| profile.status == Active) { "True/Active" } else { "False/NotActive" };
        assert_eq!(
            said(&status),
            format!("Ready=False/Replacing Available={available} Reconciling=True/Replacing"),
            "{profiles:?}"
        );
        assert_eq!(phase(&status), (expected, Some("web")));
        assert_eq!(status.previous, snapshot.status.previous);
        assert_eq!(status.replacement.unwrap().changes, ["selectors: + web", "selectors: - old"]);
    }

    let mut closing = delete_first(&[next(Active)]);
    in_gap(&mut closing);
    let closed = of(&closing, &Outcome::Rested);
    assert_eq!(said(&closed.status), "Ready=True/Active Available=True/Active Reconciling=True/Replacing");
    assert_eq!((closed.status.previous, closed.status.replacement), (None, None));
    assert!(closed.notices.iter().any(|notice| notice.reason == Reason::GapClosed));
}

#[test]
fn a_refused_generation_is_told_with_its_reason_until_the_next_one() {
    let mut snapshot = delete_first(&[owned("web", CreateFailed)]);
    in_gap(&mut snapshot);
    let refused = of(&snapshot, &Outcome::Rested);
    assert_eq!(said(&refused.status), "Ready=False/RollingBack Available=False/NotActive Reconciling=True/RollingBack");
    assert_eq!(phase(&refused.status), (Phase::RollingBack, Some("web")));
    assert_eq!(refused.status.failed_generation, Some(1));
    assert!(refused.notices.iter().any(|notice| notice.reason == Reason::RollingBack));

    // The failed try no longer counts. Its consequences do.
    snapshot.status = refused.status;
    snapshot.profiles.clear();
    tried(&mut snapshot, ActionKey::Create(1), 1, failure(Class::Fix, Reason::InvalidParameter));
    let back = of(&snapshot, &Outcome::Created(outdated("web", Creating))).status;
    assert_eq!(said(&back), "Ready=False/RollingBack Available=False/NotActive Reconciling=True/RollingBack");
    tried(&mut snapshot, ActionKey::PutBack, 1, failure(Class::Fix, Reason::NoFreeSlot));
    let stuck = of(&snapshot, &Outcome::Rested).status;
    assert_eq!(said(&stuck), "Ready=False/NoFreeSlot Available=False/NotActive Stalled=True/NoFreeSlot");

    let mut served = delete_first(&[outdated("web", Active)]);
    served.status.failed_generation = Some(1);
    served.status.failure.clone_from(&snapshot.status.failure);
    let stalled = of(&served, &Outcome::Rested).status;
    assert_eq!(said(&stalled), "Ready=False/ReplacementFailed Available=True/Active Stalled=True/ReplacementFailed");
    assert!(stalled.conditions[3].message.contains("EKS profile web is CREATE_FAILED"), "{:?}", stalled.conditions[3]);
    assert_eq!((stalled.failed_generation, stalled.failure.is_some()), (Some(1), true));
    // Under the other strategy the generation is tried again, beside the profile that serves.
    let mut switched = served.clone();
    switched.spec.replacement = None;
    tried(&mut switched, ActionKey::Create(1), 1, failure(Class::Fix, Reason::InvalidParameter));
    let refused = of(&switched, &Outcome::Rested).status;
    assert_eq!(said(&refused), "Ready=False/InvalidParameter Available=True/Active Stalled=True/InvalidParameter");
    served.object.generation = 2;
    let next = of(&served, &Outcome::Rested).status;
    assert_eq!((next.failed_generation, next.failure), (None, None));
}

#[test]
fn nothing_is_forgotten_in_quiet_time() {
    let mut snapshot = with(&[outdated("web", Active)]);
    in_gap(&mut snapshot);
    snapshot.status.failed_generation = Some(1);
    snapshot.quiet = true;
    let status = of(&snapshot, &Outcome::Rested).status;
    assert_eq!((status.previous, status.failed_generation), (snapshot.status.previous, Some(1)));
}

#[test]
fn who_is_deleted_in_the_gap_rolls_nothing_back() {
    let mut snapshot = delete_first(&[next(CreateFailed)]);
    in_gap(&mut snapshot);
    snapshot.object.deleting = true;
    tried(&mut snapshot, ActionKey::Delete("arn:next".into()), 1, failure(Class::Fix, Reason::AccessDenied));
    let status = of(&snapshot, &Outcome::Rested).status;
    assert_eq!(said(&status), "Ready=False/Deleting Available=False/Deleting Stalled=True/AccessDenied");
}
