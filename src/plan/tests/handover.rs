//! An EKS profile goes, and another object selects its pods.

use std::collections::BTreeMap;
use std::slice::from_ref;
use std::time::Duration;

use crate::api::{
    Approval, DrainSpec, FailedBy, OnTimeout, Reason, ReplacementSpec, Strategy, TAG_INSTALLATION, TAG_OWNER,
};
use crate::eks::ProfileStatus::{Active, Creating, Deleting};
use crate::eks::{Profile, Selector};
use crate::failure::Class;
use crate::placement::Pod;
use crate::plan::fixture::{brief, decide, drain_on_record};
use crate::plan::{Blocker, Stage, Step, Wait};
use crate::state::fixture::{
    INSTALLATION, NOW, draining, failed, foreign, known, on, outdated, owned, prepared, replica, selecting, selectors,
    wall, with,
};
use crate::state::{ActionKey, Facts, Obstacle, OtherObject, Pods, Snapshot, Successor};

/// The object of this name, which selects namespace `web`.
fn other(name: &str) -> OtherObject {
    OtherObject { name: name.into(), stem: name.into(), selectors: selectors("web"), ..OtherObject::default() }
}

fn leaving(name: &str) -> OtherObject {
    OtherObject { deleting: true, leaves: true, ..other(name) }
}

/// An ACTIVE profile of another object, for namespace `web`.
fn of(owner: &str, name: &str) -> Profile {
    let tags = [(TAG_OWNER, owner), (TAG_INSTALLATION, INSTALLATION)];
    let tags = tags.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    Profile { tags, ..foreign(name, Active) }
}

/// `web`, which is being deleted, with two pods on its profile. Its drain has begun.
fn leaver(others: &[Profile], other_objects: &[OtherObject]) -> Snapshot {
    let profiles: Vec<Profile> = [owned("web-9999", Active)].into_iter().chain(others.iter().cloned()).collect();
    let mut snapshot = with(&profiles);
    snapshot.object.deleting = true;
    snapshot.other_objects = other_objects.to_vec();
    snapshot.pods = known(&[replica("web-9999", "a", 1), replica("web-9999", "a", 2)]);
    draining(&mut snapshot, "web-9999", 60);
    snapshot
}

/// The settled object `web`, beside `app`, which is being deleted with a pod on its profile.
fn taker() -> Snapshot {
    let mut snapshot = with(&[owned("web-9999", Active), of("app", "app-9999")]);
    snapshot.other_objects = vec![leaving("app")];
    snapshot.pods = known(&[replica("app-9999", "a", 1)]);
    snapshot
}

fn see_recorded(snapshot: &mut Snapshot) -> String {
    let said = brief(snapshot);
    let (arn, drain) = drain_on_record(snapshot).expect(&said);
    snapshot.status.profiles.iter_mut().find(|record| record.arn == arn).unwrap().drain = Some(drain);
    said
}

fn waits(snapshot: &Snapshot) -> (Stage, Blocker) {
    match decide(snapshot) {
        Step::Wait(Wait::Draining(mut drain)) => (drain.stage, drain.held.remove(0).1),
        other => panic!("{other:?}"),
    }
}

fn awaiting(snapshot: &Snapshot) -> (String, Option<Obstacle>) {
    match waits(snapshot) {
        (Stage::HandingOver(_), Blocker::Awaiting(Successor { object, obstacle })) => (object, obstacle),
        other => panic!("{other:?}"),
    }
}

#[test]
fn pods_wait_for_the_object_that_selects_them_and_move_before_their_profile_goes() {
    let nobody_yet = leaver(&[], &[other("web-v2")]);
    assert_eq!(awaiting(&nobody_yet), ("web-v2".into(), None));
    let behind = leaver(&[of("web-v2", "web-v2-9999")], &[other("web-v2")]);
    assert_eq!(awaiting(&behind), ("web-v2".into(), None));
    let next = of("web-v2", "0-web-v2-9999");
    let creating = Profile { status: Creating, ..next.clone() };
    assert_eq!(awaiting(&leaver(&[creating], &[other("web-v2")])), ("web-v2".into(), None));

    let mut snapshot = leaver(&[next], &[other("web-v2")]);
    snapshot.status_since.insert("arn:0-web-v2-9999".into(), NOW);
    assert_eq!(brief(&snapshot), "settling");
    snapshot.status_since.insert("arn:0-web-v2-9999".into(), Duration::ZERO);
    assert_eq!(see_recorded(&mut snapshot), "record eviction of web/a-1");
    assert_eq!(brief(&snapshot), "evict a-1 for 0-web-v2-9999");
    snapshot.pods = known(&[replica("web-9999", "a", 2), replica("0-web-v2-9999", "a", 3)]);
    assert_eq!(see_recorded(&mut snapshot), "record proof of [\"0-web-v2-9999\"]");
    assert_eq!(see_recorded(&mut snapshot), "record eviction of web/a-2");
    snapshot.pods = known(&[replica("0-web-v2-9999", "a", 3), replica("0-web-v2-9999", "a", 4)]);
    assert_eq!(brief(&snapshot), "delete web-9999 ObjectDeleted");
}

