//! What GetRole shows.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{
    Role,
    xml::{group, list, maybe, text},
};

/// Policies are encoded as RFC 3986 has it (API Reference, GetRole).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

pub(super) fn shape(arn: &str, name: &str, role: &Role) -> String {
    let resource = arn.split_once(":role").map_or("/", |(_, resource)| resource);
    let path = resource.strip_suffix(name).unwrap_or("/");
    let policy = role.trust_policy.to_string();
    [
        text("Path", path),
        text("RoleName", name),
        text("RoleId", &role.id),
        text("Arn", arn),
        text("CreateDate", date(role.created_at)),
        text("AssumeRolePolicyDocument", utf8_percent_encode(&policy, RESERVED)),
        maybe("Description", role.description.as_ref()),
        text("MaxSessionDuration", 3600),
        role.permissions_boundary.as_ref().map(boundary).unwrap_or_default(),
        tags(role),
    ]
    .concat()
}

/// The one kind of boundary that there is (API Reference, AttachedPermissionsBoundary).
fn boundary(arn: &String) -> String {
    let inside = text("PermissionsBoundaryType", "Policy") + &text("PermissionsBoundaryArn", arn);
    group("PermissionsBoundary", inside)
}

/// Absent where there are none.
fn tags(role: &Role) -> String {
    if role.tags.is_empty() {
        return String::new();
    }
    list("Tags", "member", role.tags.iter().map(|(key, value)| text("Key", key) + &text("Value", value)))
}

/// ISO 8601 in full seconds.
fn date(seconds: f64) -> String {
    let timestamp = jiff::Timestamp::from_second(seconds as i64).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    timestamp.to_string()
}
