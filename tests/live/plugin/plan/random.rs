//! Sixty changes at random, of one object and of two: what `plan` lists is what the operator then does.

use bed::{CLUSTER, OTHER_ROLE};
use fastrand::Rng;
use serde_json::{Value, json};

use super::{as_foretold, at_rest, led};
use crate::prerequisites::with_checks;
use crate::support::BedExt;
use crate::support::objects::profile;
use crate::support::speeds::swift;

const CHANGES: usize = 60;
const NAMES: [&str; 2] = ["alpha", "beta"];
const NAMESPACES: [&str; 3] = ["left", "right", "middle"];
/// Repeats the changes from this seed, in place of that of the test.
const SEED: &str = "RANDOM_PLANS_SEED";

/// What can be said about an object.
fn edit(object: &mut Value, chance: &mut Rng, subnets: &Subnets) -> &'static str {
    let spec = &mut object["spec"];
    match chance.usize(..13) {
        0 | 1 => {
            let mut selector = json!({ "namespace": NAMESPACES[chance.usize(..NAMESPACES.len())] });
            if chance.bool() {
                selector["labels"] = json!({ "tier": if chance.bool() { "web" } else { "*" } });
            }
            spec["selectors"] = json!([selector]);
            "selectors"
        }
        2 => {
            spec["selectors"] = json!([{ "namespace": NAMESPACES[0] }, { "namespace": NAMESPACES[1] }]);
            "two selectors"
        }
        3 => {
            put(spec, "podExecutionRoleArn", chance.bool().then(|| json!(OTHER_ROLE)));
            "role"
        }
        4 => {
            let some = [None, Some(json!([subnets.private[0]])), Some(json!(subnets.private))];
            put(spec, "subnets", some[chance.usize(..some.len())].clone());
            "subnets"
        }
        5 => {
            // A prerequisite that is not met, which holds the change.
            put(spec, "prerequisites", None);
            put(spec, "subnets", Some(json!([subnets.public])));
            "a public subnet"
        }
        6 | 7 => {
            let some = [None, Some(json!({ "team": "a" })), Some(json!({ "team": "b", "cost": "1" }))];
            put(spec, "tags", some[chance.usize(..some.len())].clone());
            "tags"
        }
        8 => {
            spec["replacement"]["strategy"] = json!(if chance.bool() { "DeleteFirst" } else { "CreateFirst" });
            "strategy"
        }
        9 | 10 => {
            spec["replacement"]["approval"] = json!(if chance.usize(..3) > 0 { "Manual" } else { "Automatic" });
            "approval"
        }
        11 => {
            put(spec, "suspend", Some(json!(chance.bool())));
            "suspend"
        }
        _ => {
            let is_public = spec["subnets"][0] == subnets.public;
            put(spec, "prerequisites", (!is_public && chance.bool()).then(|| json!("Warn")));
            "prerequisites"
        }
    }
}

fn put(spec: &mut Value, key: &str, value: Option<Value>) {
    match value {
        Some(value) => spec[key] = value,
        None => drop(spec.as_object_mut().unwrap().remove(key)),
    }
}

struct Subnets {
    private: Vec<String>,
    public: String,
}

/// The first manifest of an object. Some have a name of their own in EKS.
fn first(name: &str, chance: &mut Rng) -> Value {
    let mut object = profile(name, NAMESPACES[chance.usize(..NAMESPACES.len())]);
    if chance.bool() {
        object["spec"]["profileName"] = json!(format!("{name}-own"));
    }
    object
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_changes_at_random_come_as_they_are_foretold() {
    let seed = std::env::var(SEED).ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let mut chance = Rng::with_seed(seed);
    let bed = led(with_checks(swift())).await;
    let settings = bed.eks().cluster_settings(CLUSTER).unwrap();
    let subnets = Subnets { private: settings.private_subnets.clone(), public: settings.public_subnets[0].clone() };
    let mut objects: [Option<Value>; 2] = [None, None];
    let mut verdicts = std::collections::BTreeMap::<String, usize>::new();
    for change in 0..CHANGES {
        let mut what = Vec::new();
        let both = chance.bool();
        let one = chance.usize(..NAMES.len());
        for (at, name) in NAMES.into_iter().enumerate().filter(|(at, _)| both || *at == one) {
            match &mut objects[at] {
                // Deleting is no part of a plan.
                Some(_) if chance.usize(..12) == 0 => {
                    bed.delete(name).await;
                    bed.gone(name).await;
                    objects[at] = None;
                    what.push(format!("{name}: deleted before"));
                }
                Some(object) => what.push(format!("{name}: {}", edit(object, &mut chance, &subnets))),
                none => {
                    *none = Some(first(name, &mut chance));
                    what.push(format!("{name}: new"));
                }
            }
        }
        at_rest(&bed).await;
        let manifests: Vec<Value> = objects.iter().flatten().cloned().collect();
        if manifests.is_empty() {
            continue;
        }
        let what = format!("change {change} of seed {seed}: {}", what.join(", "));
        println!("{what}");
        let plan = as_foretold(&bed, &manifests, &what).await;
        for object in plan["objects"].as_array().unwrap() {
            *verdicts.entry(object["verdict"].as_str().unwrap().to_owned()).or_default() += 1;
        }
    }
    println!("{verdicts:?}");
    for verdict in ["Create", "Replace", "Tags", "Settings", "NoChange", "AwaitingApproval", "Stalled"] {
        assert!(verdicts.contains_key(verdict), "no change came to {verdict}: {verdicts:?}");
    }
}
