//! What the same workload goes through without the operator.

use bed::{Bed, CLUSTER};
use eks_simulator::{ProfileSpec, ProfileStatus};

use super::workload::{self, BUDGETED, FREE, NAMESPACE};
use super::{quick, whole};
use crate::support::objects::eks_has;
use crate::support::until;

#[tokio::test]
async fn a_profile_that_is_deleted_and_created_by_hand_leaves_nothing_available_whatever_the_budgets_say() {
    let bed = Bed::without_operator(quick(30.0)).await.unwrap();
    workload::namespace(&bed).await;
    let outsider = bed.eks().outsider();
    let profile = ProfileSpec::named("shop").selecting(NAMESPACE, &[]);
    outsider.place_profile(CLUSTER, profile.clone(), ProfileStatus::Active).unwrap();
    workload::movable(&bed).await;
    let lookout = whole(&bed, &[BUDGETED, FREE]).await;

    let began = lookout.now();
    outsider.delete_profile(CLUSTER, "shop").unwrap();
    until("the profile is gone", || bed.eks().profile(CLUSTER, "shop").is_none()).await;
    // Their controllers may be late to count on a busy machine.
    until("nothing is available", || {
        let of_budget = lookout.budget(BUDGETED, began);
        [BUDGETED, FREE].iter().all(|deployment| lookout.fewest(deployment, began) == 0)
            && of_budget.iter().any(|sight| sight.have == 0 && sight.want == 5)
    })
    .await;
    outsider.create_profile(CLUSTER, profile.selecting("more", &[])).unwrap();
    eks_has(&bed, "shop", ProfileStatus::Active).await;
}
