//! What the operator mends beside its profiles.

use std::collections::BTreeMap;

use data_plane::{COREDNS, COREDNS_NAMESPACE};
use eks_simulator::{AccessEntry, Role};
use k8s_openapi::api::apps::v1::Deployment;
use kube::ResourceExt;
use kube::api::Api;
use serde_json::{Value, json};

use crate::{Bed, CLUSTER};

/// The operator's environment where it mends everything.
pub const MENDING: [(&str, &str); 3] = [
    ("FARGATE_OPERATOR_MANAGED_POD_EXECUTION_ROLE", "true"),
    ("FARGATE_OPERATOR_RESTORE_ACCESS_ENTRIES", "true"),
    ("FARGATE_OPERATOR_MOVE_COREDNS", "true"),
];

/// The ARN of the role that it makes where nothing is said of its name.
#[must_use]
pub fn managed_role(bed: &Bed) -> String {
    let identity = bed.eks().identity();
    format!("arn:aws:iam::{}:role/fargate-pods-{}-{CLUSTER}", identity.account, identity.region)
}

/// What mending may change of the account and the cluster, and the profiles: as it was before when the last one has gone.
pub async fn surroundings(bed: &Bed) -> Value {
    let cluster = bed.eks().cluster_settings(CLUSTER).unwrap();
    let deployments: Api<Deployment> = Api::namespaced(bed.client(), COREDNS_NAMESPACE);
    let coredns = deployments.get(COREDNS).await.unwrap();
    // As the next one would be.
    let role = |role| Role { id: String::new(), created_at: 0.0, unknown_until: None, ..role };
    let entry = |(principal, entry)| (principal, AccessEntry { created_at: 0.0, ..entry });
    let is_ours = |key: &str| !key.starts_with("deployment.kubernetes.io");
    json!({
        "role": bed.eks().role(&managed_role(bed)).map(role),
        "entries": cluster.access_entries.into_iter().map(entry).collect::<BTreeMap<_, _>>(),
        "profiles": bed.eks().profiles(CLUSTER).iter().map(|profile| &profile.name).collect::<Vec<_>>(),
        // {} and nothing are the same to EKS.
        "configuration": cluster.addons.get(COREDNS).map(|addon| addon.configuration_values.clone().unwrap_or("{}".into())),
        "annotations": coredns.annotations().iter().filter(|(key, _)| is_ours(key)).collect::<Vec<_>>(),
        "template": coredns.spec.template,
    })
}
