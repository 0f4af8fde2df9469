//! What the operator is going to do: the real passes, one after another, over a cluster that exists only here.
//!
//! # Guarantees
//! - No rule of the operator is written down a second time: each pass is planned by [`plan`](crate::plan), gets its turn from
//!   [`act`](crate::act) and is reported by [`report`](crate::report). Only EKS, Fargate and the controllers of pods are imitated,
//!   and nothing goes wrong with them.
//! - An object that is settled is passed again only when something has happened to pods that it could select, to their profiles or
//!   to their objects. So a change costs as much as it reaches, however many objects there are.
//! - It comes to an end: when nobody has anything more to do, or when nothing has happened for longer than any time limit.

mod effect;
mod eks;
#[cfg(test)]
pub(crate) mod fixture;
mod mend;
mod pass;
mod pods;
mod reach;
mod run;
#[cfg(test)]
mod tests;
mod world;

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use serde::Serialize;

use crate::api::{ConditionType, FargateProfileStatus, Truth};

pub(crate) use run::{Preview, forecast, forecast_in_order, preview};
pub(crate) use world::World;

/// What happens, in order, and how it ends.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Forecast {
    /// What is changed in EKS.
    pub(crate) mutations: Vec<Mutation>,
    /// What the operator mends, or puts back.
    pub(crate) mends: Vec<Mended>,
    /// Pods that are evicted, by object.
    pub(crate) evicted: BTreeMap<String, usize>,
    /// How many of those go to a profile of another object, by both objects.
    #[serde(skip)]
    pub(crate) handovers: BTreeMap<(String, String), usize>,
    /// The status that each object comes to. An object that is deleted has none.
    #[serde(skip)]
    pub(crate) ends: BTreeMap<String, FargateProfileStatus>,
    /// When the last change was over, in seconds from now.
    pub(crate) seconds: u64,
    /// How many passes were played.
    #[serde(skip)]
    pub(crate) passes: usize,
    /// It was cut short: there was no end in sight.
    pub(crate) is_open: bool,
}

/// A change of a profile in EKS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Mutation {
    /// The FargateProfile for which it is made.
    pub(crate) object: String,
    pub(crate) operation: Operation,
    /// The EKS profile.
    pub(crate) profile: String,
    /// When it begins, in seconds from now.
    pub(crate) at: u64,
}

/// A call by which something is mended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Mended {
    /// The FargateProfile for which it is made.
    pub(crate) object: String,
    /// What is done to what, such as `CreateRole fargate-pods`.
    pub(crate) call: String,
    /// When it is made, in seconds from now.
    pub(crate) at: u64,
}

/// EKS's operations, by the names of its API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, strum::IntoStaticStr)]
pub(crate) enum Operation {
    CreateFargateProfile,
    DeleteFargateProfile,
    TagResource,
    UntagResource,
}

impl Forecast {
    /// What is changed for this object.
    pub(crate) fn of<'a>(&'a self, object: &'a str) -> impl Iterator<Item = &'a Mutation> {
        self.mutations.iter().filter(move |mutation| mutation.object == object)
    }

    /// What this object waits for in the end. Nothing happens by itself any more, so that is for a person.
    pub(crate) fn waits(&self, object: &str) -> Option<&Condition> {
        let conditions = &self.ends.get(object)?.conditions;
        let unready = || ConditionType::Ready.find(conditions).filter(|it| it.status != Truth::True.name());
        let holding = |kind: ConditionType| kind.holding(conditions);
        holding(ConditionType::Stalled).or_else(|| holding(ConditionType::Reconciling)).or_else(unready)
    }
}
