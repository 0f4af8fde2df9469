//! From an account with a VPC and a cluster to CoreDNS and the first pod on Fargate by one object with nothing but selectors; and back,
//! as if nothing had been.

use bed::testing::{TestNamespace, deployment, install_coredns, surroundings};
use k8s_openapi::api::apps::v1::Deployment;

use super::coredns::{as_addon, runs, with_dns};
use super::{mended_with, mending};
use crate::support::BedExt;

async fn from_nothing_and_back(addon: bool) {
    let mut options = mending(240.0);
    options.environment.push(("FARGATE_OPERATOR_DEFAULT_SUBNETS".to_owned(), "auto".to_owned()));
    let bed = mended_with(options).await;
    if addon {
        as_addon(&bed, None);
    }
    install_coredns(&bed).await;
    let before = surroundings(&bed).await;

    bed.create(&with_dns("first")).await;
    bed.settled("first").await;
    runs(&bed, ("kube-system", "coredns"), true).await;
    let web = TestNamespace::new(&bed, "web").await;
    web.create::<Deployment>(deployment("hello", 1)).await;
    runs(&bed, ("web", "hello"), true).await;
    web.delete::<Deployment>("hello").await;

    bed.delete("first").await;
    bed.gone("first").await;
    // The add-on takes its time.
    bed.fargate().unwrap().addon_seen_to().await;
    assert_eq!(surroundings(&bed).await, before);
}

#[tokio::test]
async fn of_an_addon() {
    from_nothing_and_back(true).await;
}

#[tokio::test]
async fn of_a_deployment() {
    from_nothing_and_back(false).await;
}
