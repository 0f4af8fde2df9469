//! FargateProfiles that need somebody, or that the operator has not seen.

use std::time::Duration;

use jiff::Timestamp;
use kube::ResourceExt;

use super::super::gather::{Objects, Read};
use super::super::line::{Check, Line};
use super::count;
use crate::api::{ConditionType, FargateProfile, FargateProfileStatus, Phase};
use crate::intervals::Intervals;

const CHECK: Check = Check("objects", "FargateProfiles");

/// EKS deletes a profile within minutes.
const DELETED_WITHIN: Duration = Duration::from_secs(15 * 60);
/// An operator that is at work looks at a new object at once.
const SEEN_WITHIN: Duration = Duration::from_secs(60);

pub(super) fn lines(read: &Read<Objects>, at: Timestamp, intervals: &Intervals) -> Vec<Line> {
    CHECK.of(read, |objects| {
        let held = objects.readable.iter().filter_map(|object| held(object, at, intervals));
        let unreadable = objects.unreadable.iter().map(|(name, why)| unreadable(name, why));
        let lines: Vec<Line> = unreadable.chain(held).collect();
        if lines.is_empty() { vec![summary(&objects.readable)] } else { lines }
    })
}

fn summary(objects: &[FargateProfile]) -> Line {
    let ready = objects.iter().filter(|object| ConditionType::Ready.is_true(&status(object).conditions)).count();
    CHECK.ok(match objects.len() {
        0 => "there are none".to_owned(),
        all => format!("{}, {ready} Ready, none waits for anybody", count(all, "object")),
    })
}

fn status(object: &FargateProfile) -> FargateProfileStatus {
    object.status.clone().unwrap_or_default()
}

fn unreadable(name: &str, why: &str) -> Line {
    CHECK
        .fail(format!("this plugin cannot read it, and an operator of its version leaves it alone: {why}"))
        .about(format!("FargateProfile {name}"))
        .cure("upgrade operator and plugin, or correct the object:")
        .command(format!("kubectl edit fp {name}"))
}

/// The worst problem of an object that somebody has to act on, if there is one.
fn held(object: &FargateProfile, at: Timestamp, intervals: &Intervals) -> Option<Line> {
    let (name, status) = (object.name_any(), status(object));
    let since = |time: Timestamp| Duration::try_from(at.duration_since(time)).unwrap_or_default();
    let age = |time: Option<Timestamp>| time.map_or(Duration::ZERO, since);
    let deleting = age(object.metadata.deletion_timestamp.as_ref().map(|time| time.0));
    let created = age(object.creation_timestamp().map(|time| time.0));
    let stalled = ConditionType::Stalled.holding(&status.conditions);
    let is_unseen = status.observed_generation.is_none_or(|generation| generation < 0);
    let awaits = status.replacement.as_ref().is_some_and(|replacement| replacement.phase == Phase::AwaitingApproval);
    let line = if is_unseen && created > intervals.scale_down(SEEN_WITHIN) {
        CHECK
            .fail(format!("the operator has not looked at it for {}", minutes(created)))
            .cure("see the lines about the operator, its rights and its pods")
    } else if let Some(stalled) = stalled {
        let line = CHECK.fail(format!("Stalled, {}: {}", stalled.reason, stalled.message));
        if status.failed_generation.is_some() {
            line.cure("fix what the message names, then:").command(format!("kubectl fargate retry {name}"))
        } else {
            line
        }
    } else if awaits {
        CHECK.warn("a replacement waits for approval").command(format!("kubectl fargate approve {name}"))
    } else if deleting > intervals.scale_down(DELETED_WITHIN) {
        CHECK
            .warn(format!("it has been in deletion for {}", minutes(deleting)))
            .cure("to see what holds it:")
            .command(format!("kubectl fargate status {name}"))
    } else if object.spec.suspend == Some(true) {
        CHECK.warn("suspended: no change to it is carried out").command(format!("kubectl fargate resume {name}"))
    } else {
        return None;
    };
    Some(line.about(format!("FargateProfile {name}")))
}

fn minutes(long: Duration) -> String {
    match long.as_secs() / 60 {
        minutes @ 0..120 => format!("{minutes} min"),
        minutes => format!("{} h", minutes / 60),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::super::line::Level::{self, Fail, Ok as Good, Warn};
    use super::*;
    use crate::intervals::DEFAULTS;

    const AT: &str = "2026-01-01T12:00:00Z";

    fn told(object: Value) -> (Level, String) {
        let objects = Objects { readable: vec![serde_json::from_value(object).unwrap()], unreadable: Vec::new() };
        let [line] = lines(&Ok(objects), AT.parse().unwrap(), &DEFAULTS).try_into().unwrap();
        (line.level, line.detail)
    }

    fn object(metadata: Value, spec: Value, status: Value) -> Value {
        let mut object = json!({
            "apiVersion": "fargate-operator.dev/v1alpha1",
            "kind": "FargateProfile",
            "metadata": { "name": "web", "creationTimestamp": "2026-01-01T10:00:00Z" },
            "spec": { "selectors": [] },
            "status": { "observedGeneration": 1 },
        });
        for (part, fields) in [("metadata", metadata), ("spec", spec), ("status", status)] {
            object[part].as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        }
        object
    }

    fn condition(kind: &str, reason: &str) -> Value {
        let time = "2026-01-01T10:00:00Z";
        json!({ "conditions": [{ "type": kind, "status": "True", "reason": reason, "message": "why", "lastTransitionTime": time }] })
    }

    #[test]
    fn an_object_that_needs_somebody_says_why() {
        let none = || json!({});
        let replacement =
            json!({ "replacement": { "from": "web-9999", "phase": "AwaitingApproval", "startedAt": AT } });
        let unseen = json!({ "observedGeneration": -1 });
        for (metadata, spec, status, expected) in [
            (none(), none(), condition("Ready", "Active"), (Good, "1 object, 1 Ready, none waits for anybody")),
            (none(), none(), condition("Stalled", "TrustPolicy"), (Fail, "Stalled, TrustPolicy: why")),
            (none(), none(), replacement, (Warn, "a replacement waits for approval")),
            (none(), json!({ "suspend": true }), none(), (Warn, "suspended: no change to it is carried out")),
            (none(), none(), unseen.clone(), (Fail, "the operator has not looked at it for 2 h")),
            (json!({ "creationTimestamp": AT }), none(), unseen, (Good, "1 object, 0 Ready, none waits for anybody")),
            (
                json!({ "deletionTimestamp": "2026-01-01T11:30:00Z" }),
                none(),
                none(),
                (Warn, "it has been in deletion for 30 min"),
            ),
            (
                json!({ "deletionTimestamp": "2026-01-01T11:50:00Z" }),
                none(),
                none(),
                (Good, "1 object, 0 Ready, none waits for anybody"),
            ),
        ] {
            let (level, detail) = told(object(metadata, spec, status));
            assert_eq!((level, detail.as_str()), expected);
        }
    }

    #[test]
    fn an_object_of_a_later_version_is_named() {
        let objects = Objects { readable: Vec::new(), unreadable: vec![("new".into(), "spec.x: unknown".into())] };
        let told = lines(&Ok(objects), AT.parse().unwrap(), &DEFAULTS);
        assert_eq!((told[0].level, told[0].about.as_str()), (Fail, "FargateProfile new"));
    }
}