#[test]
fn what_cannot_take_over_by_itself_is_told() {
    let keeps = OtherObject { keeps_its_name: true, ..other("web-v2") };
    let theirs = of("web-v2", "web-v2");
    let kept = leaver(from_ref(&theirs), from_ref(&keeps));
    assert_eq!(awaiting(&kept), ("web-v2".into(), Some(Obstacle::KeepsItsName)));
    // An exact name that sorts first does take over.
    let early = OtherObject { name: "api".into(), stem: "api".into(), ..keeps };
    assert_eq!(awaiting(&leaver(&[], &[early])), ("api".into(), None));

    let between = of("mid", "web-a-9999");
    let taken =
        leaver(&[theirs, between], &[other("web-v2"), OtherObject { selectors: selectors("more"), ..other("mid") }]);
    assert_eq!(awaiting(&taken), ("web-v2".into(), Some(Obstacle::WouldTakeFrom("web-a-9999".into()))));
    let held = OtherObject { held: Some("its spec.suspend is set".into()), ..other("web-v2") };
    let suspended = leaver(&[], &[held]);
    assert_eq!(awaiting(&suspended), ("web-v2".into(), Some(Obstacle::Held("its spec.suspend is set".into()))));

    // A profile that is CREATING takes over even if its object no longer selects the pods.
    let creating = Profile { status: Creating, ..of("web-v2", "0-web-v2-9999") };
    let mut coming = suspended.clone();
    coming.profiles.push(creating);
    assert_eq!(awaiting(&coming), ("web-v2".into(), None));
    coming.other_objects[0].selectors = selectors("more");
    assert_eq!(awaiting(&coming), ("web-v2".into(), None));

    // A person may give up the pods, at once or beforehand.
    let mut approved = suspended.clone();
    let (Stage::HandingOver(plan), _) = waits(&approved) else { panic!() };
    approved.object.approval = Some(plan);
    assert_eq!(brief(&approved), "delete web-9999 ObjectDeleted");
    let mut late = suspended;
    draining(&mut late, "web-9999", 1800);
    let drain = DrainSpec { on_timeout: Some(OnTimeout::Proceed), ..DrainSpec::default() };
    late.spec.replacement = Some(ReplacementSpec { drain: Some(drain), ..ReplacementSpec::default() });
    assert_eq!(brief(&late), "delete web-9999 ObjectDeleted");
}

#[test]
fn a_profile_that_goes_after_all_is_not_blamed_for_pods_that_come_back() {
    let mut snapshot = leaver(&[of("web-v2", "0-web-v2-9999")], &[other("web-v2")]);
    see_recorded(&mut snapshot);
    let back = Pod { created: wall(1), ready: false, ..replica("web-9999", "a", 3) };
    snapshot.pods = known(&[replica("web-9999", "a", 2), back]);
    assert!(matches!(waits(&snapshot).0, Stage::Bounced(..)));
    snapshot.other_objects = vec![leaving("web-v2")];
    assert_eq!(brief(&snapshot), "delete web-9999 ObjectDeleted", "nobody takes them any more");
}

#[test]
fn each_pod_waits_for_whom_it_would_go_to() {
    // The first of several takes over.
    let zones = [of("web-c", "web-c-9999"), of("web-b", "web-b-9999")];
    assert_eq!(awaiting(&leaver(&zones, &[other("web-c"), other("web-b")])).0, "web-b");
    // An object that goes too takes nothing over, nor does its profile.
    let both = leaver(&[of("app", "app-9999")], &[leaving("app")]);
    assert_eq!(brief(&both), "delete web-9999 ObjectDeleted");
    let kept = leaver(&[of("app", "app-9999")], &[leaving("app"), other("web-v2")]);
    assert_eq!(awaiting(&kept).0, "web-v2");
    // Pods that cannot be moved are waited for, as usual.
    let mut bare = leaver(&[of("web-v2", "web-v2-9999")], &[other("web-v2")]);
    bare.pods = known(&[on("web-9999", "web", "bare")]);
    assert_eq!(waits(&bare), (Stage::Pods, Blocker::Bare));
}

