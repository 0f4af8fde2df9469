//! UpdateAddon.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::looks::{no_addon, visible};
use crate::{
    AddonUpdate, ApiError, Visibility,
    log::Origin,
    world::{World, agenda::Due},
};

/// What can be configured of CoreDNS (its schema, as DescribeAddonConfiguration gives it: AWS Containers Blog, "Recent changes
/// to the CoreDNS add-on"; spack/spack-infrastructure 1351).
const COREDNS: [&str; 12] = [
    "affinity",
    "autoScaling",
    "computeType",
    "corefile",
    "nodeSelector",
    "podAnnotations",
    "podDisruptionBudget",
    "podLabels",
    "replicaCount",
    "resources",
    "tolerations",
    "topologySpreadConstraints",
];

/// What an update asks for; UpdateAddon's body.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AddonRequest {
    /// The version that it is to have.
    pub addon_version: Option<String>,
    /// `NONE`, `OVERWRITE` or `PRESERVE`.
    pub resolve_conflicts: Option<String>,
    /// JSON or YAML.
    pub configuration_values: Option<String>,
}

/// Changes an add-on, which is UPDATING for a while. What is left out stays as it was; for `configurationValues`:
/// aws-cloudformation/cloudformation-coverage-roadmap 1913. What is given is shown at once: assumed. That an update may
/// fail, as one that meets a conflict under `NONE` does, is not played.
pub(crate) fn update(
    world: &mut World,
    of: &str,
    name: &str,
    request: &AddonRequest,
    origin: Origin,
) -> Result<Value, ApiError> {
    let found = visible(&world.clusters, &world.identity, of)?;
    let addon = found.settings.addons.get(name).ok_or_else(|| no_addon(of, name))?;
    check_values(name, request.configuration_values.as_deref())?;
    check_mode(request.resolve_conflicts.as_deref())?;
    if matches!(addon.status.as_str(), "CREATING" | "UPDATING" | "DELETING") {
        // eksctl-io/eksctl 8091, awslabs/cdk-eks-blueprints 447.
        let message = format!("Addon {name} cannot be updated as it is currently in {} state", addon.status);
        return Err(ApiError::in_use(message).about(of, None));
    }
    let (takes, id) = (found.settings.durations.addon_updating, found.id.clone());
    begin(world, of, name, request)?;
    // Before the cluster's update ends: whoever hears of that finds the add-on ACTIVE.
    let due = Due::AddonSettles { cluster: of.to_owned(), id, addon: name.to_owned() };
    world.agenda.note(world.now + takes, due);
    if world.choices.addon_update == AddonUpdate::BlocksProfiles {
        world.begin_update(of, takes, Visibility::Hidden, origin)?;
    }
    Ok(json!({ "update": shape(world, request) }))
}

fn begin(world: &mut World, of: &str, name: &str, request: &AddonRequest) -> Result<(), ApiError> {
    let now = world.clock.wall(world.now);
    world.edit(of, |cluster| {
        let Some(addon) = Arc::make_mut(&mut cluster.settings).addons.get_mut(name) else { return };
        "UPDATING".clone_into(&mut addon.status);
        addon.updates += 1;
        addon.modified_at = Some(now);
        addon.resolve_conflicts = request.resolve_conflicts.clone().unwrap_or_else(|| "NONE".to_owned());
        if let Some(version) = &request.addon_version {
            addon.version.clone_from(version);
        }
        if let Some(values) = &request.configuration_values {
            // That an empty text takes the configuration away is assumed.
            addon.configuration_values = Some(values.clone()).filter(|values| !values.trim().is_empty());
        }
    })
}

/// The words for keys that the schema does not have: awsdocs/amazon-eks-user-guide 768, 772. Those for what is no object
/// are not known. What stands under the keys is not looked at.
fn check_values(addon: &str, values: Option<&str>) -> Result<(), ApiError> {
    let Some(values) = values.filter(|values| !values.trim().is_empty()) else { return Ok(()) };
    let unsupported = |why: String| {
        Err(ApiError::invalid_parameter(format!("ConfigurationValue provided in request is not supported: {why}")))
    };
    let Ok(values) = serde_saphyr::from_str::<Map<String, Value>>(values) else {
        return unsupported("it is neither a JSON nor a YAML object".to_owned());
    };
    let unknown: Vec<String> = values
        .keys()
        .filter(|key| addon == "coredns" && !COREDNS.contains(&key.as_str()))
        .map(|key| format!("$.{key}: is not defined in the schema and the schema does not allow additional properties"))
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    unsupported(format!("Json schema validation failed with error: [{}]", unknown.join(", ")))
}

/// The values are the model's, the words are not known.
fn check_mode(mode: Option<&str>) -> Result<(), ApiError> {
    match mode {
        None | Some("NONE" | "OVERWRITE" | "PRESERVE") => Ok(()),
        Some(other) => Err(ApiError::invalid_parameter(format!("resolveConflicts {other} is not supported"))),
    }
}

/// `update`, with what was asked for.
fn shape(world: &mut World, request: &AddonRequest) -> Value {
    let asked = [
        ("AddonVersion", &request.addon_version),
        ("ResolveConflicts", &request.resolve_conflicts),
        ("ConfigurationValues", &request.configuration_values),
    ];
    let param = |(kind, value): (&str, &Option<String>)| Some(json!({ "type": kind, "value": value.as_ref()? }));
    json!({
        "id": world.chance.uuid(),
        "status": "InProgress",
        "type": "AddonUpdate",
        "params": asked.into_iter().filter_map(param).collect::<Vec<_>>(),
        "createdAt": world.clock.wall(world.now),
        "errors": [],
    })
}
