//! What is said when pods cannot be seen. One text for every call, so that it is told the same way wherever it shows.

/// `doing` (listing, watching) pods failed.
pub(super) fn failed(doing: &str, error: &kube::Error) -> String {
    match error {
        kube::Error::Api(answer) if matches!(answer.code, 401 | 403) => {
            format!("{doing} pods was refused: {}; compare the operator's roles with deploy/rbac", answer.message)
        }
        kube::Error::Api(answer) => format!("{doing} pods failed: {} ({})", answer.message, answer.code),
        error => format!("{doing} pods failed: {error}"),
    }
}

/// `doing` pods was given up.
pub(super) fn too_long(doing: &str) -> String {
    format!("{doing} pods took too long")
}
