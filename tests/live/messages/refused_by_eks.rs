//! What only EKS knows: subnets, roles, quotas, the state of the cluster.

use bed::{OTHER_ROLE, ROLE};
use eks_simulator::{ClusterSettings, Effect, Operation, RoleTrust};
use fargate_operator::api::Reason::{AccessDenied, ClusterNotActive, EksUnavailable, InvalidParameter, TrustPolicy};
use serde_json::{Value, json};

use super::expected::{shortened, stalled, stalled_beside};
use super::situation::{Action, Row, eks, error, fault, row};

const CREATE: Operation = Operation::CreateFargateProfile;
const SUBNETS: &str =
    "undo the edit, or name private subnets of the cluster's VPC in spec.subnets or --default-subnets";
const ROLES: &str = "correct spec.podExecutionRoleArn or --default-pod-execution-role-arn";

pub fn invalid(text: &str, hint: &str) -> String {
    format!("EKS answered InvalidParameterException: {text}; {hint}")
}

fn role(arn: &str) -> Value {
    json!({ "podExecutionRoleArn": arn })
}

fn trust(arn: &'static str, trust: RoleTrust) -> Action {
    eks(move |eks, _| eks.set_role(arn, trust))
}

pub fn rows() -> Vec<Row> {
    subnets().into_iter().chain(roles()).chain(states()).collect()
}

fn subnets() -> [Row; 5] {
    let ClusterSettings { private_subnets, public_subnets, foreign_subnets, .. } = ClusterSettings::default();
    let private = || [Action::Change(json!({ "subnets": private_subnets }))];
    let (public, foreign) = (&public_subnets[0], &foreign_subnets[0]);
    [
        row(
            "the first profile's subnet is public",
            "public",
            stalled(
                InvalidParameter,
                invalid(&format!("Subnet {public} provided in Fargate Profile is not a private subnet"), SUBNETS),
            ),
        )
        .spec(json!({ "subnets": [public] }))
        .mended(private()),
        row(
            "the subnets of a change include a public one",
            "half-public",
            stalled_beside(
                "half-public-9999",
                InvalidParameter,
                invalid(&format!("Subnet {public} provided in Fargate Profile is not a private subnet"), SUBNETS),
            ),
        )
        .when([Action::Change(json!({ "subnets": [private_subnets[0], public] }))])
        .mended(private()),
        row(
            "a subnet does not exist",
            "no-subnet",
            stalled_beside(
                "no-subnet-9999",
                InvalidParameter,
                invalid("The subnet ID 'subnet-0123456789abcdef0' does not exist", SUBNETS),
            ),
        )
        .when([Action::Change(json!({ "subnets": ["subnet-0123456789abcdef0"] }))])
        .mended(private()),
        row(
            "a subnet is of another VPC",
            "foreign-vpc",
            stalled_beside(
                "foreign-vpc-9999",
                InvalidParameter,
                invalid(
                    &format!("Subnet {foreign} provided in Fargate Profile is not in the cluster's VPC vpc-0123456789abcdef0"),
                    SUBNETS,
                ),
            ),
        )
        .when([Action::Change(json!({ "subnets": [foreign] }))])
        .mended(private()),
        row(
            "a subnet is in an Availability Zone without Fargate",
            "no-fargate-zone",
            stalled(
                InvalidParameter,
                "EKS answered UnsupportedAvailabilityZoneException: Fargate Profile creation for the Availability Zone use1-az3 for Subnet subnet-0123456789abcdef0 is not supported; undo the edit, or name subnets of other Availability Zones in spec.subnets or --default-subnets",
            ),
        )
        .given([error(
            400,
            "UnsupportedAvailabilityZoneException",
            "Fargate Profile creation for the Availability Zone use1-az3 for Subnet subnet-0123456789abcdef0 is not supported",
            CREATE,
        )])
        .mended([Action::NoFaults, Action::Change(json!({ "subnets": private_subnets }))]),
    ]
}

