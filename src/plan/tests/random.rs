//! Properties that hold in random situations.

use std::sync::Arc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use proptest::prelude::*;

use crate::act::Outcome;
use crate::api::{self, POD_PROFILE_LABEL, Reason};
use crate::eks::{Profile, ProfileStatus};
use crate::failure::Class;
use crate::intervals::DEFAULTS;
use crate::placement::{Controller, Pod, matches, sorts_before};
use crate::plan::fixture::decide;
use crate::plan::{Checkpoint, DeleteCause, EvictCause, Eviction, Step, Wait, plan};
use crate::report::{came_to, report};
use crate::state::fixture::{self, draining, foreign, on, outdated, owned, previous, with};
use crate::state::{Facts, Pods, PodsUnavailable, Snapshot, is_owned};

fn status() -> impl Strategy<Value = ProfileStatus> {
    prop::sample::select(vec![
        ProfileStatus::Creating,
        ProfileStatus::Active,
        ProfileStatus::Deleting,
        ProfileStatus::CreateFailed,
        ProfileStatus::DeleteFailed,
        ProfileStatus::Unknown("NEW".into()),
    ])
}

fn profile() -> impl Strategy<Value = Profile> {
    let names = ["web", "web-9999", "web-9998", "web-9997", "0-web-9999", "Web-9996"];
    (prop::sample::select(names.to_vec()), status(), 0..3).prop_map(|(name, status, kind)| match kind {
        0 => owned(name, status),
        1 => outdated(name, status),
        _ => foreign(name, status),
    })
}

/// A pod in a namespace that some profiles select, of a ReplicaSet, of a Job or without controller.
fn pod() -> impl Strategy<Value = Pod> {
    let kinds = prop::sample::select(vec![Some("ReplicaSet"), Some("ReplicaSet"), Some("Job"), None]);
    (prop::sample::select(vec!["web", "old"]), kinds, 0..1000_u32, any::<bool>(), any::<bool>()).prop_map(
        |(namespace, kind, n, ready, terminating)| {
            let controller = kind.map(|kind| Controller {
                kind: kind.into(),
                api_version: if kind == "Job" { "batch/v1".into() } else { "apps/v1".into() },
                uid: format!("{kind}-{}", n % 3),
                ..Controller::default()
            });
            Pod { controller, ready, terminating, ..on("", namespace, &format!("pod-{n}")) }
        },
    )
}

fn settled_on(pod: Pod, profile: &str) -> Arc<Pod> {
    let labels = [(POD_PROFILE_LABEL.to_owned(), profile.to_owned())].into();
    Arc::new(Pod { labels, uid: format!("{profile}/{}", pod.uid), ..pod })
}

prop_compose! {
    fn situation()(
        profiles in prop::collection::vec(profile(), 0..6),
        crowds in prop::collection::vec(prop::collection::vec(pod(), 0..3), 6),
        unavailable in prop::bool::weighted(0.1),
        drained in prop::option::of(0..3600_i64),
        deleting: bool,
        suspend: bool,
        has_finalizer: bool,
        delete_first: bool,
        gap: bool,
        failed: bool,
    ) -> Snapshot {
        let mut unique: Vec<Profile> = Vec::new();
        for profile in profiles {
            if !unique.iter().any(|other| other.name == profile.name) {
                unique.push(profile);
            }
        }
        let mut snapshot = with(&unique);
        let crowds = unique.iter().zip(crowds);
        let pods = crowds.flat_map(|(profile, crowd)| crowd.into_iter().map(|pod| settled_on(pod, &profile.name)));
        snapshot.pods = if unavailable { Pods::Unknown(PodsUnavailable::lasting("no permission")) } else { Pods::Known(pods.collect()) };
        for (name, since) in unique.iter().map(|profile| profile.name.clone()).zip(drained) {
            draining(&mut snapshot, &name, since);
        }
        snapshot.object.deleting = deleting;
        snapshot.object.has_finalizer = has_finalizer;
        snapshot.spec.suspend = Some(suspend);
        if delete_first {
            snapshot.spec.replacement = fixture::delete_first(&[]).spec.replacement;
        }
        if gap {
            snapshot.status.previous = Some(previous(&outdated("web", ProfileStatus::Active)));
        }
        snapshot.status.failed_generation = failed.then_some(snapshot.object.generation);
        snapshot
    }
}

/// The status that a pass with this step writes.
fn status_after(facts: &Facts<'_>, step: &Step) -> api::FargateProfileStatus {
    report(facts, step, &Outcome::Rested, &DEFAULTS).status
}

