//! Lists, page by page, each page within the time limit.

use std::time::Duration;

use k8s_openapi::Resource as _;
use k8s_openapi::api::core::v1::Pod;
use kube::Client;
use kube::api::ListParams;
use kube::core::{ObjectList, Request};
use serde::de::DeserializeOwned;

use super::trouble;
use crate::plan::Unseen;

/// Pods on a page. A page is held as text while it is read; this many are about two megabytes.
const PAGE: u32 = 200;

/// Where pods of all namespaces, or of one, are found.
pub(super) fn path(namespace: Option<&str>) -> String {
    match namespace {
        None => format!("/api/{}/pods", Pod::API_VERSION),
        Some(namespace) => format!("/api/{}/namespaces/{namespace}/pods", Pod::API_VERSION),
    }
}

/// What a page holds.
#[derive(Clone, Copy)]
pub(super) enum Part {
    /// Whole pods.
    Whole,
    /// Their metadata.
    Metadata,
}

/// Lists what `params` select and hands each item to `take`. Returns the resourceVersion of the list.
///
/// # Errors
/// In words for people: a page was refused, failed or took too long.
pub(super) async fn each<K: Clone + DeserializeOwned>(
    client: &Client,
    (path, part): (&str, Part),
    params: ListParams,
    timeout: Duration,
    mut take: impl FnMut(K),
) -> Result<String, Unseen> {
    let request = Request::new(path);
    let mut params = params.limit(PAGE);
    loop {
        let page = match part {
            Part::Whole => request.list(&params),
            Part::Metadata => request.list_metadata(&params),
        };
        let page = page.map_err(|error| Unseen::lasting(format!("listing pods failed: {error}")))?;
        let page = tokio::time::timeout(timeout, client.request::<ObjectList<K>>(page)).await;
        let page = page.map_err(|_| trouble::too_long("listing"))?;
        let page = page.map_err(|error| trouble::failed("listing", &error))?;
        page.items.into_iter().for_each(&mut take);
        match page.metadata.continue_.filter(|token| !token.is_empty()) {
            Some(token) => params = params.continue_token(&token),
            None => return Ok(page.metadata.resource_version.unwrap_or_default()),
        }
    }
}
