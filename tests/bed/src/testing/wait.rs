//! Waits for a condition, each with one time limit.

use std::fmt::Debug;
use std::time::{Duration, Instant};

use kube::Resource;
use kube::api::Api;
use kube::runtime::wait::{Condition, await_condition};
use serde::de::DeserializeOwned;

/// No wait of a healthy run comes near it, not even on a loaded machine.
pub const LIMIT: Duration = Duration::from_secs(120);

/// Waits until `condition`, which asks somebody, holds; `what` names it.
pub async fn until_async(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !condition().await {
        assert!(began.elapsed() < LIMIT, "not so after {LIMIT:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until `condition` holds; `what` names it.
pub async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    until_async(what, async || condition()).await;
}

/// The same outside a runtime.
pub fn until_blocking(what: &str, mut condition: impl FnMut() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < LIMIT, "not so after {LIMIT:?}: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Waits for `waiting` within the time limit; `what` names what is waited for.
pub async fn in_time<T>(what: &str, waiting: impl Future<Output = T>) -> T {
    tokio::time::timeout(LIMIT, waiting).await.unwrap_or_else(|_| panic!("not so after {LIMIT:?}: {what}"))
}

/// Waits until the object of this name is as `condition` says, and returns it.
///
/// # Errors
/// After the time limit: what it is then.
pub async fn found<K>(api: Api<K>, name: &str, condition: impl Condition<K>) -> Result<Option<K>, Option<K>>
where
    K: Resource + DeserializeOwned + Clone + Debug + Send + 'static,
{
    match tokio::time::timeout(LIMIT, await_condition(api.clone(), name, condition)).await {
        Ok(found) => Ok(found.unwrap()),
        Err(_) => Err(api.get_opt(name).await.unwrap()),
    }
}