/// Whether a status says that nothing is going on and nothing is wrong.
fn says_settled(status: &api::FargateProfileStatus) -> bool {
    let is_ready = |condition: &Condition| condition.type_ == "Ready" && condition.status == "True";
    status.conditions.iter().any(is_ready)
        && status.conditions.iter().all(|condition| !["Reconciling", "Stalled"].contains(&condition.type_.as_str()))
}

/// Whether a checkpoint undoes the one before.
fn undoes(record: &Checkpoint, before: &Checkpoint) -> bool {
    match (before, record) {
        (Checkpoint::Unhealthy(_), Checkpoint::Recovered | Checkpoint::Unhealthy(_))
        | (Checkpoint::Recovered, Checkpoint::Unhealthy(_) | Checkpoint::Recovered)
        | (Checkpoint::Previous(_), Checkpoint::Closed | Checkpoint::Previous(_))
        | (Checkpoint::Closed, Checkpoint::Closed)
        | (Checkpoint::Failed(_), Checkpoint::Failed(_))
        | (Checkpoint::Cluster, Checkpoint::Cluster) => true,
        (Checkpoint::Drain { arn: before, drain: was }, Checkpoint::Drain { arn, drain }) => {
            before == arn && (was == drain || drain.since.is_none())
        }
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn no_record_is_taken_back_on_the_same_facts(snapshot in situation(), pods_failed: bool) {
        let mut snapshot = snapshot;
        if pods_failed && snapshot.status.failed_generation.is_some() {
            snapshot.status.failed_by = Some(api::FailedBy::Pods);
        }
        let mut before: Option<Checkpoint> = None;
        let gap = snapshot.status.previous.as_ref().map(|previous| previous.arn.clone());
        // Checkpoints come to an end, and then another step follows.
        for _ in 0..8 {
            let facts = Facts::of(&snapshot);
            let step = plan(&facts);
            let (Step::Checkpoint(record) | Step::Ask { record, .. }) = &step else { return Ok(()) };
            prop_assert!(before.as_ref().is_none_or(|before| !undoes(record, before)), "{before:?}, then {record:?}");
            // A gap may follow another one, but of a different profile.
            let opens = matches!(record, Checkpoint::Previous(previous) if Some(&previous.arn) == gap.as_ref());
            prop_assert!(!opens, "{before:?}, then the same gap again");
            let status = status_after(&facts, &step);
            before = Some(record.clone());
            snapshot.status = status;
        }
        prop_assert!(false, "it goes on recording: {before:?}");
    }

    #[test]
    fn settled_is_only_said_when_nothing_is_left_to_do(
        snapshot in situation(),
        waits: bool,
        drifts: bool,
        outcome in prop::sample::select(vec!["done", "outdated", "failed"]),
    ) {
        let mut snapshot = snapshot;
        for record in &mut snapshot.status.profiles {
            record.active_since = Some(Time(fixture::wall(-600)));
        }
        if let Pods::Known(pods) = &mut snapshot.pods
            && waits
        {
            pods.push(Arc::new(fixture::waiting()));
        }
        if drifts {
            snapshot.spec.tags = Some([("team".to_owned(), "web".to_owned())].into());
        }
        let facts = Facts::of(&snapshot);
        let step = plan(&facts);
        let mut after = snapshot.clone();
        let outcome = match (outcome, step.action()) {
            _ if matches!(step, Step::Wait(_) | Step::Checkpoint(_)) => Outcome::Rested,
            ("done", _) if matches!(step, Step::Ask { .. }) => Outcome::Rested,
            ("failed", Some(action)) => {
                let attempt = fixture::failed(Class::Retry, Reason::Throttled, 1);
                let failure = attempt.failure.clone().unwrap();
                after.attempts.insert(action, attempt);
                Outcome::Failed(failure)
            }
            ("outdated", _) => Outcome::Outdated,
            _ => Outcome::Done,
        };
            let status = report(&Facts::of(&after), &step, &outcome, &DEFAULTS).status;
        if says_settled(&status) {
            let then = decide(&after);
            let meanwhile = match &then {
                Step::Wait(rest) => Some(rest),
                Step::Evict(Eviction { cause: EvictCause::Pending(rest), .. }) => rest.as_deref(),
                _ => None,
            };
            let is_settled = matches!(meanwhile, Some(Wait::Settled | Wait::Suspended { .. }));
            prop_assert!(is_settled, "after {step:?}, {outcome:?}: {then:?}");
        }
    }

    #[test]
    fn no_step_touches_what_is_not_ours_or_loses_what_serves(snapshot in situation()) {
        let find = |arn: &str| snapshot.profiles.iter().find(|profile| profile.arn == arn).unwrap();
        match decide(&snapshot) {
            Step::Delete { arn, cause, .. } => {
                let victim = find(&arn);
                prop_assert!(is_owned(victim, "web", crate::state::fixture::INSTALLATION), "foreign");
                if cause == DeleteCause::Superseded {
                    let kept = snapshot.profiles.iter().any(|profile| {
                        profile.arn != arn && profile.status == ProfileStatus::Active
                            && is_owned(profile, "web", crate::state::fixture::INSTALLATION) && profile.name < victim.name
                    });
                    prop_assert!(kept, "gap");
                    let Pods::Known(pods) = &snapshot.pods else { panic!("lost pods that nobody sees") };
                    prop_assert!(!pods.iter().any(|pod| pod.is_taken_for(victim)), "lost pod");
                } else if cause == DeleteCause::Gap {
                    prop_assert_eq!(snapshot.status.previous.as_ref().map(|previous| previous.arn.as_str()), Some(arn.as_str()));
                    prop_assert_eq!(&victim.status, &ProfileStatus::Active, "only an ACTIVE one is put back");
                    prop_assert_eq!(snapshot.spec.strategy(), api::Strategy::DeleteFirst);
                    prop_assert!(!snapshot.generation_failed(), "endless outages");
                } else if cause == DeleteCause::Unhealthy {
                    prop_assert!(snapshot.generation_unhealthy(), "a profile that nobody has found bad");
                } else if !snapshot.object.deleting {
                    prop_assert!(!victim.status.is_live(), "a live profile is no leftover");
                }
            }
            Step::Mend(mend) => prop_assert!(false, "nothing is to be mended: {mend:?}"),
            Step::Tag { arn, .. } => prop_assert!(is_owned(find(&arn), "web", crate::state::fixture::INSTALLATION)),
            Step::Create { profile, .. } => {
                prop_assert!(!snapshot.object.deleting && snapshot.object.has_finalizer);
                let in_gap = snapshot.status.previous.is_some();
                prop_assert!(snapshot.spec.suspend == Some(false) || in_gap);
                prop_assert!(snapshot.profiles.iter().all(|other| other.name != profile.name), "name in use");
                let live = snapshot.profiles.iter()
                    .filter(|other| is_owned(other, "web", crate::state::fixture::INSTALLATION) && other.status.is_live());
                prop_assert!(live.clone().count() < 3, "bounded");
                for other in live {
                    prop_assert!(profile.name < other.name, "would not take new pods");
                }
            }
            Step::DropFinalizer(_) => {
                prop_assert!(snapshot.object.deleting);
                prop_assert!(!snapshot.profiles.iter().any(|profile| is_owned(profile, "web", crate::state::fixture::INSTALLATION)));
            }
            Step::Checkpoint(Checkpoint::Previous(previous)) => {
                prop_assert!(!snapshot.object.deleting && snapshot.spec.suspend == Some(false));
                prop_assert_eq!(&find(&previous.arn).status, &ProfileStatus::Active, "only an ACTIVE one is put back");
            }
            Step::Checkpoint(Checkpoint::Closed) => {
                let active = snapshot.profiles.iter()
                    .any(|profile| is_owned(profile, "web", crate::state::fixture::INSTALLATION) && profile.status == ProfileStatus::Active);
                prop_assert!(active, "nothing closes the gap");
            }
            step @ (Step::Ask { .. } | Step::Evict(_)) => {
                let Step::Evict(eviction) = came_to(&step, &Outcome::NotLeading).into_owned() else { panic!("{step:?}") };
                let Pods::Known(pods) = &snapshot.pods else { panic!("evicted unseen") };
                let pod = pods.iter().find(|pod| pod.uid == eviction.uid).unwrap();
                let to = snapshot.profiles.iter().find(|profile| profile.name == eviction.to).unwrap();
                prop_assert_eq!(&to.status, &ProfileStatus::Active);
                prop_assert!(to.selectors.iter().any(|selector| matches(selector, pod)), "nobody takes it");
                let from = pod.profile().unwrap_or_default();
                prop_assert!(sorts_before(&to.name, from), "it would come back to {}", from);
                prop_assert!(pod.controller.as_ref().is_some_and(|c| c.kind == "ReplicaSet"), "nobody makes it again");
                prop_assert!(snapshot.spec.suspend == Some(false) || snapshot.object.deleting);
            }
            Step::AddFinalizer
            | Step::Checkpoint(
                Checkpoint::Cluster | Checkpoint::Failed(_) | Checkpoint::Drain { .. } | Checkpoint::Unhealthy(_) | Checkpoint::Recovered,
            )
            | Step::Wait(_) => {}
        }
    }
}
