//! What befalls the operator as a whole, so that each row has the bed to itself for a while.

use std::net::Ipv4Addr;
use std::time::Duration;

use bed::{Bed, CLUSTER};
use eks_simulator::{ClusterSettings, Effect, Fault, Identity, Operation};
use fargate_operator::api::FINALIZER;
use fargate_operator::api::Reason::{
    ClusterMismatch, ClusterNotFound, DefaultMissing, EksUnavailable, InvalidParameter, NoCredentials, RunsTheOperator,
};
use kube::ResourceExt;
use serde_json::json;

use super::expected::{Expected, blind, blind_and_stalled, conditions, deleting_but_stalled, stalled, stalled_beside};
use super::refusal::with;
use super::run::{quick, shows};
use super::situation::{Row, row};
use crate::support::{BedExt, profile, until};

fn no_credentials() -> Row {
    row(
        "the operator has no credentials",
        "anonymous",
        blind_and_stalled(
            NoCredentials,
            "the operator has no AWS credentials: give its service account an IAM role (IRSA, or on EC2 nodes also Pod Identity)",
        ),
    )
}

fn no_role() -> Row {
    row(
        "the service account's role does not let it in",
        "let-in",
        blind_and_stalled(
            NoCredentials,
            r#"the operator has no valid AWS credentials (dispatch failure: other: an error occurred while loading credentials: service error: unhandled error (AccessDenied): Error { code: "AccessDenied", …): check the IAM role of its service account (IRSA, or on EC2 nodes also Pod Identity)"#,
        ),
    )
}

fn no_way_to_aws() -> Row {
    row(
        "nobody answers where EKS should be",
        "cut-off",
        blind(
            EksUnavailable,
            "no answer from AWS: dispatch failure: io error: client error (Connect): tcp connect error: Connection refused (os error 111); it is tried again. If it stays so, check the way to AWS (NAT gateway or VPC endpoint)",
        ),
    )
}

fn no_own_cluster() -> Row {
    row(
        "the operator is installed for a cluster that does not exist",
        "misnamed",
        stalled(
            ClusterNotFound,
            "account 111122223333, region eu-central-1 has no EKS cluster prud: correct the operator's --cluster-name, --region or credentials, or delete this object",
        ),
    )
}

fn no_default_role() -> Row {
    row(
        "neither spec nor operator name a role",
        "no-role",
        stalled(
            DefaultMissing,
            "spec.podExecutionRoleArn is not set, and the operator has no default: set it, or start the operator with --default-pod-execution-role-arn or --managed-pod-execution-role",
        ),
    )
}

fn public_default_subnet(subnet: &str) -> Row {
    row(
        "the operator's default subnet is public",
        "no-subnets",
        stalled(
            InvalidParameter,
            format!(
                "EKS answered InvalidParameterException: Subnet {subnet} provided in Fargate Profile is not a private subnet; undo the edit, or name private subnets of the cluster's VPC in spec.subnets or --default-subnets"
            ),
        ),
    )
}

fn under_its_own_feet() -> Row {
    row(
        "DeleteFirst would take the profile that the operator runs on",
        "own",
        stalled_beside(
            "own",
            RunsTheOperator,
            "the operator runs on EKS profile own itself, and could not create the next one: set spec.replacement.strategy: CreateFirst, or run it elsewhere",
        ),
    )
}

const TWENTY_MINUTES: Duration = Duration::from_secs(1200);
const NO_KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", "")];
const OPERATORS_ROLE: &str = "arn:aws:iam::111122223333:role/fargate-operator";
const ELSEWHERE: &str = "this object belongs to EKS cluster arn:aws:eks:eu-central-1:111122223333:cluster/prod, but the operator works in account";

fn wrong_region() -> Row {
    let message = format!("{ELSEWHERE} 111122223333, region us-east-1: correct its region or credentials");
    row(
        "the operator looks into another region",
        "at-home",
        Expected::of(&[
            "Ready=False ClusterMismatch: see Stalled",
            "Available=True Active: EKS profile at-home-9999 is ACTIVE",
            &format!("Stalled=True ClusterMismatch: {message}"),
        ]),
    )
}

fn wrong_account_at_deletion() -> Row {
    row(
        "an object is deleted while the operator works in another account",
        "at-home",
        deleting_but_stalled(
            "True Active: EKS profile at-home-9999 is ACTIVE",
            ClusterMismatch,
            format!("{ELSEWHERE} 999988887777, region eu-central-1: correct its region or credentials"),
        ),
    )
}

pub fn rows() -> Vec<Row> {
    let subnet = &ClusterSettings::default().public_subnets[0];
    vec![
        no_credentials(),
        no_role(),
        no_way_to_aws(),
        no_own_cluster(),
        no_default_role(),
        public_default_subnet(subnet),
        under_its_own_feet(),
        wrong_region(),
        wrong_account_at_deletion(),
    ]
}

/// Another operator, with these settings besides the usual ones.
async fn restart(bed: &mut Bed, environment: &[(&str, &str)]) {
    bed.stop_operator();
    bed.operator_settings().environment =
        environment.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    bed.start_operator().await.unwrap();
}

