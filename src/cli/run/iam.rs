//! What settings may name in IAM: roles, paths, policies and tags. Each says what would do when one will not.

/// What follows the account in the ARN of something in IAM, and the account.
fn of_iam(arn: &str) -> Option<(&str, &str)> {
    let ["arn", partition, "iam", "", account, resource] =
        <[&str; 6]>::try_from(arn.splitn(6, ':').collect::<Vec<_>>()).ok()?
    else {
        return None;
    };
    partition.starts_with("aws").then_some((account, resource))
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|c| c.is_ascii_digit())
}

/// A name in IAM, of at most so many characters (IAM API Reference).
fn is_iam_name(text: &str, longest: usize) -> bool {
    let may_be = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    (1..=longest).contains(&text.len()) && text.chars().all(may_be)
}

pub(super) fn role_arn(text: &str) -> Result<String, String> {
    let is_role = |resource: &str| names(resource, "role", LONGEST_ROLE);
    if of_iam(text).is_some_and(|(account, resource)| is_account(account) && is_role(resource)) {
        return Ok(text.to_owned());
    }
    Err("write arn:aws:iam::ACCOUNT:role/NAME, with twelve digits for the account".to_owned())
}

/// The longest name of a role (IAM API Reference, CreateRole).
const LONGEST_ROLE: usize = 64;

pub(super) fn role_name(text: &str) -> Result<String, String> {
    if is_iam_name(text, LONGEST_ROLE) {
        return Ok(text.to_owned());
    }
    Err("the name of an IAM role has 1 to 64 letters, digits and + = , . @ _ -; write it without its path".to_owned())
}

/// Whether a resource is one of this kind, with a path and a name of at most so many characters.
fn names(resource: &str, kind: &str, longest: usize) -> bool {
    let named = resource.strip_prefix(kind).and_then(|rest| Some((rest, rest.rsplit_once('/')?.1)));
    named.is_some_and(|(rest, name)| is_path(&rest[..rest.len() - name.len()]) && is_iam_name(name, longest))
}

/// Whether a path in IAM is this (IAM API Reference, CreateRole).
fn is_path(text: &str) -> bool {
    text.len() <= 512 && text.starts_with('/') && text.ends_with('/') && text.chars().all(|c| c.is_ascii_graphic())
}

pub(super) fn role_path(text: &str) -> Result<String, String> {
    if is_path(text) {
        return Ok(text.to_owned());
    }
    Err("a path in IAM begins and ends with / and has up to 512 characters of ASCII without blanks; write for example /team/"
        .to_owned())
}

pub(super) fn policy_arn(text: &str) -> Result<String, String> {
    let is_policy = |resource: &str| names(resource, "policy", 128);
    // Those of AWS itself have aws in place of the account.
    let is_owner = |account: &str| account == "aws" || is_account(account);
    if of_iam(text).is_some_and(|(account, resource)| is_owner(account) && is_policy(resource)) {
        return Ok(text.to_owned());
    }
    Err("write arn:aws:iam::ACCOUNT:policy/NAME, with twelve digits for the account".to_owned())
}

/// What tags of a role may be (IAM User Guide, Tags for IAM resources). A comma cannot be in them.
pub(super) fn role_tag(text: &str) -> Result<(String, String), String> {
    let may_be = |c: char| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c);
    let fits = |text: &str, longest| text.chars().count() <= longest && text.chars().all(may_be);
    let Some((key, value)) = text.split_once('=').filter(|(key, _)| !key.trim().is_empty()) else {
        return Err("write KEY=VALUE, several separated by commas, such as team=platform,stage=prod".to_owned());
    };
    if key.to_lowercase().starts_with("aws:") || key.starts_with("fargate-operator.dev/") {
        return Err(
            "keys that begin with aws: are AWS's own and those with fargate-operator.dev/ the operator's; write \
                    another key"
                .to_owned(),
        );
    }
    if fits(key, 128) && fits(value, 256) {
        return Ok((key.to_owned(), value.to_owned()));
    }
    Err("a tag in IAM has up to 128 characters in its key and 256 in its value: letters, digits, blanks and _ . : / = + - @; \
         write a shorter or a plainer one"
        .to_owned())
}
