//! What GetRole shows.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{Role, xml::text};

/// Policies are encoded as RFC 3986 has it (API Reference, GetRole).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

pub(super) fn shape(arn: &str, name: &str, role: &Role) -> String {
    let resource = arn.split_once(":role").map_or("/", |(_, resource)| resource);
    let path = resource.strip_suffix(name).unwrap_or("/");
    let policy = role.trust_policy.to_string();
    [
        text("Path", path),
        text("RoleName", name),
        text("RoleId", "AROAEXAMPLEEXAMPLE00"),
        text("Arn", arn),
        text("CreateDate", date(role.created_at)),
        text("AssumeRolePolicyDocument", utf8_percent_encode(&policy, RESERVED)),
        text("MaxSessionDuration", 3600),
    ]
    .concat()
}

/// ISO 8601 in full seconds.
fn date(seconds: f64) -> String {
    let timestamp = jiff::Timestamp::from_second(seconds as i64).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    timestamp.to_string()
}