#[tokio::test]
async fn an_operator_without_a_way_into_aws_says_what_is_wrong_and_goes_on_when_it_is_mended() {
    let mut bed = Bed::without_operator(quick()).await.unwrap();
    let name = |row: &Row| row.name;

    restart(&mut bed, &NO_KEYS).await;
    shows(&bed, &no_credentials(), async || bed.create(&profile(name(&no_credentials()), "web")).await).await;
    restart(&mut bed, &[]).await;
    bed.settled(name(&no_credentials())).await;

    let token = bed.control_plane().kubeconfig().display().to_string();
    let web_identity = [("AWS_WEB_IDENTITY_TOKEN_FILE", token.as_str()), ("AWS_ROLE_ARN", OPERATORS_ROLE)];
    let refusal = Effect::Error {
        status: 403,
        code: Some("AccessDenied".to_owned()),
        message: "Not authorized to perform sts:AssumeRoleWithWebIdentity".to_owned(),
    };
    let fault = bed.eks().add_fault(Fault::new(refusal).on([Operation::Unknown]));
    restart(&mut bed, &[&NO_KEYS[..], &web_identity].concat()).await;
    shows(&bed, &no_role(), async || bed.create(&profile(name(&no_role()), "web")).await).await;
    bed.eks().remove_fault(fault);
    restart(&mut bed, &[]).await;
    bed.settled(name(&no_role())).await;

    restart(&mut bed, &[("AWS_ENDPOINT_URL", &format!("http://{}:1", Ipv4Addr::LOCALHOST))]).await;
    shows(&bed, &no_way_to_aws(), async || bed.create(&profile(name(&no_way_to_aws()), "web")).await).await;
    restart(&mut bed, &[]).await;
    bed.settled(name(&no_way_to_aws())).await;
}

#[tokio::test]
async fn an_operator_whose_defaults_are_wrong_says_so_and_goes_on_when_they_are_mended() {
    let mut bed = Bed::without_operator(quick()).await.unwrap();
    let name = |row: &Row| row.name;
    restart(&mut bed, &[("FARGATE_OPERATOR_CLUSTER_NAME", "prud")]).await;
    shows(&bed, &no_own_cluster(), async || bed.create(&profile(name(&no_own_cluster()), "web")).await).await;

    let subnet = &bed.eks().cluster_settings(CLUSTER).unwrap().public_subnets[0];
    bed.operator_settings().default_role = None;
    restart(&mut bed, &[]).await;
    shows(&bed, &no_default_role(), async || bed.create(&profile(name(&no_default_role()), "web")).await).await;
    bed.operator_settings().default_role = Some(bed::ROLE.to_owned());
    restart(&mut bed, &[("FARGATE_OPERATOR_DEFAULT_SUBNETS", subnet)]).await;
    let row = public_default_subnet(subnet);
    shows(&bed, &row, async || bed.create(&profile(name(&row), "web")).await).await;
    restart(&mut bed, &[]).await;
    for row in [no_own_cluster(), no_default_role(), row] {
        bed.settled(name(&row)).await;
    }

    restart(&mut bed, &[("FARGATE_OPERATOR_OWN_PROFILE", "own")]).await;
    let row = under_its_own_feet();
    bed.create(&with(row.name, json!({ "replacement": { "strategy": "DeleteFirst" } }))).await;
    bed.settled(row.name).await;
    let jobs = json!({ "spec": { "selectors": [{ "namespace": "jobs" }] } });
    shows(&bed, &row, async || bed.patch(row.name, jobs).await).await;
    bed.patch(row.name, json!({ "spec": { "replacement": { "strategy": "CreateFirst" } } })).await;
    bed.settled(row.name).await;
}

#[tokio::test]
async fn an_operator_that_looks_elsewhere_says_so_and_touches_nothing() {
    let mut bed = Bed::start(quick()).await.unwrap();
    bed.create(&profile("at-home", "web")).await;
    bed.settled("at-home").await;
    let (home, before) = (bed.eks().identity(), bed.eks().profile(CLUSTER, "at-home-9999"));

    for (row, identity, deletes) in [
        (wrong_region(), Identity::operator("111122223333", "us-east-1"), false),
        (wrong_account_at_deletion(), Identity::operator("999988887777", "eu-central-1"), true),
    ] {
        bed.stop_operator();
        bed.operator_settings().region.clone_from(&identity.region);
        bed.eks().set_identity(identity);
        bed.start_operator().await.unwrap();
        shows(&bed, &row, async || {
            if deletes {
                bed.delete("at-home").await;
            }
        })
        .await;
        // It is still so when what is not seen would count as gone elsewhere.
        let end = bed.eks().now() + TWENTY_MINUTES;
        until("more than the quiet time has passed", || bed.eks().now() >= end).await;
        let object = bed.profiles().get("at-home").await.unwrap();
        assert!(row.shows.fits(&object), "{:?}", conditions(&object));
        assert!(object.finalizers().contains(&FINALIZER.to_owned()));
        assert_eq!(bed.eks().profile(CLUSTER, "at-home-9999"), before);
    }
    bed.stop_operator();
    bed.operator_settings().region.clone_from(&home.region);
    bed.eks().set_identity(home);
    bed.start_operator().await.unwrap();
    bed.gone("at-home").await;
    assert!(bed.names().is_empty());
}
