//! `kubectl fargate get`: the profiles of the operator and of others.

use bed::{Bed, CLUSTER};
use eks_simulator::{ProfileSpec, ProfileStatus};
use serde_json::Value;

use super::{fargate, fargate_in, typed};
use crate::support::objects::serving;
use crate::support::{profile, quick};

/// A bed with an object's profile, one of CloudFormation's and one that nobody knows of.
async fn three() -> Bed {
    let bed = Bed::start(quick(120.0)).await.unwrap();
    serving(&bed, &profile("web", "web")).await;
    let mut stack = ProfileSpec::named("legacy").selecting("legacy", &[("tier", "front")]);
    stack.tags.insert("aws:cloudformation:stack-name".to_owned(), "network".to_owned());
    for theirs in [stack, ProfileSpec::named("by-hand").selecting("tools", &[])] {
        bed.eks().outsider().place_profile(CLUSTER, theirs, ProfileStatus::Active).unwrap();
    }
    bed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn profiles_of_others_stand_beside_those_of_the_operator() {
    let bed = three().await;
    let table = fargate(&bed, &["get"], "").said();
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
    let short: Vec<[&str; 5]> = rows.iter().map(|row| [row[0], row[1], row[2], row[6], row[7]]).collect();
    assert_eq!(
        short,
        [
            ["NAME", "SELECTOR_NAMESPACE", "SELECTOR_LABELS", "STATUS", "FARGATEPROFILE"],
            ["by-hand", "tools", "<none>", "ACTIVE", "-"],
            ["legacy", "legacy", "tier=front", "ACTIVE", "(CloudFormation)"],
            ["web-9999", "web", "<none>", "ACTIVE", "web"],
        ]
    );
    let narrow = fargate_in(&bed, 80, &["get"]);
    assert_eq!(narrow.err, "Roles, subnets and tags do not fit into the width: -o wide shows them\n");
    assert_eq!(
        narrow.out,
        "NAME       SELECTOR_NAMESPACE   SELECTOR_LABELS   STATUS   FARGATEPROFILE\n\
         by-hand    tools                <none>            ACTIVE   -\n\
         legacy     legacy               tier=front        ACTIVE   (CloudFormation)\n\
         web-9999   web                  <none>            ACTIVE   web\n"
    );
    let names = fargate(&bed, &["get", "-o", "name"], "").said();
    assert_eq!(names, "by-hand\nlegacy\nweb-9999\n");
    let json: Value = serde_json::from_str(&fargate(&bed, &["get", "web", "-o", "json"], "").said()).unwrap();
    let listed = json["fargateProfiles"].as_array().unwrap();
    assert_eq!((listed.len(), &listed[0]["name"], &listed[0]["source"]), (1, &"web-9999".into(), &"EKS".into()));
    assert!(listed[0]["subnets"].as_array().is_some_and(|subnets| !subnets.is_empty()), "{json}");
    let yaml = fargate(&bed, &["get", "legacy", "-o", "yaml"], "").said();
    assert!(yaml.contains("managedBy: CloudFormation (aws:cloudformation:stack-name=network)"), "{yaml}");
    assert!(fargate(&bed, &["get", "-o", "wide"], "").said().contains(" CLUSTER "));

    let missing = fargate(&bed, &["get", "web", "wbe"], "");
    assert_eq!(missing.code, 1);
    assert!(missing.out.contains("web-9999"), "{}", missing.out);
    assert_eq!(missing.err, "error: there is no Fargate profile \"wbe\", neither in EKS nor as a FargateProfile\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_aws_the_operators_own_are_shown_and_a_line_says_why() {
    let bed = three().await;
    let mut command = bed.plugin().unwrap();
    command.args(["get"]).env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    let answer = typed(command, "");
    assert_eq!(
        answer.err,
        "Fargate profiles of others are not shown: no valid AWS credentials were found: log in to AWS, or set AWS_PROFILE\n"
    );
    let rows: Vec<&str> = answer.out.lines().map(|line| line.split_whitespace().next().unwrap()).collect();
    assert_eq!((answer.code, rows), (0, vec!["NAME", "web-9999"]));

    let elsewhere = fargate(&bed, &["get", "--cluster-name", "other"], "");
    assert!(
        elsewhere.err.starts_with("Fargate profiles of others are not shown: AWS knows no EKS cluster other in "),
        "{}",
        elsewhere.err
    );
}