#[test]
fn a_foreign_profile_behind_holds_the_pods_until_a_person_decides() {
    let mut snapshot = leaver(&[foreign("zoo", Active)], &[]);
    let (Stage::Losing(plan), Blocker::Behind(zoo)) = waits(&snapshot) else { panic!("{}", brief(&snapshot)) };
    assert_eq!(zoo, "zoo");
    snapshot.object.approval = Some(plan);
    assert_eq!(brief(&snapshot), "delete web-9999 ObjectDeleted");
}

#[test]
fn pods_that_nobody_takes_are_named_for_a_while_before_they_end() {
    let mut snapshot = leaver(&[], &[]);
    snapshot.object.deleting_for = Duration::from_secs(59);
    assert_eq!(brief(&snapshot), "notice for 2 pods on web-9999");
    snapshot.object.deleting_for = Duration::from_secs(60);
    assert_eq!(brief(&snapshot), "delete web-9999 ObjectDeleted");
    snapshot.object.deleting_for = Duration::ZERO;
    snapshot.pods = Pods::Known(Vec::new());
    assert_eq!(brief(&snapshot), "delete web-9999 ObjectDeleted", "nothing is lost");
}

#[test]
fn selectors_that_were_given_up_hand_over_as_well() {
    let mut snapshot = with(&[outdated("web-9999", Active), owned("web-9998", Active), {
        Profile { selectors: selectors("old"), ..of("old", "zoo-9999") }
    }]);
    snapshot.other_objects = vec![OtherObject { selectors: selectors("old"), stem: "zoo".into(), ..other("old") }];
    let pod = Pod { namespace: "old".into(), ..replica("web-9999", "a", 1) };
    snapshot.pods = known(&[pod]);
    draining(&mut snapshot, "web-9999", 60);
    assert_eq!(awaiting(&snapshot), ("old".into(), None));
}

#[test]
fn who_takes_over_makes_its_next_profile_in_front() {
    let snapshot = taker();
    assert_eq!(brief(&snapshot), "create 0-web-9999");
    let facts = Facts::of(&snapshot);
    assert!(facts.takes_over() && facts.serving().is_some(), "it serves all along");
    assert_eq!(facts.changes, ["name: before app-9999, to take over its pods"]);
    // Once created, it is the target, and no further profile steps in front.
    let mut created = taker();
    created.profiles.push(owned("0-web-9999", Creating));
    assert_eq!(brief(&created), "await 0-web-9999");
    assert!(Facts::of(&created).serving().is_some());
    // Two profiles go at once: one step in front of both.
    let mut two = taker();
    two.profiles.push(of("0-app", "0-app-9999"));
    two.other_objects.push(leaving("0-app"));
    two.pods = known(&[replica("app-9999", "a", 1), replica("0-app-9999", "b", 1)]);
    assert_eq!(brief(&two), "create 0-0-web-9999");
    // A first profile gets the early name at once.
    let mut first = taker();
    first.profiles.remove(0);
    first.status.profiles.clear();
    assert_eq!(brief(&first), "create 0-web-9999");
    first.pods = Pods::Known(Vec::new());
    assert_eq!(brief(&first), "create web-9999", "nobody waits");
}

#[test]
fn nobody_steps_in_front_without_need_or_at_the_cost_of_others() {
    let settled = |change: &dyn Fn(&mut Snapshot)| {
        let mut snapshot = taker();
        change(&mut snapshot);
        brief(&snapshot)
    };
    assert_eq!(settled(&|it| it.other_objects = vec![other("app")]), "settled", "overlap alone");
    assert_eq!(settled(&|it| it.pods = known(&[])), "settled", "nothing is there to be taken over");
    assert_eq!(settled(&|it| it.pods = known(&[on("app-9999", "web", "bare")])), "settled", "nor to be moved");
    assert_eq!(settled(&|it| it.profiles.push(foreign("a", Active))), "settled", "another one takes them");
    assert_eq!(settled(&|it| it.other_objects.push(other("api"))), "settled", "that is another one's to do");
    let between = |name: &'static str, selects: &'static str| {
        move |it: &mut Snapshot| {
            it.profiles.push(Profile { selectors: selectors(selects), ..of("mid", name) });
            it.other_objects.push(OtherObject { selectors: selectors("more"), ..other("mid") });
        }
    };
    assert_eq!(settled(&between("mid-9999", "w*")), "settled", "it would take pods from mid-9999");
    assert_eq!(settled(&between("mid-9999", "more")), "create 0-web-9999");
    assert_eq!(settled(&between("zoo-9999", "w*")), "create 0-web-9999", "it is behind in any case");
    let strategy = |strategy, approval| Some(ReplacementSpec { strategy, approval, ..ReplacementSpec::default() });
    assert_eq!(settled(&|it| it.spec.replacement = strategy(Some(Strategy::DeleteFirst), None)), "settled");
    let manual = |it: &mut Snapshot| it.spec.replacement = strategy(None, Some(Approval::Manual));
    assert_eq!(settled(&manual), "await approval");
    assert_eq!(settled(&|it| it.spec.suspend = Some(true)), "suspended pending=true");
}

