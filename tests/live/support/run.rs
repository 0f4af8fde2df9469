//! Several cases on one bed, each run to its end whatever becomes of the others.

use std::panic::AssertUnwindSafe;

use futures::future::{LocalBoxFuture, join_all};
use futures::{FutureExt, StreamExt, stream};

/// A case by its name.
pub type Case<'a> = (&'static str, LocalBoxFuture<'a, ()>);

/// All at the same time.
pub async fn run(cases: Vec<Case<'_>>) {
    judge(join_all(cases.into_iter().map(to_its_end)).await);
}

/// One after another: where EKS is to have nothing else to do, for whoever waits for its turn gains time.
pub async fn run_in_turn(cases: Vec<Case<'_>>) {
    judge(stream::iter(cases).then(to_its_end).collect().await);
}

async fn to_its_end((name, case): Case<'_>) -> Option<&'static str> {
    AssertUnwindSafe(case).catch_unwind().await.err().map(|_| name)
}

fn judge(ends: Vec<Option<&'static str>>) {
    let failed: Vec<_> = ends.into_iter().flatten().collect();
    assert!(failed.is_empty(), "{failed:?}, as told above");
}
