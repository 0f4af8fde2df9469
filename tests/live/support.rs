//! What the tests share: objects to apply, and waiting for what becomes of them.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bed::Bed;
use fargate_operator::api::{ConditionType, FargateProfile, Truth};
use kube::api::{Api, Patch, PatchParams, PostParams};
use kube::runtime::wait::await_condition;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// No wait of a healthy run comes near it, not even on a loaded machine.
pub const LIMIT: Duration = Duration::from_secs(120);

/// An object that selects a namespace.
pub fn profile(name: &str, namespace: &str) -> Value {
    json!({
        "apiVersion": "fargate-operator.dev/v1alpha1",
        "kind": "FargateProfile",
        "metadata": { "name": name },
        "spec": { "selectors": [{ "namespace": namespace }] },
    })
}

/// What tests do with a bed.
pub trait Use {
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
}

impl Use for Bed {
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
        let waiting = await_condition(self.profiles(), name, fits);
        match tokio::time::timeout(LIMIT, waiting).await {
            Ok(found) => found.unwrap().unwrap(),
            Err(_) => {
                let last = self.profiles().get_opt(name).await.unwrap();
                panic!(
                    "{name} is not {what} after {LIMIT:?}:\n{}\noperator:\n{}",
                    serde_json::to_string_pretty(&last).unwrap(),
                    tail(&self.operator_log())
                );
            }
        }
    }

    async fn settled(&self, name: &str) -> FargateProfile {
        self.wait(name, "settled", |object| {
            is(object, ConditionType::Ready)
                && observed(object)
                && !is(object, ConditionType::Reconciling)
                && !is(object, ConditionType::Stalled)
        })
        .await
    }

    async fn delete(&self, name: &str) {
        self.profiles().delete(name, &Default::default()).await.unwrap();
    }

    async fn gone(&self, name: &str) {
        let waiting = await_condition(self.profiles(), name, |object: Option<&FargateProfile>| object.is_none());
        if tokio::time::timeout(LIMIT, waiting).await.is_err() {
            let last = self.profiles().get_opt(name).await.unwrap();
            panic!(
                "{name} is not gone:\n{}\n{}",
                serde_json::to_string_pretty(&last).unwrap(),
                tail(&self.operator_log())
            );
        }
    }
}

/// Waits until `condition` holds; `what` names it.
pub async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < LIMIT, "not so after {LIMIT:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The body of a GET, such as of the operator's metrics.
pub async fn scrape(address: SocketAddr, path: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.split_once("\r\n\r\n").map_or_else(String::new, |(_, body)| body.to_owned())
}

/// Whether a condition is true.
pub fn is(object: &FargateProfile, kind: ConditionType) -> bool {
    condition(object, kind).is_some_and(|(status, _, _)| status == Truth::True.name())
}

/// Whether the status speaks of the present generation.
pub fn observed(object: &FargateProfile) -> bool {
    let status = object.status.as_ref();
    status.and_then(|status| status.observed_generation) == object.metadata.generation
}

/// Status, reason and message of a condition.
pub fn condition(object: &FargateProfile, kind: ConditionType) -> Option<(String, String, String)> {
    let found = object.status.as_ref()?.conditions.iter().find(|condition| condition.type_ == kind.name())?;
    Some((found.status.clone(), found.reason.clone(), found.message.clone()))
}

/// Reason of a condition, if it is there.
pub fn reason(object: &FargateProfile, kind: ConditionType) -> Option<String> {
    condition(object, kind).map(|(_, reason, _)| reason)
}

fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}
