//! Trap 5: a name without a counter, or with the last one, which nothing with a counter sorts before.

use bed::{Bed, CLUSTER};
use eks_simulator::{Operation, ProfileSpec, ProfileStatus};
use fargate_operator::api::TAG_OWNER;
use serde_json::json;

use crate::support::objects::{delete_first, namespace, of_object, selecting, served, serving, status};
use crate::support::oracle::{calls, gaps, served_without_a_gap, story};
use crate::support::{BedExt, profile, quick, until};

#[tokio::test]
async fn trap_5_a_counter_at_its_end_goes_on_under_a_name_that_still_sorts_first() {
    let mut bed = Bed::start(quick(120.0)).await.unwrap();
    let object = serving(&bed, &profile("web", "a")).await;
    bed.stop_operator();
    let last = of_object(&bed, &object, "web-0000", "a").await;
    bed.eks().outsider().place_profile(CLUSTER, last, ProfileStatus::Active).unwrap();
    bed.patch("web", selecting("b")).await;
    bed.start_operator().await.unwrap();
    bed.settled("web").await;
    assert_eq!(bed.names(), ["0-web-9999"], "{}", story(&bed));
    served_without_a_gap(&bed, "web");
}

#[tokio::test]
async fn trap_5_an_adopted_bare_name_that_is_changed_at_once_is_replaced_gently() {
    let bed = Bed::start(quick(120.0)).await.unwrap();
    let found = ProfileSpec::named("web").selecting("a", &[]);
    bed.eks().outsider().place_profile(CLUSTER, found, ProfileStatus::Active).unwrap();
    bed.pod("runner", "web").await;
    let mut object = profile("web", "a");
    object["spec"]["adoption"] = json!("IfUnowned");
    bed.create(&object).await;
    until("it is taken over", || bed.eks().profile(CLUSTER, "web").unwrap().tags.contains_key(TAG_OWNER)).await;
    bed.patch("web", selecting("b")).await;
    let object = served(&bed, "web").await;
    assert_eq!(status(&object).profile.unwrap().name, "0-web-9999");
    bed.looks(3).await;
    assert_eq!(calls(&bed, Operation::DeleteFargateProfile), 0, "{}", story(&bed));
    bed.remove_pod("runner").await;
    bed.settled("web").await;
    assert_eq!(bed.names(), ["0-web-9999"]);
    served_without_a_gap(&bed, "web");
}

#[tokio::test]
async fn an_adopted_name_that_is_changed_at_once_keeps_it_under_delete_first() {
    let bed = Bed::start(quick(120.0)).await.unwrap();
    let found = ProfileSpec::named("web").selecting("a", &[]);
    bed.eks().outsider().place_profile(CLUSTER, found, ProfileStatus::Active).unwrap();
    let mut object = delete_first("web", "a");
    object["spec"]["adoption"] = json!("IfUnowned");
    bed.create(&object).await;
    until("it is taken over", || bed.eks().profile(CLUSTER, "web").unwrap().tags.contains_key(TAG_OWNER)).await;
    bed.patch("web", selecting("b")).await;
    bed.settled("web").await;
    assert_eq!((bed.names(), namespace(&bed, "web")), (vec!["web".to_owned()], "b".to_owned()));
    assert_eq!(gaps(&bed, "web").len(), 1, "{}", story(&bed));
}
