//! Whether a policy surely keeps everybody from an action. What is not understood may let it through.

use serde_json::Value;

use super::{denies, has_action, list, pattern, statements};

/// Clauses that say whom or what a statement is not about. They are not judged.
const NEGATED: [&str; 3] = ["NotPrincipal", "NotAction", "NotResource"];

/// Whether nobody may do this to anything whose ARN begins so.
pub(in crate::prerequisites) fn refuses(policy: &str, action: &str, prefix: &str) -> bool {
    let Some(statements) = statements(policy) else { return false };
    let concerns = |statement: &&Value| concerns(statement, action, prefix);
    let is_denied = statements.iter().filter(|it| denies(it)).any(|it| concerns(&it) == Some(true));
    let may_be_allowed = statements.iter().filter(|it| !denies(it)).any(|it| concerns(&it) != Some(false));
    is_denied || !may_be_allowed
}

/// Whether a statement holds for everybody, for this action on all of it. None if it may, for some or for a part.
fn concerns(statement: &Value, action: &str, prefix: &str) -> Option<bool> {
    if NEGATED.iter().any(|clause| statement.get(clause).is_some()) {
        return None;
    }
    let (actions, resources) = (statement.get("Action")?, statement.get("Resource")?);
    if !has_action(actions, action) {
        return Some(false);
    }
    let answers: Vec<Option<bool>> = list(resources).map(|resource| holds(resource, prefix)).collect();
    if answers.iter().all(|answer| *answer == Some(false)) {
        return Some(false);
    }
    let is_whole = answers.contains(&Some(true)) && statement.get("Condition").is_none();
    (is_whole && statement.get("Principal").is_some_and(is_everybody)).then_some(true)
}

fn holds(resource: &Value, prefix: &str) -> Option<bool> {
    // A variable stands for something else in each request.
    let pattern = resource.as_str().filter(|pattern| !pattern.contains("${"))?;
    pattern::starts_with(pattern, prefix)
}

fn is_everybody(principal: &Value) -> bool {
    let named = principal.get("AWS").unwrap_or(principal);
    list(named).any(|who| who.as_str() == Some("*"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const LAYERS: &str = "arn:aws:s3:::prod-eu-central-1-starport-layer-bucket/";

    fn refused(statements: &Value) -> bool {
        let policy = json!({ "Version": "2008-10-17", "Statement": statements });
        refuses(&policy.to_string(), "s3:GetObject", LAYERS)
    }

    fn statement(effect: &str, action: &str, resource: &str) -> Value {
        json!({ "Effect": effect, "Principal": "*", "Action": action, "Resource": resource })
    }

    fn with(mut statement: Value, clause: &str, value: Value) -> Value {
        statement[clause] = value;
        statement
    }

    #[test]
    fn what_no_statement_allows_is_refused() {
        let own = "arn:aws:s3:::my-bucket/*";
        for statements in [
            json!([]),
            json!([statement("Allow", "s3:GetObject", own)]),
            json!(statement("Allow", "s3:PutObject", "*")),
            json!([statement("Allow", "s3:*", own), statement("Allow", "s3:List*", "*")]),
            json!([statement("Allow", "*", "arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/*")]),
        ] {
            assert!(refused(&statements), "{statements}");
        }
    }

    #[test]
    fn what_a_statement_allows_or_may_allow_is_not_refused() {
        let all = || statement("Allow", "*", "*");
        for statements in [
            json!([all()]),
            json!(statement("Allow", "s3:getobject", &format!("{LAYERS}*"))),
            json!([statement("Allow", "s3:Get*", "arn:aws:s3:::*")]),
            json!([statement("Allow", "s3:*", "arn:*:s3:::prod-*-starport-layer-bucket/*")]),
            json!([with(all(), "Resource", json!(["arn:aws:s3:::my-bucket/*", format!("{LAYERS}*")]))]),
            // What is not understood.
            json!([statement("Allow", "*", &format!("{LAYERS}a*"))]),
            json!([statement("Allow", "*", "arn:aws:s3:::${aws:PrincipalTag/bucket}/*")]),
            json!([with(all(), "Condition", json!({ "Bool": { "aws:SecureTransport": "true" } }))]),
            json!([with(all(), "Principal", json!({ "AWS": "arn:aws:iam::111122223333:root" }))]),
            json!([{ "Effect": "Allow", "Principal": "*", "NotAction": "s3:PutObject", "Resource": "*" }]),
            json!([{ "Effect": "Allow", "Principal": "*" }]),
        ] {
            assert!(!refused(&statements), "{statements}");
        }
        assert!(!refuses("{", "s3:GetObject", LAYERS));
        assert!(!refuses("{}", "s3:GetObject", LAYERS));
    }

    #[test]
    fn a_deny_for_everybody_outweighs_an_allow_and_another_one_does_not() {
        let (all, deny) = (statement("Allow", "*", "*"), statement("Deny", "s3:GetObject", "*"));
        assert!(refused(&json!([all, deny])));
        assert!(refused(&json!([all, with(deny.clone(), "Principal", json!({ "AWS": ["*"] }))])));
        for other in [
            with(deny.clone(), "Condition", json!({ "StringNotEquals": { "aws:PrincipalOrgID": "o-1" } })),
            with(deny.clone(), "Principal", json!({ "AWS": "arn:aws:iam::111122223333:root" })),
            with(deny.clone(), "Resource", json!("arn:aws:s3:::my-bucket/*")),
            with(deny.clone(), "Resource", json!(format!("{LAYERS}a*"))),
            with(deny, "Action", json!("s3:PutObject")),
        ] {
            assert!(!refused(&json!([all, other])), "{other}");
        }
    }
}
