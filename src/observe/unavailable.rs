//! What is said when something cannot be seen. One text for every call, so that it is told the same way wherever it shows.

use crate::state::PodsUnavailable;

/// `doing` (listing or watching pods) failed.
pub(super) fn failed(doing: &str, error: &kube::Error) -> PodsUnavailable {
    match error {
        kube::Error::Api(answer) if matches!(answer.code, 401 | 403) => PodsUnavailable::lasting(format!(
            "{doing} was refused: {}; compare the operator's roles with deploy/rbac",
            answer.message
        )),
        kube::Error::Api(answer) => {
            PodsUnavailable::transient(format!("{doing} failed: {} ({})", answer.message, answer.code))
        }
        error => PodsUnavailable::transient(format!("{doing} failed: {error}")),
    }
}

/// `doing` was given up.
pub(super) fn too_long(doing: &str) -> PodsUnavailable {
    PodsUnavailable::transient(format!("{doing} took too long"))
}
