//! Trap 11: the next name belongs to an outsider, or to another object.

use std::time::Duration;

use bed::{Bed, CLUSTER};
use eks_simulator::{Effect, Fault, Operation, ProfileSpec, ProfileStatus};
use fargate_operator::api::ConditionType::{Available, Ready, Stalled};
use fargate_operator::api::TAG_OWNER;
use serde_json::json;

use crate::support::objects::{
    delete_first, eks_has, namespace, replacement, selecting, serving, spec, stalled, status,
};
use crate::support::oracle::{calls, created, lives, served_without_a_gap, story};
use crate::support::{BedExt, is, message, observed, profile, quick, until};

#[tokio::test]
async fn trap_11_create_first_skips_names_that_others_have() {
    let bed = Bed::start(quick(120.0)).await.unwrap();
    let outsider = bed.eks().outsider();
    outsider.place_profile(CLUSTER, ProfileSpec::named("web-9999"), ProfileStatus::Active).unwrap();
    outsider.place_profile(CLUSTER, ProfileSpec::named("web-9997"), ProfileStatus::Active).unwrap();
    // Its exact name is one of the other object's counted ones.
    serving(&bed, &delete_first("web-9996", "x")).await;
    serving(&bed, &profile("web", "a")).await;
    bed.patch("web", selecting("b")).await;
    bed.settled("web").await;
    assert_eq!(created(&bed, "web"), ["web-9998", "web-9995"]);
    assert_eq!(bed.names(), ["web-9995", "web-9996", "web-9997", "web-9999"]);
    served_without_a_gap(&bed, "web");
    assert_eq!(lives(&bed, "web-9996"), ["web-9996 CREATING", "web-9996 ACTIVE"]);
}

#[tokio::test]
async fn trap_11_delete_first_waits_for_its_name_before_a_gap_opens() {
    let bed = Bed::start(quick(120.0)).await.unwrap();
    let mut bare = profile("web", "a");
    bare["spec"]["adoption"] = json!("IfUnowned");
    let found = ProfileSpec::named("web").selecting("a", &[]);
    bed.eks().outsider().place_profile(CLUSTER, found, ProfileStatus::Active).unwrap();
    serving(&bed, &bare).await;
    bed.patch("web", selecting("b")).await;
    bed.settled("web").await;
    assert_eq!(bed.names(), ["0-web-9999"]);

    // Somebody has taken the exact name meanwhile, and only a gap leads to it.
    let theirs = bed.eks().outsider().place_profile(CLUSTER, ProfileSpec::named("web"), ProfileStatus::Active).unwrap();
    bed.looks(2).await;
    bed.patch("web", spec(json!({ "adoption": "Never", "replacement": { "strategy": "DeleteFirst" } }))).await;
    bed.patch("web", selecting("c")).await;
    let object = stalled(&bed, "web", "NameTaken").await;
    assert!(is(&object, Available) && !is(&object, Ready), "{}", story(&bed));
    assert!(message(&object, Stalled).contains("EKS profile web (ACTIVE)"), "{}", message(&object, Stalled));
    bed.looks(3).await;
    assert_eq!(bed.names(), ["0-web-9999", "web"]);
    assert_eq!(bed.eks().profile(CLUSTER, "web").unwrap(), theirs);
    assert_eq!(bed.eks().profile(CLUSTER, "0-web-9999").unwrap().status, ProfileStatus::Active);

    // One of the ways out.
    bed.patch("web", replacement(json!({ "strategy": "CreateFirst" }))).await;
    bed.settled("web").await;
    assert_eq!(
        (bed.names(), namespace(&bed, "0-web-9998")),
        (vec!["0-web-9998".to_owned(), "web".to_owned()], "c".to_owned())
    );
    served_without_a_gap(&bed, "web");
}

#[tokio::test]
async fn a_name_that_an_outsider_takes_inside_the_gap_is_left_alone_and_waited_for() {
    let bed = Bed::start(quick(120.0)).await.unwrap();
    serving(&bed, &delete_first("web", "a")).await;
    bed.patch("web", selecting("b")).await;
    eks_has(&bed, "web", ProfileStatus::Deleting).await;
    let theirs = bed.eks().outsider().replace_profile(CLUSTER, ProfileSpec::named("web")).unwrap();
    let object = stalled(&bed, "web", "NameTaken").await;
    assert!(!is(&object, Available) && !is(&object, Ready));
    assert!(status(&object).previous.is_some());
    bed.looks(3).await;
    assert_eq!(bed.eks().profile(CLUSTER, "web").unwrap(), theirs);
    // Others are not kept from their turn meanwhile.
    serving(&bed, &profile("api", "api")).await;
    bed.eks().outsider().vanish_profile(CLUSTER, "web").unwrap();
    bed.settled("web").await;
    assert_eq!(namespace(&bed, "web"), "b");
}

#[tokio::test]
async fn of_two_objects_that_would_adopt_one_profile_the_tag_decides_whose_it_is() {
    let bed = Bed::start(quick(60.0)).await.unwrap();
    let found = ProfileSpec::named("shared").selecting("shared", &[]);
    let arn = bed.eks().outsider().place_profile(CLUSTER, found, ProfileStatus::Active).unwrap().arn;
    // Long enough ago for a stale look to show it.
    bed.eks().advance(Duration::from_secs(60));
    bed.eks().add_fault(Fault::new(Effect::Stale { by: Duration::from_secs(20) }));
    for name in ["zz", "aa"] {
        let mut object = profile(name, "shared");
        object["spec"]["adoption"] = json!("IfUnowned");
        object["spec"]["profileName"] = json!("shared");
        bed.create(&object).await;
    }
    until("it is taken over", || bed.eks().profile(CLUSTER, "shared").unwrap().tags.contains_key(TAG_OWNER)).await;
    let owner = bed.eks().profile(CLUSTER, "shared").unwrap().tags[TAG_OWNER].clone();
    let other = if owner == "zz" { "aa" } else { "zz" };
    bed.settled(&owner).await;
    stalled(&bed, other, "NameTaken").await;
    assert_eq!(calls(&bed, Operation::TagResource), 1);

    // An operator that did not see this one's tags writes its own over them: the profile is the other one's now.
    bed.eks().outsider().set_tags(CLUSTER, "shared", &[(TAG_OWNER, other)]).unwrap();
    stalled(&bed, &owner, "OwnershipLost").await;
    bed.wait(other, "served", |object| is(object, Ready) && observed(object)).await;
    bed.looks(5).await;
    assert_eq!(bed.names(), ["shared"]);
    assert_eq!(bed.eks().profile(CLUSTER, "shared").unwrap().arn, arn);
    assert_eq!(calls(&bed, Operation::CreateFargateProfile) + calls(&bed, Operation::DeleteFargateProfile), 0);
}
