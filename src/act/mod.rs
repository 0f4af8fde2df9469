//! Carries out one [`Step`], in its turn.

mod evict;
mod mend;
mod mutation;
mod preflight;
mod queue;
#[cfg(test)]
mod tests;
mod turn;

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;
use kube::api::{Api, Patch, PatchParams};
use kube::{Client, ResourceExt};
use parking_lot::Mutex;
use serde_json::json;

use crate::api::{APPROVE_ANNOTATION, FINALIZER, FargateProfile};
use crate::eks::{Eks, NewProfile, Profile};
use crate::failure::Failure;
use crate::iam::Iam;
use crate::kubernetes::call;
use crate::plan::Step;
use crate::state::Snapshot;

pub use mutation::{InFlight, Mutation, TurnKind};
pub(crate) use preflight::pinned;
pub use turn::{Blocked, EksView, Retry, Turn};

#[derive(Clone, Debug)]
pub enum Outcome {
    /// The effect took place, or EKS has begun it.
    Done,
    /// EKS has begun to create this profile.
    Created(Profile),
    Rested,
    /// The EKS cluster is busy, which is not an error.
    NotOurTurn(Blocked),
    /// AWS or the Eviction API refused, or did not answer.
    Failed(Failure),
    /// The object has changed since it was observed. A pass over the newer version follows.
    Outdated,
    /// This process does not hold the Lease or is shutting down. Nothing was sent.
    NotLeading,
    /// Kubernetes refused or did not answer.
    KubernetesFailed(String),
}

impl Outcome {
    /// Whether the effect took place or has begun.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done | Self::Created(_))
    }

    /// What the object waits for in the queue of its cluster.
    pub fn blocked(&self) -> Option<&Blocked> {
        if let Self::NotOurTurn(blocked) = self { Some(blocked) } else { None }
    }
}

pub struct Effects<'a> {
    pub client: &'a Client,
    pub objects: &'a Api<FargateProfile>,
    pub eks: &'a dyn Eks,
    pub iam: &'a dyn Iam,
    /// The turn of the object's EKS cluster.
    pub turn: &'a Mutex<Turn>,
    /// When the look behind the snapshot began.
    pub look_began: Duration,
    pub now: &'a (dyn Fn() -> Duration + Send + Sync),
    /// Whether the Lease allows an effect at this moment.
    pub may_act: &'a (dyn Fn() -> bool + Send + Sync),
    /// The time to wait after a conflict, given how long conflicts have gone on.
    pub next_try: &'a (dyn Fn(Duration) -> Duration + Send + Sync),
    /// For one Kubernetes call.
    pub timeout: Duration,
}

/// Carries out the step. A mutation of EKS or an eviction is sent only if the object has not changed since it was
/// observed. A watch may lag, and nothing would delete what is created for an object that is gone.
pub async fn execute(step: &Step, object: &FargateProfile, snapshot: &Snapshot, effects: &Effects<'_>) -> Outcome {
    if step.action().is_some()
        && let Err(outcome) = check_current(object, effects).await
    {
        return outcome;
    }
    match step {
        Step::AddFinalizer => set_finalizer(object, effects, true).await,
        Step::DropFinalizer(_) => set_finalizer(object, effects, false).await,
        Step::Create { profile, .. } => create(profile, snapshot, effects).await,
        Step::Delete { name, arn, .. } => delete(name, arn, snapshot, effects).await,
        Step::Tag { name, arn, set, remove, .. } => tag(name, arn, (set, remove), snapshot, effects).await,
        Step::Mend(mend) => mend::mend(mend, snapshot.defaults.cluster_of(&snapshot.spec), effects).await,
        Step::Ask { eviction, .. } => evict::ask(eviction, effects).await,
        Step::Evict(eviction) => evict::evict(eviction, effects).await,
        Step::Checkpoint(_) | Step::Wait(_) => Outcome::Rested,
    }
}

async fn create(profile: &NewProfile, snapshot: &Snapshot, effects: &Effects<'_>) -> Outcome {
    let mutation = Mutation::Create { name: profile.name.clone(), arn: None };
    in_turn(mutation, snapshot, effects, async { effects.eks.create(profile).await.map(Some) }).await
}

