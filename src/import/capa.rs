//! AWSFargateProfiles of Cluster API's provider for AWS (infrastructure.cluster.x-k8s.io).

use serde_json::Value;

use super::fields::Fields;
use super::reference::{Objects, arguments, title};
use super::{Existing, Keeper, Reading};

const RESOURCE: &str = "awsfargateprofiles.infrastructure.cluster.x-k8s.io";

pub(super) fn read(documents: &[Value]) -> Reading {
    let objects = Objects(documents);
    let found = objects.of("AWSFargateProfile", |group| group == "infrastructure.cluster.x-k8s.io");
    Reading::of(found.map(|object| profile(object, &objects)).collect(), "AWSFargateProfile")
}

fn profile(object: &Value, objects: &Objects<'_>) -> Existing {
    let title = title(object);
    let mut fields = Fields::of(&title, "spec", &object["spec"]);
    let cluster = fields.text("clusterName");
    let found = cluster.as_deref().and_then(|cluster| eks_name(cluster, objects));
    if found.is_none() {
        let why = "it is the Cluster's name: that in EKS is spec.eksClusterName of its AWSManagedControlPlane, which is not in the \
                   file; give it by --cluster-name";
        fields.lose("clusterName", why);
    }
    let metadata = |key: &str| object["metadata"][key].as_str().unwrap_or_default();
    // CAPA's webhook sets it to this.
    let usual =
        || Some(format!("{}_{}", metadata("namespace"), metadata("name"))).filter(|name| !name.starts_with('_'));
    for key in ["roleName", "rolePath"] {
        if let Some(name) = fields.text(key) {
            fields.lose(
                key,
                format!("{name}: the file lacks the account: set spec.podExecutionRoleArn to the role's ARN"),
            );
        }
    }
    if fields.take("rolePermissionsBoundary").is_some() {
        fields.lose("rolePermissionsBoundary", "it is of the role, which stays as it is");
    }
    let existing = Existing {
        name: fields.text("profileName").or_else(usual),
        cluster: found,
        role: None,
        subnets: fields.texts("subnetIDs"),
        selectors: fields.selectors(&["selectors"]),
        tags: fields.tags("additionalTags"),
        keeper: Keeper::Capa { arguments: arguments(RESOURCE, object), cluster },
        ..Existing::default()
    };
    existing.ended_in_kubernetes(object, title, fields)
}

/// The EKS name of a Cluster, by way of its control plane.
fn eks_name(cluster: &str, objects: &Objects<'_>) -> Option<String> {
    let control_plane = objects.look_up("Cluster", cluster, &["/spec/controlPlaneRef/name"]);
    let usual = [cluster.to_owned(), format!("{cluster}-control-plane")];
    let names = control_plane.into_iter().chain(usual);
    names.into_iter().find_map(|name| objects.look_up("AWSManagedControlPlane", &name, &["/spec/eksClusterName"]))
}
