//! `bed demo`: what the operator does, told on a bed of its own. One story for people and for `--check`.
//!
//! - [`story`]: the steps.
//! - [`scene`]: what a step can do and wait for.
//! - [`mending`]: the step from an empty account to CoreDNS on Fargate and back.
//! - [`why`]: the step with the question why a pod is not on Fargate.
//! - [`claims`]: what must be so, read from the simulator's log.
//! - [`view`]: what users see meanwhile, line by line.
//! - [`page`]: how it is written.
//! - [`leftovers`]: what an ended bed must not leave.

mod claims;
mod leftovers;
mod mending;
mod page;
mod scene;
mod story;
mod view;
mod why;

use std::time::{Duration, Instant};

use anyhow::bail;

use crate::{Stop, up};

/// The objects of the story, in the repository.
pub(crate) const PROFILES: &str = "tests/bed/src/demo/profiles.yaml";
/// The pods of the story, in the repository.
const WEB: &str = "tests/bed/src/demo/web.yaml";

/// An object that comes later, in the repository.
const LATE: &str = "tests/bed/src/demo/late.yaml";

/// The rights to move CoreDNS, in the repository.
const RIGHTS: &str = "deploy/mending";

/// The question of a workshop, in the repository.
const SHOP: &str = "tests/bed/src/demo/shop.yaml";

/// The object that comes to an empty account, in the repository.
const FIRST: &str = "tests/bed/src/demo/first.yaml";

/// How long people have to read before something happens.
const PAUSE: Duration = Duration::from_secs(4);

/// Tells the story to people and leaves the bed to them.
///
/// # Errors
/// If the bed does not start, or a claim of the story does not hold.
pub(crate) async fn show(scale: u16) -> anyhow::Result<()> {
    up::hold(scale, async |bed| story::tell(bed, PAUSE).await).await
}

/// Tells the story to nobody, ends the bed and looks for leftovers.
///
/// # Errors
/// If the bed does not start, a claim of the story does not hold, or something is left.
pub(crate) async fn check(scale: u16) -> anyhow::Result<()> {
    let began = Instant::now();
    let mut stop = Stop::caught()?;
    let mut bed = tokio::select! {
        begun = up::begin(scale) => begun?,
        () = stop.asked() => bail!("interrupted"),
    };
    let told = tokio::select! {
        told = async {
            bed.start_operator().await?;
            story::tell(&mut bed, Duration::ZERO).await
        } => told,
        () = stop.asked() => Err(anyhow::anyhow!("interrupted")),
    };
    let traces = leftovers::Traces::of(&bed);
    let left = traces.none_left(&bed.end()).await;
    told?;
    left?;
    println!("demo-check: all of it held, and nothing is left running ({:.0} s)", began.elapsed().as_secs_f64());
    Ok(())
}
