//! From a copy of a cluster and manifests to the answer and its words.

use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use serde_json::{Value, json};

use super::answer::{Answer, Verdict};
use super::judge::judge;
use super::state::State;
use super::{exit, offline, risk, text, unseen};
use crate::aws::Unread;
use crate::forecast::World;
use crate::forecast::fixture::{edited, object, pod, selecting, world};
use crate::placement::Pod;
use crate::plugin::Exit;
use crate::plugin::terminal::Terminal;
use crate::prerequisites::{Read, RoleEvidence, Search};
use crate::state::DefaultSubnets;

fn state(world: World) -> State {
    let mut state = State::of("prod");
    state.worlds.push(world);
    state
}

/// Objects with their new specs, as manifests that are applied.
fn planned(world: &World, specs: &[(&str, Value)]) -> Answer {
    let mut state = state(world.clone());
    let manifest = |(name, spec): &(&str, Value)| {
        let mut manifest = object(name, "");
        manifest["metadata"] = json!({ "name": name });
        manifest["spec"] = spec.clone();
        manifest
    };
    let applied = offline::apply(&mut state, &specs.iter().map(manifest).collect::<Vec<_>>());
    judge(&state, &applied, 0)
}

fn told(answer: &Answer) -> String {
    let terminal = Terminal { width: None, height: None, is_interactive: false };
    anstream::adapter::strip_str(&text::text(answer, &terminal)).to_string()
}

fn with(key: &str, value: Value) -> Value {
    let mut spec = selecting(&["web"]);
    spec[key] = value;
    spec
}

#[test]
fn each_change_has_its_verdict_and_its_exit_code() {
    let at_rest = world(&[("web", "web")], &[]);
    let manual = with("replacement", json!({ "approval": "Manual" }));
    let mut asks = manual.clone();
    asks["selectors"] = json!([{ "namespace": "more" }]);
    let mut full = at_rest.clone();
    full.quota = Some(1);
    let mut stalled = edited(&at_rest, "web", selecting(&["more"]));
    stalled.quota = Some(1);
    for (world, spec, expected) in [
        (&at_rest, selecting(&["web"]), Verdict::NoChange),
        (&at_rest, manual, Verdict::Settings),
        (&at_rest, with("tags", json!({ "team": "a" })), Verdict::Tags),
        (&at_rest, selecting(&["more"]), Verdict::Replace),
        (&at_rest, asks, Verdict::AwaitingApproval),
        (&full, selecting(&["more"]), Verdict::Stalled),
        (&stalled, selecting(&["more"]), Verdict::NoChange),
        (&at_rest, with("subnets", json!(["x"])), Verdict::Refused),
        (&world(&[], &[]), selecting(&["web"]), Verdict::Create),
    ] {
        let answer = planned(world, &[("web", spec)]);
        assert_eq!(answer.objects[0].verdict, expected, "{answer:#?}");
        let (plain, detailed) = match expected {
            Verdict::Refused => (Exit::Bad, Exit::Bad),
            Verdict::NoChange => (Exit::Good, Exit::Good),
            _ => (Exit::Good, Exit::Changes),
        };
        assert_eq!((exit(&answer, false), exit(&answer, true)), (plain, detailed), "{expected:?}");
    }
}

#[test]
fn what_is_found_of_the_prerequisites_is_told() {
    let mut world = world(&[], &[]);
    let missing = RoleEvidence { role: Read::Known(None), ..RoleEvidence::default() };
    world.evidence.roles.insert(crate::state::fixture::ROLE.to_owned(), missing);
    let text = told(&planned(&world, &[("web", selecting(&["web"]))]));
    assert!(text.contains("\n  blocking RoleExists: "), "{text}");
}

#[test]
fn others_are_left_alone_and_named() {
    let world = world(&[("shop", "shop"), ("web", "web")], &[]);
    let answer = planned(&world, &[("web", selecting(&["more"]))]);
    assert_eq!(answer.not_in_manifests, ["shop"]);
    assert!(told(&answer).contains("\nNot in these manifests, and left alone: shop\n"), "{}", told(&answer));
    assert!(answer.in_opposite_order.is_empty());
}

