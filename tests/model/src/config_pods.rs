//! The configurations in which pods move.

use crate::config::{Config, Sick};
use crate::eks::Rules;
use crate::event_budget::Event;
use crate::real::{APART, NARROW, WEB};
use crate::webhook::Webhook;
use Event::{
    Approve, Astray, Blind, Budget, Busy, Crash, Delete, Edit, Forge, Lag, Late, Lost, PodLag, Refused, ReplyLost,
    Restart, Rollout, Scale, Slow, Suspend, Timeout, Unwritten,
};

const REFUSING_B: Rules = Rules { quota: 100, refused: Some(1) };

/// No pod starts on profiles of B.
const SICK_B: Option<Sick> = Some(Sick { spec: Some(1), set: None });

fn drain(name: &'static str, left: &[(Event, u8)]) -> Config {
    Config { sets: &[(2, WEB)], running: true, ..Config::new(name, left) }
}

/// A pod that was created before its profile.
fn wait(name: &'static str, left: &[(Event, u8)]) -> Config {
    Config { sets: &[(1, WEB)], running: false, ..drain(name, left) }
}

/// Controllers whose pods are on a profile that is replaced.
pub fn all() -> Vec<Config> {
    let two = &[(2, WEB), (1, WEB)];
    vec![
        drain("drain", &[(Edit, 1), (Restart, 1)]),
        Config { sets: two, ..drain("drain, two controllers", &[(Edit, 1)]) },
        Config { specs: 3, sets: &[(1, WEB)], ..drain("drain, edits", &[(Edit, 2), (Slow, 1)]) },
        drain("drain, calls", &[(Edit, 1), (Lost, 1), (ReplyLost, 1), (Late, 1), (Refused, 1)]),
        drain("drain, crashes", &[(Edit, 1), (Crash, 2), (Unwritten, 1)]),
        drain("drain, scaled", &[(Edit, 1), (Scale, 2)]),
        drain("drain, budget, suspended", &[(Edit, 1), (Budget, 1), (Suspend, 1), (Blind, 1)]),
        drain("drain, watches lag", &[(Edit, 1), (PodLag, 1), (Restart, 1)]),
        drain("drain, looks lag", &[(Edit, 2), (Lag, 1)]),
        Config { sets: &[(1, WEB)], proceed: true, ..drain("drain, Proceed", &[(Edit, 1), (Timeout, 1), (Blind, 1)]) },
        drain("drain, Hold", &[(Edit, 1), (Timeout, 1), (Restart, 1)]),
        Config {
            sets: &[(1, WEB), (1, APART)],
            narrowing: true,
            ..drain("drain, narrowed", &[(Edit, 2), (Approve, 1)])
        },
        Config { webhook: Webhook::Late, ..drain("drain, the webhook is late", &[(Edit, 1), (Restart, 1)]) },
        Config { webhook: Webhook::Late, ..drain("drain, late webhook, scaled", &[(Edit, 1), (Scale, 2)]) },
        Config { webhook: Webhook::Late, ..drain("drain, late webhook, crash", &[(Edit, 1), (Crash, 1), (Budget, 1)]) },
        Config {
            webhook: Webhook::Late,
            specs: 3,
            sets: &[(1, WEB)],
            ..drain("drain, late webhook, edits", &[(Edit, 2)])
        },
        Config { webhook: Webhook::Late, sets: two, ..drain("drain, late webhook, two", &[(Edit, 1)]) },
        Config { webhook: Webhook::Reversed, ..drain("drain, reversed order", &[(Edit, 1), (Restart, 1)]) },
        Config { webhook: Webhook::Never, ..drain("drain, the webhook is deaf", &[(Edit, 1), (Restart, 1)]) },
        drain("drain, a pod lands astray", &[(Edit, 1), (Astray, 1)]),
        Config { sick: SICK_B, ..drain("drain, pods do not start", &[(Edit, 1), (Crash, 1), (Restart, 1)]) },
        Config { sick: SICK_B, specs: 3, sets: &[(1, WEB)], ..drain("drain, one spec starts no pods", &[(Edit, 2)]) },
        Config { sick: SICK_B, holds: true, ..drain("drain, onUnhealthy: Hold", &[(Edit, 1), (Restart, 1)]) },
        drain("drain, pods are slow", &[(Edit, 1), (Slow, 1)]),
        Config { sick: SICK_B, sets: two, ..drain("drain, pods do not start, two", &[(Edit, 1), (Budget, 1)]) },
        Config {
            sick: SICK_B,
            ..drain("drain, pods do not start, calls", &[(Edit, 1), (Late, 1), (ReplyLost, 1), (Lag, 1)])
        },
        Config {
            sick: SICK_B,
            specs: 3,
            sets: &[(1, WEB)],
            ..drain("drain, pods do not start, timeout", &[(Edit, 1), (Timeout, 1)])
        },
        Config { delete_first: true, ..drain("drain, DeleteFirst", &[(Edit, 2)]) },
        Config { delete_first: true, ..drain("drain, switched", &[(Edit, 1), (Event::Switch, 1), (Slow, 1)]) },
        Config {
            rules: Rules { quota: 2, refused: None },
            specs: 3,
            sets: &[(1, WEB)],
            ..drain("drain, quota of 2", &[(Edit, 2), (Approve, 1)])
        },
        Config { manual: true, ..drain("drain, approval", &[(Edit, 2), (Approve, 2)]) },
        Config { proceed: true, sets: two, ..drain("drain, Proceed, two", &[(Edit, 1), (Timeout, 1)]) },
        Config {
            there: Some("0-else"),
            sets: &[(1, WEB)],
            ..drain("drain, deleted, another takes", &[(Delete, 1), (Timeout, 1), (Blind, 1)])
        },
        drain("drain, deleted", &[(Edit, 1), (Delete, 1)]),
        Config {
            sets: &[(2, WEB), (1, APART)],
            narrowing: true,
            first: NARROW,
            ..drain("drain, widened", &[(Edit, 1)])
        },
        Config {
            sets: &[(2, WEB), (1, APART)],
            narrowing: true,
            first: NARROW,
            sick: Some(Sick { spec: Some(0), set: Some(0) }),
            ..drain("drain, widened, some do not start", &[(Edit, 1)])
        },
        Config {
            sets: &[(1, WEB), (1, WEB)],
            sick: Some(Sick { spec: Some(1), set: Some(1) }),
            ..drain("drain, one controller's do not start", &[(Edit, 1)])
        },
        Config { sets: &[(1, WEB), (1, WEB)], ..drain("drain, forged label", &[(Edit, 1), (Forge, 1)]) },
        Config { sick: SICK_B, ..drain("drain, pods do not start, forged label", &[(Edit, 1), (Forge, 1)]) },
        Config {
            sets: &[(2, WEB), (0, WEB)],
            deployment: true,
            sick: Some(Sick { spec: None, set: Some(1) }),
            ..drain("drain, a stuck rollout", &[(Edit, 1), (Rollout, 1)])
        },
        Config {
            rules: Rules { quota: 2, refused: None },
            specs: 3,
            ..drain("drain, quota of 2, edited twice", &[(Edit, 2)])
        },
        Config { rules: REFUSING_B, delete_first: true, ..wait("pods wait, DeleteFirst, EKS refuses B", &[(Edit, 2)]) },
        Config {
            manual: true,
            delete_first: true,
            ..wait("pods wait, DeleteFirst, approval", &[(Edit, 2), (Approve, 1)])
        },
        Config { manual: true, ..wait("pods wait, approval", &[(Edit, 2), (Approve, 1)]) },
        wait("pods wait, suspended", &[(Edit, 1), (Suspend, 1)]),
        Config { rules: REFUSING_B, ..wait("pods wait, EKS refuses B", &[(Edit, 1)]) },
        Config { rules: Rules { quota: 1, refused: None }, ..wait("pods wait, quota of 1", &[(Edit, 1)]) },
        wait("pods wait, cluster busy", &[(Edit, 1), (Busy, 1)]),
        Config { running: false, ..drain("pods before their profile", &[(Slow, 1), (Delete, 1), (Late, 1)]) },
    ]
}
