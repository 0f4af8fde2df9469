//! How many and how long: quotas of profiles, selectors and labels, names and tags.

use eks_simulator::{Control, NameCharacters, Operation, ProfileSpec, ProfileStatus};
use fargate_operator::api::Reason::{InvalidParameter, NoFreeSlot};
use serde_json::{Map, Value, json};

use super::expected::{ready_but_stalled, stalled, stalled_beside};
use super::refused_by_eks::invalid;
use super::situation::{Action, Row, eks, error, row};

const SELECTORS: &str = "correct spec.selectors, or have AWS raise the quota of selectors or labels";

pub fn rows() -> Vec<Row> {
    quotas().into_iter().chain(names_and_tags()).collect()
}

fn outsiders(eks: &Control, cluster: &str, count: usize) {
    for n in 0..count {
        eks.outsider().place_profile(cluster, ProfileSpec::named(format!("other-{n}")), ProfileStatus::Active).unwrap();
    }
}

fn quotas() -> [Row; 6] {
    let full = |cluster: &str| {
        format!(
            r#"EKS answered ResourceLimitExceededException: Cluster {cluster} has reached its limit of 2 Fargate profiles; delete profiles that are not needed, or have AWS raise the quota Fargate profiles per cluster"#
        )
    };
    let web = json!({ "namespace": "web" });
    let labels = |labels: Value| json!({ "selectors": [{ "namespace": "web", "labels": labels }] });
    [
        row("the quota of profiles is used up before the first one", "full", stalled(NoFreeSlot, full("full")))
            .cluster(|cluster| cluster.quotas.profiles = 2)
            .given([eks(|eks, cluster| outsiders(eks, cluster, 2))])
            .mended([eks(|eks, cluster| eks.change_cluster(cluster, |c| c.quotas.profiles = 3).unwrap())]),
        row(
            "the quota of profiles leaves no room for a successor",
            "nearly-full",
            stalled_beside("nearly-full-9999", NoFreeSlot, full("nearly-full")),
        )
        .cluster(|cluster| cluster.quotas.profiles = 2)
        .given([eks(|eks, cluster| outsiders(eks, cluster, 1))])
        .when([Action::Change(json!({ "selectors": [{ "namespace": "jobs" }] }))])
        .mended([eks(|eks, cluster| eks.change_cluster(cluster, |c| c.quotas.profiles = 3).unwrap())]),
        row(
            "there are more selectors than the account's quota",
            "selectors",
            stalled(InvalidParameter, invalid("Request contains more than 2 Selectors", SELECTORS)),
        )
        .cluster(|cluster| cluster.quotas.selectors = 2)
        .spec(json!({ "selectors": [{ "namespace": "a" }, { "namespace": "b" }, { "namespace": "c" }] }))
        .mended([Action::Change(json!({ "selectors": [web] }))]),
        row(
            "a selector has more labels than the account's quota",
            "labels",
            stalled(InvalidParameter, invalid("Request contains Selector with more than 1 Label pairs", SELECTORS)),
        )
        .cluster(|cluster| cluster.quotas.labels = 1)
        .spec(labels(json!({ "a": "1", "b": "2" })))
        .mended([eks(|eks, cluster| eks.change_cluster(cluster, |c| c.quotas.labels = 5).unwrap())]),
        row(
            "a label has the empty value, which EKS does not take",
            "empty-label",
            stalled(InvalidParameter, invalid("Request contains Selector with a Label of invalid length", SELECTORS)),
        )
        .spec(labels(json!({ "app": "" })))
        .mended([Action::Change(labels(json!({ "app": "*" })))]),
        row(
            "a label's key is longer than EKS takes, though not than a pod's may be",
            "label-key",
            stalled(InvalidParameter, invalid("Request contains Selector with a Label of invalid length", SELECTORS)),
        )
        .spec(labels(json!({ format!("{}.example/app", "k".repeat(120)): "a" })))
        .mended([Action::Change(json!({ "selectors": [web] }))]),
    ]
}

fn names_and_tags() -> [Row; 3] {
    let tags = |count: usize| Value::Object((0..count).map(|n| (format!("t{n}"), json!("v"))).collect::<Map<_, _>>());
    [
        row(
            "EKS does not take the name",
            "9-lives",
            stalled(
                InvalidParameter,
                invalid(
                    "The Fargate profile name parameter contains invalid characters. It should begin with letter or digit and can have any of the following characters: …",
                    "recreate this object with another spec.profileName",
                ),
            ),
        )
        .given([eks(|eks, _| {
            eks.set_choices(eks_simulator::Choices {
                name_characters: NameCharacters::LetterFirst,
                ..eks_simulator::Choices::default()
            });
        })]),
        row(
            "tags of others leave no room for those of the spec",
            "many-tags",
            ready_but_stalled(
                "many-tags-9999",
                InvalidParameter,
                "EKS answered BadRequestException: A resource can have at most 50 tags; correct spec.tags",
            ),
        )
        .when([
            eks(|eks, cluster| {
                let theirs: Vec<String> = (0..40).map(|n| format!("theirs-{n}")).collect();
                let theirs: Vec<(&str, &str)> = theirs.iter().map(|key| (key.as_str(), "v")).collect();
                eks.outsider().set_tags(cluster, "many-tags-9999", &theirs).unwrap();
            }),
            Action::Change(json!({ "tags": tags(10) })),
        ])
        .mended([Action::Change(json!({ "tags": { "t7": null, "t8": null, "t9": null, "t6": null, "t5": null } }))]),
        row(
            "EKS refuses for a reason that is not known here",
            "unheard-of",
            stalled(
                InvalidParameter,
                "EKS answered UnheardOfException: Profiles need a permit since today; correct the spec, or undo the edit",
            ),
        )
        .given([error(
            400,
            "UnheardOfException",
            "Profiles need a permit since today",
            Operation::CreateFargateProfile,
        )])
        .mended([Action::NoFaults]),
    ]
}
