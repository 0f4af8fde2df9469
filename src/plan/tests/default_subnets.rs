//! Default subnets that are looked for: they are found, or not, or others than before.

use std::collections::BTreeSet;

use crate::api::{Adoption, Prerequisites, ResolvedDefaults};
use crate::eks::ProfileStatus::{Active, Creating};
use crate::plan::fixture::{brief, decide};
use crate::plan::{Step, Wait};
use crate::prerequisites::Search;
use crate::state::fixture::{ROLE, delete_first, foreign, outdated, owned, prepared, previous, with};
use crate::state::{DefaultSubnets, Facts, Snapshot};

/// Those of the fixture's profiles.
const BEFORE: &str = "subnet-00000001";
const OTHER: &str = "subnet-00000002";

fn found(id: &str) -> DefaultSubnets {
    DefaultSubnets::Found([id.to_owned()].into())
}

fn missing() -> DefaultSubnets {
    DefaultSubnets::Missing("none is there".into())
}

fn resolved(id: &str) -> Option<ResolvedDefaults> {
    Some(ResolvedDefaults { pod_execution_role_arn: Some(ROLE.into()), subnets: Some(vec![id.into()]) })
}

/// The subnets of the profile that is created.
fn created(snapshot: &Snapshot) -> Option<BTreeSet<String>> {
    let Step::Create { profile, .. } = decide(snapshot) else { panic!("{}", brief(snapshot)) };
    profile.subnets
}

fn drift(snapshot: &Snapshot) -> Vec<String> {
    Facts::of(snapshot).drift.map(|drift| drift.fields).unwrap_or_default()
}

#[test]
fn no_profile_is_created_without_subnets_that_are_looked_for() {
    for mut snapshot in [prepared(), delete_first(&[])] {
        snapshot.spec.prerequisites = Some(Prerequisites::Ignore);
        snapshot.defaults.subnets = missing();
        let Step::Wait(Wait::Stalled { message, .. }) = decide(&snapshot) else { panic!("{}", brief(&snapshot)) };
        assert_eq!((brief(&snapshot).as_str(), message.as_str()), ("stalled DefaultMissing", "none is there"));
        snapshot.defaults.subnets = DefaultSubnets::Sought(Search::Auto);
        assert_eq!(brief(&snapshot), "stalled DefaultMissing");
        snapshot.defaults.subnets = found(OTHER);
        assert_eq!(created(&snapshot), Some([OTHER.to_owned()].into()));
        (snapshot.defaults.subnets, snapshot.spec.subnets) = (missing(), Some(vec![BEFORE.into()]));
        assert_eq!(created(&snapshot), Some([BEFORE.to_owned()].into()));
    }
}

#[test]
fn what_was_found_first_stays_until_the_spec_changes_or_the_new_subnets_are_approved() {
    let mut snapshot = with(&[owned("web-9999", Active)]);
    snapshot.status.resolved = resolved(BEFORE);
    for (now, drifted) in [(found(BEFORE), vec![]), (found(OTHER), vec!["subnets"]), (missing(), vec![])] {
        snapshot.defaults.subnets = now;
        assert_eq!(
            (brief(&snapshot).as_str(), drift(&snapshot)),
            ("settled", drifted.into_iter().map(str::to_owned).collect())
        );
        // So it stays on record.
        assert_eq!(Facts::of(&snapshot).desired.subnets, Some([BEFORE.to_owned()].into()));
    }
    snapshot.defaults.subnets = found(OTHER);
    snapshot.object.approval = Facts::of(&snapshot).drift.and_then(|drift| drift.plan).map(|(plan, _)| plan);
    assert_eq!(created(&snapshot), Some([OTHER.to_owned()].into()));
    snapshot.object.approval = None;
    snapshot.object.generation = 2;
    assert_eq!(created(&snapshot), Some([OTHER.to_owned()].into()));
}

#[test]
fn an_edit_goes_on_with_what_was_found_before_while_nothing_is_found() {
    let mut snapshot = with(&[outdated("web-9999", Active)]);
    snapshot.object.generation = 2;
    snapshot.defaults.subnets = missing();
    snapshot.status.resolved = resolved(OTHER);
    assert_eq!(created(&snapshot), Some([OTHER.to_owned()].into()));
    // The status of an older operator says nothing.
    snapshot.status.resolved = None;
    assert_eq!(created(&snapshot), Some([BEFORE.to_owned()].into()));
}

#[test]
fn a_profile_that_is_not_on_record_keeps_its_subnets() {
    for status in [Active, Creating] {
        let mut snapshot = with(&[owned("web-9999", status)]);
        let usual = brief(&snapshot);
        snapshot.status.profiles.clear();
        for (now, drifted) in [(found(OTHER), 1), (missing(), 0)] {
            snapshot.defaults.subnets = now;
            assert_eq!((brief(&snapshot), drift(&snapshot).len()), (usual.clone(), drifted));
        }
    }
}

#[test]
fn adoption_needs_no_subnets() {
    let mut snapshot = with(&[foreign("web", Active)]);
    snapshot.spec.adoption = Some(Adoption::IfUnowned);
    snapshot.defaults.subnets = missing();
    assert_eq!(brief(&snapshot), "tag web Adopt");
}

#[test]
fn a_gap_is_closed_with_what_was_found_before_or_with_the_profile_from_before() {
    let mut snapshot = delete_first(&[]);
    snapshot.status.previous = Some(previous(&outdated("web", Active)));
    snapshot.object.generation = 2;
    snapshot.defaults.subnets = missing();
    snapshot.status.resolved = resolved(OTHER);
    assert_eq!(created(&snapshot), Some([OTHER.to_owned()].into()));
    snapshot.status.resolved = None;
    let Step::Create { profile, .. } = decide(&snapshot) else { panic!("{}", brief(&snapshot)) };
    let before = outdated("web", Active);
    assert_eq!((profile.subnets, profile.selectors), (Some(before.subnets), before.selectors));
}