#[test]
fn who_was_taken_back_by_its_pods_does_not_step_in_front_again() {
    let mut snapshot = taker();
    (snapshot.status.failed_generation, snapshot.status.failed_by) = (Some(1), Some(FailedBy::Pods));
    assert_eq!(brief(&snapshot), "stalled ReplacementUnhealthy");
    let mut early = snapshot.clone();
    early.profiles.push(owned("0-web-9999", Active));
    assert_eq!(brief(&early), "delete 0-web-9999 Unhealthy");
    snapshot.object.generation = 2;
    assert_eq!(brief(&snapshot), "create 0-web-9999");
    // No pod waits any more.
    snapshot.object.generation = 1;
    snapshot.pods = known(&[]);
    assert_eq!(brief(&snapshot), "record recovered");
}

#[test]
fn without_a_free_slot_an_empty_profile_makes_room_and_pods_never_do() {
    let mut snapshot = taker();
    snapshot.full_at = Some(2);
    snapshot.attempts.insert(ActionKey::Create(1), failed(Class::Fix, Reason::NoFreeSlot, 1));
    assert_eq!(brief(&snapshot), "delete web-9999 GivesWay");
    let mut given = snapshot.clone();
    given.profiles[0].status = Deleting;
    assert_eq!(brief(&given), "await web-9999", "its slot is about to be free");
    let mut wider = snapshot.clone();
    wider.spec = selecting(&["web", "more"]);
    wider.profiles[0].selectors.extend(selectors("more"));
    assert_eq!(brief(&wider), "no free slot, approvable=false", "nobody would take the pods of `more` meanwhile");
    snapshot.pods = known(&[replica("app-9999", "a", 1), replica("web-9999", "b", 1)]);
    assert_eq!(brief(&snapshot), "no free slot, approvable=false");
}

#[test]
fn a_circle_of_names_ends_with_a_clear_word() {
    let stem = "s".repeat(56);
    let mut snapshot = prepared();
    snapshot.spec.profile_name = Some(stem.clone());
    snapshot.profiles = vec![of("app", &format!("0-{stem}-0000"))];
    snapshot.other_objects = vec![leaving("app")];
    snapshot.pods = known(&[replica(&format!("0-{stem}-0000"), "a", 1)]);
    assert_eq!(brief(&snapshot), "stalled NamesUsedUp");
}

#[test]
fn wildcards_are_compared_for_what_they_could_both_match() {
    use crate::placement::{could_share, covers};
    let selector = |namespace: &str, labels: &[(&str, &str)]| Selector {
        namespace: namespace.into(),
        labels: labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect::<BTreeMap<_, _>>(),
    };
    for (a, b, shares) in [
        ("web", "web", true),
        ("web", "api", false),
        ("w*", "*b", true),
        ("w*", "x*", false),
        ("w??", "*e*", true),
        ("w?", "web", false),
        ("*", "", true),
    ] {
        let (a, b) = (selector(a, &[]), selector(b, &[]));
        assert_eq!((could_share(&a, &b), could_share(&b, &a)), (shares, shares), "{a} {b}");
    }
    let tier = |value: &str| selector("web", &[("tier", value)]);
    assert!(!could_share(&tier("web"), &tier("db")) && could_share(&tier("w*"), &tier("web")));
    assert!(could_share(&tier("web"), &selector("web", &[("app", "x")])), "a pod may have both");
    assert!(covers(&selector("*", &[]), &tier("web")) && covers(&tier("w*"), &tier("web")));
    assert!(!covers(&tier("web"), &selector("web", &[])) && !covers(&selector("w?b", &[]), &selector("w*b", &[])));
}
