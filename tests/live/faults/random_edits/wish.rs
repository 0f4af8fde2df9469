//! What a user wants of an object, and changes of mind.

use std::collections::{BTreeMap, BTreeSet};

use bed::{Bed, CLUSTER, OTHER_ROLE, ROLE};
use eks_simulator::Profile;
use fargate_operator::api::TAG_PREFIX;
use fastrand::Rng;
use serde_json::{Value, json};

/// A spec, as far as edits change it.
#[derive(Clone, Debug, PartialEq)]
pub struct Wish {
    /// Namespaces, each with or without a label.
    selectors: BTreeSet<(&'static str, Option<&'static str>)>,
    subnets: Option<BTreeSet<String>>,
    role: Option<&'static str>,
    tags: BTreeMap<&'static str, Option<&'static str>>,
    strategy: Option<&'static str>,
    approval: Option<&'static str>,
    suspend: bool,
}

const NAMESPACES: [&str; 4] = ["web", "jobs", "batch", "tools"];
const LABELS: [Option<&str>; 3] = [None, Some("yes"), Some("no")];
const TAGS: [&str; 2] = ["team", "cost"];
const TAG_VALUES: [Option<&str>; 3] = [None, Some("a"), Some("b")];

impl Wish {
    /// The simplest.
    pub fn first() -> Self {
        Self {
            selectors: BTreeSet::from([("web", None)]),
            subnets: None,
            role: None,
            tags: TAGS.into_iter().map(|key| (key, None)).collect(),
            strategy: None,
            approval: None,
            suspend: false,
        }
    }

    /// Another one, which differs in one thing.
    pub fn edited(&self, chance: &mut Rng, bed: &Bed) -> Self {
        // Most of the time somebody must be at work.
        let mut wish = if chance.bool() { self.resumed() } else { self.clone() };
        match chance.u8(..16) {
            0..6 => {
                let some = chance.usize(1..=2);
                let selector = |chance: &mut Rng| (pick(chance, &NAMESPACES), pick(chance, &LABELS));
                wish.selectors = (0..some).map(|_| selector(chance)).collect();
            }
            6..8 => {
                let all = bed.eks().cluster_settings(CLUSTER).unwrap().private_subnets;
                let some: BTreeSet<_> = all.into_iter().filter(|_| chance.bool()).collect();
                wish.subnets = (!some.is_empty()).then_some(some);
            }
            8..10 => wish.role = pick(chance, &[None, Some(ROLE), Some(OTHER_ROLE)]),
            10..12 => {
                wish.tags.insert(pick(chance, &TAGS), pick(chance, &TAG_VALUES));
            }
            12 => wish.suspend = true,
            13 => wish.approval = Some("Manual"),
            _ => wish.strategy = pick(chance, &[None, Some("CreateFirst"), Some("DeleteFirst")]),
        }
        wish
    }

    /// The same without anything that holds it up.
    pub fn resumed(&self) -> Self {
        Self { approval: None, suspend: false, ..self.clone() }
    }

    /// Whether changes are made by way of a gap.
    pub fn deletes_first(&self) -> bool {
        self.strategy == Some("DeleteFirst")
    }

    /// A merge patch that makes it so.
    pub fn patch(&self) -> Value {
        let selectors: Vec<Value> = self
            .selectors
            .iter()
            .map(|(namespace, label)| match label {
                Some(label) => json!({ "namespace": namespace, "labels": { "fargate": label } }),
                None => json!({ "namespace": namespace }),
            })
            .collect();
        json!({ "spec": {
            "selectors": selectors,
            "subnets": self.subnets,
            "podExecutionRoleArn": self.role,
            "tags": self.tags,
            "replacement": { "strategy": self.strategy, "approval": self.approval },
            "suspend": self.suspend,
        } })
    }

    /// Whether this is the profile that was wished for.
    pub fn is_met_by(&self, profile: &Profile) -> bool {
        let selectors: BTreeSet<_> = profile
            .selectors
            .iter()
            .map(|selector| (selector.namespace.as_deref().unwrap_or_default(), selector.labels.get("fargate")))
            .map(|(namespace, label)| (namespace, label.map(String::as_str)))
            .collect();
        let subnets: BTreeSet<_> = profile.subnets.iter().cloned().collect();
        let tags = profile.tags.iter().filter(|(key, _)| !key.starts_with(TAG_PREFIX));
        let wanted = self.tags.iter().filter_map(|(key, value)| Some((*key, (*value)?)));
        selectors == self.selectors
            // Without a wish it is EKS that chooses.
            && self.subnets.as_ref().is_none_or(|wanted| *wanted == subnets)
            && profile.pod_execution_role_arn == self.role.unwrap_or(ROLE)
            && tags.map(|(key, value)| (key.as_str(), value.as_str())).eq(wanted)
    }
}

fn pick<T: Copy>(chance: &mut Rng, all: &[T]) -> T {
    all[chance.usize(..all.len())]
}
