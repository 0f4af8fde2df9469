//! `kubectl fargate explain`: each cause of "not on Fargate", made on the bed and named in the first line.

mod causes;
mod files;
mod first;
mod foreign;
mod rare;
mod templates;
mod workloads;
mod workshop;

use bed::Bed;
use bed::testing::{TestNamespace, deployment, until_async};
use k8s_openapi::api::apps::v1::Deployment;
use kube::ResourceExt;
use serde_json::{Value, json};

use super::fargate;
use crate::support::profile;

/// What is asked and what the answer has to be.
struct Case {
    /// As it is typed, such as `deploy/web`.
    what: &'static str,
    cause: &'static str,
    /// The first line begins so, and goes on with this. `{}` stands for what it is about.
    first_line: &'static str,
    /// Its command contains this.
    command: &'static str,
}

const fn case(what: &'static str, cause: &'static str, first_line: &'static str, command: &'static str) -> Case {
    Case { what, cause, first_line, command }
}

/// Asks, in text and as JSON.
fn asks(bed: &Bed, namespace: &str, case: &Case) {
    let typed = fargate(bed, &["explain", case.what, "-n", namespace], "");
    let first = typed.out.lines().next().unwrap_or_default();
    assert!(first.contains(case.first_line), "{}:\n{}{}", case.what, typed.out, typed.err);
    assert!(typed.out.contains(case.command), "{}:\n{}", case.what, typed.out);
    let answer = json_of(bed, namespace, case.what);
    assert_eq!(answer["cause"], case.cause, "{}: {answer:#}", case.what);
    // A Job's controller tries again under another name of the pod.
    let named = |text: &str| text.split(" pods \"").next().unwrap_or_default().to_owned();
    assert_eq!(named(answer["headline"].as_str().unwrap()), named(first));
    let is_well = ["OnFargate", "WouldRun", "Starting"].contains(&answer["verdict"].as_str().unwrap());
    assert_eq!(typed.code == 0, is_well, "{}: {answer:#}", case.what);
}

fn json_of(bed: &Bed, namespace: &str, what: &str) -> Value {
    let typed = fargate(bed, &["explain", what, "-n", namespace, "-o", "json"], "");
    serde_json::from_str(&typed.out).unwrap_or_else(|error| panic!("{what}: {error}: {}{}", typed.out, typed.err))
}

/// What is special about the template of a Deployment.
type Special = fn(&mut Value);

/// A Deployment of one pod, which is there when this returns.
async fn made(ns: &TestNamespace<'_>, name: &str, special: Special) {
    let mut object = deployment(name, 1);
    special(&mut object["spec"]["template"]);
    ns.create::<Deployment>(object).await;
    until_async(&format!("{name} has its pod"), async || {
        ns.pods().await.iter().any(|pod| pod.name_any().starts_with(&format!("{name}-")))
    })
    .await;
}

/// A FargateProfile for a namespace and one label.
fn selecting(name: &str, namespace: &str, key: &str, value: &str) -> Value {
    let mut object = profile(name, namespace);
    object["spec"]["selectors"][0]["labels"] = json!({ key: value });
    object
}

/// As a selector of the profile asks.
fn labelled(template: &mut Value) {
    template["metadata"]["labels"]["fargate"] = json!("yes");
}
