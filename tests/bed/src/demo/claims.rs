//! What must be so, read from the simulator's log of calls and changes.

use eks_simulator::ProfileStatus;
use eks_simulator::log::Entry;

/// Whether no profile was CREATING or DELETING while another one was.
pub(super) fn one_at_a_time(log: &[Entry]) -> bool {
    let mut changing: Option<&str> = None;
    for change in log.iter().filter_map(Entry::change) {
        if change.to.is_some_and(ProfileStatus::is_changing) {
            if changing.is_some_and(|other| other != change.arn) {
                return false;
            }
            changing = Some(&change.arn);
        } else if changing == Some(change.arn.as_str()) {
            changing = None;
        }
    }
    true
}

/// Whether nothing came, went or changed its state.
pub(super) fn only_tags_changed(log: &[Entry]) -> bool {
    log.iter().filter_map(Entry::change).all(|change| change.from == change.to)
}

/// Whether `new` was ACTIVE before the deletion of `old` began, and `old` is gone.
pub(super) fn new_before_old(log: &[Entry], new: &str, old: &str) -> bool {
    let active = first(log, new, Some(ProfileStatus::Active));
    let deleting = first(log, old, Some(ProfileStatus::Deleting));
    let gone = first(log, old, None);
    matches!((active, deleting, gone), (Some(active), Some(deleting), Some(_)) if active < deleting)
}

/// The calls that EKS refused because something else was under way, each in a line.
pub(super) fn refusals(log: &[Entry]) -> Vec<String> {
    let refused = eks_simulator::analysis::conflicts(log);
    let calls = refused.iter().filter_map(Entry::call);
    calls.map(|call| format!("{:?}: {}", call.operation, call.message.as_deref().unwrap_or_default())).collect()
}

fn first(log: &[Entry], arn: &str, to: Option<ProfileStatus>) -> Option<u64> {
    log.iter()
        .find(|entry| entry.change().is_some_and(|change| change.arn == arn && change.to == to))
        .map(|entry| entry.seq)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use eks_simulator::{ClusterSettings, Control, ProfileSpec, Settings, start};

    use super::{new_before_old, one_at_a_time, only_tags_changed};

    async fn cluster() -> eks_simulator::Simulator {
        let eks = start(Settings::scaled(0.0)).await.unwrap();
        eks.add_cluster(ClusterSettings::named("prod"));
        eks
    }

    fn create(eks: &Control, name: &str) -> String {
        eks.outsider().create_profile("prod", ProfileSpec::named(name)).unwrap();
        let arn = eks.profile("prod", name).unwrap().arn;
        eks.advance(Duration::from_secs(300));
        arn
    }

    fn delete(eks: &Control, name: &str) {
        eks.outsider().delete_profile("prod", name).unwrap();
        eks.advance(Duration::from_secs(120));
    }

    #[tokio::test]
    async fn a_replacement_in_the_right_order_is_told_from_one_in_the_wrong_order() {
        let eks = cluster().await;
        let old = create(&eks, "a-9999");
        let new = create(&eks, "a-9998");
        assert!(!new_before_old(&eks.log(), &new, &old), "the old one is still there");
        delete(&eks, "a-9999");
        assert!(new_before_old(&eks.log(), &new, &old));
        delete(&eks, "a-9998");
        let next = create(&eks, "a-9997");
        assert!(!new_before_old(&eks.log(), &next, &new));
        assert!(one_at_a_time(&eks.log()));
        assert!(!only_tags_changed(&eks.log()));
    }
}
