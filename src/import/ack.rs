//! FargateProfiles of AWS Controllers for Kubernetes (eks.services.k8s.aws, the API's own model).

use serde_json::Value;

use super::fields::Fields;
use super::health::unready;
use super::reference::{EKS_CLUSTER, IAM_ROLE, Kind, Objects, SUBNET, arguments, references, title};
use super::{Existing, Keeper, Reading};

const RESOURCE: &str = "fargateprofiles.eks.services.k8s.aws";

pub(super) fn read(documents: &[Value]) -> Reading {
    let objects = Objects(documents);
    let found = objects.of("FargateProfile", |group| group == "eks.services.k8s.aws");
    Reading::of(found.map(|object| profile(object, &objects)).collect(), "FargateProfile of eks.services.k8s.aws")
}

fn profile(object: &Value, objects: &Objects<'_>) -> Existing {
    let title = title(object);
    let mut fields = Fields::of(&title, "spec", &object["spec"]);
    let mut existing = Existing {
        name: fields.text("name"),
        cluster: fields.text("clusterName"),
        role: fields.text("podExecutionRoleARN"),
        subnets: fields.texts("subnets"),
        selectors: fields.selectors(&["selectors"]),
        tags: fields.tags("tags"),
        keeper: Keeper::Ack { arguments: arguments(RESOURCE, object) },
        unwritable: unready(object["status"]["status"].as_str()),
        ..Existing::default()
    };
    // Where ACK resolves a reference it leaves the field itself empty.
    let known: [(&str, &str, Kind, &[&str]); 3] = [
        ("clusterRef", "clusterName", EKS_CLUSTER, &["/spec/name", "/metadata/name"]),
        ("podExecutionRoleRef", "podExecutionRoleARN", IAM_ROLE, &["/status/ackResourceMetadata/arn"]),
        ("subnetRefs", "subnets", SUBNET, &["/status/subnetID"]),
    ];
    for (key, value, kind, pointers) in known {
        let has_value = fields.has(value);
        let Some(reference) = fields.take(key).filter(|_| !has_value) else { continue };
        let references = references(reference, object);
        let found: Option<Vec<String>> = references.iter().map(|it| objects.look_up(&kind, it, pointers)).collect();
        let Some(mut found) = found.filter(|found| !found.is_empty()) else {
            fields.lose(key, objects.unresolved(&kind, &references, pointers));
            continue;
        };
        match key {
            "clusterRef" => existing.cluster = found.pop(),
            "podExecutionRoleRef" => existing.role = found.pop(),
            _ => existing.subnets = found,
        }
    }
    existing.ended_in_kubernetes(object, title, fields)
}
