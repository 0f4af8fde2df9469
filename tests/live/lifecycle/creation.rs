//! The main job.

use bed::{Bed, Options};
use eks_simulator::ProfileStatus;
use fargate_operator::api::FINALIZER;
use kube::ResourceExt;
use serde_json::json;

use crate::support::{BedExt, profile};

#[tokio::test]
async fn the_two_profiles_of_eksctls_documentation_become_ready_and_are_deleted_with_their_objects() {
    let bed = Bed::start(Options::default()).await.unwrap();
    let mut default = profile("fp-default", "default");
    default["spec"]["selectors"] = json!([{ "namespace": "default" }, { "namespace": "kube-system" }]);
    let mut dev = profile("fp-dev", "dev");
    dev["spec"]["selectors"] = json!([{ "namespace": "dev", "labels": { "env": "dev", "checks": "passed" } }]);
    bed.apply(&default);
    bed.apply(&dev);

    let object = bed.settled("fp-default").await;
    assert_eq!(object.status.as_ref().unwrap().profile.as_ref().unwrap().name, "fp-default-9999");
    assert!(object.finalizers().contains(&FINALIZER.to_owned()));
    bed.settled("fp-dev").await;
    let found = bed.eks().profile("prod", "fp-dev-9999").unwrap();
    assert_eq!(found.status, ProfileStatus::Active);
    assert_eq!(found.selectors.len(), 1);

    bed.delete("fp-default").await;
    bed.delete("fp-dev").await;
    bed.gone("fp-default").await;
    bed.gone("fp-dev").await;
    assert!(bed.eks().profiles("prod").is_empty());
    assert!(bed.eks().conflicts().is_empty(), "{:?}", bed.eks().conflicts());
}
