//! Selectors whose pods another EKS profile takes: told on the object that goes without, and no longer than it is so.

use bed::{Bed, CLUSTER};

use fargate_operator::api::FargateProfile;

use crate::support::drains::{event, foreign};
use crate::support::objects::status;
use crate::support::{BedExt, is_settled, profile, quick};

/// The lines of `status.warnings` that tell of it. Nobody has created the namespaces, which others do.
fn overlaps(object: &FargateProfile) -> Vec<String> {
    status(object).warnings.into_iter().filter(|line| line.starts_with("selector ")).collect()
}

#[tokio::test]
async fn of_two_objects_alike_the_second_is_told_until_the_first_is_gone() {
    let bed = Bed::start(quick(60.0)).await.unwrap();
    for name in ["apps-a", "apps-b"] {
        bed.create(&profile(name, "apps")).await;
        bed.settled(name).await;
    }
    let told = "selector apps gets no new pod: FargateProfile apps-a sorts first and takes all; narrow that, or recreate this with a spec.profileName that sorts first";
    let second = bed.wait("apps-b", "warned", |it| overlaps(it) == [told]).await;
    assert!(is_settled(&second), "its conditions say nothing of it");
    event(&bed, &second, told).await;
    bed.looks(3).await;
    let first = bed.profiles().get("apps-a").await.unwrap();
    assert_eq!(overlaps(&first), [""; 0], "who takes the pods hears nothing");

    bed.delete("apps-a").await;
    bed.gone("apps-a").await;
    bed.wait("apps-b", "no longer warned", |it| overlaps(it).is_empty()).await;
}

#[tokio::test]
async fn a_profile_that_nobody_declared_is_told_on_the_object_behind_it_before_that_is_served() {
    let bed = Bed::start(quick(60.0)).await.unwrap();
    foreign(&bed, "app", "*", &[]);
    bed.create(&profile("web", "web")).await;
    let told = "selector web gets no new pod: EKS profile app, declared by no FargateProfile, takes all; delete it, or recreate this with a spec.profileName that sorts first";
    let warned = bed.wait("web", "warned", |it| overlaps(it) == [told]).await;
    event(&bed, &warned, told).await;
    bed.settled("web").await;
    bed.eks().outsider().vanish_profile(CLUSTER, "app").unwrap();
    bed.wait("web", "no longer warned", |it| overlaps(it).is_empty()).await;
}
