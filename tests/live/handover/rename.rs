//! `till` becomes `till-v2`, or the other way round: one object goes, and another of the same selectors stays. One of them
//! sorts after the other, and is first in the way and then taken for a target.

use bed::Bed;
use fargate_operator::api::ConditionType::{Ready, Reconciling};
use futures::FutureExt;

use crate::support::oracle::{created, served_without_a_gap};
use crate::support::recorder::record;
use crate::support::run::run_in_turn;
use crate::support::served::{brisk, gone, has_said, only_profile_of, serving};
use crate::support::steady::steady_but_for;
use crate::support::{BedExt, profile, reason};

/// What is done first.
#[derive(Clone, Copy, PartialEq)]
enum Order {
    /// The new object is there, and settled, before the old one is deleted.
    Settled,
    /// The new object is applied, and the old one deleted at once.
    Applied,
    /// The old object is deleted, and the new one applied at once.
    Deleted,
}

/// The object of the first name, which serves this namespace, makes way for the other.
async fn renamed(bed: &Bed, namespace: &str, [from, to]: [&str; 2], order: Order) {
    let served = serving(bed, from, namespace, 3).await;
    let (leaver, taker) = (record(bed, from), record(bed, to));
    match order {
        Order::Settled => {
            bed.create(&profile(to, namespace)).await;
            bed.settled(to).await;
            bed.delete(from).await;
        }
        Order::Applied => {
            bed.create(&profile(to, namespace)).await;
            bed.delete(from).await;
        }
        Order::Deleted => {
            bed.delete(from).await;
            // Just noticed, and nobody takes the pods yet.
            bed.wait(from, "being deleted", |object| reason(object, Ready).as_deref() == Some("Deleting")).await;
            bed.create(&profile(to, namespace)).await;
        }
    }
    gone(bed, from).await;
    let profile = only_profile_of(bed, to).await;
    served.moved_to(&profile).await;
    served_without_a_gap(bed, to);

    let is_behind = from < to;
    let steps = created(bed, to);
    if is_behind {
        assert_eq!(profile, format!("0-{to}-9999"));
    } else {
        assert_eq!(steps, [format!("{to}-9999")], "who sorts first has no need to step");
    }
    has_said(&leaver, Reconciling, "Draining", &[&profile]);
    match order {
        Order::Settled if is_behind => {
            has_said(&leaver, Reconciling, "HandingOver", &[to]);
            has_said(&taker, Reconciling, "TakingOver", &[from, &format!("{from}-9999")]);
        }
        Order::Settled => {}
        Order::Applied => has_said(&leaver, Reconciling, "HandingOver", &[to]),
        Order::Deleted => assert_eq!(steps.len(), 1, "the first one gets the early name at once: {steps:?}"),
    }
    // Who waits for somebody else says so as often as that one goes on.
    steady_but_for(&leaver, &[], 1);
    steady_but_for(&taker, &[], 1);
}

#[tokio::test]
async fn a_new_name_that_sorts_after_the_old_one_takes_its_pods_one_by_one_in_whichever_order_it_comes() {
    let bed = Bed::start(brisk()).await.unwrap();
    run_in_turn(vec![
        ("settled before", renamed(&bed, "till", ["till", "till-v2"], Order::Settled).boxed_local()),
        ("applied, then deleted", renamed(&bed, "cart", ["cart", "cart-v2"], Order::Applied).boxed_local()),
        ("deleted, then applied", renamed(&bed, "mail", ["mail", "mail-v2"], Order::Deleted).boxed_local()),
    ])
    .await;
}

#[tokio::test]
async fn a_new_name_that_sorts_before_the_old_one_takes_its_pods_one_by_one_in_whichever_order_it_comes() {
    let bed = Bed::start(brisk()).await.unwrap();
    run_in_turn(vec![
        ("settled before", renamed(&bed, "till", ["till-v2", "till"], Order::Settled).boxed_local()),
        ("applied, then deleted", renamed(&bed, "cart", ["cart-v2", "cart"], Order::Applied).boxed_local()),
        ("deleted, then applied", renamed(&bed, "mail", ["mail-v2", "mail"], Order::Deleted).boxed_local()),
    ])
    .await;
}