#[test]
fn the_opposite_order_is_told_where_it_makes_a_difference() {
    // One slot is free, and the first object that gets its turn takes it for good.
    let mut world = world(&[], &[]);
    world.quota = Some(1);
    let both = [("shop", selecting(&["shop"])), ("web", selecting(&["web"]))];
    let answer = planned(&world, &both);
    let first = |mutations: &[crate::forecast::Mutation]| mutations[0].object.clone();
    assert_eq!((first(&answer.mutations), first(&answer.in_opposite_order)), ("shop".into(), "web".into()));
    assert!(
        told(&answer).contains("\nIf the last of these gets its turn in EKS first:\n  create EKS profile web-9999, ")
    );
    world.quota = None;
    assert!(planned(&world, &both).in_opposite_order.is_empty());
}

#[test]
fn pods_at_risk_are_told_by_what_holds_them() {
    let bare = Pod { controller: None, ..pod("web-9999", "web", 1) };
    let kept = Pod { do_not_disrupt: true, ..pod("web-9999", "web", 2) };
    let mut pinned = pod("web-9999", "web", 3);
    pinned.controller.as_mut().unwrap().uid = "pinned".to_owned();
    let (held, free) = (pod("web-9999", "web", 4), pod("web-9999", "web", 5));
    let mut world = world(&[("web", "web")], &[bare, kept, pinned, held.clone(), free]);
    world.held.insert(held.uid.clone(), "web/none".to_owned());
    world.pinned.insert("pinned".to_owned(), "web-9999".to_owned());
    let answer = planned(&world, &[("web", selecting(&["web", "more"]))]);
    let pods = &answer.objects[0].pods;
    assert_eq!(pods.by_profile["web-9999"], 5);
    let counts = [&pods.bare, &pods.do_not_disrupt, &pods.pinned, &pods.budgets].map(|pods| pods.len());
    assert_eq!(counts, [1, 1, 1, 1], "{pods:?}");
    assert!(pods.budgets[0].ends_with(" (web/none)"), "{pods:?}");
    let text = told(&answer);
    assert_eq!(text.matches("at risk: ").count(), 4, "{text}");
    assert!(text.contains("5 pods are on web-9999 now\n"), "{text}");
}

#[test]
fn a_line_names_five_pods_and_counts_the_others() {
    let bare = |n| Pod { controller: None, ..pod("web-9999", "web", n) };
    let world = world(&[("web", "web")], &(0..7).map(bare).collect::<Vec<_>>());
    let text = told(&planned(&world, &[("web", selecting(&["web", "more"]))]));
    let line = text.lines().find(|line| line.contains("no controller recreates")).unwrap();
    assert!(line.ends_with("web/web-rs-4 and 2 more"), "{line}");
}

#[test]
fn a_budget_counts_if_it_never_lets_a_pod_of_its_namespace_go() {
    let budget = |namespace: &str, allowed: i32, desired: i32| -> PodDisruptionBudget {
        serde_json::from_value(json!({
            "metadata": { "namespace": namespace, "name": "budget" },
            "spec": { "selector": { "matchLabels": { "app": "web" } } },
            "status": {
                "disruptionsAllowed": allowed,
                "desiredHealthy": desired,
                "currentHealthy": 2,
                "expectedPods": 2,
            },
        }))
        .unwrap()
    };
    let mut pod = pod("web-9999", "web", 1);
    pod.labels.insert("app".to_owned(), "web".to_owned());
    let unready = Pod { ready: false, uid: "unready".to_owned(), ..pod.clone() };
    let pods = [pod.clone(), unready];
    for (budget, holds) in [
        (budget("web", 0, 2), true),
        (budget("shop", 0, 2), false),
        (budget("web", 1, 1), false),
        // Its pods are not all there yet.
        (budget("web", 0, 1), false),
    ] {
        let held: Vec<String> = risk::held_by(vec![budget.clone()], &pods).into_keys().collect();
        assert_eq!(held, if holds { vec![pod.uid.clone()] } else { Vec::new() }, "{budget:?}");
    }
}

