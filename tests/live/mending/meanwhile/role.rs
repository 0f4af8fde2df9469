//! The pod execution role.

use bed::{Bed, Proxies};
use eks_simulator::{Control, Operation, RoleTrust};
use fargate_operator::api::ConditionType::Stalled;

use super::super::role::{POLICY, left_behind};
use super::super::{has_entry, managed, role_arn};
use super::{before, on_stage};
use crate::support::objects::stalled;
use crate::support::{BedExt, message, profile};

/// The calls that mend in the life of an object without CoreDNS.
const CREATE: usize = 1;
const ATTACH: usize = 2;
/// Counted from its deletion.
const DELETE_ENTRY: usize = 1;
const DETACH: usize = 2;
const DELETE: usize = 3;

type Deed = fn(&Control, &str);

/// Does something to the role before the n-th call.
fn before_call(bed: &Bed, proxies: &Proxies, n: usize, deed: impl Fn(&Control, &str) + Send + Sync + 'static) {
    let (eks, arn) = (bed.eks(), role_arn(bed));
    before(proxies, n, move || deed(&eks, &arn));
}

fn vanish(eks: &Control, arn: &str) {
    eks.set_role(arn, RoleTrust::Missing);
}

fn calls(bed: &Bed, operation: Operation) -> usize {
    bed.eks().calls(&[operation]).len()
}

async fn settled(bed: &Bed) {
    bed.create(&profile("web", "web")).await;
    bed.settled("web").await;
}

async fn gone(bed: &Bed) {
    bed.delete("web").await;
    bed.gone("web").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_somebody_makes_just_before_is_theirs() {
    on_stage(async |bed, proxies| {
        before_call(bed, proxies, CREATE, |eks, arn| eks.set_role(arn, RoleTrust::Untrusted));
        bed.create(&profile("web", "web")).await;
        let held = stalled(bed, "web", "MendingHeld").await;
        let told = "is there and is not this operator's";
        assert!(message(&held, Stalled).contains(told), "{}", message(&held, Stalled));
        assert!(proxies.has_struck());
        bed.eks().set_role(&role_arn(bed), RoleTrust::Untrusted);
        let theirs = managed(bed);
        assert_eq!(calls(bed, Operation::AttachRolePolicy), 0);
        gone(bed).await;
        assert_eq!(managed(bed), theirs);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_vanishes_or_gets_its_policy_just_before_the_policy_is_attached_ends_complete() {
    on_stage(async |bed, proxies| {
        before_call(bed, proxies, ATTACH, vanish);
        settled(bed).await;
        assert!(proxies.has_struck());
        assert_eq!(managed(bed).unwrap().attached_policies, [POLICY.to_owned()].into());
        assert_eq!(calls(bed, Operation::CreateRole), 2);
        gone(bed).await;

        let attach = |eks: &Control, arn: &str| {
            eks.change_role(arn, |role| {
                role.attached_policies.insert(POLICY.to_owned());
            });
        };
        before_call(bed, proxies, ATTACH, attach);
        settled(bed).await;
        assert!(proxies.has_struck());
        assert_eq!(managed(bed).unwrap().attached_policies, [POLICY.to_owned()].into());
        gone(bed).await;
        assert!(managed(bed).is_none());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_somebody_takes_away_just_before_the_operator_does_is_gone_all_the_same() {
    on_stage(async |bed, proxies| {
        let detach = |eks: &Control, arn: &str| eks.change_role(arn, |role| role.attached_policies.clear());
        let remove_entry = |eks: &Control, arn: &str| {
            eks.change_cluster(bed::CLUSTER, |cluster| {
                cluster.access_entries.remove(arn);
            })
            .unwrap();
        };
        let deeds: [(usize, Deed); 5] = [
            (DELETE_ENTRY, remove_entry),
            (DELETE_ENTRY, vanish),
            (DETACH, detach),
            (DETACH, vanish),
            (DELETE, vanish),
        ];
        for (n, deed) in deeds {
            settled(bed).await;
            before_call(bed, proxies, n, deed);
            gone(bed).await;
            assert!(proxies.has_struck(), "call {n}");
            assert!(managed(bed).is_none() && !has_entry(&bed.eks(), &role_arn(bed)), "call {n}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_policy_that_somebody_attaches_just_before_the_deletion_keeps_the_role_and_is_named() {
    on_stage(async |bed, proxies| {
        settled(bed).await;
        let web = bed.profiles().get("web").await.unwrap();
        before_call(bed, proxies, DELETE, |eks, arn| {
            eks.change_role(arn, |role| {
                role.attached_policies.insert("arn:aws:iam::111122223333:policy/logs".to_owned());
            });
        });
        bed.delete("web").await;
        bed.gone("web").await;
        assert!(proxies.has_struck());
        assert_eq!(managed(bed).unwrap().attached_policies.len(), 1);
        left_behind(bed, &web).await;
    })
    .await;
}
