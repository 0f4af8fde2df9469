//! CreateRole, DeleteRole, AttachRolePolicy and DetachRolePolicy. Codes and statuses are the model's (botocore
//! `iam/2010-05-08`). The texts are those that moto has (`moto/iam/models.py`, `exceptions.py`), but where another source
//! is named.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{find, role};
use crate::{
    ApiError, Role,
    http::call::Call,
    rules::tags,
    world::{World, identity::partition},
    xml::group,
};

/// A managed policy's ARN lies behind it.
const POLICY: &str = ":policy/";

/// Makes a role with nothing attached. IAM shows it at once; EKS hears of it later ([`crate::RoleSettings`]).
pub(super) fn create(world: &mut World, call: &Call, name: &str) -> Result<String, ApiError> {
    if find(world, name).is_ok() {
        let message = format!("Role with name {name} already exists.");
        return Err(ApiError::new(409, "EntityAlreadyExists", message));
    }
    let made = Role {
        trust_policy: trust_policy(call)?,
        attached_policies: BTreeSet::new(),
        description: call.form("Description").map(str::to_owned),
        permissions_boundary: boundary(call)?,
        tags: tags_of(call)?,
        unknown_until: Some(world.now + world.role_settings.new_unknown_for),
        ..world.new_role()
    };
    let arn = format!("{}{}{name}", world.identity.role(""), path(call)?);
    world.forget_role(name);
    let shown = role::shape(&arn, name, &made);
    world.roles.insert(arn, Some(made));
    Ok(group("Role", shown))
}

/// Deletes a role that has no policies left. EKS takes it for gone at once.
pub(super) fn delete(world: &mut World, arn: String, role: &Role) -> Result<String, ApiError> {
    let conflict = |message: &str| Err(ApiError::new(409, "DeleteConflict", message));
    if !role.attached_policies.is_empty() {
        return conflict("Cannot delete entity, must detach all policies first.");
    }
    if !role.inline_policies.is_empty() {
        return conflict("Cannot delete entity, must delete policies first.");
    }
    world.roles.insert(arn, None);
    Ok(String::new())
}

/// Attaches a policy, once however often it is asked to.
pub(super) fn attach(world: &mut World, call: &Call, arn: String, mut role: Role) -> Result<String, ApiError> {
    let policy = policy(call)?;
    let prefix = format!("arn:{}:iam::", partition(&world.identity.region));
    let owner = policy.strip_prefix(&prefix).and_then(|rest| rest.split_once(POLICY)).map(|(owner, _)| owner);
    if owner.is_none_or(|owner| owner != "aws" && owner != world.identity.account) {
        let message = format!("Policy {policy} does not exist or is not attachable.");
        return Err(ApiError::new(404, "NoSuchEntity", message));
    }
    role.attached_policies.insert(policy.to_owned());
    world.roles.insert(arn, Some(role));
    Ok(String::new())
}

/// Detaches a policy that is attached.
pub(super) fn detach(world: &mut World, call: &Call, arn: String, mut role: Role) -> Result<String, ApiError> {
    let policy = policy(call)?;
    if !role.attached_policies.remove(policy) {
        return Err(ApiError::new(404, "NoSuchEntity", format!("Policy {policy} was not found.")));
    }
    world.roles.insert(arn, Some(role));
    Ok(String::new())
}

/// boto/boto 2960 quotes the text for what is no policy.
fn policy(call: &Call) -> Result<&str, ApiError> {
    let arn = call.form("PolicyArn").unwrap_or_default();
    if arn.starts_with("arn:") && arn.contains(POLICY) {
        return Ok(arn);
    }
    Err(ApiError::new(400, "InvalidInput", format!("ARN {arn} is not valid.")))
}

/// Whether it makes sense is found out by whoever assumes the role.
fn trust_policy(call: &Call) -> Result<Value, ApiError> {
    let text = call.form("AssumeRolePolicyDocument").unwrap_or_default();
    let malformed = |message: &str| ApiError::new(400, "MalformedPolicyDocument", message);
    // The wording is IAM's in many public reports.
    let policy: Value = serde_json::from_str(text).map_err(|_| malformed("This policy contains invalid Json"))?;
    if policy.get("Statement").is_some() { Ok(policy) } else { Err(malformed("Syntax errors in policy.")) }
}

/// Without its first slash.
fn path(call: &Call) -> Result<&str, ApiError> {
    let path = call.form("Path").unwrap_or("/");
    let whole = path.starts_with('/') && path.ends_with('/') && !path.contains("//");
    if whole && path.len() <= 512 && path.chars().all(|c| c.is_ascii_graphic()) {
        return Ok(&path[1..]);
    }
    let message = "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric \
                   characters and/or / characters.";
    Err(ApiError::new(400, "ValidationError", message))
}

/// Whether there is such a policy is not looked at.
fn boundary(call: &Call) -> Result<Option<String>, ApiError> {
    let Some(arn) = call.form("PermissionsBoundary") else { return Ok(None) };
    if arn.starts_with("arn:") && arn.contains(POLICY) {
        return Ok(Some(arn.to_owned()));
    }
    let message = format!("Value ({arn}) for parameter PermissionsBoundary is invalid.");
    Err(ApiError::new(400, "InvalidParameterValue", message))
}

/// `Tags.member.N.Key` and `.Value`. The limits are those of all services; IAM's keys differ in more than case.
fn tags_of(call: &Call) -> Result<BTreeMap<String, String>, ApiError> {
    let invalid = |message: String| ApiError::new(400, "InvalidInput", message);
    let mut all = BTreeMap::new();
    for (parameter, key) in call.form_pairs() {
        let number = parameter.strip_prefix("Tags.member.").and_then(|rest| rest.strip_suffix(".Key"));
        let Some(number) = number else { continue };
        let alike = |there: &String| there.eq_ignore_ascii_case(key);
        if all.keys().any(alike) {
            let message = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
            return Err(invalid(message.to_owned()));
        }
        let value = call.form(&format!("Tags.member.{number}.Value")).unwrap_or_default();
        all.insert(key.to_owned(), value.to_owned());
    }
    tags::check_new(&all).map_err(|error| invalid(error.message))?;
    Ok(all)
}
