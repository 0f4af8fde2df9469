//! Every state of an object that the API server has shown while a test ran: what was so only for a moment is in it, too.

use std::sync::{Arc, Mutex};

use bed::Bed;
use fargate_operator::api::{ConditionType, FargateProfile, ReplacementStatus};
use futures::StreamExt;
use kube::runtime::{WatchStreamExt, watcher};
use tokio::task::JoinHandle;

use crate::support::{Use, condition, is};

/// The states of one object since [`film`] was called.
pub struct Film {
    states: Arc<Mutex<Vec<FargateProfile>>>,
    camera: JoinHandle<()>,
}

/// Begins to film an object, there already or not.
pub fn film(bed: &Bed, name: &str) -> Film {
    let states = Arc::new(Mutex::new(Vec::new()));
    let config = watcher::Config::default().fields(&format!("metadata.name={name}"));
    let watched = watcher(bed.profiles(), config).default_backoff().touched_objects();
    let camera = tokio::spawn({
        let states = Arc::clone(&states);
        watched.for_each(move |state| {
            if let Ok(state) = state {
                states.lock().unwrap().push(state);
            }
            std::future::ready(())
        })
    });
    Film { states, camera }
}

impl Film {
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

impl Drop for Film {
    fn drop(&mut self) {
        self.camera.abort();
    }
}
