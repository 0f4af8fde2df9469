//! IAM, as much as tells what a role is for, in the query protocol (botocore `iam/2010-05-08`).

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
pub(crate) fn answer(world: &World, call: &Call, request_id: &str) -> Result<String, ApiError> {
    let name = call.form("RoleName").unwrap_or_default();
    let fits = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    if name.is_empty() || !name.chars().all(fits) {
        let message = "The specified value for roleName is invalid. It must contain only alphanumeric characters \
                       and/or the following: +=,.@_-";
        return Err(ApiError::new(400, "ValidationError", message));
    }
    let (arn, role) = find(world, name)?;
    let inside = match call.operation {
        Operation::GetRole => group("Role", role::shape(&arn, name, &role)),
        Operation::ListAttachedRolePolicies => {
            let policy = |arn: &String| {
                let name = arn.rsplit('/').next().unwrap_or_default();
                text("PolicyName", name) + &text("PolicyArn", arn)
            };
            page("AttachedPolicies", role.attached_policies.iter().map(policy).collect(), call)?
        }
        _ => page("PolicyNames", role.inline_policies.iter().map(|name| escape(name)).collect(), call)?,
    };
    let of = call.operation.as_str();
    Ok(format!(
        "<{of}Response xmlns=\"https://iam.amazonaws.com/doc/{VERSION}/\">{}{}</{of}Response>",
        group(&format!("{of}Result"), inside),
        group("ResponseMetadata", text("RequestId", request_id)),
    ))
}

/// Names of roles are unique in an account, whatever their paths (IAM User Guide, "IAM identifiers").
fn find(world: &World, name: &str) -> Result<(String, Role), ApiError> {
    let account = &world.identity.account;
    let of_account = format!(":iam::{account}:role/");
    let said = world.roles.keys().find(|arn| arn.contains(&of_account) && arn.rsplit('/').next() == Some(name));
    let partition = crate::world::identity::partition(&world.identity.region);
    let usual = || match name {
        SERVICE_LINKED => world.identity.service_linked_role(),
        _ => format!("arn:{partition}{of_account}{name}"),
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
