//! What a life asks for in which everything is mended, against the shipped policies.

use std::collections::BTreeSet;

use bed::CLUSTER;
use bed::testing::install_coredns;
use eks_simulator::AccessEntry;

use super::policy::{MANAGED_ROLE, Policy, Request};
use super::{asked_in, denied};
use crate::mending::coredns::{USUAL, as_addon, runs, with_dns};
use crate::mending::{mended_with, mending};
use crate::support::{BedExt, until};

/// The role is made and goes again, CoreDNS's add-on is moved there and back, and an access entry with tags is renewed.
async fn life() -> Vec<Request> {
    let mut options = mending(240.0);
    let name = ("FARGATE_OPERATOR_MANAGED_ROLE_NAME".to_owned(), MANAGED_ROLE.to_owned());
    options.environment.push(name);
    let mut bed = mended_with(options).await;
    as_addon(&bed, None);
    install_coredns(&bed).await;
    bed.create(&with_dns("web")).await;
    runs(&bed, USUAL, true).await;
    bed.settled("web").await;
    let age = |entry: &mut AccessEntry| {
        entry.created_at = 1_600_000_000.0;
        entry.tags.insert("team".to_owned(), "web".to_owned());
    };
    bed.eks().change_cluster(CLUSTER, |cluster| cluster.access_entries.values_mut().for_each(age)).unwrap();
    // Another process knows nothing of what was read before.
    bed.stop_operator();
    bed.start_operator().await.unwrap();
    let is_new = |entry: &AccessEntry| entry.created_at > 1_700_000_000.0;
    let eks = bed.eks();
    until("the entry is a new one", || {
        let entries = eks.cluster_settings(CLUSTER).unwrap().access_entries;
        entries.values().next().is_some_and(is_new)
    })
    .await;
    bed.settled("web").await;
    bed.delete("web").await;
    bed.gone("web").await;
    asked_in(&bed.eks().log())
}

#[tokio::test]
async fn what_mending_asks_for_is_allowed_and_each_action_and_statement_is_needed_for_it() {
    let asked = life().await;
    let mends = Policy::read(&["permissions.json", "checks.json", "mending.json"], "");
    assert!(denied(&mends, &asked).is_empty(), "{:#?}", denied(&mends, &asked));
    // The checks see roles, entries and the add-on too, but need not be allowed.
    let core = Policy::read(&["permissions.json"], "");
    let beyond: BTreeSet<&str> = denied(&core, &asked).iter().map(|it| it.action.as_str()).collect();
    let mending = Policy::read(&["mending.json"], "");
    let unused: Vec<String> = mending.actions().into_iter().filter(|it| !beyond.contains(it.as_str())).collect();
    assert!(unused.is_empty(), "needed for nothing: {unused:?}, of {beyond:?}");
    let with = |mending: &Policy| Policy([core.0.clone(), mending.0.clone()].concat());
    let least = denied(&with(&mending), &asked).len();
    for sid in mending.sids() {
        let less = with(&mending.without(&sid));
        assert!(denied(&less, &asked).len() > least, "{sid} is needed for nothing");
    }
}
