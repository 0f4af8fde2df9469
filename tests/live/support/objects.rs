//! What tests of replacements share: objects, edits, and what became of them, as EKS's log has it.

use std::collections::BTreeMap;
use std::time::Duration;

use bed::{Bed, CLUSTER};
use eks_simulator::{Effect, Fault, Operation, ProfileSpec, ProfileStatus};
use fargate_operator::api::{
    ConditionType, FargateProfile, FargateProfileStatus, Phase, TAG_INSTALLATION, TAG_OWNER, TAG_OWNER_UID,
};
use k8s_openapi::api::core::v1::Namespace;
use kube::ResourceExt;
use kube::api::Api;
use serde_json::{Value, json};

use super::recorder::Recorder;
use super::{BedExt, is, observed, reason, until};

/// What a subnet that EKS refuses comes to.
pub const REFUSED: &str = "is not a private subnet";

/// Longer than a delete and a create of `quiet` together and a call's time limit, so that a planner that does not wait has done
/// both by then; shorter than its quiet time.
const LATE: Duration = Duration::from_secs(400);

/// An object that selects a namespace.
pub fn profile(name: &str, namespace: &str) -> Value {
    json!({
        "apiVersion": "fargate-operator.dev/v1alpha1",
        "kind": "FargateProfile",
        "metadata": { "name": name },
        "spec": { "selectors": [{ "namespace": namespace }] },
    })
}

/// An object with the strategy `DeleteFirst`.
pub fn delete_first(name: &str, namespace: &str) -> Value {
    let mut object = profile(name, namespace);
    object["spec"]["replacement"] = json!({ "strategy": "DeleteFirst" });
    object
}

/// The same object in need of approval.
pub fn manual(mut object: Value) -> Value {
    object["spec"]["replacement"]["approval"] = json!("Manual");
    object
}

/// A patch of the spec.
pub fn spec(spec: Value) -> Value {
    json!({ "spec": spec })
}

/// A patch that asks for another EKS profile.
pub fn selecting(namespace: &str) -> Value {
    spec(json!({ "selectors": [{ "namespace": namespace }] }))
}

/// A patch that asks for another EKS profile, which EKS refuses.
pub fn in_a_public_subnet(bed: &Bed) -> Value {
    let settings = bed.eks().cluster_settings(CLUSTER).unwrap();
    spec(json!({ "subnets": [settings.public_subnets[0]] }))
}

/// A patch of how changes are carried out.
pub fn replacement(how: Value) -> Value {
    spec(json!({ "replacement": how }))
}

/// Creates an object and waits until it is served.
pub async fn serving(bed: &Bed, object: &Value) -> FargateProfile {
    bed.create(object).await;
    bed.settled(object["metadata"]["name"].as_str().unwrap()).await
}

/// Waits until EKS has the profile of this name in this state.
pub async fn eks_has(bed: &Bed, name: &str, status: ProfileStatus) {
    until(&format!("{name} is {status:?}"), || {
        bed.eks().profile(CLUSTER, name).is_some_and(|found| found.status == status)
    })
    .await;
}

/// Waits until the object stalls for this reason.
pub async fn stalled(bed: &Bed, name: &str, why: &str) -> FargateProfile {
    bed.wait(name, &format!("stalled by {why}"), |object| {
        observed(object) && reason(object, ConditionType::Stalled).as_deref() == Some(why)
    })
    .await
}

/// Waits until the present generation is served, whatever else still goes on.
pub async fn served(bed: &Bed, name: &str) -> FargateProfile {
    bed.wait(name, "served", |object| observed(object) && is(object, ConditionType::Ready)).await
}

/// The status of an object that has one.
pub fn status(object: &FargateProfile) -> FargateProfileStatus {
    object.status.clone().unwrap()
}

/// The phases that the status went through, each once in a row.
pub fn phases(recorder: &Recorder) -> Vec<Phase> {
    let mut phases: Vec<Phase> = recorder.replacements().into_iter().map(|shown| shown.phase).collect();
    phases.dedup();
    phases
}

/// The namespace that the profile of this name selects.
pub fn namespace(bed: &Bed, name: &str) -> String {
    bed.eks().profile(CLUSTER, name).unwrap().selectors[0].namespace.clone().unwrap()
}

/// The first call of this operation is held on the wire and its caller never answered.
pub fn late(operation: Operation) -> Fault {
    held(operation, true)
}

/// The first call of this operation is held on the wire and its caller's connection cut at once.
pub fn cut_and_late(operation: Operation) -> Fault {
    held(operation, false)
}

fn held(operation: Operation, silent: bool) -> Fault {
    Fault::new(Effect::Late { by: LATE, silent }).on([operation]).nth(1)
}

/// A profile that this installation seems to have made for an object.
pub async fn of_object(bed: &Bed, object: &FargateProfile, name: &str, selects: &str) -> ProfileSpec {
    let namespaces: Api<Namespace> = Api::all(bed.client());
    let installation = namespaces.get("kube-system").await.unwrap().uid().unwrap();
    let tags: BTreeMap<String, String> =
        [(TAG_OWNER, object.name_any()), (TAG_OWNER_UID, object.uid().unwrap()), (TAG_INSTALLATION, installation)]
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect();
    ProfileSpec { tags, ..ProfileSpec::named(name).selecting(selects, &[]) }
}
