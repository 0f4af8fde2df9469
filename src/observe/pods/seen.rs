//! What is known of pods.

use std::sync::Arc;

use crate::placement::Pod;

/// What is known of pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// These.
    Known(Vec<Arc<Pod>>),
    /// They cannot be seen, for this reason. Never to be taken for none.
    Unknown(String),
}
