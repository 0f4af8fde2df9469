//! eksctl's ClusterConfig, and what `eksctl get fargateprofile -o yaml` prints (schema of eksctl.io/v1alpha5).

use std::collections::BTreeMap;

use serde_json::Value;

use super::fields::Fields;
use super::health::unready;
use super::reference::title;
use super::{Existing, Keeper, Lost, Reading};

pub(super) fn read(documents: &[Value]) -> Reading {
    let mut reading = Reading::default();
    for document in documents {
        match document.get("fargateProfiles") {
            Some(profiles) if !profiles.is_null() => {
                let cluster = Config::of(document, &mut reading.lost);
                let profiles = profiles.as_array().map_or(std::slice::from_ref(profiles), Vec::as_slice);
                for (at, value) in profiles.iter().enumerate() {
                    reading.profiles.push(profile(&format!("fargateProfiles[{at}]"), value, &cluster));
                }
            }
            // A profile by itself.
            _ if document.get("selectors").is_some() => {
                let at = reading.profiles.len();
                reading.profiles.push(profile(&format!("profile[{at}]"), document, &Config::default()));
            }
            _ => {
                let object = if document["kind"].is_string() { title(document) } else { "file".to_owned() };
                let why =
                    "it has no fargateProfiles: give a ClusterConfig, or what eksctl get fargateprofile -o yaml prints";
                reading.lost.push(Lost::of(&object, "", why));
            }
        }
    }
    reading
}

/// What a ClusterConfig says of all its profiles.
#[derive(Default)]
struct Config {
    cluster: Option<String>,
    role: Option<String>,
    /// Ids of the private subnets that the file names, by these names.
    subnets: BTreeMap<String, String>,
}

impl Config {
    fn of(document: &Value, lost: &mut Vec<Lost>) -> Self {
        let object = "ClusterConfig";
        let mut metadata = Fields::of(object, "metadata", &document["metadata"]);
        let cluster = metadata.text("name");
        metadata.pass(&["version", "annotations"]);
        if metadata.take("tags").is_some() {
            metadata.lose("tags", "eksctl puts them on what it creates: those that a profile has stay on it");
        }
        let (rest, unreadable) = metadata.rest();
        lost.extend(rest.into_iter().chain(unreadable.map(|why| Lost::of(object, "", why))));
        let mut iam = Fields::of(object, "iam", &document["iam"]);
        let role = iam.text("fargatePodExecutionRoleARN");
        if iam.take("fargatePodExecutionRolePermissionsBoundary").is_some() {
            iam.lose("fargatePodExecutionRolePermissionsBoundary", "it is of the role, which stays as it is");
        }
        // The rest of it is about other things than Fargate profiles.
        let about_profiles = |lost: &Lost| lost.field.contains("fargate");
        let (rest, unreadable) = iam.rest();
        lost.extend(rest.into_iter().filter(about_profiles).chain(unreadable.map(|why| Lost::of(object, "", why))));
        let private = document["vpc"]["subnets"]["private"].as_object().into_iter().flatten();
        let named = private.filter_map(|(name, subnet)| Some((name.clone(), subnet["id"].as_str()?.to_owned())));
        Self { cluster, role, subnets: named.collect() }
    }
}

fn profile(place: &str, value: &Value, config: &Config) -> Existing {
    let title = value["name"].as_str().map_or_else(|| place.to_owned(), |name| format!("{place} {name}"));
    let mut fields = Fields::of(&title, "", value);
    let mut existing = Existing {
        unwritable: unready(fields.text("status").as_deref()),
        name: fields.text("name"),
        cluster: config.cluster.clone(),
        role: fields.text("podExecutionRoleARN").or_else(|| fields.text("podExecutionRoleArn")),
        subnets: fields.texts("subnets").into_iter().map(|it| config.subnets.get(&it).cloned().unwrap_or(it)).collect(),
        selectors: fields.selectors(&["selectors"]),
        tags: fields.tags("tags"),
        keeper: Keeper::Eksctl,
        ..Existing::default()
    };
    let has_role = fields.has("podExecutionRoleARN") || fields.has("podExecutionRoleArn");
    if !has_role {
        existing.role.clone_from(&config.role);
    }
    if existing.role.is_none() && !has_role {
        fields
            .lose("podExecutionRoleARN", "eksctl makes the role in a stack of its own, and the file does not name it");
    }
    existing.ended(title, fields)
}
