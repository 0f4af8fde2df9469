//! Logs, EKS's webhook, and the objects that select pods.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;
use k8s_openapi::api::admissionregistration::v1::MutatingWebhookConfiguration;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use kube::ResourceExt;
use kube::api::Api;

use super::InCluster;
use crate::aws::Unread;
use crate::kubernetes::call;
use crate::observe::unavailable::unread;
use crate::prerequisites::{Inside, InsideReads, Listed, Read, Scope, Selecting, WEBHOOK};

/// Where Fargate looks for what to do with logs, if the namespace has this very label (EKS user guide, Fargate logging).
const OBSERVABILITY: &str = "aws-observability";
const ENABLED: &str = "enabled";

impl InCluster {
    /// Asks for all of it at once.
    pub(in crate::observe::prerequisites) async fn inside(&self, wanted: &InsideReads) -> Inside {
        let policies = wanted.group_policies.iter().map(|scope| self.group_policies(scope.as_deref()));
        let budgets = wanted.budgets.iter().map(|scope| self.budgets(scope.as_deref()));
        let (logging, observability, webhook, policies, budgets) = futures::join!(
            asked(wanted.logging, self.logging()),
            asked(wanted.observability, self.observability()),
            asked(wanted.webhook, self.webhook()),
            join_all(policies),
            join_all(budgets),
        );
        let (group_policies, budgets) = (each(&wanted.group_policies, policies), each(&wanted.budgets, budgets));
        Inside { logging, observability, webhook, group_policies, budgets }
    }

    async fn logging(&self) -> Result<Option<BTreeMap<String, String>>, Unread> {
        let maps: Api<ConfigMap> = Api::namespaced(self.client.clone(), OBSERVABILITY);
        let read = call("reading the ConfigMap aws-logging", self.limit, maps.get_opt("aws-logging")).await;
        let found = read.map_err(|error| unread("get configmaps/aws-logging", &error))?;
        Ok(found.map(|map| map.data.unwrap_or_default()))
    }

    async fn observability(&self) -> Result<bool, Unread> {
        let namespaces: Api<Namespace> = Api::all(self.client.clone());
        let reading = namespaces.get_metadata_opt(OBSERVABILITY);
        let read = call("reading the namespace aws-observability", self.limit, reading).await;
        let found = read.map_err(|error| unread("get namespaces/aws-observability", &error))?;
        Ok(found.is_some_and(|namespace| namespace.labels().get(OBSERVABILITY).is_some_and(|value| value == ENABLED)))
    }

    async fn webhook(&self) -> Result<bool, Unread> {
        let webhooks: Api<MutatingWebhookConfiguration> = Api::all(self.client.clone());
        let read = call("reading EKS's webhook", self.limit, webhooks.get_metadata_opt(WEBHOOK)).await;
        Ok(read.map_err(|error| unread("get mutatingwebhookconfigurations", &error))?.is_some())
    }
}

async fn asked<T>(wanted: bool, ask: impl Future<Output = Result<T, Unread>>) -> Read<T> {
    if wanted { ask.await.into() } else { Read::NotAsked }
}

/// The lists by where they were made.
fn each<T>(scopes: &BTreeSet<Scope>, lists: Vec<Result<Vec<Selecting<T>>, Unread>>) -> Listed<T> {
    scopes.iter().cloned().zip(lists.into_iter().map(Read::from)).collect()
}
