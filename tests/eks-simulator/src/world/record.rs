//! Writing the log.

use super::World;
use crate::log::{Entry, Event};

/// The log so far.
#[derive(Default)]
pub(crate) struct Record(Vec<Entry>);

impl Record {
    pub(crate) fn len(&self) -> u64 {
        self.0.len() as u64
    }

    /// The entries after `seq`.
    pub(crate) fn since(&self, seq: u64) -> &[Entry] {
        let from = usize::try_from(seq).unwrap_or(usize::MAX).min(self.0.len());
        &self.0[from..]
    }
}

impl World {
    /// Writes a line at the world's present time and returns its number.
    pub(crate) fn write(&mut self, event: Event) -> u64 {
        let seq = self.record.len() + 1;
        let earlier = self.record.0.last().map_or(0.0, |entry| entry.at_ms);
        self.record.0.push(Entry {
            seq,
            // A skip of the clock maps different moments to one wall time; the log stays in order all the same.
            at_ms: (self.clock.wall(self.now) * 1000.0).max(earlier),
            unscaled: self.now.as_secs_f64(),
            event,
        });
        seq
    }
}
