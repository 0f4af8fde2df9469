//! Every state of an object that the API server has shown while a test ran: what was so only for a moment is in it, too.

use std::sync::{Arc, Mutex};

use bed::Bed;
use fargate_operator::api::{ConditionType, FargateProfile, ReplacementStatus};
use futures::StreamExt;
use kube::runtime::{WatchStreamExt, watcher};
use tokio::task::JoinHandle;

use crate::support::{BedExt, condition, is};

/// The states of one object since [`record`] was called.
pub struct Recorder {
    states: Arc<Mutex<Vec<FargateProfile>>>,
    task: JoinHandle<()>,
}

/// Begins to record an object, there already or not.
pub fn record(bed: &Bed, name: &str) -> Recorder {
    let states = Arc::new(Mutex::new(Vec::new()));
    let config = watcher::Config::default().fields(&format!("metadata.name={name}"));
    let watched = watcher(bed.profiles(), config).default_backoff().touched_objects();
    let task = tokio::spawn({
        let states = Arc::clone(&states);
        watched.for_each(move |state| {
            if let Ok(state) = state {
                states.lock().unwrap().push(state);
            }
            std::future::ready(())
        })
    });
    Recorder { states, task }
}

impl Recorder {
    /// The states so far.
    pub fn states(&self) -> Vec<FargateProfile> {
        self.states.lock().unwrap().clone()
    }

    /// The reasons and messages with which a condition was true.
    pub fn while_true(&self, kind: ConditionType) -> Vec<String> {
        let mut texts: Vec<String> = self
            .states()
            .iter()
            .filter(|state| is(state, kind))
            .filter_map(|state| condition(state, kind))
            .map(|(_, reason, message)| format!("{reason}: {message}"))
            .collect();
        texts.dedup();
        texts
    }

    /// The replacements that status has shown.
    pub fn replacements(&self) -> Vec<ReplacementStatus> {
        self.states().into_iter().filter_map(|state| state.status?.replacement).collect()
    }

    /// What was in the way while the object waited for its turn.
    pub fn blocked_by(&self) -> Vec<String> {
        let mut texts: Vec<String> =
            self.states().into_iter().filter_map(|state| Some(state.status?.queue?.blocked_by)).collect();
        texts.dedup();
        texts
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.task.abort();
    }
}
