//! What has become of pods, in order, as the API server's watch told it.

use std::collections::BTreeSet;
use std::time::Duration;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When it was seen: the simulator's time, as in its log.
    pub at: Duration,
    /// The pod's namespace.
    pub namespace: String,
    /// The pod's name.
    pub pod: String,
    /// The pod's uid.
    pub uid: String,
    /// The profile that its label names.
    pub profile: Option<String>,
    /// Its node.
    pub node: Option<String>,
    /// What happened.
    pub what: What,
}

/// What can happen to a pod. Each but `Ready` and `Unready` happens once at the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// It is there.
    Created,
    /// It has a node.
    Bound,
    /// It is Ready.
    Ready,
    /// It was Ready and is no more.
    Unready,
    /// Its phase is Succeeded or Failed.
    Finished,
    /// It has a deletion timestamp. A pod that never had a node goes without.
    DeletionAsked,
    /// It is there no more.
    Gone,
}

/// The record of a run up to some moment.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// All lines, oldest first.
    pub entries: Vec<Entry>,
}

impl Record {
    /// The lines about one thing that happens to pods of one profile.
    pub fn of<'a>(&'a self, profile: &'a str, what: What) -> impl Iterator<Item = &'a Entry> {
        self.entries.iter().filter(move |entry| entry.what == what && entry.profile.as_deref() == Some(profile))
    }

    /// Pods that were created for a profile after this moment.
    pub fn landed_after<'a>(&'a self, profile: &'a str, moment: Duration) -> impl Iterator<Item = &'a Entry> {
        self.of(profile, What::Created).filter(move |entry| entry.at > moment)
    }

    /// The lines about one pod.
    #[must_use]
    pub fn life(&self, namespace: &str, pod: &str) -> Vec<&Entry> {
        self.entries.iter().filter(|entry| entry.namespace == namespace && entry.pod == pod).collect()
    }

    /// How many pods of a namespace were Ready, and not to be deleted, from each moment on at which that changed.
    #[must_use]
    pub fn ready_over_time(&self, namespace: &str) -> Vec<(Duration, usize)> {
        let mut ready: BTreeSet<&str> = BTreeSet::new();
        let mut told = Vec::new();
        for entry in self.entries.iter().filter(|entry| entry.namespace == namespace) {
            let before = ready.len();
            match entry.what {
                What::Ready => {
                    ready.insert(&entry.uid);
                }
                What::Unready | What::Finished | What::DeletionAsked | What::Gone => {
                    ready.remove(&*entry.uid);
                }
                What::Created | What::Bound => {}
            }
            if ready.len() != before {
                told.push((entry.at, ready.len()));
            }
        }
        told
    }

    /// The fewest pods of a namespace that were Ready at once, from this moment on.
    #[must_use]
    pub fn fewest_ready(&self, namespace: &str, from: Duration) -> usize {
        let told = self.ready_over_time(namespace);
        let (before, after): (Vec<_>, Vec<_>) = told.into_iter().partition(|(at, _)| *at <= from);
        let at_first = before.last().map_or(0, |(_, ready)| *ready);
        after.into_iter().map(|(_, ready)| ready).fold(at_first, usize::min)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Entry, Record, What};

    fn line(at: u64, pod: &str, what: What) -> Entry {
        let profile = Some("p".to_owned());
        let (namespace, pod, uid) = ("web".to_owned(), pod.to_owned(), pod.to_owned());
        Entry { at: Duration::from_secs(at), namespace, pod, uid, profile, node: None, what }
    }

    #[test]
    fn a_pod_counts_as_ready_until_it_is_to_go() {
        let entries = vec![
            line(1, "a", What::Created),
            line(2, "a", What::Ready),
            line(3, "b", What::Created),
            line(4, "b", What::Ready),
            line(5, "a", What::DeletionAsked),
            line(5, "a", What::Unready),
            line(6, "a", What::Gone),
            line(7, "b", What::Unready),
            line(8, "b", What::Ready),
        ];
        let record = Record { entries };
        let counts: Vec<_> = record.ready_over_time("web").into_iter().map(|(at, n)| (at.as_secs(), n)).collect();
        assert_eq!(counts, [(2, 1), (4, 2), (5, 1), (7, 0), (8, 1)]);
        let fewest = |from| record.fewest_ready("web", Duration::from_secs(from));
        assert_eq!((fewest(0), fewest(2), fewest(8)), (0, 0, 1));
        assert_eq!(record.landed_after("p", Duration::from_secs(1)).count(), 1);
    }
}
