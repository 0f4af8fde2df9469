//! What tests do with a bed.

use bed::Bed;
use bed::testing::{LIMIT, found, until, until_async};
use eks_simulator::Operation;
use fargate_operator::api::{FargateProfile, POD_PROFILE_LABEL};
use k8s_openapi::api::core::v1::{Namespace, Pod};
use k8s_openapi::api::events::v1::Event;
use kube::ResourceExt;
use kube::api::{Api, DeleteParams, ListParams, Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use super::conditions::is_settled;

/// What tests do with a bed.
pub trait BedExt {
    /// The objects.
    fn profiles(&self) -> Api<FargateProfile>;
    /// `kubectl apply`.
    fn apply(&self, object: &Value);
    /// Creates it by the API, which is quicker.
    async fn create(&self, object: &Value);
    /// A merge patch.
    async fn patch(&self, name: &str, patch: Value);
    /// Waits until the object is as `condition` says; `what` names that.
    async fn wait(&self, name: &str, what: &str, condition: impl Fn(&FargateProfile) -> bool) -> FargateProfile;
    /// Waits until its present generation is Ready and nothing goes on any more.
    async fn settled(&self, name: &str) -> FargateProfile;
    /// `kubectl delete --wait=false`.
    async fn delete(&self, name: &str);
    /// Waits until the object is gone.
    async fn gone(&self, name: &str);
    /// Waits until EKS has been looked at so many times more.
    async fn looks(&self, more: usize);
    /// Makes a pod that EKS has taken for a profile, in the namespace that this selects first.
    async fn pod(&self, name: &str, profile: &str);
    /// Has a pod end with this phase.
    async fn pod_ends(&self, name: &str, phase: &str);
    /// Deletes a pod.
    async fn remove_pod(&self, name: &str);
    /// Waits until the object has an event of this reason. The operator publishes it after it has written the status.
    async fn has_event(&self, object: &FargateProfile, reason: &str);
    /// The object's events of type Warning.
    async fn warnings(&self, object: &FargateProfile) -> Vec<String>;
    /// Names of the EKS profiles of the operator's own cluster.
    fn names(&self) -> Vec<String>;
}

impl BedExt for Bed {
    fn profiles(&self) -> Api<FargateProfile> {
        Api::all(self.client())
    }

    fn apply(&self, object: &Value) {
        self.kubectl().apply(&object.to_string()).unwrap();
    }

    async fn create(&self, object: &Value) {
        let object: FargateProfile = serde_json::from_value(object.clone()).unwrap();
        self.profiles().create(&PostParams::default(), &object).await.unwrap();
    }

    async fn patch(&self, name: &str, patch: Value) {
        self.profiles().patch(name, &PatchParams::default(), &Patch::Merge(patch)).await.unwrap();
    }

    async fn wait(&self, name: &str, what: &str, condition: impl Fn(&FargateProfile) -> bool) -> FargateProfile {
        let fits = |object: Option<&FargateProfile>| object.is_some_and(&condition);
        match found(self.profiles(), name, fits).await {
            Ok(found) => found.unwrap(),
            Err(last) => {
                panic!(
                    "{name} is not {what} after {LIMIT:?}:\n{}\noperator:\n{}",
                    serde_json::to_string_pretty(&last).unwrap(),
                    tail(&self.operator_log())
                );
            }
        }
    }

    async fn settled(&self, name: &str) -> FargateProfile {
        self.wait(name, "settled", is_settled).await
    }

    async fn delete(&self, name: &str) {
        self.profiles().delete(name, &Default::default()).await.unwrap();
    }

    async fn gone(&self, name: &str) {
        let is_gone = |object: Option<&FargateProfile>| object.is_none();
        if let Err(last) = found(self.profiles(), name, is_gone).await {
            panic!(
                "{name} is not gone:\n{}\n{}",
                serde_json::to_string_pretty(&last).unwrap(),
                tail(&self.operator_log())
            );
        }
    }

    async fn looks(&self, more: usize) {
        let looks = || self.eks().calls(&[Operation::ListFargateProfiles]).len();
        let enough = looks() + more;
        until(&format!("{more} more looks at EKS"), || looks() >= enough).await;
    }

    async fn pod(&self, name: &str, profile: &str) {
        let eks = self.eks();
        let found = eks.clusters().iter().find_map(|cluster| eks.profile(cluster, profile)).expect("the profile");
        let namespace = found.selectors[0].namespace.clone().unwrap();
        let namespaces: Api<Namespace> = Api::all(self.client());
        let made = serde_json::from_value(json!({ "metadata": { "name": namespace } })).unwrap();
        // It may be there already.
        let _ = namespaces.create(&PostParams::default(), &made).await;
        // As EKS's webhook leaves it.
        let pod = json!({
            "metadata": { "name": name, "labels": { POD_PROFILE_LABEL: profile } },
            "spec": {
                "containers": [{ "name": "main", "image": "none" }],
                "automountServiceAccountToken": false,
                "schedulerName": "fargate-scheduler",
            },
        });
        let pods: Api<Pod> = Api::namespaced(self.client(), &namespace);
        // The default service account is made soon after the namespace.
        until_async("a pod can be made", async || {
            pods.create(&PostParams::default(), &serde_json::from_value(pod.clone()).unwrap()).await.is_ok()
        })
        .await;
    }

    async fn pod_ends(&self, name: &str, phase: &str) {
        let ended = json!({ "status": { "phase": phase } });
        let pods = pods_around(self, name).await;
        pods.patch_status(name, &PatchParams::default(), &Patch::Merge(ended)).await.unwrap();
    }

    async fn remove_pod(&self, name: &str) {
        let pods = pods_around(self, name).await;
        pods.delete(name, &DeleteParams::default().grace_period(0)).await.unwrap();
    }

    async fn has_event(&self, object: &FargateProfile, reason: &str) {
        let is_it = |event: &Event| event.reason.as_deref() == Some(reason);
        until_async(&format!("an event {reason}"), async || events(self, object).await.iter().any(is_it)).await;
    }

    async fn warnings(&self, object: &FargateProfile) -> Vec<String> {
        let all = events(self, object).await;
        // Where a test needs no pods, nobody has created the namespaces, and where pods are handed over, selectors overlap.
        let is_of_selectors =
            |event: &&Event| matches!(event.reason.as_deref(), Some("CheckSelectors" | "SelectorsOverlap"));
        let is_warning = |event: &&Event| event.type_.as_deref() == Some("Warning") && !is_of_selectors(event);
        let text = |event: &Event| {
            format!("{}: {}", event.reason.clone().unwrap_or_default(), event.note.clone().unwrap_or_default())
        };
        all.iter().filter(is_warning).map(text).collect()
    }

    fn names(&self) -> Vec<String> {
        self.eks().profiles(bed::CLUSTER).into_iter().map(|profile| profile.name).collect()
    }
}

/// The pods of the namespace in which the one of this name is.
async fn pods_around(bed: &Bed, name: &str) -> Api<Pod> {
    let all: Api<Pod> = Api::all(bed.client());
    let found = all.list(&ListParams::default().fields(&format!("metadata.name={name}"))).await.unwrap().items;
    Api::namespaced(bed.client(), &found[0].namespace().unwrap())
}

/// The object's events.
pub async fn events(bed: &Bed, object: &FargateProfile) -> Vec<Event> {
    let events: Api<Event> = Api::all(bed.client());
    let mut all = events.list(&ListParams::default()).await.unwrap().items;
    all.retain(|event| event.regarding.as_ref().and_then(|object| object.uid.clone()) == object.uid());
    all
}

fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}
