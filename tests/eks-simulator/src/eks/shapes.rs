//! The JSON of clusters and profiles, field by field as in the model.

use serde_json::{Map, Value, json};

use crate::{Addon, ClusterSettings, HealthIssue, Profile, Selector, world::cluster::Cluster};

/// `fargateProfile`. No token is echoed and there is no time of modification (model).
pub(crate) fn profile(profile: &Profile) -> Value {
    json!({
        "fargateProfileName": profile.name,
        "fargateProfileArn": profile.arn,
        "clusterName": profile.cluster,
        "createdAt": profile.created_at,
        "podExecutionRoleArn": profile.pod_execution_role_arn,
        "subnets": profile.subnets,
        "selectors": profile.selectors.iter().map(selector).collect::<Vec<_>>(),
        "status": profile.status.as_str(),
        "tags": profile.tags,
        "health": { "issues": profile.health.iter().map(issue).collect::<Vec<_>>() },
    })
}

/// What was not given is not echoed.
fn selector(selector: &Selector) -> Value {
    let mut shape = Map::new();
    if let Some(namespace) = &selector.namespace {
        shape.insert("namespace".to_owned(), json!(namespace));
    }
    if !selector.labels.is_empty() {
        shape.insert("labels".to_owned(), json!(selector.labels));
    }
    Value::Object(shape)
}

fn issue(issue: &HealthIssue) -> Value {
    json!({ "code": issue.code, "message": issue.message, "resourceIds": issue.resource_ids })
}

/// `cluster`. Endpoint, certificate authority, issuer and role are made up where the settings leave them empty.
pub(crate) fn cluster(cluster: &Cluster) -> Value {
    let settings = &cluster.settings;
    let (region, id) = (&cluster.region, &cluster.id);
    let given_or = |given: &String, made_up: String| {
        if given.is_empty() { made_up } else { given.clone() }
    };
    let endpoint = given_or(&settings.endpoint, format!("https://{id}.gr7.{region}.eks.amazonaws.com"));
    let authority = given_or(&settings.certificate_authority, made_up_authority(id));
    let issuer = given_or(&settings.oidc_issuer, format!("https://oidc.eks.{region}.amazonaws.com/id/{id}"));
    let partition = crate::world::identity::partition(region);
    let account = &cluster.account;
    let role = given_or(&settings.role_arn, format!("arn:{partition}:iam::{account}:role/eks-cluster"));
    let server = &settings.api_server;
    let mut shape = json!({
        "name": settings.name,
        "arn": cluster.arn,
        "createdAt": cluster.created_at,
        "version": settings.version,
        "platformVersion": settings.platform_version,
        "endpoint": endpoint,
        "roleArn": role,
        "status": cluster.shown_status(),
        "certificateAuthority": { "data": authority },
        "identity": { "oidc": { "issuer": issuer } },
        "accessConfig": { "authenticationMode": settings.authentication_mode },
        "resourcesVpcConfig": {
            "vpcId": cluster.network().vpc.id,
            "subnetIds": cluster.own_subnets().collect::<Vec<_>>(),
            "securityGroupIds": [],
            "clusterSecurityGroupId": settings.security_group,
            "endpointPublicAccess": server.public,
            "endpointPrivateAccess": server.private,
            // Empty while there is no public access (User Guide, "Cluster API server endpoint").
            "publicAccessCidrs": if server.public { server.public_cidrs.as_slice() } else { &[] },
        },
        "kubernetesNetworkConfig": network_config(settings),
        "health": { "issues": settings.issues.iter().map(issue).collect::<Vec<_>>() },
        "tags": settings.tags,
        "deletionProtection": false,
    });
    if !settings.outpost_arns.is_empty() {
        shape["outpostConfig"] =
            json!({ "outpostArns": settings.outpost_arns, "controlPlaneInstanceType": "m5d.large" });
    }
    shape
}

/// The range of Services is of the cluster's family.
fn network_config(settings: &ClusterSettings) -> Value {
    let range = |usual: &'static str| settings.service_range.as_deref().unwrap_or(usual);
    match settings.ip_family.as_str() {
        "ipv6" => json!({ "serviceIpv6Cidr": range("fd12:3456:789a::/108"), "ipFamily": "ipv6" }),
        family => json!({ "serviceIpv4Cidr": range("10.100.0.0/16"), "ipFamily": family }),
    }
}

/// `addon`. What was not given is not echoed.
pub(crate) fn addon(cluster: &Cluster, name: &str, addon: &Addon) -> Value {
    let Cluster { region, account, .. } = cluster;
    let of = &cluster.settings.name;
    let partition = crate::world::identity::partition(region);
    let mut shape = json!({
        "addonName": name,
        "clusterName": of,
        "status": addon.status,
        "addonVersion": addon.version,
        "health": { "issues": addon.issues.iter().map(issue).collect::<Vec<_>>() },
        "addonArn": format!("arn:{partition}:eks:{region}:{account}:addon/{of}/{name}/1-2-3"),
        "createdAt": cluster.created_at,
        "modifiedAt": addon.modified_at.unwrap_or(cluster.created_at),
        "tags": {},
        "podIdentityAssociations": [],
    });
    if let Some(values) = &addon.configuration_values {
        shape["configurationValues"] = json!(values);
    }
    shape
}

/// Some base64 (of its letters and digits alone) that differs between clusters; not a certificate.
fn made_up_authority(id: &str) -> String {
    format!("LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t{id}")
}
