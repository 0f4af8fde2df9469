//! The pods that a selector matches, asked for afresh.

use std::time::Duration;

use kube::Client;
use kube::api::ListParams;
use kube::core::Selector;

use super::LIVE;
use super::manifest::Manifest;
use crate::observe::list::{self, Part};
use crate::placement::Pod;
use crate::state::PodsUnavailable;

/// The pods of a namespace that the selector matches and that have not ended, by a list that begins now.
///
/// # Errors
/// In words for people: they cannot be seen.
pub(crate) async fn selected(
    client: &Client,
    namespace: &str,
    selector: &Selector,
    timeout: Duration,
) -> Result<Vec<Pod>, PodsUnavailable> {
    let mut pods: Vec<Pod> = Vec::new();
    let params = ListParams::default().labels_from(selector).fields(LIVE);
    let take = |manifest: Manifest| pods.push(manifest.into());
    list::each::<k8s_openapi::api::core::v1::Pod, _>(client, Some(namespace), Part::Whole, params, timeout, take)
        .await?;
    Ok(pods)
}
