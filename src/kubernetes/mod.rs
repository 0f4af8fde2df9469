//! Calls to Kubernetes: each within a time limit, each failure told alike.

mod call;
mod list;

pub use call::{CallError, call};
pub use list::{Part, list};
