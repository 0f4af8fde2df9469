//! The configurations in which one object hands over its pods to another.

use crate::config::{Config, Sick};
use crate::eks::Rules;
use crate::event_budget::{Event, EventBudget};
use crate::real::{APART, API, SAME, SHARING, WEB};
use Event::{
    Apply, Approve, Blind, Budget, Busy, Crash, CreateFails, Delete, Edit, Lag, Late, Lost, PodLag, ReplyLost, Restart,
    Suspend, Switch, Timeout, Unwritten,
};

/// Both objects select the pods, which are on the profile of `home`. `api` sorts before `web`.
fn both(name: &'static str, home: u8, left: &[(Event, u8)]) -> Config {
    Config { objects: 2, second: &[SAME], home, sets: &[(1, WEB)], running: true, ..Config::new(name, left) }
}

/// Each object has its own namespace, and both select a third one, whose pods are on the profile of `home`.
fn third(name: &'static str, home: u8, left: &[(Event, u8)]) -> Config {
    Config { second: &[SHARING], sets: &[(1, APART)], ..both(name, home, left) }
}

/// An object goes, or gives up selectors, and another one takes its pods.
pub fn all() -> Vec<Config> {
    let quota = |quota| Rules { quota, refused: None };
    vec![
        Config { sets: &[(2, WEB)], ..both("handover, to one before", 0, &[(Delete, 1)]) },
        Config { sets: &[(2, WEB)], ..both("handover, to one behind", 1, &[(Delete, 1)]) },
        both("handover, restarted", 1, &[(Delete, 1), (Restart, 1)]),
        both("handover, calls", 1, &[(Delete, 1), (Late, 1), (ReplyLost, 1)]),
        both("handover, crashes", 1, &[(Delete, 1), (Crash, 1)]),
        both("handover, looks lag", 1, &[(Delete, 1), (Lag, 1)]),
        both("handover, watches lag", 1, &[(Delete, 1), (PodLag, 1)]),
        Config { later: Some(1), notices: true, ..both("handover, applied later", 0, &[(Delete, 1), (Apply, 1)]) },
        Config {
            later: Some(0),
            notices: true,
            ..both("handover, applied later, behind", 1, &[(Delete, 1), (Apply, 1)])
        },
        Config { there: Some("b-else"), ..both("handover, one of nobody between", 1, &[(Delete, 1), (Approve, 1)]) },
        Config { there: Some("zoo"), ..both("handover, one of nobody behind", 1, &[(Delete, 1), (Approve, 1)]) },
        Config { rules: quota(2), ..both("handover, quota full", 1, &[(Delete, 1), (Crash, 1)]) },
        Config {
            rules: quota(2),
            sets: &[(1, WEB), (1, APART)],
            ..third("handover, quota full, the taker has pods", 1, &[(Delete, 1), (Approve, 1)])
        },
        Config { delete_first: true, ..both("handover, DeleteFirst", 1, &[(Delete, 1), (Approve, 1), (Switch, 1)]) },
        Config { manual: true, ..both("handover, approval", 1, &[(Delete, 1), (Approve, 2)]) },
        both("handover, suspended", 1, &[(Delete, 1), (Suspend, 1), (Approve, 1)]),
        both("handover, EKS fails", 1, &[(Delete, 1), (CreateFails, 1)]),
        both("handover, edited meanwhile", 1, &[(Delete, 1), (Edit, 1)]),
        Config {
            there: Some("zoo"),
            ..both("handover, both go, one of nobody behind", 1, &[(Delete, 2), (Approve, 1)])
        },
        both("handover, both go", 1, &[(Delete, 2)]),
        both("handover, unseen", 1, &[(Delete, 1), (Blind, 1)]),
        Config { proceed: true, ..both("handover, Proceed", 1, &[(Delete, 1), (Timeout, 1)]) },
        Config {
            sick: Some(Sick { spec: Some(0), set: None }),
            ..both("handover, pods do not start", 1, &[(Delete, 1), (Approve, 1)])
        },
        Config { narrowing: true, second: &[SHARING, 0], ..third("handover, given up", 0, &[(Edit, 2), (Approve, 1)]) },
        Config {
            narrowing: true,
            second: &[SHARING, 0],
            ..third("handover, given up to one behind", 1, &[(Edit, 2), (Approve, 1)])
        },
        Config {
            second: &[SAME, SHARING],
            ..both("handover, given up, the rest stays between", 1, &[(Edit, 1), (Approve, 1)])
        },
        Config { objects: 3, sets: &[(1, WEB), (1, APART)], ..third("handover, split", 0, &[(Delete, 1)]) },
        Config { sets: &[(1, API), (1, APART)], ..third("handover, partly", 1, &[(Delete, 1)]) },
    ]
}

/// Two objects go, and the third one takes the pods of both.
pub fn merge() -> Config {
    Config {
        objects: 3,
        vast: true,
        second: &[0],
        sets: &[(1, WEB), (1, WEB), (1, API)],
        ..both("handover, merge", 0, &[(Delete, 2), (Crash, 1), (Late, 1), (Lag, 1), (Restart, 1), (Approve, 1)])
    }
}

/// The configurations in which generated sequences of edits run.
pub fn of_edits() -> Vec<Config> {
    let left = [
        (Edit, 8),
        (Delete, 1),
        (Suspend, 2),
        (Crash, 2),
        (Lost, 1),
        (ReplyLost, 1),
        (Late, 2),
        (Unwritten, 1),
        (Lag, 2),
        (CreateFails, 1),
        (Busy, 1),
        (Approve, 3),
        (Restart, 2),
        (Budget, 1),
    ];
    let sharing = |name| Config {
        narrowing: true,
        second: &[SAME, SHARING, 0],
        sets: &[(1, WEB), (1, APART)],
        ..both(name, 1, &left)
    };
    vec![
        sharing("edits of what two objects select"),
        Config { rules: Rules { quota: 3, refused: None }, ..sharing("edits of what two objects select, few slots") },
        Config { manual: true, ..sharing("edits of what two objects select, approval") },
        // One object selects what the other two select together.
        Config {
            objects: 3,
            second: &[0, SHARING],
            sets: &[(1, WEB), (1, API)],
            left: EventBudget::of(&[
                (Edit, 4),
                (Delete, 2),
                (Crash, 2),
                (Late, 1),
                (Lag, 1),
                (Approve, 2),
                (Restart, 1),
            ]),
            ..both("edits of what three objects select", 0, &[])
        },
        merge(),
    ]
}
