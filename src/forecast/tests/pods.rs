use std::time::Duration;

use crate::api::POD_PROFILE_LABEL;
use crate::eks::Profile;
use crate::eks::pace::POD_START;
use crate::forecast::fixture::{pod, profile};
use crate::forecast::mend::Restarted;
use crate::forecast::pods::Fargate;
use crate::placement::{Controller, Pod};
use crate::state::fixture::wall;

const NOW: Duration = Duration::from_secs(1000);
const LATER: Duration = Duration::from_secs(1100);

/// A pod that Fargate has taken and not yet given a node.
fn taken(n: usize) -> Pod {
    Pod { node: None, ready: false, ready_since: None, ..pod("web-9999", "web", n) }
}

fn uids(fargate: &Fargate) -> Vec<&str> {
    fargate.pods.iter().flatten().map(|pod| pod.uid.as_str()).collect()
}

fn evicted(pod: Pod, profiles: &[Profile]) -> (Fargate, Vec<String>) {
    let uid = pod.uid.clone();
    let mut fargate = Fargate::of(Some(vec![pod]), NOW);
    fargate.replace(&uid, profiles, NOW, wall(0));
    let takers = fargate.end(LATER, wall(100));
    (fargate, takers)
}

#[test]
fn pods_that_are_starting_are_ready_after_a_minute_and_those_that_end_are_gone() {
    let ending = Pod { terminating: true, ..pod("web-9999", "web", 2) };
    let mut fargate = Fargate::of(Some(vec![taken(1), ending, pod("web-9999", "web", 3)]), NOW);
    assert_eq!(uids(&fargate), ["uid-web-rs-1", "uid-web-rs-3"]);
    assert_eq!(fargate.next(), Some(NOW + POD_START.usual));
    assert_eq!(fargate.end(NOW, wall(0)), [""; 0]);
    assert_eq!(fargate.end(LATER, wall(100)), ["web-9999"]);
    assert_eq!((fargate.next(), fargate.pods.unwrap()[0].ready_since), (None, Some(wall(100))));
}

#[test]
fn an_evicted_pod_is_taken_by_the_profile_that_selects_it_now() {
    let next = Profile { name: "web-9998".to_owned(), ..profile("web", "web") };
    let (fargate, takers) = evicted(pod("web-9999", "web", 1), &[next]);
    let [made] = fargate.pods.as_deref().unwrap() else { panic!("{fargate:?}") };
    assert_eq!((made.profile(), made.ready, takers), (Some("web-9998"), true, vec!["web-9998".to_owned()]));
}

#[test]
fn an_evicted_pod_that_nobody_takes_or_that_cannot_run_on_fargate_stays_pending() {
    let (fargate, takers) = evicted(pod("web-9999", "web", 1), &[]);
    let [made] = fargate.pods.as_deref().unwrap() else { panic!("{fargate:?}") };
    assert_eq!((made.labels.get(POD_PROFILE_LABEL), made.ready, takers.len()), (None, false, 0));

    let unfit = Pod { unfit: vec!["a hostPath volume".to_owned()], ..pod("web-9999", "web", 1) };
    let (fargate, takers) = evicted(unfit, &[profile("web", "web")]);
    let [made] = fargate.pods.as_deref().unwrap() else { panic!("{fargate:?}") };
    assert_eq!((made.profile(), made.ready, takers.len()), (Some("web-9999"), false, 0));
}

#[test]
fn the_pods_of_a_deployment_that_goes_to_ec2_are_seen_no_more_and_those_of_one_that_comes_are_made_anew() {
    let of_dns = |n| {
        let mut pod = pod("web-9999", "web", n);
        pod.labels.insert("pod-template-hash".to_owned(), "7d".to_owned());
        pod.controller = pod.controller.map(|controller| Controller { name: "coredns-7d".to_owned(), ..controller });
        pod
    };
    let name = || ("web".to_owned(), "coredns".to_owned());
    let found = || Fargate::of(Some(vec![of_dns(1), pod("web-9999", "web", 2)]), NOW);

    let mut fargate = found();
    fargate.restart(&Restarted { name: name(), wants_ec2: true }, &[profile("web", "web")], NOW, wall(0));
    assert_eq!(uids(&fargate), ["uid-web-rs-2"]);

    let mut fargate = found();
    fargate.restart(&Restarted { name: name(), wants_ec2: false }, &[profile("web", "web")], NOW, wall(0));
    assert_eq!(uids(&fargate), ["uid-web-rs-2", "uid-web-rs-1+1"]);
}
