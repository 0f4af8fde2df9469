//! Whatever a person has to act on is shown to the letter, and nothing else waits for a person.

use fargate_operator::api::Reason;

use Stalls::{Here, Never, With};

use super::situation::Row;
use super::situations;

/// Whether an object may stall for a reason, and where that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stalls {
    /// By a row of the table.
    Here,
    /// It takes pods: by the tests in this file.
    With(&'static str),
    /// It never stalls.
    Never,
}

/// Each reason once. One that is not in the list does not compile.
macro_rules! each_reason {
    ($($reason:ident: $stalls:expr,)*) => {
        const EACH: &[(Reason, Stalls)] = &[$((Reason::$reason, $stalls)),*];

        const _: fn(Reason) = |reason| match reason {
            $(Reason::$reason => (),)*
        };
    };
}

each_reason! {
    Active: Never,
    NotActive: Never,
    Settled: Never,
    AsExpected: Never,
    WaitingForTurn: Never,
    Creating: Never,
    Replacing: Never,
    Retiring: Never,
    Draining: Never,
    HandingOver: Never,
    HandoverHeld: With("handover/held.rs"),
    TakingOver: Never,
    Recreating: Never,
    PodsOnSuperseded: Never,
    DrainHeld: With("drain/availability/held.rs"),
    DrainBounced: With("drain/bounced.rs"),
    DrainUnanswered: With("drain/availability/troubled.rs"),
    PodsWithoutProfile: Here,
    ReplacementUnhealthy: With("drain/unhealthy.rs"),
    EvictionBlocked: Never,
    EvictionRefused: With("drain/rights.rs"),
    PodPinned: Never,
    PodsUnknown: Here,
    Tagging: Never,
    Mending: Never,
    MendingHeld: With("mending/role.rs"),
    AwaitingConfirmation: Never,
    Suspended: Never,
    AwaitingApproval: Never,
    ReplacementFailed: Here,
    RollingBack: Never,
    RunsTheOperator: Here,
    RunsDNS: Here,
    NoFreeSlot: Here,
    Deleting: Never,
    CreateFailed: Here,
    DeleteFailed: Here,
    InvalidParameter: Here,
    TrustPolicy: Here,
    AccessDenied: Here,
    NoCredentials: Here,
    Throttled: Never,
    EksUnavailable: Here,
    DefaultMissing: Here,
    NameTaken: Here,
    OwnershipLost: Here,
    ClusterNotFound: Here,
    ClusterNotActive: Here,
    ClusterMismatch: Here,
    TooManyProfiles: Here,
    NamesUsedUp: Here,
    KubernetesUnavailable: Never,
    PrerequisitesMet: Never,
    PrerequisitesNotMet: With("prerequisites/rules.rs"),
    PrerequisitesUnknown: Never,
    Unreadable: Never,
    RetryRequested: Never,
    ApprovalIgnored: Never,
    SelectorsOverlap: Never,
    CheckSelectors: Never,
    PodsNotWorking: Never,
    Evicted: Never,
    Recreated: Never,
    CreateRequested: Never,
    DeleteRequested: Never,
    GapOpened: Never,
    GapClosed: Never,
    Tagged: Never,
    Mended: Never,
    Adopted: Never,
    Released: Never,
    ProfileVanished: Never,
    Deleted: Never,
}

#[test]
fn every_reason_to_stall_has_a_row() {
    let rows: Vec<Row> = situations().into_iter().flat_map(|(_, rows)| rows).collect();
    let live = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for (reason, stalls) in EACH {
        let name = reason.name();
        let has_a_row = rows.iter().any(|row| row.shows.stall() == Some(name));
        assert_eq!(has_a_row, *stalls == Here, "{name}: {stalls:?}, and has a row: {has_a_row}");
        if let With(file) = stalls {
            let tests = std::fs::read_to_string(live.join(file)).unwrap();
            let waits = |line: &str| line.contains(&format!("\"{name}\"")) && line.to_lowercase().contains("stall");
            assert!(tests.lines().any(waits), "nothing in {file} stalls for {name}");
        }
    }
}
