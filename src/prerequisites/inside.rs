//! What the operator's own cluster says beside who is let in and how CoreDNS runs: logs, EKS's webhook, and the objects that select
//! pods.

use std::collections::{BTreeMap, BTreeSet};

use kube::core::{Selector, SelectorExt};
use serde::{Deserialize, Serialize};

use super::evidence::{Evidence, Question, Read};
use super::pairs;
use crate::placement::{Pod, has_wildcard};

/// A namespace. None stands for all of them.
pub type Scope = Option<String>;

/// Objects of one kind, by where they were listed.
pub type Listed<T> = BTreeMap<Scope, Read<Vec<Selecting<T>>>>;

/// What was asked of the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Inside {
    /// The data of the ConfigMap aws-observability/aws-logging. None if there is none.
    pub logging: Read<Option<BTreeMap<String, String>>>,
    /// Whether the namespace aws-observability has the label without which Fargate does not look there.
    pub observability: Read<bool>,
    /// Whether EKS's webhook is there, which gives pods to Fargate.
    pub webhook: Read<bool>,
    #[serde(with = "pairs")]
    pub group_policies: Listed<GroupPolicy>,
    #[serde(with = "pairs")]
    pub budgets: Listed<Budget>,
}

/// What to ask the cluster next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InsideReads {
    pub logging: bool,
    pub observability: bool,
    pub webhook: bool,
    pub group_policies: BTreeSet<Scope>,
    pub budgets: BTreeSet<Scope>,
}

/// An object that selects pods of its namespace by their labels.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Selecting<T> {
    pub namespace: String,
    pub name: String,
    /// None selects nothing, or what labels of pods do not tell.
    pub selector: Option<Selector>,
    pub content: T,
}

/// What a SecurityGroupPolicy says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupPolicy {
    pub groups: BTreeSet<String>,
    /// It selects by service accounts, which are not read: it may meet any pod of its namespace.
    pub by_account: bool,
}

/// What a PodDisruptionBudget has come to, by its current status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Budget {
    /// `status.expectedPods`.
    pub expected: i32,
    /// `status.desiredHealthy`.
    pub desired: i32,
    /// `status.currentHealthy`.
    pub healthy: i32,
}

impl<T> Selecting<T> {
    fn meets(&self, pod: &Pod) -> bool {
        self.selector.as_ref().is_some_and(|selector| selector.matches(&pod.labels))
    }

    pub(super) fn path(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }
}

impl Inside {
    /// Takes over what was answered.
    pub fn add(&mut self, answers: Self) {
        let Self { logging, observability, webhook, group_policies, budgets } = answers;
        replace(&mut self.logging, logging);
        replace(&mut self.observability, observability);
        replace(&mut self.webhook, webhook);
        self.group_policies.extend(group_policies);
        self.budgets.extend(budgets);
    }
}

fn replace<T>(place: &mut Read<T>, answer: Read<T>) {
    if answer.is_asked() {
        *place = answer;
    }
}

/// Those of a namespace.
pub(super) fn of_namespace<'a, T>(listed: &'a Listed<T>, namespace: &'a str) -> impl Iterator<Item = &'a Selecting<T>> {
    let here = listed.get(&Some(namespace.to_owned())).and_then(Read::known);
    let known = here.or_else(|| listed.get(&None)?.known());
    known.into_iter().flatten().filter(move |one| one.namespace == namespace)
}

/// Those that select a pod.
pub(super) fn of_pod<'a, T>(listed: &'a Listed<T>, pod: &'a Pod) -> impl Iterator<Item = &'a Selecting<T>> {
    of_namespace(listed, &pod.namespace).filter(move |one| one.meets(pod))
}

/// Where the object's pods are. A wildcard may stand for many namespaces, so all are looked at together.
pub(super) fn scopes(question: &Question) -> BTreeSet<Scope> {
    let is_pattern = question.selectors.iter().any(|selector| has_wildcard(&selector.namespace));
    let scope = |pod: &Pod| (!is_pattern).then(|| pod.namespace.clone());
    question.pods.iter().map(|pod| scope(pod)).collect()
}

/// What to ask of the cluster next for an object.
pub(super) fn reads(question: &Question, evidence: &Evidence, reads: &mut InsideReads) {
    let Inside { logging, observability, webhook, group_policies, budgets } = &evidence.inside;
    reads.logging |= !logging.is_asked();
    reads.observability |= matches!(logging, Read::Known(Some(_))) && !observability.is_asked();
    reads.webhook |= question.cluster_serves && !webhook.is_asked();
    let scopes = scopes(question);
    reads.group_policies.extend(scopes.iter().filter(|scope| is_new(group_policies, scope)).cloned());
    reads.budgets.extend(scopes.iter().filter(|scope| is_new(budgets, scope)).cloned());
}

fn is_new<T>(listed: &Listed<T>, scope: &Scope) -> bool {
    let has_all = listed.get(&None).and_then(Read::known).is_some();
    !has_all && !listed.get(scope).is_some_and(Read::is_asked)
}
