//! What the data plane knows of EKS's profiles, out of the simulator's log.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use eks_simulator::log::ProfileChange;
use eks_simulator::{Control, Entrance, ProfileStatus, Selector};

use crate::choice::Candidate;

/// The profiles of one cluster, those that are gone included.
pub(crate) struct Profiles {
    eks: Control,
    cluster: String,
    book: Mutex<Book>,
}

#[derive(Default)]
struct Book {
    /// The last line of the log that was read.
    read: u64,
    changes: u64,
    pages: BTreeMap<String, Page>,
}

/// One name; the newest incarnation counts.
#[derive(Clone, Default)]
struct Page {
    selectors: Vec<Selector>,
    active: Option<Active>,
    deleting: bool,
    /// When the last deletion was done, or a profile was gone without one.
    ended: Option<Duration>,
}

#[derive(Clone, Copy)]
struct Active {
    from: Duration,
    until: Option<Duration>,
}

/// What a profile's pods can expect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// ACTIVE since.
    Active(Duration),
    /// Being made or deleted, failed, gone, or never heard of.
    NotActive,
}

impl Profiles {
    pub(crate) fn new(eks: Control, cluster: &str) -> Self {
        Self { eks, cluster: cluster.to_owned(), book: Mutex::default() }
    }

    /// The profiles that the webhook matches at this moment: those ACTIVE for long enough, and those it has not
    /// forgotten. Never one that is CREATING (aws/karpenter-provider-aws 7455: what the webhook does not know slips through).
    pub(crate) fn matched(&self, now: Duration, learns_after: Duration, forgets_after: Duration) -> Vec<Candidate> {
        let known = |active: Active| {
            let learnt = active.from + learns_after;
            match active.until {
                None => learnt <= now,
                Some(until) => learnt < until && now < until + forgets_after,
            }
        };
        self.read(|book| {
            let pages = book.pages.iter().filter(|(_, page)| page.active.is_some_and(known));
            pages.map(|(name, page)| Candidate { name: name.clone(), selectors: page.selectors.clone() }).collect()
        })
    }

    pub(crate) fn standing(&self, name: &str) -> Standing {
        self.read(|book| match book.pages.get(name).and_then(|page| page.active) {
            Some(Active { from, until: None }) => Standing::Active(from),
            _ => Standing::NotActive,
        })
    }

    /// Whether the kubelets of a profile's pods are let into the cluster.
    pub(crate) fn entrance(&self, name: &str) -> Entrance {
        self.eks.entrance(&self.cluster, name).unwrap_or(Entrance::Open)
    }

    /// Whether a pod that has been there since `born` has to go because its profile is being deleted, or has been since.
    pub(crate) fn has_ended(&self, name: &str, born: Duration) -> bool {
        self.read(|book| {
            let page = book.pages.get(name);
            page.is_some_and(|page| page.deleting || page.ended.is_some_and(|ended| born <= ended))
        })
    }

    /// Waits until a profile changes its state. `seen` counts the changes and begins at zero.
    pub(crate) async fn changed(&self, seen: &mut u64) {
        let mut grown = 0;
        self.eks
            .wait_for(|_| {
                grown = self.read(|book| book.changes);
                grown != *seen
            })
            .await;
        *seen = grown;
    }

    /// Reads the log to its end, then looks something up.
    fn read<R>(&self, look: impl FnOnce(&Book) -> R) -> R {
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in self.eks.log_since(book.read) {
            book.read = entry.seq;
            let Some(change) = entry.change() else { continue };
            if change.cluster == self.cluster && change.from != change.to {
                self.note(&mut book, change, Duration::from_secs_f64(entry.unscaled));
            }
        }
        look(&book)
    }

    fn note(&self, book: &mut Book, change: &ProfileChange, at: Duration) {
        book.changes += 1;
        let page = book.pages.entry(change.profile.clone()).or_default();
        if let Some(profile) = self.eks.profile(&self.cluster, &change.profile) {
            page.selectors = profile.selectors;
        }
        if change.to != Some(ProfileStatus::Active)
            && let Some(active) = &mut page.active
        {
            active.until.get_or_insert(at);
        }
        page.deleting = false;
        match change.to {
            Some(ProfileStatus::Active) => page.active = Some(Active { from: at, until: None }),
            Some(ProfileStatus::Deleting) => page.deleting = true,
            Some(ProfileStatus::DeleteFailed) | None => page.ended = Some(at),
            Some(ProfileStatus::Creating | ProfileStatus::CreateFailed) => {}
        }
    }
}
