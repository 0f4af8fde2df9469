//! What gitops/ holds is true: the health check of Argo CD and the verdicts of kstatus, run on statuses that the operator's
//! own report made, and the examples.

// Helpers of tests may end with a panic as tests may; clippy.toml's setting only reaches into functions with #[test].
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod examples;
mod helm;
mod table;
mod verdicts;

/// The text of a file of the repository.
fn text(path: &str) -> String {
    let file = bed::programs::repository().join(path);
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}
