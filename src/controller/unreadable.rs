//! Tells of objects that this version cannot read: in the log and a metric, and, by the leader, as events.

use std::sync::Arc;

use k8s_openapi::api::core::v1::ObjectReference;
use kube::Resource;
use kube::runtime::events::{Event, EventType};
use tokio::sync::watch;

use super::context::Context;
use crate::api::{FargateProfile, Reason};
use crate::message::{cut, message};
use crate::observe::{Unreadable, Why};
use crate::report::publish;

/// Reports each of them once per cause, as long as the watch goes on.
pub(super) async fn tell(context: Arc<Context>, mut unreadable: watch::Receiver<Unreadable>) {
    let Context { leadership, recorder, intervals, metrics, .. } = &*context;
    let mut logged = Unreadable::new();
    let mut published = Unreadable::new();
    loop {
        let now = unreadable.borrow_and_update().clone();
        metrics.unreadable(now.len());
        for (name, why) in now.iter().filter(|(name, why)| logged.get(*name) != Some(why)) {
            tracing::error!(object = name, "{}", note(why));
        }
        let leads = leadership.takeover().is_some();
        if leads {
            for (name, why) in now.iter().filter(|(name, why)| published.get(*name) != Some(why)) {
                publish(recorder, event(why), &reference(name, why), intervals.operation_timeout).await;
            }
            published.clone_from(&now);
        }
        logged = now;
        tokio::select! {
            changed = unreadable.changed() => if changed.is_err() {
                // The controller has ended.
                return;
            },
            () = leadership.acquired(), if !leads => {}
        }
    }
}

fn note(why: &Why) -> String {
    message!(
        "version {} of the operator cannot read this object and leaves it alone: {}. Run the version that wrote it, or correct the field",
        env!("CARGO_PKG_VERSION"),
        cut(&why.error, 150)
    )
}

fn event(why: &Why) -> Event {
    Event {
        type_: EventType::Warning,
        reason: Reason::Unreadable.name().to_owned(),
        note: Some(note(why)),
        action: "Read".to_owned(),
        secondary: None,
    }
}

fn reference(name: &str, why: &Why) -> ObjectReference {
    ObjectReference {
        api_version: Some(FargateProfile::api_version(&()).into_owned()),
        kind: Some(FargateProfile::kind(&()).into_owned()),
        name: Some(name.to_owned()),
        uid: why.uid.clone(),
        ..ObjectReference::default()
    }
}
