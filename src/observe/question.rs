//! How much of the account's quotas an object needs.

use crate::api::Strategy;
use crate::placement::Pod;
use crate::prerequisites::Creation;
use crate::state::Facts;

/// Thousandths of a vCPU that Fargate provides for these pods, once it has all of them.
pub(super) fn millicpu<'a>(pods: impl Iterator<Item = &'a Pod>) -> u32 {
    let has_size = |pod: &&Pod| pod.is_live() && !pod.wants_ec2 && !pod.is_of_daemon_set() && pod.unfit.is_empty();
    pods.filter(has_size).map(|pod| pod.millicpu).fold(0, u32::saturating_add)
}

/// Whether a profile is to be created beside those that are there. DeleteFirst makes room for it first.
pub(super) fn creates(facts: &Facts<'_>) -> Option<Creation> {
    if facts.target.is_some() && !facts.takes_over() {
        return None;
    }
    match (facts.foremost, facts.snapshot.spec.strategy()) {
        (None, _) => Some(Creation::First),
        (Some(_), Strategy::CreateFirst) => Some(Creation::Replacement),
        (Some(_), Strategy::DeleteFirst) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eks::ProfileStatus::{Active, CreateFailed, Creating};
    use crate::placement::{Controller, PodPhase};
    use crate::state::Snapshot;
    use crate::state::fixture::{delete_first, foreign, outdated, owned, with};

    #[test]
    fn a_profile_is_created_for_whoever_has_none_or_an_outdated_one_and_does_not_delete_first() {
        let creates = |snapshot: Snapshot| super::creates(&Facts::of(&snapshot));
        let foreign = foreign("theirs", Active);
        assert_eq!(creates(with(&[foreign])), Some(Creation::First));
        assert_eq!(creates(with(&[owned("web-9999", CreateFailed)])), Some(Creation::First));
        assert_eq!(creates(with(&[outdated("web-9999", Active)])), Some(Creation::Replacement));
        // It is there already.
        assert_eq!(creates(with(&[owned("web-9998", Creating), outdated("web-9999", Active)])), None);
        assert_eq!(creates(with(&[owned("web-9999", Active)])), None);
        assert_eq!(creates(delete_first(&[outdated("web", Active)])), None);
        assert_eq!(creates(delete_first(&[])), Some(Creation::First));
    }

    #[test]
    fn pods_that_fargate_will_not_run_need_no_vcpu() {
        let pod = || Pod { millicpu: 500, ..Pod::default() };
        let daemon = Controller { api_version: "apps/v1".into(), kind: "DaemonSet".into(), ..Controller::default() };
        let pods = [
            pod(),
            pod(),
            Pod { phase: PodPhase::Ended, ..pod() },
            Pod { wants_ec2: true, ..pod() },
            Pod { unfit: vec!["hostNetwork".into()], ..pod() },
            Pod { controller: Some(daemon), ..pod() },
        ];
        assert_eq!(millicpu(pods.iter()), 1000);
    }
}
