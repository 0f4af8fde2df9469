//! What `kubectl events` shows of the FargateProfiles.

use std::time::Duration;

use futures::TryStreamExt;
use k8s_openapi::api::core::v1::Event;
use kube::api::{Api, WatchEvent, WatchParams};

use super::super::page::Page;

/// Each once. Ends when nobody reads.
pub(super) async fn show(client: kube::Client, page: Page) {
    let events: Api<Event> = Api::all(client);
    let ours = WatchParams::default().fields("involvedObject.kind=FargateProfile");
    let mut version = "0".to_owned();
    loop {
        if let Ok(stream) = events.watch(&ours, &version).await {
            let mut stream = Box::pin(stream);
            while let Ok(Some(change)) = stream.try_next().await {
                let (WatchEvent::Added(event) | WatchEvent::Modified(event)) = change else {
                    continue;
                };
                if page.seen("event", &line(&event)).is_err() {
                    return;
                }
                version = event.metadata.resource_version.unwrap_or(version);
            }
        }
        // The API server ends a watch now and then; it goes on where it ended.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn line(event: &Event) -> String {
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    let warning = if event.type_.as_deref() == Some("Warning") { "Warning " } else { "" };
    format!("{warning}{} {}: {}", text(&event.involved_object.name), text(&event.reason), text(&event.message))
}
