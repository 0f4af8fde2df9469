//! Several scenes on one bed, each played to its end whatever becomes of the others.

use std::panic::AssertUnwindSafe;

use futures::future::{LocalBoxFuture, join_all};
use futures::{FutureExt, StreamExt, stream};

/// A scene by its name.
pub type Scene<'a> = (&'static str, LocalBoxFuture<'a, ()>);

/// All at the same time.
pub async fn play(scenes: Vec<Scene<'_>>) {
    judge(join_all(scenes.into_iter().map(to_its_end)).await);
}

/// One after another: where EKS is to have nothing else to do, for whoever waits for its turn gains time.
pub async fn play_in_turn(scenes: Vec<Scene<'_>>) {
    judge(stream::iter(scenes).then(to_its_end).collect().await);
}

async fn to_its_end((name, scene): Scene<'_>) -> Option<&'static str> {
    AssertUnwindSafe(scene).catch_unwind().await.err().map(|_| name)
}

fn judge(ends: Vec<Option<&'static str>>) {
    let failed: Vec<_> = ends.into_iter().flatten().collect();
    assert!(failed.is_empty(), "{failed:?}, as told above");
}
