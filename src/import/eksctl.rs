//! eksctl's ClusterConfig, and what `eksctl get fargateprofile -o yaml` prints (schema of eksctl.io/v1alpha5).

use serde_json::Value;

use super::fields::Fields;
use super::{Existing, Keeper, Lost, Reading};

pub(super) fn read(documents: &[Value]) -> Reading {
    let mut reading = Reading::default();
    for document in documents {
        match document.get("fargateProfiles") {
            Some(profiles) => {
                let cluster = Config::of(document, &mut reading.lost);
                for (at, value) in profiles.as_array().into_iter().flatten().enumerate() {
                    reading.profiles.push(profile(&format!("fargateProfiles[{at}]"), value, &cluster));
                }
            }
            // A profile by itself.
            None if document.get("selectors").is_some() => {
                let at = reading.profiles.len();
                reading.profiles.push(profile(&format!("profile[{at}]"), document, &Config::default()));
            }
            None => reading.lost.push(Lost::of(&super::reference::title(document), "", "it has no fargateProfiles")),
        }
    }
    reading
}

/// What a ClusterConfig says of all its profiles.
#[derive(Default)]
struct Config {
    cluster: Option<String>,
    role: Option<String>,
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
        lost.extend(metadata.rest().0);
        let mut iam = Fields::of(object, "iam", &document["iam"]);
        let role = iam.text("fargatePodExecutionRoleARN");
        if iam.take("fargatePodExecutionRolePermissionsBoundary").is_some() {
            iam.lose("fargatePodExecutionRolePermissionsBoundary", "it is of the role, which stays as it is");
        }
        // The rest of it is about other things than Fargate profiles.
        let about_profiles = |lost: &Lost| lost.field.contains("fargate");
        lost.extend(iam.rest().0.into_iter().filter(about_profiles));
        Self { cluster, role }
    }
}

fn profile(place: &str, value: &Value, config: &Config) -> Existing {
    let title = value["name"].as_str().map_or_else(|| place.to_owned(), |name| format!("{place} {name}"));
    let mut fields = Fields::of(&title, "", value);
    fields.pass(&["status"]);
    let mut existing = Existing {
        name: fields.text("name"),
        cluster: config.cluster.clone(),
        role: fields.text("podExecutionRoleARN").or_else(|| fields.text("podExecutionRoleArn")),
        subnets: fields.texts("subnets"),
        selectors: fields.selectors(&["selectors"]),
        tags: fields.tags("tags"),
        keeper: Keeper::Eksctl,
        ..Existing::default()
    };
    existing.role = existing.role.or_else(|| config.role.clone());
    if existing.role.is_none() && value.get("podExecutionRoleARN").is_none() {
        fields
            .lose("podExecutionRoleARN", "eksctl makes the role in a stack of its own, and the file does not name it");
    }
    existing.ended(title, fields)
}
