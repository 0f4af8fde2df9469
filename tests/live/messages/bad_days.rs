//! Nobody is at fault: a service that is slow, overloaded or away, and a cluster that is busy with something else. Waiting
//! is no error, and what is waited for is told.

use std::time::Duration;

use eks_simulator::{Effect, Fault, Operation, Outcome, ProfileSpec, RoleTrust, Visibility};
use fargate_operator::api::Reason::{ClusterNotActive, EksUnavailable, Throttled, TrustPolicy, WaitingForTurn};
use serde_json::json;

use super::expected::{blind, busy, busy_beside, ready_but_busy};
use super::situation::{Action, Row, eks, fault, row};

const AN_HOUR: Duration = Duration::from_secs(3600);
const AGAIN: &str = "; it is tried again";
const NO_WAY: &str = "; it is tried again. If it stays so, check the way to AWS (NAT gateway or VPC endpoint)";

fn jobs() -> Action {
    Action::Change(json!({ "selectors": [{ "namespace": "jobs" }] }))
}

fn waiting(why: &str) -> String {
    format!("waiting for its turn: {why}")
}

fn updating(verb: &str, profile: &str, cluster: &str) -> String {
    waiting(&format!(
        "EKS answered ResourceInUseException: Cannot {verb} Fargate Profile {profile} because cluster {cluster} currently has an update in progress"
    ))
}

pub fn rows() -> Vec<Row> {
    looks().into_iter().chain(creates()).chain(later()).chain(turns()).collect()
}

fn looks() -> [Row; 6] {
    use Operation::{DescribeCluster, ListFargateProfiles};
    let row = |situation, name, effect: Effect, operation, shows| {
        row(situation, name, shows).given([fault(effect, [operation])]).mended([Action::NoFaults])
    };
    [
        row(
            "EKS throttles the first look",
            "throttled-look",
            Effect::Throttled,
            DescribeCluster,
            blind(Throttled, format!("EKS answered ThrottlingException: Rate exceeded{AGAIN}")),
        ),
        row(
            "EKS has an internal error at the first look",
            "broken-look",
            Effect::ServerError,
            ListFargateProfiles,
            blind(EksUnavailable, format!("EKS answered ServerException: Internal server error{AGAIN}")),
        ),
        row(
            "EKS is away at the first look",
            "away",
            Effect::Unavailable,
            DescribeCluster,
            blind(
                EksUnavailable,
                format!("EKS answered ServiceUnavailableException: Service is temporarily unavailable{AGAIN}"),
            ),
        ),
        row(
            "a gateway answers with a page",
            "page",
            Effect::HtmlError,
            ListFargateProfiles,
            blind(EksUnavailable, format!("AWS answered HTTP 500 without an error code{AGAIN}")),
        ),
        row(
            "connections are cut",
            "cut",
            Effect::Cut,
            ListFargateProfiles,
            blind(
                EksUnavailable,
                format!(
                    "no answer from AWS: dispatch failure: other: client error (SendRequest): connection closed before message completed{NO_WAY}"
                ),
            ),
        ),
        row(
            "a look hangs",
            "hung-look",
            Effect::Late { by: AN_HOUR, silent: true },
            ListFargateProfiles,
            blind(EksUnavailable, format!("no answer from AWS within --operation-timeout{NO_WAY}")),
        ),
    ]
}

fn creates() -> [Row; 6] {
    use Operation::CreateFargateProfile as Create;
    let row = |situation, name, effect: Effect, reason, message: String| {
        row(situation, name, busy(reason, message)).given([fault(effect, [Create])]).mended([Action::NoFaults])
    };
    [
        row(
            "EKS throttles a create",
            "throttled",
            Effect::Throttled,
            Throttled,
            format!("EKS answered ThrottlingException: Rate exceeded{AGAIN}"),
        ),
        row(
            "EKS has an internal error at a create",
            "broken",
            Effect::ServerError,
            EksUnavailable,
            format!("EKS answered ServerException: Internal server error{AGAIN}"),
        ),
        row(
            "a gateway answers a create with a page",
            "page-create",
            Effect::HtmlError,
            EksUnavailable,
            format!("AWS answered HTTP 500 without an error code{AGAIN}"),
        ),
        row(
            "a create hangs",
            "hung",
            Effect::Late { by: AN_HOUR, silent: true },
            EksUnavailable,
            format!("no answer from AWS within --operation-timeout{NO_WAY}"),
        ),
        row(
            "the cluster is still being created",
            "new-cluster",
            Effect::Error {
                status: 400,
                code: Some("InvalidRequestException".to_owned()),
                message: "Cluster '{cluster}' is not in ACTIVE status".to_owned(),
            },
            ClusterNotActive,
            "EKS answered InvalidRequestException: Cluster 'new-cluster' is not in ACTIVE status; it is tried again: look at the cluster in EKS".to_owned(),
        ),
        row(
            "a service-linked role has just been made",
            "spreading-role",
            Effect::PropagationDelay,
            EksUnavailable,
            format!("EKS answered ResourcePropagationDelayException: Required service-linked roles were created and are still propagating. Retry later.{AGAIN}"),
        ),
    ]
}

