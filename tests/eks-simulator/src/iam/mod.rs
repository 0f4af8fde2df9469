//! IAM, as much as roles ask for, in the query protocol (botocore `iam/2010-05-08`).

mod changes;
mod role;

use crate::{
    ApiError, Operation, Role,
    http::call::Call,
    role::SERVICE_LINKED,
    world::World,
    xml::{escape, group, list, maybe, text},
};

pub(crate) const VERSION: &str = "2010-05-08";

/// Answers a call about a role of the caller's account.
pub(crate) fn answer(world: &mut World, call: &Call, request_id: &str) -> Result<String, ApiError> {
    let name = call.form("RoleName").unwrap_or_default();
    let fits = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    if name.len() > 64 {
        let message = format!(
            "1 validation error detected: Value '{name}' at 'roleName' failed to satisfy constraint: Member must have length \
             less than or equal to 64"
        );
        return Err(ApiError::new(400, "ValidationError", message));
    }
    if name.is_empty() || !name.chars().all(fits) {
        let message = "The specified value for roleName is invalid. It must contain only alphanumeric characters \
                       and/or the following: +=,.@_-";
        return Err(ApiError::new(400, "ValidationError", message));
    }
    let inside = act(world, call, name)?;
    let of = call.operation.as_str();
    // An operation that has nothing to tell has no element for it.
    let result = if inside.is_empty() { inside } else { group(&format!("{of}Result"), inside) };
    Ok(format!(
        "<{of}Response xmlns=\"https://iam.amazonaws.com/doc/{VERSION}/\">{result}{}</{of}Response>",
        group("ResponseMetadata", text("RequestId", request_id)),
    ))
}

/// Does what is asked, and gives what there is to tell.
fn act(world: &mut World, call: &Call, name: &str) -> Result<String, ApiError> {
    if call.operation == Operation::CreateRole {
        return changes::create(world, call, name);
    }
    let (arn, role) = find(world, name)?;
    match call.operation {
        Operation::DeleteRole => changes::delete(world, arn, &role),
        Operation::AttachRolePolicy => changes::attach(world, call, arn, role),
        Operation::DetachRolePolicy => changes::detach(world, call, arn, role),
        Operation::GetRole => Ok(group("Role", role::shape(&arn, name, &role))),
        Operation::ListAttachedRolePolicies => {
            let policy = |arn: &String| {
                let name = arn.rsplit('/').next().unwrap_or_default();
                text("PolicyName", name) + &text("PolicyArn", arn)
            };
            page("AttachedPolicies", role.attached_policies.iter().map(policy).collect(), call)
        }
        _ => page("PolicyNames", role.inline_policies.iter().map(|name| escape(name)).collect(), call),
    }
}

/// Names of roles are unique in an account, whatever their paths (IAM User Guide, "IAM identifiers").
fn find(world: &World, name: &str) -> Result<(String, Role), ApiError> {
    let of_account = world.identity.role("");
    let said = world.roles.keys().find(|arn| arn.starts_with(&of_account) && arn.rsplit('/').next() == Some(name));
    let usual = || match name {
        SERVICE_LINKED => world.identity.service_linked_role(),
        _ => world.identity.role(name),
    };
    let arn = said.cloned().unwrap_or_else(usual);
    let role = world
        .role(&arn)
        .ok_or_else(|| ApiError::new(404, "NoSuchEntity", format!("The role with name {name} cannot be found.")))?;
    Ok((arn, role))
}

/// Pages by `MaxItems` (from 1 to 1000, 100 if absent) and `Marker`, which here is the number of what has been seen.
fn page(name: &str, all: Vec<String>, call: &Call) -> Result<String, ApiError> {
    let number = |name: &str, absent: usize| match call.form(name) {
        None => Ok(absent),
        Some(text) => {
            text.parse::<usize>().map_err(|_| ApiError::new(400, "ValidationError", format!("Invalid {name}: {text}")))
        }
    };
    let (size, seen) = (number("MaxItems", 100)?.clamp(1, 1000), number("Marker", 0)?);
    let next = seen + size;
    let more = all.len() > next;
    let shown = all.into_iter().skip(seen).take(size);
    Ok(list(name, "member", shown) + &text("IsTruncated", more) + &maybe("Marker", more.then_some(next)))
}

/// An error in XML.
pub(crate) fn error(error: &ApiError, request_id: &str) -> String {
    let fault = if error.status < 500 { "Sender" } else { "Receiver" };
    format!(
        "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/{VERSION}/\">{}{}</ErrorResponse>",
        group(
            "Error",
            text("Type", fault)
                + &text("Code", error.code.as_deref().unwrap_or_default())
                + &text("Message", &error.message),
        ),
        text("RequestId", request_id),
    )
}
