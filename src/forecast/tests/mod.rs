mod mends;
mod pods;
mod reach;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde_json::json;

use super::fixture::{edited, object, pod, selecting, world};
use super::run::Run;
use super::{Forecast, World, forecast, preview};
use crate::intervals::DEFAULTS;
use crate::placement::Pod;

/// The world as its forecast leaves it, and what has been changed in EKS until then.
fn settled(world: &mut World) -> Vec<String> {
    let mut run = Run::new(world.clone(), DEFAULTS);
    run.play();
    let told = told(&run.forecast);
    *world = World { pods: world.pods.clone(), ..run.world };
    told
}

/// The changes of profiles, without those of tags.
fn told(forecast: &Forecast) -> Vec<String> {
    let word = |operation: super::Operation| {
        let name: &str = operation.into();
        name.strip_suffix("FargateProfile").map(str::to_lowercase)
    };
    forecast.mutations.iter().filter_map(|it| Some(format!("{} {}", word(it.operation)?, it.profile))).collect()
}

#[test]
fn a_world_at_rest_stays_as_it_is() {
    let world = world(&[("web", "web")], &[]);
    let forecast = forecast(world, &DEFAULTS);
    assert_eq!((told(&forecast), forecast.is_open), (Vec::new(), false));
    assert!(forecast.waits("web").is_none(), "{:?}", forecast.ends);
}

#[test]
fn an_object_that_is_being_deleted_goes_and_the_forecast_ends() {
    let mut world = world(&[("web", "web"), ("shop", "shop")], &[]);
    world.objects[0].metadata.deletion_timestamp = Some(Time(world.wall));
    let forecast = forecast(edited(&world, "shop", selecting(&["shop", "more"])), &DEFAULTS);
    assert_eq!(told(&forecast), ["delete web-9999", "create shop-9998", "delete shop-9999"]);
    assert_eq!((forecast.ends.into_keys().collect::<Vec<_>>(), forecast.is_open), (vec!["shop".to_owned()], false));
}

#[test]
fn a_replacement_creates_moves_the_pods_one_by_one_and_deletes() {
    let world = world(&[("web", "web")], &[pod("web-9999", "web", 1), pod("web-9999", "web", 2)]);
    let world = edited(&world, "web", selecting(&["web", "more"]));
    let forecast = forecast(world, &DEFAULTS);
    assert_eq!(told(&forecast), ["create web-9998", "delete web-9999"]);
    assert_eq!((forecast.evicted["web"], forecast.handovers.len()), (2, 0));
    // A creation, the settle time, a pod that starts and proves the profile, a deletion.
    let least = 150 + 90 + 75 + 180;
    assert!((least..least + 60).contains(&forecast.seconds), "{}", forecast.seconds);
}

#[test]
fn a_pod_whose_budget_allows_no_eviction_holds_the_old_profile() {
    let mut world = world(&[("web", "web")], &[pod("web-9999", "web", 1)]);
    world.held.insert("uid-web-rs-1".to_owned(), "web/none".to_owned());
    let forecast = forecast(edited(&world, "web", selecting(&["web", "more"])), &DEFAULTS);
    assert_eq!(told(&forecast), ["create web-9998"]);
    assert!(forecast.waits("web").unwrap().message.contains("web/none"), "{:?}", forecast.waits("web"));
}

#[test]
fn delete_first_ends_the_pods_and_brings_them_back() {
    let world = world(&[("web", "web")], &[pod("web-9999", "web", 1)]);
    let mut spec = selecting(&["web", "more"]);
    spec["replacement"] = json!({ "strategy": "DeleteFirst" });
    spec["profileName"] = json!("web-9999");
    let forecast = forecast(edited(&world, "web", spec), &DEFAULTS);
    assert_eq!(told(&forecast), ["delete web-9999", "create web-9999"]);
    assert!(forecast.evicted.is_empty() || forecast.evicted["web"] == 1, "{:?}", forecast.evicted);
}

#[test]
fn pods_that_end_with_their_profile_are_made_again_if_a_controller_does_so() {
    let bare = Pod { controller: None, ..pod("web-9999", "web", 2) };
    let world = world(&[("web", "web")], &[pod("web-9999", "web", 1), bare]);
    let mut spec = selecting(&["web", "more"]);
    spec["replacement"] = json!({ "strategy": "DeleteFirst", "drain": { "onTimeout": "Proceed" } });
    spec["profileName"] = json!("web-9999");
    let mut run = Run::new(edited(&world, "web", spec), DEFAULTS);
    run.play();
    assert_eq!(told(&run.forecast), ["delete web-9999", "create web-9999"]);
    let pods = run.fargate.pods.unwrap();
    assert_eq!(pods.len(), 1, "{pods:?}");
    assert_ne!(pods[0].uid, pod("web-9999", "web", 1).uid);
}