fn later() -> [Row; 4] {
    const SPREADING: &str = "arn:aws:iam::111122223333:role/spreading";
    let throttled = || format!("EKS answered ThrottlingException: Rate exceeded{AGAIN}");
    [
        row(
            "EKS throttles looks while a profile serves",
            "throttled-later",
            ready_but_busy("throttled-later-9999", Throttled, throttled()),
        )
        .when([fault(Effect::Throttled, [Operation::ListFargateProfiles])])
        .mended([Action::NoFaults]),
        row(
            "EKS throttles the create of a successor",
            "throttled-next",
            busy_beside("throttled-next-9999", Throttled, throttled()),
        )
        .when([fault(Effect::Throttled, [Operation::CreateFargateProfile]), jobs()])
        .mended([Action::NoFaults]),
        row(
            "EKS throttles the delete of a superseded profile",
            "throttled-end",
            ready_but_busy("throttled-end-9998", Throttled, throttled()),
        )
        .when([fault(Effect::Throttled, [Operation::DeleteFargateProfile]), jobs()])
        .mended([Action::NoFaults]),
        row(
            "the trust policy has just been corrected",
            "spreading",
            busy(
                TrustPolicy,
                "EKS answered InvalidParameterException: Misconfigured PodExecutionRole Trust Policy; Please add the eks-fargate-pods.amazonaws.com Service Principal; let eks-fargate-pods.amazonaws.com assume the role (a change takes a while to spread)",
            ),
        )
        .given([eks(|eks, _| eks.set_role(SPREADING, RoleTrust::TrustedAfter(AN_HOUR)))])
        .spec(json!({ "podExecutionRoleArn": SPREADING }))
        .mended([eks(|eks, _| eks.set_role(SPREADING, RoleTrust::Trusted))]),
    ]
}

fn turns() -> [Row; 5] {
    let update = |visibility| [eks(move |eks, cluster| eks.begin_update(cluster, AN_HOUR, visibility).unwrap())];
    let outsiders_create: fn(&eks_simulator::Control, &str) = |eks, cluster| {
        eks.next_creation(cluster, "theirs", Outcome::Takes(AN_HOUR)).unwrap();
        eks.outsider().create_profile(cluster, ProfileSpec::named("theirs")).unwrap();
    };
    let vanish = || eks(|eks, cluster| eks.outsider().vanish_profile(cluster, "theirs").unwrap());
    let wait = |message: String| busy(WaitingForTurn, message);
    [
        row("the cluster is being updated", "updating", wait(updating("create", "updating-9999", "updating")))
            .given(update(Visibility::Visible)),
        row(
            "the cluster is being updated, and no status shows it",
            "hidden",
            wait(updating("create", "hidden-9999", "hidden")),
        )
        .given(update(Visibility::Hidden)),
        row(
            "the cluster is being updated when a superseded profile is to go",
            "updating-end",
            ready_but_busy(
                "updating-end-9998",
                WaitingForTurn,
                updating("Delete", "updating-end-9999", "updating-end"),
            ),
        )
        .when([Action::Fault(Fault::new(Effect::UpdateInProgress).on([Operation::DeleteFargateProfile])), jobs()])
        .mended([Action::NoFaults]),
        row("somebody else's profile is being created", "queued", wait(waiting("EKS profile theirs is CREATING")))
            .given([eks(outsiders_create)])
            .mended([vanish()]),
        row(
            "somebody else's profile is being deleted",
            "queued-behind",
            wait(waiting("EKS profile theirs is DELETING")),
        )
        .given([eks(|eks, cluster| {
            let placed = eks_simulator::ProfileStatus::Active;
            eks.outsider().place_profile(cluster, ProfileSpec::named("theirs"), placed).unwrap();
            eks.next_deletion(cluster, "theirs", Outcome::Takes(AN_HOUR)).unwrap();
            eks.outsider().delete_profile(cluster, "theirs").unwrap();
        })])
        .mended([vanish()]),
    ]
}
