//! A cluster at rest, and the ways in which tests change it.

use serde_json::{Value, json};

use super::World;
use super::run::Run;
use crate::api::{FargateProfile, TAG_OWNER};
use crate::eks::{Cluster, Profile, ProfileStatus};
use crate::intervals::DEFAULTS;
use crate::placement::Pod;
use crate::state::Defaults;
use crate::state::fixture::{INSTALLATION, ROLE, cluster, owned, replica, selectors, wall};

/// A served object that selects a namespace, with a profile of its name and `-9999`.
pub(crate) fn object(name: &str, namespace: &str) -> Value {
    json!({
        "apiVersion": "fargate-operator.dev/v1alpha1",
        "kind": "FargateProfile",
        "metadata": {
            "name": name,
            "uid": format!("uid-{name}"),
            "generation": 1,
            "finalizers": ["fargate-operator.dev/profiles"],
        },
        "spec": { "selectors": [{ "namespace": namespace }] },
    })
}

/// The profile of an object, which selects a namespace.
pub(crate) fn profile(owner: &str, namespace: &str) -> Profile {
    let mut profile = owned(&format!("{owner}-9999"), ProfileStatus::Active);
    profile.tags.insert(TAG_OWNER.to_owned(), owner.to_owned());
    Profile { selectors: selectors(namespace), ..profile }
}

pub(crate) fn eks_cluster() -> Cluster {
    Cluster { name: "prod".to_owned(), arn: cluster().arn, authentication_mode: "API".to_owned(), ..Cluster::default() }
}

pub(crate) fn pod(profile: &str, namespace: &str, n: usize) -> Pod {
    Pod { namespace: namespace.to_owned(), ..replica(profile, &format!("{namespace}-rs"), n) }
}

/// A world at rest with these objects and their profiles.
pub(crate) fn world(objects: &[(&str, &str)], pods: &[Pod]) -> World {
    let defaults = Defaults {
        cluster_name: "prod".to_owned(),
        pod_execution_role_arn: Some(ROLE.to_owned()),
        ..Defaults::default()
    };
    let mut world = World {
        name: "prod".to_owned(),
        wall: wall(0),
        installation: INSTALLATION.to_owned(),
        region: "us-west-2".to_owned(),
        defaults,
        cluster: Some(eks_cluster()),
        profiles: objects.iter().map(|(name, namespace)| profile(name, namespace)).collect(),
        objects: objects.iter().map(|(name, namespace)| read(object(name, namespace))).collect(),
        pods: Some(pods.to_vec()),
        ..World::default()
    };
    // The statuses that the operator has written by then, and the tags.
    settle(&mut world);
    world
}

pub(crate) fn read(value: Value) -> FargateProfile {
    serde_json::from_value(value).unwrap()
}

fn settle(world: &mut World) {
    let mut run = Run::new(world.clone(), DEFAULTS);
    run.play();
    (world.profiles, world.objects) = (run.world.profiles, run.world.objects);
}

/// The same world with another spec for an object, as the next generation.
pub(crate) fn edited(world: &World, name: &str, spec: Value) -> World {
    let mut world = world.clone();
    let object = world.objects.iter_mut().find(|it| it.metadata.name.as_deref() == Some(name)).unwrap();
    object.spec = serde_json::from_value(spec).unwrap();
    object.metadata.generation = object.metadata.generation.map(|generation| generation + 1);
    world
}

pub(crate) fn selecting(namespaces: &[&str]) -> Value {
    let selectors: Vec<Value> = namespaces.iter().map(|namespace| json!({ "namespace": namespace })).collect();
    json!({ "selectors": selectors })
}