#[test]
fn a_pod_that_ends_already_holds_nothing() {
    let ending = Pod { terminating: true, controller: None, ..pod("web-9999", "web", 1) };
    let world = edited(&world(&[("web", "web")], &[ending]), "web", selecting(&["more"]));
    assert_eq!(told(&forecast(world, &DEFAULTS)), ["create web-9998", "delete web-9999"]);
}

#[test]
fn a_tag_that_is_taken_out_is_removed_once() {
    let mut tagged = selecting(&["web"]);
    tagged["tags"] = json!({ "team": "a" });
    let mut world = edited(&world(&[("web", "web")], &[]), "web", tagged);
    settled(&mut world);
    let forecast = forecast(edited(&world, "web", selecting(&["web"])), &DEFAULTS);
    let operations: Vec<super::Operation> = forecast.mutations.iter().map(|it| it.operation).collect();
    assert_eq!(operations, [super::Operation::UntagResource]);
}

#[test]
fn pods_go_from_one_object_to_another_that_steps_in_front() {
    let world = world(&[("shop", "shop"), ("web", "web")], &[pod("shop-9999", "shop", 1)]);
    let world = edited(&edited(&world, "shop", selecting(&["none"])), "web", selecting(&["web", "shop"]));
    let forecast = forecast(world, &DEFAULTS);
    assert_eq!(forecast.handovers[&("shop".to_owned(), "web".to_owned())], 1, "{:?}", told(&forecast));
    let expected = ["create shop-9998", "create 0-web-9999", "delete web-9999", "delete shop-9999"];
    assert_eq!(told(&forecast), expected);
}

#[test]
fn what_needs_approval_does_not_begin_and_is_told_all_the_same() {
    let world = world(&[("web", "web")], &[pod("web-9999", "web", 1)]);
    let mut spec = selecting(&["shop"]);
    spec["replacement"] = json!({ "approval": "Manual" });
    let world = edited(&world, "web", spec);
    let forecast = forecast(world.clone(), &DEFAULTS);
    assert_eq!(told(&forecast), [""; 0]);
    assert_eq!(forecast.waits("web").unwrap().reason, "AwaitingApproval");
    let told = preview(&world, &world.objects[0], &DEFAULTS).replacement.unwrap();
    assert_eq!(told.changes, ["selectors: + shop", "selectors: - web"]);
    assert_eq!(told.pods.unwrap().losing_fargate, 1);
}

#[test]
fn without_a_free_slot_nothing_is_created() {
    let mut world = world(&[("web", "web")], &[]);
    world.quota = Some(1);
    let forecast = forecast(edited(&world, "web", selecting(&["shop"])), &DEFAULTS);
    assert_eq!(told(&forecast), [""; 0]);
    assert_eq!(forecast.waits("web").unwrap().reason, "NoFreeSlot");
}

#[test]
fn a_world_is_kept_in_a_file_as_it_is() {
    let world = world(&[("web", "web")], &[pod("web-9999", "web", 1)]);
    let text = serde_json::to_string(&world).unwrap();
    let back: World = serde_json::from_str(&text).unwrap();
    assert_eq!((&back.profiles, &back.pods, &back.objects), (&world.profiles, &world.pods, &world.objects));
    assert_eq!(serde_json::to_string(&back).unwrap(), text);
}

#[test]
fn a_change_in_a_large_cluster_is_played_only_as_far_as_it_reaches() {
    const OBJECTS: usize = 100;
    let name = |n: usize| format!("team-{n:02}");
    let names: Vec<String> = (0..OBJECTS).map(name).collect();
    let objects: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), name.as_str())).collect();
    let of_team = |name: &String| (0..10).map(|n| pod(&format!("{name}-9999"), name, n)).collect::<Vec<_>>();
    let large = world(&objects, &names.iter().flat_map(of_team).collect::<Vec<_>>());
    let at_rest = forecast(large.clone(), &DEFAULTS).passes;
    let changed = forecast(edited(&large, "team-07", selecting(&["team-07", "more"])), &DEFAULTS);
    assert_eq!(told(&changed), ["create team-07-9998", "delete team-07-9999"]);
    let alone = world(&[("team-07", "team-07")], &of_team(&names[7]));
    let alone = forecast(edited(&alone, "team-07", selecting(&["team-07", "more"])), &DEFAULTS);
    // As many passes as alone, and those that find the others at rest.
    let most = alone.passes + at_rest;
    assert!(changed.passes <= most, "{} passes, of {most} at most", changed.passes);
    assert!(at_rest <= 3 * OBJECTS, "{at_rest} passes at rest");
}
