//! `kubectl fargate plan`: what it says, and that the operator then does just that.

mod answers;
mod handover;
mod held;
mod manifests;
mod mends;
mod random;
mod rights;
mod saved;

use std::collections::BTreeMap;
use std::process::Command;

use bed::{Bed, CLUSTER, Options};
use eks_simulator::Operation;
use fargate_operator::api::{ConditionType, FargateProfile, INSTALLATION_ANNOTATION};
use k8s_openapi::api::coordination::v1::Lease;
use kube::ResourceExt;
use kube::api::{Api, ListParams};
use serde_json::{Value, json};

use super::{Typed, typed as run_to_end};
use crate::support::{BedExt, is, observed, reason, until_async};

/// Changes in EKS by object, each with its operation and EKS profile, in order.
pub(super) type Changes = BTreeMap<String, Vec<(String, String)>>;

/// A bed whose operator leads, and says what it is.
pub(super) async fn led(options: Options) -> Bed {
    let bed = Bed::start(options).await.unwrap();
    leads(&bed).await;
    bed
}

/// Waits until the operator leads, and says what it runs with.
pub(super) async fn leads(bed: &Bed) {
    let leases: Api<Lease> = Api::all(bed.client());
    until_async("an operator leads", async || {
        let all = leases.list(&ListParams::default()).await.unwrap().items;
        all.iter().any(|lease| lease.annotations().contains_key(INSTALLATION_ANNOTATION))
    })
    .await;
}

/// These objects as one manifest.
pub(super) fn manifest(objects: &[Value]) -> String {
    json!({ "apiVersion": "v1", "kind": "List", "items": objects }).to_string()
}

/// What `plan -o json` says of them.
pub(super) async fn planned(bed: &Bed, objects: &[Value]) -> Value {
    let typed = typed(bed, &["-o", "json"], objects).await;
    serde_json::from_str(&typed.out).unwrap_or_else(|error| panic!("{error}: {typed:?}"))
}

/// Types `plan -f -` and these words.
async fn typed(bed: &Bed, words: &[&str], objects: &[Value]) -> Typed {
    let mut command = bed.plugin().unwrap();
    command.args(["plan", "-f", "-"]).args(words);
    run(command, &manifest(objects)).await
}

/// Runs the plugin. EKS lives in this process, and is not to stand still for it.
async fn run(command: Command, input: &str) -> Typed {
    let input = input.to_owned();
    tokio::task::spawn_blocking(move || run_to_end(command, &input)).await.unwrap()
}

/// The changes that a plan lists under this key.
pub(super) fn foretold(plan: &Value, key: &str) -> Changes {
    let mut changes = Changes::new();
    for it in plan[key].as_array().into_iter().flatten() {
        let word = |key: &str| it[key].as_str().unwrap().to_owned();
        changes.entry(word("object")).or_default().push((word("operation"), word("profile")));
    }
    changes
}

/// How many changes EKS has been asked for.
fn calls(bed: &Bed) -> usize {
    bed.eks().calls(&Operation::MUTATIONS).len()
}

/// The changes that EKS has taken since it had been asked for so many, by the object to which the tags say that a profile
/// belongs.
fn done(bed: &Bed, since: usize) -> Changes {
    let mut owners: BTreeMap<String, String> = BTreeMap::new();
    for entry in bed.eks().log() {
        if let Some(change) = entry.change()
            && let Some(owner) = change.tags.get(fargate_operator::api::TAG_OWNER)
        {
            owners.insert(change.profile.clone(), owner.clone());
        }
    }
    let mut changes = Changes::new();
    let calls = bed.eks().calls(&Operation::MUTATIONS).into_iter().skip(since);
    for call in calls.filter(|call| call.status.is_some_and(|status| status < 300)) {
        let profile = call.profile.unwrap_or_default();
        let owner = owners.get(&profile).cloned().unwrap_or_default();
        changes.entry(owner).or_default().push((call.operation.as_str().to_owned(), profile));
    }
    changes
}

/// Whether nothing goes on any more for the object, or nothing without a person.
fn rests(object: &FargateProfile) -> bool {
    let waits = reason(object, ConditionType::Reconciling);
    let for_a_person = matches!(waits.as_deref(), Some("AwaitingApproval" | "Suspended"));
    observed(object) && (is(object, ConditionType::Stalled) || waits.is_none() || for_a_person)
}

/// Waits until the operator is done with everything, or waits for a person.
async fn at_rest(bed: &Bed) {
    until_async("the operator rests", async || {
        let objects = bed.profiles().list(&ListParams::default()).await.unwrap().items;
        if objects.is_empty() {
            return true;
        }
        let before = calls(bed);
        let is_idle = || bed.eks().profiles(CLUSTER).iter().all(|profile| !profile.status.is_changing());
        if !objects.iter().all(rests) || !is_idle() {
            return false;
        }
        bed.looks(3).await;
        let versions = |objects: &[FargateProfile]| {
            objects.iter().map(|it| (it.name_any(), it.metadata.generation, rests(it))).collect::<Vec<_>>()
        };
        let again = bed.profiles().list(&ListParams::default()).await.unwrap().items;
        is_idle() && calls(bed) == before && versions(&again) == versions(&objects)
    })
    .await;
}

/// Which of two superseded profiles of an object is empty first, and goes first, is decided by how fast pods start.
fn without_order_of_deletions(mut changes: Changes) -> Changes {
    let deletes = |(operation, _): &(String, String)| operation == Operation::DeleteFargateProfile.as_str();
    for changes in changes.values_mut() {
        changes.chunk_by_mut(|one, next| deletes(one) && deletes(next)).for_each(<[_]>::sort);
    }
    changes
}

/// Plans the manifest, applies it, waits, and compares.
async fn as_foretold(bed: &Bed, objects: &[Value], what: &str) -> Value {
    let plan = planned(bed, objects).await;
    let since = calls(bed);
    bed.kubectl().apply(&manifest(objects)).unwrap();
    at_rest(bed).await;
    let foretold = |key| without_order_of_deletions(foretold(&plan, key));
    let (opposite, foretold) = (foretold("inOppositeOrder"), foretold("mutations"));
    let done = without_order_of_deletions(done(bed, since));
    // Which of two objects comes first is decided by milliseconds.
    if !opposite.is_empty() && done == opposite {
        return plan;
    }
    assert_eq!(foretold, done, "{what}: foretold on the left, done on the right\n{plan:#}");
    plan
}
