//! Pod counts in status.

use super::of;
use crate::act::Outcome;
use crate::eks::ProfileStatus::{Active, Creating, Deleting};
use crate::placement::Pod;
use crate::state::Snapshot;
use crate::state::fixture::{known, outdated, owned, replica, selectors, with};

fn summary(snapshot: &Snapshot) -> Option<String> {
    of(snapshot, &Outcome::Rested).status.pods.map(|pods| pods.summary)
}

fn pods() -> [Pod; 2] {
    [replica("web-9999", "a", 1), replica("web-9999", "a", 2)]
}

#[test]
fn pods_are_counted_while_any_profile_of_the_object_takes_them() {
    for (profiles, counted) in [
        (vec![owned("web-9999", Active)], Some("2/2")),
        (vec![owned("web-9999", Creating)], None),
        // The next profile is being created, and the old one serves.
        (vec![outdated("web-9999", Active), owned("web-9998", Creating)], Some("2/2")),
        (vec![owned("web-9999", Deleting)], None),
    ] {
        let mut snapshot = with(&profiles);
        snapshot.profiles[0].selectors.extend(selectors("web"));
        snapshot.pods = known(&pods());
        assert_eq!(summary(&snapshot).as_deref(), counted, "{profiles:?}");
    }
}

#[test]
fn a_pod_that_is_ending_is_not_counted_beside_the_one_that_replaces_it() {
    let mut snapshot = with(&[outdated("web-9999", Active), owned("web-9998", Active)]);
    snapshot.profiles[0].selectors.extend(selectors("web"));
    let [ending, other] = pods();
    let next = Pod { node: None, ready: false, ..replica("web-9998", "a", 3) };
    snapshot.pods = known(&[Pod { terminating: true, ..ending }, other, next]);
    assert_eq!(summary(&snapshot).as_deref(), Some("1/2"));
}
