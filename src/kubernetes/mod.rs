//! Calls to Kubernetes: each within a time limit, each failure told alike.

mod call;
mod list;

pub(crate) use call::{CallError, call, forbidden, refused};
pub(crate) use list::{Part, list};
