//! Two operators and one lease: the leader is killed, stands still, is cut off from the API server, or is asked to end,
//! each in the middle of a replacement, and the other one carries it on.

mod pair;
mod relay;
mod rounds;

use std::time::Duration;

use eks_simulator::{Effect, Fault, Operation};
use serde_json::json;

use crate::support::oracle::{calls, created, story};
use crate::support::{BedExt, profile, scrape, until, until_async};
use pair::Pair;
use rounds::{Tally, rounds};

#[tokio::test]
async fn a_killed_leader_is_followed_by_the_other_one() {
    let mut pair = Pair::start().await;
    let mut tally = Tally::of("killed");
    for round in rounds(2) {
        let leader = pair.leader().await;
        round.in_a_replacement(&pair).await;
        tally.begins();
        pair.operator(&leader).process().signal("KILL").unwrap();
        tally.ends(pair.leader_other_than(&leader).await);
        round.ends_well(&pair).await;
        pair.restart(&leader).await;
    }
    tally.tell();
}

#[tokio::test]
async fn a_leader_that_stood_still_ends_when_it_finds_the_lease_lost() {
    let mut pair = Pair::start().await;
    let mut tally = Tally::of("stopped and continued");
    for round in rounds(2) {
        let leader = pair.leader().await;
        round.in_a_replacement(&pair).await;
        tally.begins();
        pair.operator(&leader).process().signal("STOP").unwrap();
        tally.ends(pair.leader_other_than(&leader).await);
        round.until_it_has_gone_on(&pair).await;
        pair.operator(&leader).process().signal("CONT").unwrap();
        pair.ends_for_want_of_the_lease(&leader).await;
        round.ends_well(&pair).await;
        pair.restart(&leader).await;
    }
    tally.tell();
}

#[tokio::test]
async fn a_leader_that_is_cut_off_from_the_api_server_does_nothing_more() {
    let mut pair = Pair::start().await;
    let mut tally = Tally::of("cut off");
    for round in rounds(2) {
        let leader = pair.leader().await;
        round.in_a_replacement(&pair).await;
        tally.begins();
        pair.relay(&leader).cut();
        tally.ends(pair.leader_other_than(&leader).await);
        round.until_it_has_gone_on(&pair).await;
        pair.relay(&leader).mend();
        pair.ends_for_want_of_the_lease(&leader).await;
        round.ends_well(&pair).await;
        pair.restart(&leader).await;
    }
    tally.tell();
}

