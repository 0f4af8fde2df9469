//! A namespace of a test's own, and its objects of any kind.

use std::fmt::Debug;

use data_plane::Control;
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::core::v1::{Namespace, ServiceAccount};
use kube::Resource;
use kube::api::{Api, DeleteParams, PostParams};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::wait::{LIMIT, found};
use crate::Bed;

/// A namespace on a bed with Fargate.
pub struct TestNamespace<'a> {
    /// The bed.
    pub bed: &'a Bed,
    /// Its Fargate.
    pub fargate: Control,
    /// The namespace's name.
    pub name: String,
}

impl<'a> TestNamespace<'a> {
    /// Makes the namespace, if it is not there.
    pub async fn new(bed: &'a Bed, name: &str) -> Self {
        let ns = Self { bed, fargate: bed.fargate().unwrap(), name: name.to_owned() };
        let namespaces: Api<Namespace> = Api::all(bed.client());
        let made = serde_json::from_value(json!({ "metadata": { "name": name } })).unwrap();
        // An earlier user of the control plane may have left it.
        let _ = namespaces.create(&PostParams::default(), &made).await;
        // Without it, no pod can be made.
        ns.until::<ServiceAccount>("default", "there", |_| true).await;
        ns
    }

    /// Its objects of a kind.
    #[must_use]
    pub fn api<K>(&self) -> Api<K>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
    {
        Api::namespaced(self.bed.client(), &self.name)
    }

    /// Creates an object, and returns what the API server and its webhooks have made of it.
    pub async fn create<K>(&self, object: Value) -> K
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope> + DeserializeOwned + Serialize + Clone + Debug,
    {
        let object = serde_json::from_value(object).unwrap();
        self.api::<K>().create(&PostParams::default(), &object).await.unwrap()
    }

    /// Asks for the deletion of an object.
    pub async fn delete<K>(&self, name: &str)
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope> + DeserializeOwned + Clone + Debug,
    {
        self.api::<K>().delete(name, &DeleteParams::default()).await.unwrap();
    }

    /// Waits until an object is as `condition` says; `what` names that.
    pub async fn until<K>(&self, name: &str, what: &str, condition: impl Fn(&K) -> bool) -> K
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
            + DeserializeOwned
            + Serialize
            + Clone
            + Debug
            + Send
            + 'static,
    {
        match found(self.api::<K>(), name, |object: Option<&K>| object.is_some_and(&condition)).await {
            Ok(found) => found.unwrap(),
            Err(last) => {
                let last = serde_json::to_string_pretty(&last).unwrap();
                panic!("{}/{name} is not {what} after {LIMIT:?}:\n{last}", self.name);
            }
        }
    }

    /// Waits until an object is gone.
    pub async fn gone<K>(&self, name: &str)
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
            + DeserializeOwned
            + Clone
            + Debug
            + Send
            + 'static,
    {
        let gone = found(self.api::<K>(), name, |object: Option<&K>| object.is_none()).await;
        assert!(gone.is_ok(), "{}/{name} is not gone after {LIMIT:?}: {gone:?}", self.name);
    }
}