#[test]
fn what_failed_before_and_is_tried_again_is_not_foretold() {
    let mut world = edited(&world(&[("web", "web")], &[]), "web", selecting(&["more"]));
    let stalled = json!({
        "type": "Stalled",
        "status": "True",
        "reason": "InvalidParameter",
        "message": "EKS takes no such subnet",
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    });
    world.objects[0].status.as_mut().unwrap().conditions = vec![serde_json::from_value(stalled).unwrap()];
    let same = told(&planned(&world, &[("web", selecting(&["more"]))]));
    let line = "  not foretold: whether that succeeds now; it has failed so far (InvalidParameter: EKS takes no such subnet)\n";
    assert!(same.contains(line), "{same}");
    let other = told(&planned(&world, &[("web", selecting(&["another"]))]));
    assert!(!other.contains("not foretold"), "{other}");
}

#[test]
fn what_may_not_be_read_is_left_out_and_holds_up_nobody() {
    const ROLE: &str = "arn:aws:iam::111122223333:role/managed";
    let denied = |action: &str| Unread::Denied { action: action.to_owned().into() };
    let mut world = world(&[], &[]);
    world.defaults.mending.coredns = true;
    world.defaults.subnets = DefaultSubnets::Sought(Search::Auto);
    world.dns = Read::Unread(denied("get services/kube-dns"));
    world.evidence.names.dns = world.dns.clone();
    world.evidence.candidates = Read::Unread(denied("ec2:DescribeSubnets"));
    let unread = RoleEvidence { role: Read::Unread(denied("iam:GetRole")), ..RoleEvidence::default() };
    for role in [ROLE, "other"] {
        world.evidence.roles.insert(role.to_owned(), unread.clone());
    }
    let mut notes = Vec::new();
    unseen::forget(&mut world, Some(ROLE), &mut notes);
    let expected = [
        "what the operator mends of its role is not foretold: you may not iam:GetRole",
        "whether the operator moves CoreDNS is not foretold: you may not get services/kube-dns",
        "default subnets are not shown: you may not ec2:DescribeSubnets",
    ];
    assert_eq!(notes, expected);
    assert_eq!(world.evidence.roles[ROLE], RoleEvidence::default());
    assert_eq!(world.evidence.roles["other"], unread, "its findings say so");
    assert_eq!(planned(&world, &[("web", selecting(&["web"]))]).objects[0].verdict, Verdict::Create);
    unseen::forget(&mut world, Some(ROLE), &mut notes);
    assert_eq!(notes.len(), 3, "{notes:?}");
}

#[cfg(unix)]
#[test]
fn what_is_saved_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let file = std::env::temp_dir().join(format!("fargate-private-{}.json", std::process::id()));
    for before in [None, Some(0o644)] {
        if let Some(mode) = before {
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        }
        state(world(&[("web", "web")], &[])).write(&file).unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "{before:?}");
    }
    std::fs::remove_file(&file).unwrap();
}

#[test]
fn a_state_of_another_version_is_refused() {
    let file = std::env::temp_dir().join(format!("fargate-state-{}.json", std::process::id()));
    state(world(&[("web", "web")], &[])).write(&file).unwrap();
    let back = State::read(&file).unwrap();
    assert_eq!(back.object("web").unwrap().spec, state(world(&[("web", "web")], &[])).object("web").unwrap().spec);
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replacen("\"format\": ", "\"format\": 9", 1)).unwrap();
    let error = State::read(&file).unwrap_err().to_string();
    assert!(error.contains("and this version reads"), "{error}");
    std::fs::remove_file(&file).unwrap();
}
