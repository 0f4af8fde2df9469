//! Why pods cannot be seen, after a call that failed.

use crate::kubernetes::CallError;
use crate::state::PodsUnavailable;

impl From<CallError> for PodsUnavailable {
    fn from(error: CallError) -> Self {
        if error.is_refused() { Self::lasting(error.to_string()) } else { Self::transient(error.to_string()) }
    }
}
