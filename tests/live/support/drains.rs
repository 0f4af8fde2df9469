//! What the tests of drains share: a bed with Fargate, changes that move pods, and what is then said and done.

use std::time::{Duration, Instant};

use bed::{Bed, CLUSTER, OTHER_ROLE, Options};
use data_plane::Settings;
use eks_simulator::{ClusterSettings, Operation, ProfileSpec, ProfileStatus};
use fargate_operator::api::{ConditionType, FargateProfile};
use futures::future::join_all;
use kube::ResourceExt;
use serde_json::{Value, json};

use super::objects::spec;
use super::{BedExt, LIMIT, condition, events, until_async};

/// A bed with Fargate. Nodes and containers are quick, for it is not their speed that is asked about.
pub fn fargate(time_scale: f64) -> Options {
    let cluster = ClusterSettings::named(CLUSTER)
        .creating(Duration::from_secs(30))
        .deleting(Duration::from_secs(15))
        .profile_quota(60);
    let mut settings = Settings::default();
    settings.switches.provisioning = Duration::from_secs(10);
    settings.switches.starting = Duration::from_secs(5);
    Options { time_scale, cluster, fargate: Some(settings), ..Options::default() }
}

/// A patch that asks for another EKS profile, which takes the same pods.
pub fn another_role() -> Value {
    spec(json!({ "podExecutionRoleArn": OTHER_ROLE }))
}

/// Makes the same change to several objects.
pub async fn change(bed: &Bed, names: &[&str], change: &Value) {
    join_all(names.iter().map(|name| bed.patch(name, change.clone()))).await;
}

/// Waits until an object stalls with this reason and exactly this text.
pub async fn stalls(bed: &Bed, name: &str, why: &str, text: &str) -> FargateProfile {
    says(bed, name, ConditionType::Stalled, why, text).await
}

/// Waits until a condition of an object is true with this reason and exactly this text, in which `<plan>` stands for the
/// plan that the status shows.
pub async fn says(bed: &Bed, name: &str, kind: ConditionType, why: &str, text: &str) -> FargateProfile {
    let fits = |object: &FargateProfile| {
        let said = condition(object, kind);
        said.is_some_and(|(status, reason, message)| {
            status == "True" && reason == why && message == text.replace("<plan>", &plan(object))
        })
    };
    bed.wait(name, &format!("{kind:?} for {why}: {text}"), fits).await
}

/// The plan that the status shows.
pub fn plan(object: &FargateProfile) -> String {
    let replacement = object.status.as_ref().and_then(|status| status.replacement.as_ref());
    replacement.and_then(|replacement| replacement.plan_id.clone()).unwrap_or_default()
}

/// Waits until an event about the object, or about one of its pods, begins so.
pub async fn event(bed: &Bed, object: &FargateProfile, text: &str) {
    until_async(&format!("there is an event: {text}"), async || {
        events(bed, object).await.iter().any(|event| event.note.as_ref().is_some_and(|note| note.starts_with(text)))
    })
    .await;
}

/// A profile of somebody else's that is ACTIVE at once.
pub fn foreign(bed: &Bed, name: &str, namespace: &str, labels: &[(&str, &str)]) {
    let spec = ProfileSpec::named(name).selecting(namespace, labels);
    bed.eks().outsider().place_profile(CLUSTER, spec, ProfileStatus::Active).unwrap();
}

/// How often the deletion of this profile was asked for.
pub fn deletions(bed: &Bed, profile: &str) -> usize {
    let calls = bed.eks().calls(&[Operation::DeleteFargateProfile]);
    calls.iter().filter(|call| call.profile.as_deref() == Some(profile)).count()
}

/// Waits until nothing is written to the object any more, however often EKS is looked at.
pub async fn comes_to_rest(bed: &Bed, name: &str) {
    let began = Instant::now();
    loop {
        let before = bed.profiles().get(name).await.unwrap();
        bed.looks(5).await;
        let now = bed.profiles().get(name).await.unwrap();
        if now.resource_version() == before.resource_version() {
            return;
        }
        assert!(began.elapsed() < LIMIT, "{name} is written and written:\n{:?}\n{:?}", before.status, now.status);
    }
}
