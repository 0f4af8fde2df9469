//! The watch of FargateProfiles. An object that this version cannot read, such as one written by a later version, is left
//! out and reported. It stops no other object.

use std::borrow::Cow;
use std::collections::BTreeMap;

use futures::{Stream, StreamExt, future};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::Api;
use kube::runtime::watcher::{self, Event, watcher};
use kube::{Client, Resource, ResourceExt};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use tokio::sync::watch;

use crate::api::{FargateProfile, FargateProfileSpec};

/// Why objects cannot be read, by their names.
pub(crate) type Unreadable = BTreeMap<String, Why>;

/// An object that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Why {
    /// Its uid, if it has one that can be read.
    pub uid: Option<String>,
    /// The field, its value and what it may be.
    pub error: String,
}

/// What happens to the objects, as kube's watcher tells it. One that cannot be read is as good as gone, and stands in `unreadable`
/// until it can be read again or is gone indeed.
pub(crate) fn objects(
    client: Client,
    unreadable: watch::Sender<Unreadable>,
) -> impl Stream<Item = watcher::Result<Event<FargateProfile>>> {
    let all: Api<Manifest> = Api::all(client);
    let mut listing = Unreadable::new();
    watcher(all, watcher::Config::default())
        .filter_map(move |event| future::ready(event.map(|event| read(event, &mut listing, &unreadable)).transpose()))
}

fn read(
    event: Event<Manifest>,
    listing: &mut Unreadable,
    unreadable: &watch::Sender<Unreadable>,
) -> Option<Event<FargateProfile>> {
    match event {
        Event::Init => {
            listing.clear();
            Some(Event::Init)
        }
        Event::InitApply(Manifest { metadata, object }) => match object {
            Ok(object) => Some(Event::InitApply(*object)),
            Err(error) => {
                listing.insert(metadata.name.unwrap_or_default(), Why { uid: metadata.uid, error });
                None
            }
        },
        Event::InitDone => {
            let listed = std::mem::take(listing);
            unreadable.send_if_modified(|known| {
                let news = *known != listed;
                *known = listed;
                news
            });
            Some(Event::InitDone)
        }
        Event::Apply(Manifest { metadata, object }) => match object {
            Ok(object) => {
                unreadable.send_if_modified(|known| known.remove(&object.name_any()).is_some());
                Some(Event::Apply(*object))
            }
            Err(error) => {
                let name = metadata.name.unwrap_or_default();
                let why = Why { uid: metadata.uid, error };
                unreadable.send_if_modified(|known| known.insert(name.clone(), why.clone()) != Some(why));
                Some(gone(&name))
            }
        },
        Event::Delete(Manifest { metadata, .. }) => {
            let name = metadata.name.unwrap_or_default();
            unreadable.send_if_modified(|known| known.remove(&name).is_some());
            Some(gone(&name))
        }
    }
}

/// The end of an object, of which only the name is needed.
fn gone(name: &str) -> Event<FargateProfile> {
    Event::Delete(FargateProfile::new(name, FargateProfileSpec::default()))
}

/// An object as far as it can be read.
#[derive(Clone, Debug)]
struct Manifest {
    metadata: ObjectMeta,
    object: Result<Box<FargateProfile>, String>,
}

impl<'de> Deserialize<'de> for Manifest {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut whole = Value::deserialize(from)?;
        // Nothing here needs managedFields, and anybody who may write the object may write into it what cannot be read.
        if let Some(metadata) = whole.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.remove("managedFields");
        }
        let word = |key: &str| whole["metadata"][key].as_str().map(str::to_owned);
        let least = ObjectMeta {
            name: word("name"),
            uid: word("uid"),
            resource_version: word("resourceVersion"),
            ..ObjectMeta::default()
        };
        let object: Result<Box<FargateProfile>, String> =
            serde_path_to_error::deserialize(whole).map_err(|error| error.to_string());
        let metadata = object.as_ref().map_or(least, |object| object.metadata.clone());
        Ok(Self { metadata, object })
    }
}

impl Resource for Manifest {
    type DynamicType = ();
    type Scope = <FargateProfile as Resource>::Scope;

    fn kind((): &()) -> Cow<'_, str> {
        FargateProfile::kind(&())
    }

    fn group((): &()) -> Cow<'_, str> {
        FargateProfile::group(&())
    }

    fn version((): &()) -> Cow<'_, str> {
        FargateProfile::version(&())
    }

    fn plural((): &()) -> Cow<'_, str> {
        FargateProfile::plural(&())
    }

    fn meta(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(name: &str, phase: &str, time: &str) -> Manifest {
        let whole = json!({
            "apiVersion": "fargate-operator.dev/v1alpha1",
            "kind": "FargateProfile",
            "metadata": { "name": name, "uid": format!("uid-{name}"), "managedFields": [{ "time": time }] },
            "spec": { "selectors": [{ "namespace": "web" }] },
            "status": {
                "replacement": { "from": "web-9999", "phase": phase, "changes": [], "startedAt": "2026-11-21T10:00:00Z" },
            },
        });
        serde_json::from_value(whole).unwrap()
    }

    const NOW: &str = "2026-11-21T10:00:00Z";

    /// What becomes of events, in words, and which objects cannot be read then.
    fn told(events: Vec<Event<Manifest>>) -> (Vec<String>, Unreadable) {
        let unreadable = watch::Sender::new(Unreadable::new());
        let mut listing = Unreadable::new();
        let read = events.into_iter().filter_map(|event| read(event, &mut listing, &unreadable));
        let words = read.map(|event| match event {
            Event::Init => "init".to_owned(),
            Event::InitDone => "done".to_owned(),
            Event::InitApply(object) => format!("listed {}", object.name_any()),
            Event::Apply(object) => format!("applied {}", object.name_any()),
            Event::Delete(object) => format!("gone {}", object.name_any()),
        });
        (words.collect(), unreadable.borrow().clone())
    }

    #[test]
    fn one_that_a_later_version_has_written_is_left_out_of_the_list_and_named() {
        let list = [Event::InitApply(object("a", "Draining", NOW)), Event::InitApply(object("b", "Resting", NOW))];
        let (words, unreadable) = told([Event::Init].into_iter().chain(list).chain([Event::InitDone]).collect());
        assert_eq!(words, ["init", "listed a", "done"]);
        let why = &unreadable["b"];
        assert_eq!(why.uid.as_deref(), Some("uid-b"));
        assert!(
            why.error.starts_with("status.replacement.phase: unknown variant `Resting`, expected"),
            "{}",
            why.error
        );
        assert_eq!(unreadable.len(), 1);
    }

    #[test]
    fn one_that_cannot_be_read_any_more_is_gone_until_it_can_be() {
        let broken = || Event::Apply(object("a", "Resting", NOW));
        let (words, unreadable) = told(vec![Event::Apply(object("a", "Draining", NOW)), broken()]);
        assert_eq!(words, ["applied a", "gone a"]);
        assert!(unreadable.contains_key("a"));
        let (words, unreadable) = told(vec![broken(), Event::Apply(object("a", "Draining", NOW))]);
        assert_eq!((words.len(), unreadable.len()), (2, 0));
        let (words, unreadable) = told(vec![broken(), Event::Delete(object("a", "Resting", NOW))]);
        assert_eq!((words.len(), unreadable.len()), (2, 0));
    }

    #[test]
    fn what_nobody_asks_for_may_say_anything() {
        let (words, unreadable) = told(vec![Event::Apply(object("a", "Draining", "9999-12-31T23:59:59Z"))]);
        assert_eq!((words, unreadable.len()), (vec!["applied a".to_owned()], 0));
    }
}
