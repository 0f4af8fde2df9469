//! Why something in the cluster cannot be seen, after a call that failed.

use crate::aws::Unread;
use crate::kubernetes::CallError;
use crate::state::PodsUnavailable;

impl From<CallError> for PodsUnavailable {
    fn from(error: CallError) -> Self {
        if error.is_refused() { Self::lasting(error.to_string()) } else { Self::transient(error.to_string()) }
    }
}

/// What became of a read that failed; `action` is its verb and its resource.
pub(super) fn unread(action: &'static str, error: &CallError) -> Unread {
    let action = action.into();
    if error.is_refused() { Unread::Denied { action } } else { Unread::Failed { action, why: error.to_string() } }
}
