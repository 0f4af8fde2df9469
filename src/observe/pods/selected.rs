//! Lists pods once, without a watch.

use std::time::Duration;

use kube::Client;
use kube::api::ListParams;
use kube::core::Selector;

use super::LIVE;
use super::manifest::Manifest;
use crate::kubernetes::{CallError, Part, list};
use crate::placement::Pod;

/// The unfinished pods of a namespace that the selector matches, listed now.
///
/// # Errors
/// They cannot be listed.
pub(crate) async fn selected(
    client: &Client,
    namespace: &str,
    selector: &Selector,
    timeout: Duration,
) -> Result<Vec<Pod>, CallError> {
    let params = ListParams::default().labels_from(selector).fields(LIVE);
    listed(client, Some(namespace), params, timeout).await
}

/// The pods of a namespace, or of all, that `params` select.
///
/// # Errors
/// They cannot be listed.
pub(crate) async fn listed(
    client: &Client,
    namespace: Option<&str>,
    params: ListParams,
    timeout: Duration,
) -> Result<Vec<Pod>, CallError> {
    let mut pods: Vec<Pod> = Vec::new();
    let take = |manifest: Manifest| pods.push(manifest.into());
    list::<k8s_openapi::api::core::v1::Pod, _>(client, namespace, Part::Whole, params, timeout, take).await?;
    Ok(pods)
}
