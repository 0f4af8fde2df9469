//! A scenario, the whole life of an object: it is created, changed and deleted, and every time it settles before it goes on.

use std::collections::BTreeMap;
use std::time::UNIX_EPOCH;

use bed::proxy::Effect;
use bed::{Bed, CLUSTER, Proxies};
use eks_simulator::{Profile, ProfileStatus};
use fargate_operator::api::{FargateProfile, TAG_OWNER, TAG_OWNER_UID};
use serde_json::{Value, json};

use super::crowd::Crowd;
use crate::support::oracle::{never_too_many, served_without_a_gap, story};
use crate::support::{BedExt, profile, until};

/// How the life of an object goes, and whose.
pub struct Scenario {
    pub name: String,
    pub course: Course,
    pub strategy: Strategy,
    pub patience: Patience,
}

/// What an object comes to between its creation and its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// It is changed.
    Changed,
    /// It is deleted in favour of another one of the same selectors, which sorts after it.
    HandedOver,
}

/// `spec.replacement.strategy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    CreateFirst,
    DeleteFirst,
}

/// When the object is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// When all has settled.
    Patient,
    /// At the moment of the fault, if that comes earlier.
    Hasty,
}

/// How things stood whenever they had settled, whatever the object's name.
#[derive(Debug, PartialEq)]
pub struct Ending {
    states: Vec<SettledState>,
}

#[derive(Debug, PartialEq)]
struct SettledState {
    profile: String,
    selectors: Vec<String>,
    role: String,
    subnets: Vec<String>,
    tags: BTreeMap<String, String>,
    conditions: Vec<(String, String, String)>,
}

/// Runs it. All effects are the operator's own.
pub async fn run(scenario: &Scenario, bed: &Bed, proxies: &Proxies, crowd: Option<&Crowd>) -> Ending {
    let name = scenario.name.as_str();
    bed.create(&object(scenario, name)).await;
    let states = match (scenario.course, scenario.patience) {
        (Course::Changed, Patience::Patient) => grow(scenario, bed, crowd).await,
        (Course::Changed, Patience::Hasty) => tokio::select! {
            states = grow(scenario, bed, crowd) => states,
            () = proxies.strikes() => Vec::new(),
        },
        (Course::HandedOver, _) => return hand_over(scenario, bed, proxies, crowd).await,
    };
    end(bed, proxies, name).await;
    Ending { states }
}

/// Settles, and so does another one; then it is deleted, and the pods go over to that one.
async fn hand_over(scenario: &Scenario, bed: &Bed, proxies: &Proxies, crowd: Option<&Crowd>) -> Ending {
    let (name, heir) = (scenario.name.as_str(), format!("{}-v2", scenario.name));
    let born = settled_state(bed, name, &bed.settled(name).await, &["a"]);
    let ride = crowd.expect("pods").ride(bed, &format!("{name}-9999")).await;
    bed.create(&object(scenario, &heir)).await;
    bed.settled(&heir).await;
    end(bed, proxies, name).await;
    let heir_state = settled_state(bed, &heir, &bed.settled(&heir).await, &["a"]);
    ride.ends_on(bed, &format!("0-{heir}-9999")).await;
    served_without_a_gap(bed, &heir);
    end(bed, proxies, &heir).await;
    Ending { states: vec![born, heir_state] }
}

/// The object is deleted, and nothing is left of it.
async fn end(bed: &Bed, proxies: &Proxies, name: &str) {
    bed.delete(name).await;
    bed.gone(name).await;
    until("nothing is on the wire any more", || !proxies.is_late()).await;
    assert!(owned(bed, name).is_empty(), "an orphan:\n{}", story(bed));
    if let (Some(profiles), Some(finalizer)) = (last_gone(bed, name), proxies.last(Effect::Finalizer)) {
        let finalizer = finalizer.duration_since(UNIX_EPOCH).unwrap().as_secs_f64() * 1000.0;
        assert!(profiles <= finalizer, "the finalizer went {} ms too early\n{}", profiles - finalizer, story(bed));
    }
}

