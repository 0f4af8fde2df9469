//! The condition of a statement. All operators and all keys have to hold; of the values of a key, one.

use serde_json::Value;

use super::{Holds, Profiles, list};
use crate::placement::is_like;
use crate::prerequisites::policy::pattern;

const SOURCE_ARN: &str = "aws:SourceArn";
const SOURCE_ACCOUNT: &str = "aws:SourceAccount";

pub(super) fn condition(condition: &Value, profiles: &Profiles<'_>) -> Holds {
    let Some(operators) = condition.as_object() else { return Holds::unclear("Condition") };
    let mut answer = Holds::Yes;
    for (operator, keys) in operators {
        let Some(keys) = keys.as_object() else { return Holds::unclear(operator) };
        for (key, values) in keys {
            match test(operator, key, values, profiles) {
                Holds::Yes => {}
                // One that does not hold settles it.
                no @ Holds::No { .. } => return no,
                unclear @ Holds::Unclear { .. } => answer = unclear,
            }
        }
    }
    answer
}

fn test(operator: &str, key: &str, values: &Value, profiles: &Profiles<'_>) -> Holds {
    let values: Option<Vec<&str>> = list(values).map(Value::as_str).collect();
    // A variable, such as ${aws:PrincipalTag/team}, stands for something else in each request.
    let Some(values) = values.filter(|values| !values.iter().any(|value| value.contains("${"))) else {
        return Holds::unclear(key);
    };
    let is = |name: &str| key.eq_ignore_ascii_case(name);
    let answers: Vec<Option<bool>> = match operator {
        "ArnLike" | "ArnEquals" if is(SOURCE_ARN) => values.iter().map(|value| arn(value, profiles)).collect(),
        "StringLike" if is(SOURCE_ARN) => {
            values.iter().map(|value| pattern::starts_with(value, &profiles.prefix())).collect()
        }
        // An asterisk stands for itself here. No ARN has one.
        "StringEquals" if is(SOURCE_ARN) => {
            let may_be_one = |value: &&str| value.starts_with(&profiles.prefix()) && !value.contains('*');
            values.iter().map(|value| if may_be_one(value) { None } else { Some(false) }).collect()
        }
        "StringLike" if is(SOURCE_ACCOUNT) => {
            values.iter().map(|value| Some(is_like(value, profiles.account))).collect()
        }
        "StringEquals" if is(SOURCE_ACCOUNT) => values.iter().map(|value| Some(*value == profiles.account)).collect(),
        _ if is(SOURCE_ARN) || is(SOURCE_ACCOUNT) => return Holds::unclear(operator),
        _ => return Holds::unclear(key),
    };
    let key = if is(SOURCE_ARN) { SOURCE_ARN } else { SOURCE_ACCOUNT };
    if answers.contains(&Some(true)) {
        Holds::Yes
    } else if answers.contains(&None) {
        Holds::unclear(key)
    } else {
        Holds::No { key }
    }
}

/// Whether a pattern matches the ARNs of all profiles of the cluster, or of none. IAM compares the six parts of an ARN
/// one by one, so that an asterisk stands for nothing beyond a colon. None if it matches some, or is no ARN.
fn arn(value: &str, profiles: &Profiles<'_>) -> Option<bool> {
    let prefix = profiles.prefix();
    let parts: Vec<&str> = value.splitn(6, ':').collect();
    let ours: Vec<&str> = prefix.splitn(6, ':').collect();
    let (resource, front) = parts.split_last().filter(|_| parts.len() == ours.len())?;
    let (own_resource, own_front) = ours.split_last()?;
    if !front.iter().zip(own_front).all(|(pattern, own)| is_like(pattern, own)) {
        return Some(false);
    }
    pattern::starts_with(resource, own_resource)
}
