//! Watches FargateProfiles until a goal is met or cannot be met. A watch that breaks starts again with a list, so no change is lost.

mod goal;
#[cfg(test)]
mod tests;
mod view;

use std::collections::BTreeMap;
use std::pin::pin;
use std::time::Duration;

use futures::StreamExt;
use jiff::Timestamp;
use kube::ResourceExt;
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{Error as WatchError, Event};
use tokio::sync::watch;

pub(super) use self::goal::{End, Goal};
pub(super) use self::view::View;
use super::Exit;
use super::cluster::{Cluster, refusal};
use super::objects::{failed, left_out};
use super::status::Course;
use super::terminal::Terminal;
use super::times::age;
use crate::api::FargateProfile;
use crate::kubernetes::CallError;
use crate::observe::{Unreadable, objects};

/// How often a picture with times in it is drawn anew.
const TICK: Duration = Duration::from_secs(1);

/// What is followed, and how.
pub(super) struct Follow<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) terminal: &'a Terminal,
    pub(super) goal: Goal,
    pub(super) view: View,
    pub(super) limit: Option<Duration>,
    /// How many times as fast as EKS the operator runs.
    pub(super) scale: f64,
}

/// The objects as they were seen last.
#[derive(Default)]
struct Seen {
    objects: BTreeMap<String, FargateProfile>,
    /// Those of a list that is not complete yet.
    listing: BTreeMap<String, FargateProfile>,
    is_complete: bool,
    /// Those that this version cannot read, which is said.
    left_out: Unreadable,
}

impl Seen {
    fn take(&mut self, event: Event<FargateProfile>) {
        match event {
            Event::Init => self.listing.clear(),
            Event::InitApply(object) => {
                self.listing.insert(object.name_any(), object);
            }
            Event::InitDone => {
                self.objects = std::mem::take(&mut self.listing);
                self.is_complete = true;
            }
            Event::Apply(object) => {
                self.objects.insert(object.name_any(), object);
            }
            Event::Delete(object) => {
                self.objects.remove(&object.name_any());
            }
        }
    }

    /// A line for each object that this version has not been unable to read before.
    fn leave_out(&mut self, unreadable: Unreadable) -> Vec<String> {
        let news = unreadable.iter().filter(|(name, why)| self.left_out.get(*name) != Some(*why));
        let lines = news.map(|(name, why)| left_out(name, &why.error)).collect();
        self.left_out = unreadable;
        lines
    }
}

impl Follow<'_> {
    /// Shows what goes on until the goal is reached.
    ///
    /// # Errors
    /// If it cannot be reached, or time is over: object, condition and message.
    pub(super) async fn run(mut self) -> anyhow::Result<Exit> {
        let unreadable = watch::Sender::new(Unreadable::new());
        let mut events = pin!(objects(self.cluster.client.clone(), unreadable.clone()).default_backoff());
        let mut over = pin!(time_limit(self.limit));
        let mut interrupted = pin!(tokio::signal::ctrl_c());
        let mut tick = tokio::time::interval(TICK);
        let (mut seen, mut was_there) = (Seen::default(), false);
        loop {
            tokio::select! {
                event = events.next() => match event {
                    Some(Ok(event)) => seen.take(event),
                    Some(Err(error)) => broken(error, seen.is_complete, &mut self.view)?,
                    None => anyhow::bail!("the watch of FargateProfiles has ended"),
                },
                _ = tick.tick() => if !self.view.has_a_clock() { continue },
                () = &mut over => return Err(self.late(&seen)),
                // A script that waits for it must not continue.
                _ = &mut interrupted => return Ok(Exit::Bad),
            }
            if !seen.is_complete {
                continue;
            }
            let courses = self.courses(&seen);
            was_there |= !courses.is_empty();
            let hidden = unreadable.borrow().clone();
            match self.goal.name() {
                Some(name) => can_be_read(name, &hidden)?,
                None => seen.leave_out(hidden).iter().for_each(|line| self.view.aside(line)),
            }
            self.view.show(self.terminal, &self.goal, &courses, Timestamp::now())?;
            match self.goal.end(&courses, was_there) {
                Some(End::Reached(told)) => {
                    nothing_left_out(&seen.left_out)?;
                    self.told(&told);
                    return Ok(Exit::Good);
                }
                Some(End::Impossible(why)) => anyhow::bail!(why),
                None => {}
            }
        }
    }

    fn courses(&self, seen: &Seen) -> Vec<Course> {
        let now = Timestamp::now();
        goal::chosen(&self.goal, &seen.objects).map(|object| Course::of(object, now, self.scale)).collect()
    }

    /// Documents are for programs, which see from the last one how it ended.
    fn told(&self, told: &str) {
        if !matches!(self.view, View::Documents(_)) {
            anstream::println!("{}", self.terminal.wrapped(told, 2));
        }
    }

    fn late(&self, seen: &Seen) -> anyhow::Error {
        let limit = age(self.limit.unwrap_or_default());
        anyhow::anyhow!("time is over after {limit}: {}", self.goal.unmet(&self.courses(seen)))
    }
}

fn can_be_read(name: &str, unreadable: &Unreadable) -> anyhow::Result<()> {
    let why = unreadable.get(name);
    why.map_or(Ok(()), |why| anyhow::bail!("this version cannot read FargateProfile {name}: {}", why.error))
}

/// Nobody is to take for settled what was not read.
fn nothing_left_out(left_out: &Unreadable) -> anyhow::Result<()> {
    let names: Vec<String> = left_out.keys().map(|name| format!("FargateProfile {name}")).collect();
    anyhow::ensure!(names.is_empty(), "the rest is settled, but this version cannot read {}", names.join(", "));
    Ok(())
}

async fn time_limit(limit: Option<Duration>) {
    match limit {
        Some(limit) => tokio::time::sleep(limit).await,
        None => std::future::pending().await,
    }
}

/// A watch that breaks is begun anew by itself, unless it was refused or has never begun.
fn broken(error: WatchError, has_begun: bool, view: &mut View) -> anyhow::Result<()> {
    let cause = match error {
        WatchError::InitialListFailed(cause) | WatchError::WatchStartFailed(cause) | WatchError::WatchFailed(cause) => {
            cause
        }
        WatchError::WatchError(status) => kube::Error::Api(status),
        other @ WatchError::NoResourceVersion => anyhow::bail!("watching FargateProfiles failed: {other}"),
    };
    let error = CallError::new("watching FargateProfiles", cause);
    // The history of a watch that was away for long is gone: a list follows.
    let is_over = error.code() == Some(410);
    if error.is_refused() || !has_begun {
        return Err(failed(&error));
    }
    if !is_over {
        view.aside(&format!("{}: it is begun anew", refusal(&error)));
    }
    Ok(())
}
