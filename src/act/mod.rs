//! Carries out one [`Step`]: one effect, in its turn.

mod flight;
mod turn;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use kube::ResourceExt;
use kube::api::{Api, Patch, PatchParams};
use serde_json::json;

use crate::api::{FINALIZER, FargateProfile};
use crate::eks::{Eks, Failure, NewProfile, Profile};
use crate::plan::{Snapshot, Step, is_of_installation};

pub use flight::{Flight, Mutation};
pub use turn::{Blocked, Need, Retry, Turn, TurnPace};

/// What came of a step.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The effect took place, or EKS has begun it.
    Done,
    /// There was nothing to do.
    Rested,
    /// The EKS cluster is busy. Not an error.
    NotOurTurn(Blocked),
    /// AWS refused or did not answer.
    Failed(Failure),
    /// Kubernetes refused or did not answer.
    KubernetesFailed(String),
}

/// What carrying out a step needs.
pub struct Hands<'a> {
    /// The objects.
    pub objects: &'a Api<FargateProfile>,
    /// EKS.
    pub eks: &'a dyn Eks,
    /// The turn of the object's cluster.
    pub turn: &'a Mutex<Turn>,
    /// The monotonic time.
    pub now: &'a (dyn Fn() -> Duration + Send + Sync),
    /// How long to wait after a conflict, given how long conflicts have gone on.
    pub next_try: &'a (dyn Fn(Duration) -> Duration + Send + Sync),
    /// Time limit of a Kubernetes call.
    pub timeout: Duration,
}

/// Carries out the step.
pub async fn carry_out(step: &Step, object: &FargateProfile, snapshot: &Snapshot, hands: &Hands<'_>) -> Outcome {
    match step {
        Step::AddFinalizer => set_finalizer(object, hands, true).await,
        Step::DropFinalizer(_) => set_finalizer(object, hands, false).await,
        Step::Create { profile, .. } => create(profile, snapshot, hands).await,
        Step::Delete { name, arn, .. } => delete(name, arn, snapshot, hands).await,
        Step::Tag { name, arn, set, remove, .. } => tag(name, arn, (set, remove), snapshot, hands).await,
        Step::Rest(_) => Outcome::Rested,
    }
}

async fn create(profile: &NewProfile, snapshot: &Snapshot, hands: &Hands<'_>) -> Outcome {
    let mutation = Mutation::Create { name: profile.name.clone(), arn: None };
    match take(mutation, snapshot, hands) {
        Err(blocked) => Outcome::NotOurTurn(blocked),
        Ok(()) => {
            let result = hands.eks.create(profile).await;
            answered(result.as_ref().map(Some), snapshot, hands);
            outcome(result)
        }
    }
}

async fn delete(name: &str, arn: &str, snapshot: &Snapshot, hands: &Hands<'_>) -> Outcome {
    let Some(profile) = snapshot.profiles.iter().find(|profile| profile.arn == arn) else { return Outcome::Done };
    let mutation = Mutation::Delete { name: name.to_owned(), arn: arn.to_owned(), before: profile.status.clone() };
    let cluster = snapshot.spec.cluster_name.as_deref().unwrap_or(&snapshot.defaults.cluster_name);
    match take(mutation, snapshot, hands) {
        Err(blocked) => Outcome::NotOurTurn(blocked),
        Ok(()) => {
            let result = hands.eks.delete(cluster, name).await;
            answered(result.as_ref().map(|()| None), snapshot, hands);
            outcome(result)
        }
    }
}

async fn tag(
    name: &str,
    arn: &str,
    (set, remove): (&BTreeMap<String, String>, &[String]),
    snapshot: &Snapshot,
    hands: &Hands<'_>,
) -> Outcome {
    let mutation =
        Mutation::Tag { name: name.to_owned(), arn: arn.to_owned(), set: set.clone(), remove: remove.to_vec() };
    match take(mutation, snapshot, hands) {
        Err(blocked) => Outcome::NotOurTurn(blocked),
        Ok(()) => {
            let result =
                if set.is_empty() { hands.eks.untag(arn, remove).await } else { hands.eks.tag(arn, set).await };
            answered(result.as_ref().map(|()| None), snapshot, hands);
            outcome(result)
        }
    }
}

fn take(mutation: Mutation, snapshot: &Snapshot, hands: &Hands<'_>) -> Result<(), Blocked> {
    let now = (hands.now)();
    let is_ours = |profile: &Profile| is_of_installation(profile, &snapshot.installation);
    let mut turn = hands.turn.lock().unwrap_or_else(PoisonError::into_inner);
    let flight = Flight::new(mutation, now);
    turn.take(&snapshot.object.name, flight, &snapshot.profiles, is_ours, now, Timestamp::now())
}

fn answered(result: Result<Option<&Profile>, &Failure>, snapshot: &Snapshot, hands: &Hands<'_>) {
    let mut turn = hands.turn.lock().unwrap_or_else(PoisonError::into_inner);
    turn.answered(&snapshot.object.name, result, Timestamp::now(), (hands.now)(), hands.next_try);
}

fn outcome<T>(result: Result<T, Failure>) -> Outcome {
    match result {
        Ok(_) => Outcome::Done,
        Err(failure) => Outcome::Failed(failure),
    }
}

/// Sets or removes our finalizer, with the resourceVersion that was observed as precondition.
async fn set_finalizer(object: &FargateProfile, hands: &Hands<'_>, wanted: bool) -> Outcome {
    let mut finalizers: Vec<&str> =
        object.finalizers().iter().map(String::as_str).filter(|finalizer| *finalizer != FINALIZER).collect();
    if wanted {
        finalizers.push(FINALIZER);
    }
    let patch =
        Patch::Merge(json!({ "metadata": { "resourceVersion": object.resource_version(), "finalizers": finalizers } }));
    let name = object.name_any();
    let params = PatchParams::default();
    let call = hands.objects.patch_metadata(&name, &params, &patch);
    match tokio::time::timeout(hands.timeout, call).await {
        Ok(Ok(_)) => Outcome::Done,
        Ok(Err(kube::Error::Api(status))) if status.code == 404 && !wanted => Outcome::Done,
        Ok(Err(error)) => Outcome::KubernetesFailed(format!("changing the finalizer failed: {error}")),
        Err(_) => Outcome::KubernetesFailed("changing the finalizer took too long".to_owned()),
    }
}
