//! Every setting of the operator is a value of the chart.

use std::collections::BTreeSet;
use std::process::Command;

use bed::programs;

use super::helm::{Helm, OPERATOR, object};
use super::rendered::{everything, managed_role};

/// Not for production: with it a test bed runs faster than EKS.
const FOR_TESTS: &str = "FARGATE_OPERATOR_TIME_SCALE";

/// Set by the operator itself: from its pod, and because the names of the chart's objects are fixed.
const DERIVED: [&str; 2] = ["FARGATE_OPERATOR_LEASE_NAMESPACE", "FARGATE_OPERATOR_LEASE_NAME"];

/// What is no setting of the operator: the parts of another variable, and a setting of the AWS SDK.
const NO_SETTINGS: [&str; 3] = ["POD_NAME", "POD_NAMESPACE", "AWS_EC2_METADATA_DISABLED"];

#[tokio::test]
async fn every_setting_of_the_operator_is_a_value() {
    let output = Command::new(programs::operator().unwrap()).args(["run", "--help"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let names = help.split("[env: ").skip(1).filter_map(|rest| rest.split(['=', ']']).next());
    let known: BTreeSet<&str> = names.collect();
    assert!(known.len() > 10, "{help}");

    let helm = Helm::new("settings").await;
    let mut set = BTreeSet::new();
    for values in [everything(), managed_role()] {
        let rendered = helm.template(OPERATOR, &values).await;
        let container =
            &object(&rendered, "Deployment", "fargate-operator")["spec"]["template"]["spec"]["containers"][0];
        let variables = container["env"].as_array().unwrap();
        set.extend(variables.iter().map(|variable| variable["name"].as_str().unwrap().to_owned()));
    }

    let missing: Vec<&&str> =
        known.iter().filter(|name| !set.contains(**name) && **name != FOR_TESTS && !DERIVED.contains(name)).collect();
    assert!(missing.is_empty(), "no values for {missing:?}");
    let unknown: Vec<&String> =
        set.iter().filter(|name| !known.contains(name.as_str()) && !NO_SETTINGS.contains(&name.as_str())).collect();
    assert!(unknown.is_empty(), "the operator does not know {unknown:?}");
}
