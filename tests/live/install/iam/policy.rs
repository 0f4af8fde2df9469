//! The policies of `deploy/iam`, evaluated as IAM does it: what no statement allows is denied. As much of its language as they
//! use (IAM user guide, policy evaluation logic; JSON policy elements).

use std::collections::BTreeMap;

use eks_simulator::Pattern;
use serde_json::Value;

pub const REGION: &str = "eu-central-1";
pub const ACCOUNT: &str = "111122223333";
pub const CLUSTER: &str = "prod";
/// The name pattern of pod execution roles that the install allows.
pub const ROLES: &str = "fargate-*";
/// The pod execution role that the operator may create.
pub const MANAGED_ROLE: &str = "managed-pods";

/// A call as IAM sees it.
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub action: String,
    pub resource: String,
    /// Condition keys, such as `aws:RequestTag/team`.
    pub context: BTreeMap<String, String>,
}

/// Statements of one or more policies.
#[derive(Clone, Debug)]
pub struct Policy(pub Vec<Value>);

impl Policy {
    /// Those of files in `deploy/iam`, with the variables of deploy/README.md filled in; `profile` is that of exact-name.json.
    pub fn read(files: &[&str], profile: &str) -> Self {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/iam");
        let statements = files.iter().flat_map(|file| {
            let mut text = std::fs::read_to_string(format!("{folder}/{file}")).unwrap();
            let variables = [("REGION", REGION), ("ACCOUNT", ACCOUNT), ("CLUSTER", CLUSTER), ("PROFILE", profile)];
            for (name, value) in
                variables.into_iter().chain([("POD_EXECUTION_ROLE", ROLES), ("MANAGED_ROLE", MANAGED_ROLE)])
            {
                text = text.replace(&format!("${{{name}}}"), value);
            }
            assert!(!text.contains("${"), "a variable that nobody fills in: {text}");
            let policy: Value = serde_json::from_str(&text).unwrap();
            policy["Statement"].as_array().unwrap().clone()
        });
        Self(statements.collect())
    }

    /// The names of its statements.
    pub fn sids(&self) -> Vec<String> {
        self.0.iter().map(|statement| statement["Sid"].as_str().unwrap().to_owned()).collect()
    }

    /// The actions that it allows.
    pub fn actions(&self) -> Vec<String> {
        self.0.iter().flat_map(|statement| words(&statement["Action"])).map(str::to_owned).collect()
    }

    /// Without the statement of this name.
    pub fn without(&self, sid: &str) -> Self {
        Self(self.0.iter().filter(|statement| statement["Sid"] != sid).cloned().collect())
    }

    pub fn allows(&self, request: &Request) -> bool {
        self.0.iter().any(|statement| {
            assert_eq!(statement["Effect"], "Allow");
            let known = ["Sid", "Effect", "Action", "Resource", "Condition"];
            assert!(statement.as_object().unwrap().keys().all(|key| known.contains(&key.as_str())), "{statement}");
            words(&statement["Action"]).any(|action| matches(action, &request.action))
                && words(&statement["Resource"]).any(|resource| matches(resource, &request.resource))
                && statement["Condition"].as_object().into_iter().flatten().all(|(operator, keys)| {
                    keys.as_object()
                        .unwrap()
                        .iter()
                        .all(|(key, value)| holds(operator, request.context.get(key), value))
                })
        })
    }
}

fn holds(operator: &str, found: Option<&String>, wanted: &Value) -> bool {
    match operator {
        "Null" => found.is_none() == (wanted == "true"),
        "StringEquals" => found.is_some_and(|found| words(wanted).any(|word| word == found)),
        "ArnEquals" | "ArnLike" => found.is_some_and(|found| words(wanted).any(|word| is_arn(word, found))),
        other => panic!("nobody has said what {other} means"),
    }
}

/// Each part between colons is compared by itself; both operators take wildcards (IAM user guide, ARN condition operators).
fn is_arn(pattern: &str, text: &str) -> bool {
    let parts = |arn: &str| arn.splitn(6, ':').map(str::to_owned).collect::<Vec<_>>();
    let (pattern, text) = (parts(pattern), parts(text));
    pattern.len() == text.len() && pattern.iter().zip(&text).all(|(pattern, text)| matches(pattern, text))
}

/// A word, or a list of them.
fn words(value: &Value) -> impl Iterator<Item = &str> {
    let list = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    list.iter().map(|word| word.as_str().unwrap())
}

/// IAM's wildcards are the simulator's.
fn matches(pattern: &str, text: &str) -> bool {
    Pattern::from(pattern).matches(Some(text))
}

#[test]
fn wildcards_and_conditions_mean_what_they_mean_in_iam() {
    for (pattern, text, is) in [
        ("eks:TagResource", "eks:TagResource", true),
        ("a/*-9???/*", "a/web-9999/1", true),
        ("a/*-9???/*", "a/web-8999/1", false),
        ("a/*-9???/*", "a/web-999/1", false),
        ("*", "", true),
        ("?", "", false),
    ] {
        assert_eq!(matches(pattern, text), is, "{pattern} {text}");
    }
    let tag = "x".to_owned();
    let table = [("Null", Some(&tag), "false"), ("Null", None, "true"), ("StringEquals", Some(&tag), "x")];
    assert!(table.iter().all(|(operator, found, wanted)| holds(operator, *found, &Value::from(*wanted))));
    let table = [("Null", None, "false"), ("Null", Some(&tag), "true"), ("StringEquals", None, "x")];
    assert!(!table.iter().any(|(operator, found, wanted)| holds(operator, *found, &Value::from(*wanted))));
    let role = "arn:aws:iam::111122223333:role/pods".to_owned();
    for (wanted, is) in [
        ("arn:aws:iam::111122223333:role/pods", true),
        ("arn:aws:iam::111122223333:role/p*", true),
        ("arn:*:role/pods", false),
        ("arn:aws:iam::111122223333:role/other", false),
    ] {
        for operator in ["ArnEquals", "ArnLike"] {
            assert_eq!(holds(operator, Some(&role), &Value::from(wanted)), is, "{operator} {wanted}");
        }
    }
    assert!(!holds("ArnLike", None, &Value::from("*")));
}
