//! Where EKS and Fargate's scheduler say why they refuse something of an object.

use crate::state::{Pods, Snapshot};

/// What was said, of profiles and of pods.
pub(in crate::observe) fn refusals(snapshot: &Snapshot) -> impl Iterator<Item = &str> {
    let tried = snapshot.attempts.values().filter_map(|attempt| Some(attempt.failure.as_ref()?.message.as_str()));
    // After a restart, nothing but the status remembers.
    let told = snapshot.status.conditions.iter().map(|condition| condition.message.as_str());
    let pods: &[_] = if let Pods::Known(pods) = &snapshot.pods { pods } else { &[] };
    let taken = pods.iter().filter(|pod| pod.profile().is_some());
    tried.chain(told).chain(taken.filter_map(|pod| pod.issue.as_ref().map(|issue| issue.message.as_str())))
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

    use super::*;
    use crate::api::Reason;
    use crate::failure::Class;
    use crate::placement::{Issue, IssueCause, Pod};
    use crate::state::ActionKey;
    use crate::state::fixture::{failed, known, on, prepared, wall};

    #[test]
    fn tries_the_status_and_pods_of_profiles_tell_it() {
        let mut snapshot = prepared();
        assert_eq!(refusals(&snapshot).count(), 0);
        snapshot.attempts.insert(ActionKey::Create(1), failed(Class::Fix, Reason::InvalidParameter, 1));
        snapshot.status.conditions.push(Condition {
            type_: "Stalled".into(),
            status: "True".into(),
            reason: "InvalidParameter".into(),
            message: "EKS said no".into(),
            observed_generation: None,
            last_transition_time: Time(wall(0)),
        });
        let issue = |message| Some(Issue { cause: IssueCause::ZoneNotSupported, message, since: None, ended: None });
        let waits = |pod: Pod| Pod { issue: issue(format!("no zone for {}", pod.name)), ..pod };
        let stray = Pod { name: "stray".into(), ..Pod::default() };
        snapshot.pods = known(&[waits(on("web-9999", "web", "a")), on("web-9999", "web", "b"), waits(stray)]);
        assert_eq!(refusals(&snapshot).collect::<Vec<_>>(), ["EKS says no", "EKS said no", "no zone for a"]);
    }
}