async fn delete(name: &str, arn: &str, snapshot: &Snapshot, effects: &Effects<'_>) -> Outcome {
    let Some(profile) = snapshot.profiles.iter().find(|profile| profile.arn == arn) else { return Outcome::Done };
    let mutation = Mutation::Delete { name: name.to_owned(), arn: arn.to_owned(), before: profile.status.clone() };
    let cluster = snapshot.defaults.cluster_of(&snapshot.spec);
    in_turn(mutation, snapshot, effects, async { effects.eks.delete(cluster, name).await.map(|()| None) }).await
}

async fn tag(
    name: &str,
    arn: &str,
    (set, remove): (&BTreeMap<String, String>, &[String]),
    snapshot: &Snapshot,
    effects: &Effects<'_>,
) -> Outcome {
    let mutation =
        Mutation::Tag { name: name.to_owned(), arn: arn.to_owned(), set: set.clone(), remove: remove.to_vec() };
    in_turn(mutation, snapshot, effects, async {
        if set.is_empty() { effects.eks.untag(arn, remove).await } else { effects.eks.tag(arn, set).await }
            .map(|()| None)
    })
    .await
}

/// Takes the turn, sends the mutation and reports the result to the turn.
async fn in_turn(
    mutation: Mutation,
    snapshot: &Snapshot,
    effects: &Effects<'_>,
    call: impl Future<Output = Result<Option<Profile>, Failure>>,
) -> Outcome {
    let object = snapshot.object.name.as_str();
    let turn = || effects.turn.lock();
    let seen =
        EksView { profiles: &snapshot.profiles, began: effects.look_began, installation: &snapshot.installation };
    if !(effects.may_act)() {
        return Outcome::NotLeading;
    }
    let now = (effects.now)();
    let mutation = InFlight::new(mutation, now);
    if let Err(blocked) = turn().take(object, mutation, &seen, now, Timestamp::now()) {
        return Outcome::NotOurTurn(blocked);
    }
    let result = call.await;
    let answer = result.as_ref().map(Option::as_ref);
    if let Some(blocked) = turn().answered(object, answer, (effects.now)(), Timestamp::now(), effects.next_try) {
        return Outcome::NotOurTurn(blocked);
    }
    match result {
        Ok(Some(created)) => Outcome::Created(created),
        Ok(None) => Outcome::Done,
        Err(failure) => Outcome::Failed(failure),
    }
}

/// Checks with Kubernetes whether the object is still the observed one.
async fn check_current(object: &FargateProfile, effects: &Effects<'_>) -> Result<(), Outcome> {
    let name = object.name_any();
    let here = |it: &FargateProfile| {
        let meta = &it.metadata;
        let status = it.status.as_ref();
        (
            (meta.uid.clone(), meta.generation, meta.deletion_timestamp.is_some(), it.finalizers().to_vec()),
            // The record for restoring must still exist, and the approval must not have been withdrawn.
            status.and_then(|status| status.previous.clone()),
            status.and_then(|status| status.failed_generation),
            it.annotations().get(APPROVE_ANNOTATION).cloned(),
        )
    };
    match call("reading the object", effects.timeout, effects.objects.get_opt(&name)).await {
        Ok(Some(now)) if here(&now) == here(object) => Ok(()),
        Ok(_) => Err(Outcome::Outdated),
        Err(error) => Err(Outcome::KubernetesFailed(error.to_string())),
    }
}

/// Sets or removes our finalizer. The observed resourceVersion is a precondition.
async fn set_finalizer(object: &FargateProfile, effects: &Effects<'_>, wanted: bool) -> Outcome {
    let mut finalizers: Vec<&str> =
        object.finalizers().iter().map(String::as_str).filter(|finalizer| *finalizer != FINALIZER).collect();
    if wanted {
        finalizers.push(FINALIZER);
    }
    let patch =
        Patch::Merge(json!({ "metadata": { "resourceVersion": object.resource_version(), "finalizers": finalizers } }));
    let name = object.name_any();
    let params = PatchParams::default();
    if !(effects.may_act)() {
        return Outcome::NotLeading;
    }
    let patched = effects.objects.patch_metadata(&name, &params, &patch);
    match call("changing the finalizer", effects.timeout, patched).await {
        Ok(_) => Outcome::Done,
        Err(error) => match error.code() {
            Some(404) if !wanted => Outcome::Done,
            Some(404 | 409) => Outcome::Outdated,
            _ => Outcome::KubernetesFailed(error.to_string()),
        },
    }
}
