//! AWSFargateProfiles of Cluster API's provider for AWS (infrastructure.cluster.x-k8s.io).

use serde_json::Value;

use super::fields::Fields;
use super::reference::{Kind, Objects, Reference, arguments, title};
use super::{Existing, Keeper, Reading};

const RESOURCE: &str = "awsfargateprofiles.infrastructure.cluster.x-k8s.io";
const CLUSTER: Kind = Kind { group: "cluster.x-k8s.io", name: "Cluster" };
const CONTROL_PLANE: Kind = Kind { group: "controlplane.cluster.x-k8s.io", name: "AWSManagedControlPlane" };

pub(super) fn read(documents: &[Value]) -> Reading {
    let objects = Objects(documents);
    let found = objects.of("AWSFargateProfile", |group| group == "infrastructure.cluster.x-k8s.io");
    Reading::of(found.map(|object| profile(object, &objects)).collect(), "AWSFargateProfile")
}

fn profile(object: &Value, objects: &Objects<'_>) -> Existing {
    let title = title(object);
    let mut fields = Fields::of(&title, "spec", &object["spec"]);
    let cluster = fields.text("clusterName");
    let found = cluster.as_deref().and_then(|cluster| eks_name(cluster, object, objects));
    if found.is_none() {
        let why = "it is the Cluster's name: that in EKS is spec.eksClusterName of its AWSManagedControlPlane, which the file \
                   does not have; give it by --cluster-name";
        fields.lose("clusterName", why);
    }
    for key in ["roleName", "rolePath"] {
        if let Some(name) = fields.text(key) {
            fields.lose(
                key,
                format!("{name}: the file lacks the account: set spec.podExecutionRoleArn to the role's ARN"),
            );
        }
    }
    let existing = Existing {
        name: if fields.has("profileName") { fields.text("profileName") } else { usual_name(&object["metadata"]) },
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

/// The name that CAPA's webhook gives to a profile without one, if it is short enough not to be hashed (CAPA, pkg/eks/eks.go,
/// GenerateEKSName).
fn usual_name(metadata: &Value) -> Option<String> {
    let text = |key: &str| metadata[key].as_str().filter(|text| !text.is_empty());
    let name = format!("{}_{}", text("namespace")?, text("name")?.replace('.', "_"));
    (name.len() < 100).then_some(name)
}

/// The EKS name of a Cluster, by way of its control plane.
fn eks_name(cluster: &str, object: &Value, objects: &Objects<'_>) -> Option<String> {
    let namespace = object["metadata"]["namespace"].as_str();
    let named =
        |kind: &Kind, name: &str, pointer: &str| objects.look_up(kind, &Reference { name, namespace }, &[pointer]);
    let control_plane = named(&CLUSTER, cluster, "/spec/controlPlaneRef/name");
    let usual = [cluster.to_owned(), format!("{cluster}-control-plane")];
    let names = control_plane.into_iter().chain(usual);
    names.into_iter().find_map(|name| named(&CONTROL_PLANE, &name, "/spec/eksClusterName"))
}
