//! Whether a trust policy lets Fargate assume a role on behalf of a profile, by IAM's evaluation (IAM User Guide,
//! "Policy evaluation logic" and "Condition operators"), as far as trust policies of pod execution roles use it.

use serde_json::Value;

use crate::Pattern;

const PRINCIPAL: &str = "eks-fargate-pods.amazonaws.com";
const ACTION: &str = "sts:AssumeRole";

/// Some statement allows it, and none denies it.
pub(crate) fn lets_fargate(policy: &Value, profile_arn: &str, account: &str) -> bool {
    let applies = |effect: &str| {
        list(policy.get("Statement"))
            .into_iter()
            .any(|statement| statement["Effect"] == effect && concerns(statement, profile_arn, account))
    };
    applies("Allow") && !applies("Deny")
}

fn concerns(statement: &Value, profile_arn: &str, account: &str) -> bool {
    let principal =
        statement["Principal"] == "*" || texts(statement["Principal"].get("Service")).any(|it| it == PRINCIPAL);
    let action = texts(statement.get("Action")).any(|action| glob(action, ACTION));
    principal && action && holds(&statement["Condition"], profile_arn, account)
}

/// Every operator has to hold, for every key, with one of the values. A key or operator that is not known here does not
/// hold.
fn holds(condition: &Value, profile_arn: &str, account: &str) -> bool {
    let Some(operators) = condition.as_object() else {
        return true;
    };
    operators.iter().all(|(operator, keys)| {
        let operator = operator.trim_end_matches("IfExists");
        keys.as_object().is_some_and(|keys| {
            keys.iter().all(|(key, wanted)| {
                let value = match key.to_ascii_lowercase().as_str() {
                    "aws:sourcearn" => profile_arn,
                    "aws:sourceaccount" => account,
                    _ => return false,
                };
                texts(Some(wanted)).any(|wanted| match operator {
                    "ArnLike" | "ArnEquals" | "StringLike" => glob(wanted, value),
                    "StringEquals" => wanted == value,
                    _ => false,
                })
            })
        })
    })
}

fn glob(pattern: &str, text: &str) -> bool {
    Pattern::from(pattern).matches(Some(text))
}

/// IAM takes a single value for a list of one.
fn list(value: Option<&Value>) -> Vec<&Value> {
    match value {
        Some(Value::Array(values)) => values.iter().collect(),
        Some(value) => vec![value],
        None => Vec::new(),
    }
}

fn texts(value: Option<&Value>) -> impl Iterator<Item = &str> {
    list(value).into_iter().filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::lets_fargate;

    const PROFILE: &str = "arn:aws:eks:eu-central-1:111122223333:fargateprofile/prod/web/1-2";

    fn lets(condition: Value, effect: &str) -> bool {
        let principal = json!({ "Service": ["ec2.amazonaws.com", "eks-fargate-pods.amazonaws.com"] });
        let statement = json!({ "Effect": effect, "Principal": principal, "Action": "sts:*", "Condition": condition });
        let allow = json!({ "Effect": "Allow", "Principal": principal, "Action": ["sts:AssumeRole"] });
        let statements = if effect == "Deny" { json!([allow, statement]) } else { statement };
        lets_fargate(&json!({ "Statement": statements }), PROFILE, "111122223333")
    }

    #[test]
    fn a_condition_has_to_cover_the_profile_and_the_account() {
        let arn = |pattern: &str| json!({ "ArnLike": { "aws:SourceArn": pattern } });
        let of_prod = "arn:aws:eks:eu-central-1:111122223333:fargateprofile/prod/*";
        assert!(lets(json!({}), "Allow") && lets(arn(of_prod), "Allow"));
        assert!(!lets(arn("arn:aws:eks:eu-central-1:111122223333:fargateprofile/stage/*"), "Allow"));
        assert!(lets(json!({ "StringEquals": { "aws:SourceAccount": ["1", "111122223333"] } }), "Allow"));
        assert!(!lets(json!({ "StringEquals": { "aws:SourceArn": of_prod } }), "Allow"));
        assert!(!lets(json!({ "Bool": { "aws:SecureTransport": "true" } }), "Allow"));
    }

    #[test]
    fn a_statement_that_denies_wins() {
        assert!(!lets(json!({}), "Deny"));
        assert!(lets(json!({ "StringEquals": { "aws:SourceAccount": "444455556666" } }), "Deny"));
    }
}
