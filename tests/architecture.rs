//! The rooms of `src/`, in order, and what each may use of the others.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

/// Each room with the rooms that it may use. All of them stand before it, so that nothing flows back.
const ROOMS: &[(&str, &[&str])] = &[
    ("time", &[]),
    ("intervals", &[]),
    ("message", &[]),
    ("api", &[]),
    ("failure", &["api"]),
    ("telemetry", &["api"]),
    ("kubernetes", &["message"]),
    ("aws", &["message", "api", "failure", "telemetry"]),
    ("ec2", &["aws"]),
    ("iam", &["failure", "aws"]),
    ("quotas", &["aws"]),
    ("eks", &["message", "api", "failure", "aws"]),
    ("placement", &["message", "api", "eks"]),
    ("explain", &["api", "eks", "placement"]),
    ("prerequisites", &["message", "aws", "ec2", "iam", "quotas", "eks", "placement"]),
    ("mending", &["message", "api", "aws", "iam", "eks", "prerequisites"]),
    ("state", &["time", "message", "api", "failure", "eks", "placement", "prerequisites", "mending"]),
    ("import", &["api", "eks", "state"]),
    ("plan", &["message", "api", "failure", "eks", "placement", "prerequisites", "mending", "state"]),
    (
        "observe",
        &[
            "time",
            "intervals",
            "message",
            "api",
            "failure",
            "kubernetes",
            "aws",
            "ec2",
            "iam",
            "quotas",
            "eks",
            "placement",
            "prerequisites",
            "mending",
            "state",
        ],
    ),
    (
        "act",
        &[
            "time",
            "intervals",
            "message",
            "api",
            "failure",
            "kubernetes",
            "iam",
            "eks",
            "placement",
            "mending",
            "state",
            "plan",
            "observe",
        ],
    ),
    ("memory", &["intervals", "api", "failure", "eks", "state", "plan", "act"]),
    (
        "report",
        &[
            "time",
            "intervals",
            "message",
            "api",
            "failure",
            "kubernetes",
            "eks",
            "placement",
            "prerequisites",
            "mending",
            "state",
            "plan",
            "act",
        ],
    ),
    (
        "forecast",
        &[
            "time",
            "intervals",
            "api",
            "failure",
            "iam",
            "eks",
            "placement",
            "prerequisites",
            "mending",
            "state",
            "plan",
            "observe",
            "act",
            "memory",
            "report",
        ],
    ),
    ("leader", &["time", "intervals", "api", "telemetry", "kubernetes"]),
    (
        "controller",
        &[
            "time",
            "intervals",
            "message",
            "api",
            "failure",
            "telemetry",
            "kubernetes",
            "ec2",
            "iam",
            "quotas",
            "eks",
            "state",
            "plan",
            "observe",
            "act",
            "memory",
            "report",
            "leader",
        ],
    ),
    (
        "cli",
        &[
            "time",
            "intervals",
            "api",
            "telemetry",
            "aws",
            "ec2",
            "iam",
            "quotas",
            "eks",
            "prerequisites",
            "mending",
            "state",
            "leader",
            "controller",
        ],
    ),
    (
        "plugin",
        &[
            "time",
            "intervals",
            "api",
            "failure",
            "telemetry",
            "kubernetes",
            "aws",
            "ec2",
            "iam",
            "quotas",
            "eks",
            "placement",
            "explain",
            "prerequisites",
            "state",
            "import",
            "observe",
            "report",
            "forecast",
        ],
    ),
];

/// Rooms, and files of others, that know no client and no clock: what they need of either is an argument.
const PURE: &[&str] = &[
    "intervals",
    "failure",
    "placement",
    "explain",
    "prerequisites",
    "state",
    "import",
    "plan",
    "memory",
    "report",
    "forecast",
];
/// The one file of a pure room that writes.
const WRITES: &str = "report/writer.rs";
const IMPURE: &[&str] = &["kube::Client", "kube::api::Api", "tokio::", "Instant::now", "Timestamp::now", "SystemTime"];

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// All files below, but for tests.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && name != "tests" {
            found.extend(files(&path));
        } else if name.ends_with(".rs") && !["tests.rs", "fixture.rs", "simulation.rs"].contains(&name) {
            found.push(path);
        }
    }
    found
}

/// A file's own code: without comments, and without the tests at its end.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let own = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    own.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Each file with the room that it is in, by its path below `src/`.
fn rooms() -> Vec<(String, String, PathBuf)> {
    let place = |path: PathBuf| {
        let below = path.strip_prefix(src()).unwrap().to_str().unwrap().to_owned();
        let room = below.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
        (room, below, path)
    };
    files(&src()).into_iter().map(place).filter(|(room, ..)| !["lib", "main", "bin"].contains(&room.as_str())).collect()
}

#[test]
fn each_room_uses_only_what_stands_before_it() {
    for (at, (room, allowed)) in ROOMS.iter().enumerate() {
        for used in *allowed {
            assert!(ROOMS[..at].iter().any(|(before, _)| before == used), "{used} does not stand before {room}");
        }
    }
    let mut wrong = Vec::new();
    let mut unused: Vec<(&str, &str)> =
        ROOMS.iter().flat_map(|(room, allowed)| allowed.iter().map(|used| (*room, *used))).collect();
    for (room, below, path) in rooms() {
        let (_, allowed) = ROOMS.iter().find(|(name, _)| *name == room).unwrap_or_else(|| panic!("no room {room}"));
        for used in code(&path).split("crate::").skip(1) {
            let used = used.split(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit())).next().unwrap();
            unused.retain(|pair| *pair != (room.as_str(), used));
            if used != room && !allowed.contains(&used) {
                wrong.push(format!("{below} uses crate::{used}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(unused.is_empty(), "allowed, but not used: {unused:?}");
}

#[test]
fn the_pure_rooms_know_no_client_and_no_clock() {
    let wrong: Vec<String> = rooms()
        .into_iter()
        .filter(|(room, below, _)| PURE.contains(&room.as_str()) && below != WRITES)
        .flat_map(|(_, below, path)| {
            let code = code(&path);
            IMPURE.iter().filter(move |word| code.contains(*word)).map(move |word| format!("{below} knows {word}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
