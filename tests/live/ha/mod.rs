//! Two operators and one lease: the leader is killed, stands still, is cut off from the API server, or is asked to end,
//! each in the middle of a replacement, and the other one carries it on.

mod pair;
mod relay;
mod rounds;

use std::time::Duration;

use bed::guarded;
use serde_json::json;

use crate::oracle::created;
use crate::support::{Use, profile, scrape, until, until_async};
use pair::Pair;
use rounds::{Toll, rounds};

#[tokio::test]
async fn a_killed_leader_is_followed_by_the_other_one() {
    let mut pair = Pair::start().await;
    let mut toll = Toll::of("killed");
    for round in rounds(2) {
        let leader = pair.leader().await;
        round.in_a_replacement(&pair).await;
        toll.begins();
        pair.operator(&leader).process().signal("KILL").unwrap();
        toll.ends(pair.leader_other_than(&leader).await);
        round.ends_well(&pair).await;
        pair.restart(&leader).await;
    }
    toll.tell();
}

#[tokio::test]
async fn a_leader_that_stood_still_ends_when_it_finds_the_lease_lost() {
    let mut pair = Pair::start().await;
    let mut toll = Toll::of("stopped and continued");
    for round in rounds(2) {
        let leader = pair.leader().await;
        round.in_a_replacement(&pair).await;
        toll.begins();
        let process = pair.operator(&leader).process().pid();
        assert!(guarded::signal(process, "STOP").unwrap());
        toll.ends(pair.leader_other_than(&leader).await);
        round.until_it_has_gone_on(&pair).await;
        assert!(guarded::signal(process, "CONT").unwrap());
        pair.ends_for_want_of_the_lease(&leader).await;
        round.ends_well(&pair).await;
        pair.restart(&leader).await;
    }
    toll.tell();
}

#[tokio::test]
async fn a_leader_that_is_cut_off_from_the_api_server_does_nothing_more() {
    let mut pair = Pair::start().await;
    let mut toll = Toll::of("cut off");
    for round in rounds(2) {
        let leader = pair.leader().await;
        round.in_a_replacement(&pair).await;
        toll.begins();
        pair.relay(&leader).cut();
        toll.ends(pair.leader_other_than(&leader).await);
        round.until_it_has_gone_on(&pair).await;
        pair.relay(&leader).mend();
        pair.ends_for_want_of_the_lease(&leader).await;
        round.ends_well(&pair).await;
        pair.restart(&leader).await;
    }
    toll.tell();
}

#[tokio::test]
async fn a_leader_that_is_asked_to_end_hands_over_and_the_next_one_does_not_wait() {
    let mut pair = Pair::start().await;
    pair.bed.create(&profile("web", "web")).await;
    pair.bed.settled("web").await;
    let leader = pair.leader().await;
    pair.end(&leader);
    assert!(pair.log(&leader).contains(r#""settled":true"#), "{}", pair.log(&leader));
    let next = pair.leader_other_than(&leader).await;
    let told = |text: &str| pair.log(&next).contains(text);
    assert!(told(r#""takeover":"Settled""#), "{}", pair.log(&next));
    pair.bed.patch("web", json!({ "spec": { "selectors": [{ "namespace": "jobs" }] } })).await;
    pair.bed.settled("web").await;
    assert_eq!(created(&pair.bed, "web"), ["web-9999", "web-9998"]);
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
    pair.bed.kubectl().run("delete role fargate-operator-lease -n fargate-operator").unwrap();
    pair.begin("a").await;
    pair.bed.create(&profile("web", "web")).await;
    let says = "compare the operator's roles with deploy/rbac";
    until("the log says what is missing", || pair.log("a").contains(says)).await;
    let page = scrape(pair.operator("a").address(), "/readyz").await;
    assert!(page.starts_with("[-] lease\n") && page.contains("waiting for lease"), "{page}");
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
