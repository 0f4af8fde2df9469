//! The API server is away, or does not let the operator do what it needs to: what then stands in the operator's log, since
//! the status cannot tell it.

use std::time::Duration;

use bed::Bed;
use eks_simulator::{Effect, Fault, Operation};
use fargate_operator::api::Reason::PodsUnknown;
use serde_json::{Value, json};

use super::expected::ready_but_stalled;
use super::run::{quick, shows};
use super::situation::{Row, row};
use crate::support::{BedExt, Stopped, profile, until};

/// One row of the table: trouble with Kubernetes.
pub struct Logged {
    /// A sentence.
    pub situation: &'static str,
    /// The message of a log line of level WARN.
    pub says: &'static str,
}

const AWAY: Logged = Logged { situation: "the API server hangs for a while", says: "writing the status took too long" };
const FORBIDDEN: Logged = Logged {
    situation: "the operator may not write the status",
    says: "the operator may not patch resource fargateprofiles/status in API group fargate-operator.dev at the cluster scope: compare its roles with deploy/rbac",
};

pub fn rows() -> Vec<Logged> {
    vec![AWAY, FORBIDDEN]
}

/// The warnings in the operator's log.
fn warnings(bed: &Bed) -> Vec<String> {
    let lines = bed.operator_log();
    let lines = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter(|line| line["level"] == "WARN").filter_map(|line| Some(line["message"].as_str()?.to_owned())).collect()
}

async fn told(bed: &Bed, row: &Logged) {
    until(&format!("{}: {}", row.situation, row.says), || warnings(bed).iter().any(|text| text == row.says)).await;
}

#[tokio::test]
async fn an_api_server_that_hangs_is_told_of_in_the_log_and_waited_for() {
    let bed = Bed::start(quick()).await.unwrap();
    // Long enough to have the API server stop before the answer is written down.
    let slow = Effect::Slow { by: Duration::from_secs(300) };
    bed.eks().add_fault(Fault::new(slow).on([Operation::CreateFargateProfile]));
    bed.create(&profile("web", "web")).await;
    until("the profile is CREATING", || !bed.names().is_empty()).await;
    let stopped = Stopped::process(bed.control_plane().api_server().unwrap());
    told(&bed, &AWAY).await;
    drop(stopped);
    bed.settled("web").await;
    assert_eq!(bed.names(), ["web-9999"]);
}

const OPERATOR: &str = "--as=system:serviceaccount:fargate-operator:fargate-operator";

/// Takes a rule out of one of the operator's roles and waits until that counts.
async fn take_away(bed: &Bed, role: &str, rule: usize, resource: &str, verb: &str) {
    let path = format!("/rules/{rule}");
    let patch = json!([
        { "op": "test", "path": format!("{path}/resources/0"), "value": resource },
        { "op": "remove", "path": path },
    ]);
    let kubectl = bed.kubectl();
    kubectl.words(&["patch", "clusterrole", role, "--type=json", "-p", &patch.to_string()]).unwrap();
    // "no" comes with an exit code.
    let (resource, part) = resource.split_once('/').unwrap_or((resource, ""));
    let part = format!("--subresource={part}");
    let denied = || kubectl.words(&["auth", "can-i", verb, resource, &part, OPERATOR]).is_err();
    until(&format!("the operator may not {verb} {resource}"), denied).await;
}

/// The operator may not list pods.
pub fn no_pods() -> Row {
    row(
        "the operator may not list pods",
        "web",
        ready_but_stalled(
            "web-9998",
            PodsUnknown,
            "the pods to move cannot be seen: the operator may not list resource pods at the cluster scope: compare its roles with deploy/rbac. If there are none, approve: kubectl annotate --overwrite fp web fargate-operator.dev/approve=<plan>",
        ),
    )
}

// The next user of the bed is given the roles anew.
#[tokio::test]
async fn rights_that_the_operator_lacks_are_named() {
    let bed = Bed::start(quick()).await.unwrap();
    bed.create(&profile("web", "web")).await;
    bed.settled("web").await;
    take_away(&bed, "fargate-operator-pods", 0, "pods", "list").await;
    let jobs = json!({ "spec": { "selectors": [{ "namespace": "jobs" }] } });
    shows(&bed, &no_pods(), async || bed.patch("web", jobs).await).await;

    take_away(&bed, "fargate-operator-core", 1, "fargateprofiles/status", "patch").await;
    bed.patch("web", json!({ "spec": { "tags": { "team": "a" } } })).await;
    told(&bed, &FORBIDDEN).await;
}
