//! What the ConfigMap aws-auth says of a role.

use serde::Deserialize;
use serde_json::{Value, json};

use super::arn::Arn;

/// What EKS itself writes for a Fargate profile's role.
const USERNAME: &str = "system:node:{{SessionName}}";
const GROUPS: [&str; 3] = ["system:bootstrappers", "system:nodes", "system:node-proxier"];

/// How aws-auth maps a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mapping {
    Complete,
    Absent,
    /// Under an ARN that no session of the role has: with a path, or of an assumed role.
    Otherwise(String),
    /// What its entry lacks.
    Incomplete(String),
    /// Not a list in YAML.
    Unreadable,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Entry {
    rolearn: Option<String>,
    username: Option<String>,
    groups: Option<Vec<String>>,
}

impl Entry {
    fn arn(&self) -> &str {
        self.rolearn.as_deref().unwrap_or_default()
    }
}

/// How `mapRoles` maps the role of this ARN.
pub(super) fn mapping(map_roles: Option<&str>, role: &str) -> Mapping {
    let text = map_roles.unwrap_or_default();
    // Go's parser takes the last of several values for a key.
    let options = serde_saphyr::options! { duplicate_keys: serde_saphyr::DuplicateKeyPolicy::LastWins };
    let parsed: Result<Option<Vec<Entry>>, _> = serde_saphyr::from_str_with_options(text, options);
    let entries = match parsed {
        Ok(entries) => entries.unwrap_or_default(),
        Err(_) if text.trim().is_empty() => Vec::new(),
        Err(_) => return Mapping::Unreadable,
    };
    // The authenticator compares without regard to case.
    let ours: Vec<&Entry> = entries.iter().filter(|entry| entry.arn().eq_ignore_ascii_case(role)).collect();
    match ours.first() {
        Some(_) if ours.iter().any(|entry| lacks(entry).is_none()) => Mapping::Complete,
        Some(first) => Mapping::Incomplete(lacks(first).unwrap_or_default().to_owned()),
        None => match entries.iter().find(|entry| is_same_role(entry.arn(), role)) {
            Some(other) => Mapping::Otherwise(other.arn().to_owned()),
            None => Mapping::Absent,
        },
    }
}

/// `mapRoles` with the entry that EKS adds for a Fargate profile's role, where the role is in none.
pub(super) fn with_role(map_roles: Option<&str>, role: &str) -> Option<String> {
    if mapping(map_roles, role) != Mapping::Absent {
        return None;
    }
    let text = map_roles.filter(|text| !text.trim().is_empty()).unwrap_or("[]");
    let mut entries: Vec<Value> = serde_saphyr::from_str(text).ok()?;
    entries.push(json!({ "rolearn": role, "username": USERNAME, "groups": GROUPS }));
    // JSON is YAML as well.
    Some(Value::Array(entries).to_string())
}

fn lacks(entry: &Entry) -> Option<&'static str> {
    if entry.username.as_deref() != Some(USERNAME) {
        return Some(USERNAME);
    }
    GROUPS.into_iter().find(|group| !entry.groups.iter().flatten().any(|has| has == group))
}

/// Whether another ARN means the same role: its name with a path, or a session of it.
fn is_same_role(other: &str, role: &str) -> bool {
    let (Some(other), Some(role)) = (Arn::parse(other), Arn::parse(role)) else { return false };
    let session = other.resource.strip_prefix("assumed-role/").and_then(|rest| rest.split('/').next());
    role.role().is_some() && other.account == role.account && other.role().or(session) == role.role()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLE: &str = "arn:aws:iam::111122223333:role/pods";
    const SOUND: &str = "
- rolearn: arn:aws:iam::111122223333:role/pods
  username: system:node:{{SessionName}}
  groups: [system:bootstrappers, system:nodes, system:node-proxier]
";

    #[test]
    fn a_role_that_eks_adds_is_mapped_beside_the_others() {
        let other = "arn:aws:iam::111122223333:role/other";
        for before in [None, Some(" "), Some(SOUND)] {
            let after = with_role(before, other).unwrap();
            assert_eq!(mapping(Some(&after), other), Mapping::Complete, "{after}");
            assert_eq!(mapping(Some(&after), ROLE), mapping(before, ROLE), "{after}");
        }
        assert_eq!(with_role(Some(SOUND), ROLE), None);
        assert_eq!(with_role(Some("a: b"), ROLE), None);
    }

    #[test]
    fn a_role_is_mapped_by_its_arn_its_username_and_all_groups() {
        assert_eq!(mapping(Some(SOUND), ROLE), Mapping::Complete);
        assert_eq!(mapping(Some(&SOUND.replace("role/pods", "role/Pods")), ROLE), Mapping::Complete);
        assert_eq!(mapping(None, ROLE), Mapping::Absent);
        assert_eq!(mapping(Some(""), ROLE), Mapping::Absent);
        assert_eq!(mapping(Some("[]"), ROLE), Mapping::Absent);
        assert_eq!(mapping(Some(&SOUND.replace("role/pods", "role/others")), ROLE), Mapping::Absent);
        assert_eq!(mapping(Some(&SOUND.replace("1111", "2222")), ROLE), Mapping::Absent);
    }

    #[test]
    fn a_key_that_comes_twice_is_no_error() {
        let twice = SOUND.replace("  username:", "  username: someone\n  username:");
        assert_eq!(mapping(Some(&twice), ROLE), Mapping::Complete);
    }

    #[test]
    fn an_entry_that_lacks_something_says_what() {
        let lacks = |from, to| mapping(Some(&SOUND.replace(from, to)), ROLE);
        assert_eq!(lacks("{{SessionName}}", "{{EC2PrivateDNSName}}"), Mapping::Incomplete(USERNAME.into()));
        assert_eq!(lacks(", system:node-proxier", ""), Mapping::Incomplete("system:node-proxier".into()));
        // One whole entry does.
        assert_eq!(mapping(Some(&format!("- {{rolearn: {ROLE}}}\n{SOUND}")), ROLE), Mapping::Complete);
    }

    #[test]
    fn an_arn_of_the_role_that_no_session_has_is_told() {
        for arn in ["arn:aws:iam::111122223333:role/team/pods", "arn:aws:sts::111122223333:assumed-role/pods/x"] {
            assert_eq!(mapping(Some(&SOUND.replace(ROLE, arn)), ROLE), Mapping::Otherwise(arn.into()));
        }
    }

    #[test]
    fn what_is_no_list_is_unreadable() {
        for text in ["rolearn: a", "- rolearn: [", "just words"] {
            assert_eq!(mapping(Some(text), ROLE), Mapping::Unreadable, "{text}");
        }
    }
}
