//! The one writer: status by server-side apply, and events on a best-effort basis.

use std::time::Duration;

use k8s_openapi::api::core::v1::ObjectReference;
use kube::ResourceExt;
use kube::api::{Api, Patch, PatchParams};
use kube::core::Resource;
use kube::runtime::events::{Event, EventType, Recorder};
use serde_json::json;

use super::{About, Notice, Severity};
use crate::api::{FIELD_MANAGER, FargateProfile, FargateProfileStatus};
use crate::kubernetes::{CallError, call};

/// Kubernetes cuts notes at 1 kB.
const NOTE_BYTES: usize = 1000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    Done,
    /// The object has changed since it was observed, so nothing was written.
    Outdated,
}

pub(crate) struct Writer {
    objects: Api<FargateProfile>,
    recorder: Recorder,
    timeout: Duration,
}

impl Writer {
    /// Writes to `objects` and `recorder`. Each call may take `timeout`.
    pub(crate) fn new(objects: Api<FargateProfile>, recorder: Recorder, timeout: Duration) -> Self {
        Self { objects, recorder, timeout }
    }

    /// Applies the status, if it differs from the one that was observed, to the object as it was observed: what one pass has
    /// put on record, another one that did not see it must not take off.
    ///
    /// # Errors
    /// What Kubernetes answered. An object that is gone meanwhile is no error.
    pub(crate) async fn status(
        &self,
        object: &FargateProfile,
        status: &FargateProfileStatus,
    ) -> Result<Written, CallError> {
        if object.status.as_ref() == Some(status) {
            return Ok(Written::Done);
        }
        let body = Patch::Apply(json!({
            "apiVersion": FargateProfile::api_version(&()),
            "kind": FargateProfile::kind(&()),
            // The uid protects an object recreated under the same name.
            "metadata": {
                "name": object.name_any(),
                "uid": object.uid(),
                "resourceVersion": object.resource_version(),
            },
            "status": status,
        }));
        let name = object.name_any();
        let params = PatchParams::apply(FIELD_MANAGER).force();
        let patched = self.objects.patch_status(&name, &params, &body);
        match call("writing the status", self.timeout, patched).await {
            Ok(_) => Ok(Written::Done),
            Err(error) => match error.code() {
                Some(404) => Ok(Written::Done),
                Some(409) => Ok(Written::Outdated),
                _ => Err(error),
            },
        }
    }

    /// Publishes events. A failure is only logged.
    pub(crate) async fn notices(&self, object: &FargateProfile, notices: &[Notice]) {
        for notice in notices {
            let regarding = match &notice.about {
                About::Object | About::Action(_) => object.object_ref(&()),
                About::Pod { namespace, name, uid } => ObjectReference {
                    api_version: Some("v1".to_owned()),
                    kind: Some("Pod".to_owned()),
                    namespace: Some(namespace.clone()),
                    name: Some(name.clone()),
                    uid: Some(uid.clone()),
                    ..ObjectReference::default()
                },
            };
            let event = Event {
                type_: match notice.severity {
                    Severity::Normal => EventType::Normal,
                    Severity::Warning => EventType::Warning,
                },
                reason: notice.reason.name().to_owned(),
                note: Some(notice.note.clone()),
                // Kubernetes merges events that differ only in their text. An event about another profile or generation,
                // or of another action, is a separate event.
                action: if let About::Action(action) = notice.about { action } else { "Reconcile" }.to_owned(),
                secondary: Some(ObjectReference {
                    kind: Some("EKSFargateProfile".to_owned()),
                    name: notice.profile.clone(),
                    uid: object.metadata.generation.map(|generation| format!("generation-{generation}")),
                    ..ObjectReference::default()
                }),
            };
            tracing::info!(reason = notice.reason.name(), "{}", notice.note);
            publish(&self.recorder, event, &regarding, self.timeout).await;
        }
    }
}

/// Publishes an event, with as much of its note as Kubernetes accepts. A failure is only logged.
pub(crate) async fn publish(recorder: &Recorder, event: Event, regarding: &ObjectReference, timeout: Duration) {
    let event = Event { note: event.note.as_deref().map(shortened), ..event };
    if let Err(error) = call("publishing an event", timeout, recorder.publish(&event, regarding)).await {
        tracing::warn!("{error}");
    }
}

fn shortened(note: &str) -> String {
    note.chars()
        .scan(0, |bytes, c| {
            *bytes += c.len_utf8();
            (*bytes <= NOTE_BYTES).then_some(c)
        })
        .collect()
}
