//! Reads what belongs to a pod's controller, and says why it cannot.

use std::fmt::Debug;
use std::time::Duration;

use k8s_openapi::api::apps::v1::ReplicaSet;
use kube::api::{Api, ListParams};
use kube::core::{NamespaceResourceScope, Selector};
use kube::{Client, Resource};
use serde::de::DeserializeOwned;

use crate::api::Reason;
use crate::failure::{Class, Failure};
use crate::observe::list::{self, Part};
use crate::observe::selected;
use crate::placement::Pod;
use crate::state::PodsUnavailable;

/// Reads in one namespace.
pub(super) struct Reader<'a> {
    pub(super) client: &'a Client,
    pub(super) namespace: &'a str,
    /// Time limit of a call.
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
        match tokio::time::timeout(self.timeout, all.get_opt(name)).await {
            Ok(Ok(found)) => found
                .filter(|it| it.meta().uid.as_deref() == Some(uid))
                .ok_or_else(|| blocked(format!("{what} is gone, or another one has its name"))),
            Ok(Err(error)) => Err(unreadable(what, &error)),
            Err(_) => Err(Failure::of_eviction(
                Class::Retry,
                Reason::EvictionBlocked,
                format!("reading {what} took too long"),
            )),
        }
    }

    /// The ReplicaSets that `selector` matches and that the controller of this uid owns; `what` names that.
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
        let listed = list::each::<ReplicaSet, _>(self.client, namespace, Part::Whole, params, self.timeout, take).await;
        listed.map_err(|unavailable| unlisted(what, &unavailable))?;
        Ok(sets)
    }

    /// The pods that `selector` matches and that have not ended; `what` names their workload.
    pub(super) async fn pods(&self, what: &str, selector: &Selector) -> Result<Vec<Pod>, Failure> {
        let pods = selected(self.client, self.namespace, selector, self.timeout).await;
        pods.map_err(|unavailable| unlisted(what, &unavailable))
    }
}

/// Not now; it is tried again.
pub(super) fn blocked(message: String) -> Failure {
    Failure::of_eviction(Class::Wait, Reason::EvictionBlocked, message)
}

fn unreadable(what: &str, error: &kube::Error) -> Failure {
    match error {
        kube::Error::Api(answer) if answer.code == 403 => Failure::of_eviction(
            Class::Fix,
            Reason::EvictionRefused,
            format!("reading {what} was refused: {}; compare the operator's roles with deploy/rbac", answer.message),
        ),
        error => Failure::of_eviction(Class::Retry, Reason::EvictionBlocked, format!("reading {what} failed: {error}")),
    }
}

fn unlisted(what: &str, PodsUnavailable { reason: why, transient }: &PodsUnavailable) -> Failure {
    let (class, reason) =
        if *transient { (Class::Retry, Reason::EvictionBlocked) } else { (Class::Fix, Reason::EvictionRefused) };
    Failure::of_eviction(class, reason, format!("{what}: {why}"))
}