fn roles() -> [Row; 5] {
    const UNTRUSTED: &str = "arn:aws:iam::111122223333:role/untrusted";
    const UNPASSED: &str = "arn:aws:iam::111122223333:role/unpassed";
    const ELSEWHERE: &str = "arn:aws:iam::999988887777:role/elsewhere";
    const CHINA: &str = "arn:aws-cn:iam::111122223333:role/fargate-pods";
    [
        row(
            "the role does not trust Fargate",
            "untrusted",
            stalled_beside(
                "untrusted-9999",
                TrustPolicy,
                "EKS answered InvalidParameterException: Misconfigured PodExecutionRole Trust Policy; Please add the eks-fargate-pods.amazonaws.com Service Principal; let eks-fargate-pods.amazonaws.com assume the role (a change takes a while to spread)",
            ),
        )
        .given([trust(UNTRUSTED, RoleTrust::Untrusted)])
        .when([Action::Change(role(UNTRUSTED))])
        .mended([trust(UNTRUSTED, RoleTrust::Trusted)]),
        row(
            "the operator may not pass the role",
            "unpassed",
            stalled(
                AccessDenied,
                format!(
                    "EKS answered AccessDeniedException: {}; allow iam:PassRole to the operator's IAM role (see deploy/iam/permissions.json)",
                    shortened(&format!("User: arn:aws:sts::111122223333:assumed-role/fargate-operator/session is not authorized to perform: iam:PassRole on resource: {UNPASSED}"))
                ),
            ),
        )
        .given([trust(UNPASSED, RoleTrust::MayNotBePassed)])
        .spec(role(UNPASSED))
        .mended([trust(UNPASSED, RoleTrust::Trusted)]),
        row(
            "the role is of another account",
            "foreign-role",
            stalled(
                AccessDenied,
                "EKS answered AccessDeniedException: Cross-account pass role is not allowed.; use a pod execution role of the cluster's own account",
            ),
        )
        .given([error(403, "AccessDeniedException", "Cross-account pass role is not allowed.", CREATE)])
        .spec(role(ELSEWHERE))
        .mended([Action::NoFaults, Action::Change(role(OTHER_ROLE))]),
        row(
            "the role is of another partition",
            "china-role",
            stalled(InvalidParameter, invalid(&format!("Invalid Role Arn: '{CHINA}'"), ROLES)),
        )
        .given([error(400, "InvalidParameterException", &format!("Invalid Role Arn: '{CHINA}'"), CREATE)])
        .spec(role(CHINA))
        .mended([Action::NoFaults, Action::Change(role(ROLE))]),
        row(
            "the account's first profile needs a service-linked role that the operator may not have made",
            "first-of-account",
            stalled(
                AccessDenied,
                "EKS answered AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/fargate-operator/session is not authorized to perform: iam:CreateServiceLinkedRole on resource: arn:aw…; allow iam:CreateServiceLinkedRole to the operator's IAM role (see deploy/iam/permissions.json)",
            ),
        )
        .given([error(
            403,
            "AccessDeniedException",
            "User: arn:aws:sts::111122223333:assumed-role/fargate-operator/session is not authorized to perform: iam:CreateServiceLinkedRole on resource: arn:aws:iam::111122223333:role/aws-service-role/eks-fargate.amazonaws.com/AWSServiceRoleForAmazonEKSForFargate",
            CREATE,
        )])
        .mended([Action::NoFaults]),
    ]
}

fn states() -> [Row; 2] {
    const NOT_ACTIVE: &str = "EKS answered InvalidRequestException: Cluster 'asleep' is not in ACTIVE status; it is tried again: look at the cluster in EKS";
    [
        row("the cluster has failed", "asleep", stalled(ClusterNotActive, NOT_ACTIVE))
            .given([error(400, "InvalidRequestException", "Cluster 'asleep' is not in ACTIVE status", CREATE)])
            .mended([Action::NoFaults]),
        row(
            "a service-linked role never spreads",
            "slow-role",
            stalled(
                EksUnavailable,
                "EKS answered ResourcePropagationDelayException: Required service-linked roles were created and are still propagating. Retry later.; it is tried again",
            ),
        )
        .given([fault(Effect::PropagationDelay, [CREATE])])
        .mended([Action::NoFaults]),
    ]
}
