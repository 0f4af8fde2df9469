//! EKS accepts, and then it fails: CREATE_FAILED and DELETE_FAILED, with every health code and without.

use eks_simulator::{HealthIssue, Outcome, PlannedOutcome, ProfileSpec, ProfileStatus};
use fargate_operator::api::Reason::{CreateFailed, DeleteFailed, NameTaken};
use serde_json::json;

use super::expected::{deleting_but_stalled, ready_but_stalled, shortened_to, stalled, stalled_beside};
use super::situation::{Action, Row, creations, eks, row, well_again};

/// Code, EKS's text, the resources it names, and the way out.
const CODES: [(&str, &str, &str, &[&str], &str); 5] = [
    (
        "in-use",
        "PodExecutionRoleAlreadyInUse",
        "Pod execution role is used by a node group",
        &["arn:aws:iam::111122223333:role/fargate-pods"],
        "; name a pod execution role that no node group of the cluster uses",
    ),
    (
        "no-access",
        "AccessDenied",
        "The role may not be assumed",
        &[],
        "; check the pod execution role's trust policy, permissions and access entry of the cluster",
    ),
    (
        "unreachable",
        "ClusterUnreachable",
        "The cluster cannot be reached",
        &["subnet-0aaaaaaa000000001", "subnet-0aaaaaaa000000002"],
        "; check the cluster's health, security groups and endpoint access",
    ),
    ("internal", "InternalFailure", "Something went wrong", &[], "; an error inside EKS: if it stays, ask AWS Support"),
    ("new-code", "QuantumDecoherence", "A code that nobody knew in 2026", &[], ""),
];

fn failure(code: &str, text: &str, resources: &[&str]) -> Outcome {
    let resource_ids = resources.iter().map(|id| (*id).to_owned()).collect();
    Outcome::Fail { issue: HealthIssue { resource_ids, ..HealthIssue::new(code, text) }, after: None }
}

/// How a failed try reads.
fn tried(profile: &str, status: &str, code: &str, text: &str, resources: &[&str], way_out: &str) -> String {
    let resources = if resources.is_empty() { String::new() } else { format!(" ({})", resources.join(", ")) };
    let why = shortened_to(&format!("{code}: {text}{resources}"), 120);
    format!("EKS profile {profile} is {status}: {why}{way_out}")
}

fn deletions(outcome: Outcome) -> Action {
    eks(move |eks, cluster| {
        let plan = PlannedOutcome { profile: "*".into(), outcome: outcome.clone(), times: None };
        eks.plan_deletion(cluster, plan).unwrap();
    })
}

pub fn rows() -> Vec<Row> {
    creations_that_fail().into_iter().chain(others()).collect()
}

fn creations_that_fail() -> [Row; 5] {
    const SITUATIONS: [&str; 5] = [
        "a creation fails because the role is in use",
        "a creation fails because the role may not be assumed",
        "a creation fails because the cluster cannot be reached",
        "a creation fails inside EKS",
        "a creation fails with a code that is not known here",
    ];
    let mut situations = SITUATIONS.into_iter();
    CODES.map(|(name, code, text, resources, way_out)| {
        let message = tried(&format!("{name}-9999"), "CREATE_FAILED", code, text, resources, way_out);
        row(situations.next().unwrap(), name, stalled(CreateFailed, message))
            .given([creations(failure(code, text, resources))])
            .mended([well_again()])
    })
}

fn others() -> [Row; 5] {
    let [.., (_, code, text, _, way_out), _] = CODES;
    let stuck = || failure(code, text, &[]);
    [
        row(
            "the creation of a successor fails",
            "no-next",
            stalled_beside(
                "no-next-9999",
                CreateFailed,
                tried("no-next-9998", "CREATE_FAILED", code, text, &[], way_out),
            ),
        )
        .when([creations(stuck()), Action::Change(json!({ "selectors": [{ "namespace": "jobs" }] }))])
        .mended([Action::Change(json!({ "selectors": [{ "namespace": "web" }] }))]),
        row(
            "the deletion of a superseded profile fails again and again",
            "stays",
            ready_but_stalled("stays-9998", DeleteFailed, tried("stays-9999", "DELETE_FAILED", code, text, &[], way_out)),
        )
        .when([deletions(stuck()), Action::Change(json!({ "selectors": [{ "namespace": "jobs" }] }))])
        .mended([well_again()]),
        row(
            "the deletion of the last profile fails again and again",
            "stays-last",
            deleting_but_stalled(
                "False Deleting: the object is being deleted",
                DeleteFailed,
                tried("stays-last-9999", "DELETE_FAILED", code, text, &[], way_out),
            ),
        )
        .when([deletions(stuck()), Action::Delete("stays-last")])
        .mended([well_again()]),
        row(
            "an object lets go of a profile that cannot be deleted",
            "given-up",
            deleting_but_stalled(
                "False Deleting: the object is being deleted",
                DeleteFailed,
                tried("given-up-9999", "DELETE_FAILED", code, text, &[], way_out),
            ),
        )
        .when([deletions(stuck()), Action::Delete("given-up")])
        .mended([Action::Change(json!({ "deletionPolicy": "Retain" }))]),
        row(
            "the profile to be taken over has failed, and EKS names no cause",
            "broken",
            stalled(
                NameTaken,
                "EKS profile broken is CREATE_FAILED and is not adopted: delete it in EKS, or set spec.adoption: Never to have another one created",
            ),
        )
        .given([eks(|eks, cluster| {
            let outsider = eks.outsider();
            outsider.place_profile(cluster, ProfileSpec::named("broken"), ProfileStatus::CreateFailed).unwrap();
        })])
        .spec(json!({ "adoption": "IfUnowned" }))
        .mended([Action::Change(json!({ "adoption": "Never" }))]),
    ]
}