/// When the last of the object's profiles was gone, in milliseconds since the epoch.
fn last_gone(bed: &Bed, name: &str) -> Option<f64> {
    let log = bed.eks().log();
    let mut gone = log.iter().filter(|entry| {
        let change = entry.change().filter(|change| change.to.is_none());
        change.is_some_and(|change| change.tags.get(TAG_OWNER).is_some_and(|owner| owner == name))
    });
    gone.next_back().map(|entry| entry.at_ms)
}

/// Settles, has its tags and then its selectors changed, and settles each time. The pods exist from the first and ride
/// through the change.
async fn grow(scenario: &Scenario, bed: &Bed, crowd: Option<&Crowd>) -> Vec<SettledState> {
    let name = scenario.name.as_str();
    let born = settled_state(bed, name, &bed.settled(name).await, &["a"]);
    bed.patch(name, json!({ "spec": { "tags": { "team": "web" } } })).await;
    let tagged = settled_state(bed, name, &bed.settled(name).await, &["a"]);
    let selectors: &[&str] = if crowd.is_some() { &["a", "b"] } else { &["b"] };
    let ride = match crowd {
        Some(crowd) => Some(crowd.ride(bed, &format!("{name}-9999")).await),
        None => None,
    };
    let wanted: Vec<Value> = selectors.iter().map(|namespace| json!({ "namespace": namespace })).collect();
    bed.patch(name, json!({ "spec": { "selectors": wanted } })).await;
    let changed = settled_state(bed, name, &bed.settled(name).await, selectors);
    if let Some(ride) = ride {
        ride.ends_on(bed, &format!("{name}-9998")).await;
    }
    match scenario.strategy {
        Strategy::CreateFirst => served_without_a_gap(bed, name),
        // It has a gap by its nature, and one only.
        Strategy::DeleteFirst => {
            let gaps = bed.eks().active_timeline(CLUSTER, TAG_OWNER, name).gaps;
            assert_eq!(gaps.len(), 1, "{gaps:?}\n{}", story(bed));
        }
    }
    never_too_many(bed, name);
    vec![born, tagged, changed]
}

fn object(scenario: &Scenario, name: &str) -> Value {
    let mut object = profile(name, "a");
    // Kubernetes' own time does not scale: a drain takes long here.
    let drain = json!({ "timeout": "8h" });
    object["spec"]["replacement"] = json!({ "strategy": format!("{:?}", scenario.strategy), "drain": drain });
    object
}

/// Exactly one owned profile, ACTIVE and as the spec says.
fn settled_state(bed: &Bed, name: &str, object: &FargateProfile, namespaces: &[&str]) -> SettledState {
    let owned: [Profile; 1] = owned(bed, name)
        .try_into()
        .unwrap_or_else(|owned| panic!("settled with other than one profile: {owned:?}\n{}", story(bed)));
    let [profile] = owned;
    assert_eq!(profile.status, ProfileStatus::Active, "{}", story(bed));
    let selectors: Vec<_> = profile.selectors.iter().filter_map(|selector| selector.namespace.clone()).collect();
    assert_eq!(selectors, namespaces, "{}", story(bed));
    let status = object.status.clone().unwrap();
    assert_eq!(status.profiles.len(), 1, "{status:?}");
    assert_eq!(status.profile.unwrap().name, profile.name);
    // Who it is for differs from one to the other.
    let tags = profile.tags.into_iter().filter(|(key, _)| ![TAG_OWNER, TAG_OWNER_UID].contains(&key.as_str()));
    SettledState {
        profile: profile.name.replace(name, ""),
        selectors,
        role: profile.pod_execution_role_arn,
        subnets: profile.subnets,
        tags: tags.collect(),
        conditions: status.conditions.into_iter().map(|it| (it.type_, it.status, it.reason)).collect(),
    }
}

fn owned(bed: &Bed, name: &str) -> Vec<Profile> {
    let mut all = bed.eks().profiles(CLUSTER);
    all.retain(|profile| {
        profile.origin == eks_simulator::log::Origin::Call
            && profile.tags.get(TAG_OWNER).is_some_and(|owner| owner == name)
    });
    all
}
