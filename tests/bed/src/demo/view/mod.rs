//! What users see while the story goes on: a line for each change, as it happens.

mod eks;
mod events;
mod pods;
mod rows;

use bed::Bed;
use tokio::task::JoinSet;

use super::page::Page;

pub(super) use pods::Lowest;

/// Writes to the page until it is dropped.
pub(super) struct View {
    _tasks: JoinSet<()>,
}

impl View {
    pub(super) fn of(bed: &Bed, page: &Page, lowest: &Lowest) -> Self {
        let mut tasks = JoinSet::new();
        tasks.spawn(rows::show(bed.client(), page.clone()));
        tasks.spawn(events::show(bed.client(), page.clone()));
        tasks.spawn(eks::show(bed.eks(), page.clone()));
        tasks.spawn(pods::show(bed.client(), page.clone(), lowest.clone()));
        Self { _tasks: tasks }
    }
}
