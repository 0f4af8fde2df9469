//! Lists, page by page, each page within the time limit.

use std::time::Duration;

use kube::api::ListParams;
use kube::core::{ObjectList, Request};
use kube::{Client, Resource};
use serde::de::DeserializeOwned;

use super::{CallError, call};

/// Objects on a page. A page is held as text while it is read; of pods, this many are about two megabytes.
const PAGE: u32 = 200;

/// What a page holds.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    Whole,
    Metadata,
}

/// Lists what `params` select of a kind, in all namespaces or in one, and hands each object to `take`, read as a `K`, which
/// may leave fields out. Returns the resourceVersion of the list.
///
/// # Errors
/// A page was refused, failed or took too long.
pub(crate) async fn list<R: Resource<DynamicType = ()>, K: Clone + DeserializeOwned>(
    client: &Client,
    namespace: Option<&str>,
    part: Part,
    params: ListParams,
    timeout: Duration,
    mut take: impl FnMut(K),
) -> Result<String, CallError> {
    let listing = format!("listing {}", R::plural(&()));
    let request = Request::new(R::url_path(&(), namespace));
    let mut params = params.limit(PAGE);
    loop {
        let page = match part {
            Part::Whole => request.list(&params),
            Part::Metadata => request.list_metadata(&params),
        };
        let page = page.map_err(|error| CallError::new(listing.as_str(), kube::Error::BuildRequest(error)))?;
        let page = call(listing.as_str(), timeout, client.request::<ObjectList<K>>(page)).await?;
        page.items.into_iter().for_each(&mut take);
        match page.metadata.continue_.filter(|token| !token.is_empty()) {
            Some(token) => params = params.continue_token(&token),
            None => return Ok(page.metadata.resource_version.unwrap_or_default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use k8s_openapi::api::core::v1::Pod;
    use kube::client::Body;
    use serde_json::{Value, json};
    use tower::service_fn;

    use super::*;

    #[tokio::test]
    async fn a_list_is_read_page_by_page() {
        let asked = std::sync::Arc::new(Mutex::new(Vec::new()));
        let log = std::sync::Arc::clone(&asked);
        let service = service_fn(move |request: axum::http::Request<Body>| {
            let asked = request.uri().to_string();
            let is_first = !asked.contains("continue=");
            log.lock().unwrap().push(asked);
            let metadata = if is_first { json!({ "continue": "next" }) } else { json!({ "resourceVersion": "7" }) };
            let page = json!({ "metadata": metadata, "items": [if is_first { 1 } else { 2 }] });
            let body = Body::from(serde_json::to_vec(&page).unwrap());
            async move { Ok::<_, std::convert::Infallible>(axum::http::Response::new(body)) }
        });
        let (client, params) = (Client::new(service, "default"), ListParams::default().labels("app"));
        let mut found: Vec<Value> = Vec::new();
        let timeout = Duration::from_secs(10);
        let take = |item| found.push(item);
        let version = list::<Pod, _>(&client, Some("web"), Part::Whole, params, timeout, take).await.unwrap();
        assert_eq!((version.as_str(), found), ("7", vec![json!(1), json!(2)]));
        let page = format!("/api/v1/namespaces/web/pods?&labelSelector=app&limit={PAGE}");
        assert_eq!(*asked.lock().unwrap(), [page.clone(), format!("{page}&continue=next")]);
    }
}
