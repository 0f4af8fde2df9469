//! Mutants of quiet time and other waits.

use fargate_operator::state::Snapshot;

use super::{Flaw, Mutant};
use crate::config::Config;
use crate::event_budget::Event;

pub(super) fn all() -> Vec<Mutant> {
    use Event::{Crash, CreateFails, Delete, Edit, Lag, Late, Outsider, Pod};
    const NO_QUIET: &[Flaw] = &[Flaw::Turn, Flaw::QuietStart];
    vec![
        Mutant::new("nothing is quiet: a second mutation", 4, &[(Edit, 1), (Late, 1)])
            .with(NO_QUIET)
            .telling(not_quiet),
        Mutant::new("nothing is quiet: a late create", 5, &[(Delete, 1), (Late, 1)])
            .with(NO_QUIET)
            .telling(not_quiet)
            .alone(),
        Mutant::new(
            "nothing is quiet: a late delete of a name used again",
            2,
            &[(Edit, 1), (Late, 1), (CreateFails, 1)],
        )
        .with(NO_QUIET)
        .telling(not_quiet)
        .alone(),
        Mutant::new("nothing is quiet: a claim", 8, &[(Edit, 1), (Lag, 1)]).with(NO_QUIET).telling(not_quiet).alone(),
        Mutant::new("a new process does not begin in quiet time", 5, &[(Delete, 1), (Crash, 1), (Late, 1)])
            .with(&[Flaw::QuietStart])
            .alone(),
        Mutant::new("the settle time is zero", 3, &[(Edit, 1), (Pod, 1), (Late, 1)])
            .telling(|snapshot| snapshot.settle = std::time::Duration::ZERO),
        Mutant::new("absence is believed at once", 5, &[(Edit, 1), (Delete, 1), (Lag, 1)])
            .in_config(|config| Config { looks_go_back: true, ..config })
            .telling(|snapshot| snapshot.absent_since.clear()),
        Mutant::new("absence is never believed", 6, &[(Outsider, 1)]).with(&[Flaw::Absence]),
    ]
}

fn not_quiet(snapshot: &mut Snapshot) {
    snapshot.quiet = false;
}