#[tokio::test]
async fn a_leader_that_is_asked_to_end_hands_over_and_the_next_one_does_not_wait() {
    let mut pair = Pair::start().await;
    pair.bed.create(&profile("web", "web")).await;
    pair.bed.settled("web").await;
    // It began in quiet time itself.
    pair.bed.looks(3).await;
    let leader = pair.leader().await;
    pair.end(&leader).await;
    let handed_over = r#""message":"handed the lease over","lease":"fargate-operator/fargate-operator","settled":true"#;
    assert!(pair.log(&leader).contains(handed_over), "{}", pair.log(&leader));
    let next = pair.leader_other_than(&leader).await;
    until("the next one knows", || pair.log(&next).contains(r#""takeover":"Clean""#)).await;
    pair.bed.patch("web", json!({ "spec": { "selectors": [{ "namespace": "jobs" }] } })).await;
    pair.bed.settled("web").await;
    assert_eq!(created(&pair.bed, "web"), ["web-9999", "web-9998"]);
}

#[tokio::test]
async fn a_leader_that_is_asked_to_end_in_the_middle_says_that_something_is_under_way() {
    let mut pair = Pair::start().await;
    let leader = pair.leader().await;
    // Accepted, but not to be seen for a while.
    let late = Effect::Late { by: Duration::from_secs(60), silent: false };
    pair.bed.eks().add_fault(Fault::new(late).on([Operation::CreateFargateProfile]).nth(1));
    pair.bed.create(&profile("web", "web")).await;
    until("the create is on the wire", || calls(&pair.bed, Operation::CreateFargateProfile) == 1).await;
    pair.end(&leader).await;
    let handed_over =
        r#""message":"handed the lease over","lease":"fargate-operator/fargate-operator","settled":false"#;
    assert!(pair.log(&leader).contains(handed_over), "{}", pair.log(&leader));
    pair.bed.settled("web").await;
    assert_eq!(created(&pair.bed, "web"), ["web-9999"]);
    assert_eq!(calls(&pair.bed, Operation::CreateFargateProfile), 1, "{}", story(&pair.bed));
}

#[tokio::test]
async fn an_api_server_that_nobody_reaches_costs_nobody_the_lease() {
    let mut pair = Pair::start().await;
    pair.bed.create(&profile("web", "web")).await;
    pair.bed.settled("web").await;
    let leader = pair.leader().await;
    let before = pair.lease().await;
    for name in ["a", "b"] {
        pair.relay(name).cut();
    }
    let unsure = || pair.log(&leader).contains("nothing is begun until it has been renewed");
    until("the leader is not sure any more", unsure).await;
    // Three times as long as the lease lasts.
    tokio::time::sleep(Duration::from_secs(12)).await;
    pair.bed.patch("web", json!({ "spec": { "selectors": [{ "namespace": "jobs" }] } })).await;
    for name in ["a", "b"] {
        pair.relay(name).mend();
    }
    pair.bed.settled("web").await;
    let after = pair.lease().await;
    assert_eq!(before.spec.unwrap().holder_identity, after.spec.unwrap().holder_identity);
    for name in ["a", "b"] {
        assert_eq!(pair.operator(name).process().ended().unwrap(), None, "{}", pair.log(name));
    }
}

#[tokio::test]
async fn without_the_crd_an_operator_leaves_the_lease_alone_and_ends_when_it_is_asked_to() {
    let mut pair = Pair::without_operators().await;
    pair.bed.kubectl().run("delete crd fargateprofiles.fargate-operator.dev").unwrap();
    pair.begin("a").await;
    until("it has asked for the objects", || pair.log("a").contains("watching FargateProfiles failed")).await;
    let page = scrape(pair.operator("a").address(), "/readyz").await;
    assert_eq!(page, "[-] lease\n[-] fargateprofiles-listed\nwaiting for lease, fargateprofiles-listed");
    assert!(pair.try_lease().await.is_none());
    // By SIGKILL it would not say so.
    pair.end("a").await;
    assert!(pair.log("a").contains(r#""message":"stopped""#), "{}", pair.log("a"));
}

#[tokio::test]
async fn who_stands_by_is_ready_and_makes_no_passes() {
    let mut pair = Pair::start().await;
    pair.bed.create(&profile("web", "web")).await;
    pair.bed.settled("web").await;
    let leader = pair.leader().await;
    let standby = pair.other(&leader);
    for (name, role) in [(leader.as_str(), "leading"), (standby.as_str(), "standing by")] {
        let address = pair.operator(name).address();
        let page = format!("[+] lease\n[+] fargateprofiles-listed\nready: {role}");
        until_async(&format!("{name}: {page}"), async || scrape(address, "/readyz").await == page).await;
        let metrics = scrape(address, "/metrics").await;
        let passes = metrics.lines().find(|line| line.starts_with("controller_runtime_reconcile_time_seconds_count"));
        let passes: u32 = passes.unwrap().rsplit_once(' ').unwrap().1.parse().unwrap();
        assert_eq!(passes > 0, role == "leading", "{name}: {passes}");
    }
}

#[tokio::test]
async fn without_rights_on_the_lease_nothing_is_done_and_the_log_names_them() {
    let mut pair = Pair::without_operators().await;
    // Reading is not enough.
    let rules = r#"[{"op":"replace","path":"/rules","value":[{"apiGroups":["coordination.k8s.io"],"resources":["leases"],"verbs":["get"]}]}]"#;
    let patch = ["patch", "role", "fargate-operator-lease", "-n", "fargate-operator", "--type=json", "-p", rules];
    pair.bed.kubectl().words(&patch).unwrap();
    pair.begin("a").await;
    pair.bed.create(&profile("web", "web")).await;
    let says = "compare its roles with deploy/rbac";
    until("the log says what is missing", || pair.log("a").contains(says)).await;
    let page = "[-] lease\n[+] fargateprofiles-listed\nwaiting for lease";
    let address = pair.operator("a").address();
    until_async(page, async || scrape(address, "/readyz").await == page).await;
    assert_eq!(pair.log("a").matches(says).count(), 1, "told once: {}", pair.log("a"));
    // The right comes back, and with it the work. The next user of the bed is given the roles anew.
    let role = "create role lease -n fargate-operator --verb=get,create,update --resource=leases.coordination.k8s.io";
    pair.bed.kubectl().run(role).unwrap();
    let account = "--serviceaccount=fargate-operator:fargate-operator";
    pair.bed.kubectl().run(&format!("create rolebinding lease -n fargate-operator --role=lease {account}")).unwrap();
    pair.bed.settled("web").await;
    pair.bed.kubectl().run("delete role/lease rolebinding/lease -n fargate-operator").unwrap();
}

/// A duration for people.
fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
