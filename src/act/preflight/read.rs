//! Reads the controller of a pod and what belongs to it, or says why it cannot.

use std::fmt::Debug;
use std::time::Duration;

use k8s_openapi::api::apps::v1::ReplicaSet;
use kube::api::{Api, ListParams};
use kube::core::{NamespaceResourceScope, Selector};
use kube::{Client, Resource};
use serde::de::DeserializeOwned;

use crate::api::Reason;
use crate::failure::{Class, Failure};
use crate::kubernetes::{CallError, Part, call, list};
use crate::message::message;
use crate::observe::selected;
use crate::placement::Pod;

pub(super) struct Reader<'a> {
    pub(super) client: &'a Client,
    pub(super) namespace: &'a str,
    /// For one call.
    pub(super) timeout: Duration,
}

impl Reader<'_> {
    /// An object of the namespace as messages name it.
    pub(super) fn path(&self, kind: &str, name: &str) -> String {
        format!("{kind} {}/{name}", self.namespace)
    }

    /// The object of this name, if it still has this uid.
    pub(super) async fn get<K>(&self, what: &str, name: &str, uid: &str) -> Result<K, Failure>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + DeserializeOwned + Debug,
    {
        let all: Api<K> = Api::namespaced(self.client.clone(), self.namespace);
        let found = call(format!("reading {what}"), self.timeout, all.get_opt(name)).await;
        found
            .map_err(|error| unreadable(&error, error.to_string()))?
            .filter(|it| it.meta().uid.as_deref() == Some(uid))
            .ok_or_else(|| blocked(message!("{what} does not exist any more")))
    }

    /// The ReplicaSets that match `selector` and that the controller of this uid owns. `what` names that controller.
    pub(super) async fn replica_sets(
        &self,
        what: &str,
        uid: &str,
        selector: &Selector,
    ) -> Result<Vec<ReplicaSet>, Failure> {
        let mut sets: Vec<ReplicaSet> = Vec::new();
        let take = |set: ReplicaSet| {
            let mut owners = set.metadata.owner_references.iter().flatten();
            if owners.any(|owner| owner.uid == uid && owner.controller == Some(true)) {
                sets.push(set);
            }
        };
        let params = ListParams::default().labels_from(selector);
        let namespace = Some(self.namespace);
        let listed = list::<ReplicaSet, _>(self.client, namespace, Part::Whole, params, self.timeout, take).await;
        listed.map_err(|error| unreadable(&error, format!("{what}: {error}")))?;
        Ok(sets)
    }

    /// The pods that match `selector` and have not ended. `what` names their workload.
    pub(super) async fn pods(&self, what: &str, selector: &Selector) -> Result<Vec<Pod>, Failure> {
        let pods = selected(self.client, self.namespace, selector, self.timeout).await;
        pods.map_err(|error| unreadable(&error, format!("{what}: {error}")))
    }
}

/// The eviction is not possible now and is tried again.
pub(super) fn blocked(message: String) -> Failure {
    Failure::of_eviction(Class::Wait, Reason::EvictionBlocked, message)
}

fn unreadable(error: &CallError, message: String) -> Failure {
    let (class, reason) = if error.is_refused() {
        (Class::Fix, Reason::EvictionRefused)
    } else {
        (Class::Retry, Reason::EvictionBlocked)
    };
    Failure::of_eviction(class, reason, message)
}
