//! Access entries.

use bed::proxy::Effect;
use bed::{Bed, CLUSTER, Fault, Proxies};
use eks_simulator::{AccessEntry, ClusterSettings, Control, Entrance, Operation, RoleTrust};
use fargate_operator::api::FargateProfile;

use super::super::access_entry::{change, entry};
use super::super::role_arn;
use super::{before, on_stage};
use crate::support::speeds::LATENESS;
use crate::support::{BedExt, profile, until};

const LONG_AGO: f64 = 1_600_000_000.0;

/// The calls of a renewal.
const DELETE: usize = 1;
const CREATE: usize = 2;

/// The entry is there no more, or is too old; this is done to it just before the n-th call on that account.
async fn stir(bed: &Bed, proxies: &Proxies, is_there: bool, n: usize, deed: fn(&Control, &str)) {
    if is_there {
        change(bed, |entry| entry.created_at = LONG_AGO);
    } else {
        bed.eks().change_cluster(CLUSTER, |cluster| cluster.access_entries.clear()).unwrap();
    }
    let (eks, arn) = (bed.eks(), role_arn(bed));
    before(proxies, n, move || deed(&eks, &arn));
    strike(proxies).await;
}

/// Another process knows nothing of what was read before.
async fn strike(proxies: &Proxies) {
    proxies.kill_operator().await;
    proxies.strikes().await;
}

async fn serve(bed: &Bed) {
    bed.create(&profile("web", "web")).await;
    bed.settled("web").await;
}

async fn let_in(bed: &Bed) {
    until("kubelets are let in", || bed.eks().entrance(CLUSTER, "web-9999") == Ok(Entrance::Open)).await;
    bed.settled("web").await;
}

fn put(eks: &Control, arn: &str, kind: &str) {
    let tags = [("made-by".to_owned(), "somebody".to_owned())].into();
    let entry = AccessEntry { kind: kind.to_owned(), created_at: 4_000_000_000.0, tags };
    let insert = |cluster: &mut ClusterSettings| {
        cluster.access_entries.insert(arn.to_owned(), entry);
    };
    eks.change_cluster(CLUSTER, insert).unwrap();
}

fn the_same(eks: &Control, arn: &str) {
    put(eks, arn, "FARGATE_LINUX");
}

fn another_kind(eks: &Control, arn: &str) {
    put(eks, arn, "STANDARD");
}

fn remove(eks: &Control, arn: &str) {
    eks.change_cluster(CLUSTER, |cluster| {
        cluster.access_entries.remove(arn);
    })
    .unwrap();
}

fn is_theirs(bed: &Bed) -> bool {
    entry(bed).is_some_and(|entry| entry.tags.contains_key("made-by"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_somebody_makes_just_before_serves() {
    on_stage(async |bed, proxies| {
        serve(bed).await;
        for (is_there, n) in [(false, 1), (true, CREATE)] {
            stir(bed, proxies, is_there, n, the_same).await;
            let told =
                |object: &FargateProfile| object.status.as_ref().is_some_and(|status| status.findings.is_empty());
            bed.settled("web").await;
            bed.wait("web", "without a finding", told).await;
            assert!(is_theirs(bed));
            assert_eq!(bed.eks().entrance(CLUSTER, "web-9999"), Ok(Entrance::Open));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_another_type_that_somebody_makes_just_before_is_theirs_and_is_told() {
    on_stage(async |bed, proxies| {
        serve(bed).await;
        stir(bed, proxies, false, 1, another_kind).await;
        let told = |object: &FargateProfile| {
            let findings = object.status.as_ref().map(|status| status.findings.clone()).unwrap_or_default();
            findings.iter().any(|finding| finding.check == "AccessEntry" && finding.message.contains("is STANDARD"))
        };
        bed.wait("web", "told of the entry of another type", told).await;
        assert!(is_theirs(bed));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_somebody_deletes_just_before_it_is_renewed_is_made() {
    on_stage(async |bed, proxies| {
        serve(bed).await;
        stir(bed, proxies, true, DELETE, remove).await;
        let_in(bed).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_role_may_vanish_just_before_its_entry_is_made() {
    on_stage(async |bed, proxies| {
        serve(bed).await;
        stir(bed, proxies, false, 1, |eks, arn| eks.set_role(arn, RoleTrust::Missing)).await;
        let is_made = || bed.eks().calls(&[Operation::CreateRole]).len() == 2;
        until("the role is made again", is_made).await;
        let_in(bed).await;
    })
    .await;
}

/// Nobody can tell EKS which entry it is to delete: a late call is about whatever is there then. So nothing is made as long as it may
/// come.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_deletion_takes_away_nothing_new() {
    on_stage(async |bed, proxies| {
        serve(bed).await;
        change(bed, |entry| entry.created_at = LONG_AGO);
        proxies.at(Effect::Mend, DELETE, Fault::Late { by: LATENESS, silent: false });
        strike(proxies).await;
        until("it has landed", || !proxies.is_late()).await;
        let_in(bed).await;
        let log = bed.eks().calls(&[Operation::DeleteAccessEntry, Operation::CreateAccessEntry]);
        let calls: Vec<&str> = log.iter().map(|call| call.operation.as_str()).collect();
        assert_eq!(calls, ["DeleteAccessEntry", "CreateAccessEntry"]);
    })
    .await;
}
