use serde_json::json;

use super::*;

fn cluster() -> Cluster {
    Cluster { arn: "arn:aws:eks:eu-central-1:111122223333:cluster/prod".into(), ..Cluster::default() }
}

/// What follows from a policy with these statements.
fn judged(statements: &Value) -> Trust {
    let policy = json!({ "Version": "2012-10-17", "Statement": statements });
    trust(&policy.to_string(), &Profiles::of(&cluster()).unwrap())
}

fn allow(condition: &Value) -> Value {
    json!({
        "Effect": "Allow", "Principal": { "Service": Profiles::SERVICE }, "Action": ASSUME, "Condition": condition
    })
}

fn unclear(clause: &str) -> Trust {
    Trust::Unclear { clause: clause.into() }
}

#[test]
fn fargate_is_trusted_by_a_statement_in_any_form() {
    for statement in [
        json!({ "Effect": "Allow", "Principal": { "Service": Profiles::SERVICE }, "Action": ASSUME }),
        json!([{ "Effect": "Allow", "Principal": { "Service": ["eks.amazonaws.com", Profiles::SERVICE] }, "Action": [ASSUME] }]),
        json!([{ "Effect": "Allow", "Principal": "*", "Action": "sts:*" }]),
        json!([{ "Effect": "Allow", "Principal": { "Service": Profiles::SERVICE }, "Action": "STS:assumerole" }]),
        json!([{ "Effect": "Allow", "Principal": { "Service": "*" }, "Action": "*" }]),
    ] {
        assert_eq!(judged(&statement), Trust::Given, "{statement}");
    }
}

#[test]
fn others_are_not_fargate() {
    for statement in [
        json!({ "Effect": "Allow", "Principal": { "Service": "eks.amazonaws.com" }, "Action": ASSUME }),
        json!({ "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::111122223333:root" }, "Action": ASSUME }),
        json!({ "Effect": "Allow", "Principal": { "Service": Profiles::SERVICE }, "Action": "sts:TagSession" }),
        json!([]),
    ] {
        assert_eq!(judged(&statement), Trust::Missing, "{statement}");
    }
}

#[test]
fn a_deny_outweighs_an_allow() {
    let allowed = json!({ "Effect": "Allow", "Principal": { "Service": Profiles::SERVICE }, "Action": ASSUME });
    let denied = json!({ "Effect": "Deny", "Principal": "*", "Action": "sts:*" });
    assert_eq!(judged(&json!([denied, allowed])), Trust::Denied);
    let elsewhere = json!({
        "Effect": "Deny", "Principal": "*", "Action": "*",
        "Condition": { "StringEquals": { "aws:SourceAccount": "999999999999" } }
    });
    assert_eq!(judged(&json!([elsewhere, allowed])), Trust::Given);
    let unknown = json!({
        "Effect": "Deny", "Principal": "*", "Action": "*", "Condition": { "Bool": { "aws:SecureTransport": "false" } }
    });
    assert_eq!(judged(&json!([unknown, allowed])), unclear("aws:SecureTransport"));
}

#[test]
fn a_doubt_counts_only_where_it_could_change_the_answer() {
    let allowed = json!({ "Effect": "Allow", "Principal": { "Service": Profiles::SERVICE }, "Action": ASSUME });
    let unknown = json!({ "StringEquals": { "aws:SourceOrgID": "o-1" } });
    assert_eq!(judged(&json!([allow(&unknown), allowed])), Trust::Given);
    let denied = json!({ "Effect": "Deny", "Principal": "*", "Action": "*", "Condition": unknown });
    assert_eq!(judged(&json!([denied])), Trust::Missing);
    assert_eq!(judged(&json!([denied, allow(&unknown)])), unclear("aws:SourceOrgID"));
}

#[test]
fn a_condition_on_the_source_admits_this_cluster_or_another() {
    let arn =
        |operator: &str, pattern: &str| judged(&json!([allow(&json!({ operator: { "aws:SourceArn": pattern } }))]));
    for (operator, pattern) in [
        ("ArnLike", "arn:aws:eks:eu-central-1:111122223333:fargateprofile/prod/*"),
        ("ArnEquals", "arn:aws:eks:*:111122223333:fargateprofile/*"),
        ("ArnLike", "arn:*:eks:*:*:*"),
        ("StringLike", "arn:aws:eks:*"),
    ] {
        assert_eq!(arn(operator, pattern), Trust::Given, "{operator} {pattern}");
    }
    for (operator, pattern) in [
        ("ArnLike", "arn:aws:eks:eu-central-1:111122223333:fargateprofile/test/*"),
        ("ArnLike", "arn:aws:eks:us-east-1:111122223333:fargateprofile/prod/*"),
        ("ArnLike", "arn:aws:eks:eu-central-1:111122223333:cluster/prod"),
        ("StringLike", "arn:aws:eks:us-east-1:*"),
        // The asterisk stands for itself.
        ("StringEquals", "arn:aws:eks:eu-central-1:111122223333:fargateprofile/prod/*"),
    ] {
        assert_eq!(arn(operator, pattern), Trust::Elsewhere { key: "aws:SourceArn" }, "{operator} {pattern}");
    }
}

#[test]
fn the_account_has_to_be_this_one() {
    let account =
        |operator: &str, value: &Value| judged(&json!([allow(&json!({ operator: { "AWS:SourceAccount": value } }))]));
    assert_eq!(account("StringEquals", &json!("111122223333")), Trust::Given);
    assert_eq!(account("StringLike", &json!(["9*", "1111*"])), Trust::Given);
    assert_eq!(account("StringEquals", &json!("999999999999")), Trust::Elsewhere { key: "aws:SourceAccount" });
}

#[test]
fn all_conditions_have_to_hold() {
    let arn = "arn:aws:eks:eu-central-1:111122223333:fargateprofile/prod/*";
    let both = json!({ "ArnLike": { "aws:SourceArn": arn }, "StringEquals": { "aws:SourceAccount": "999999999999" } });
    assert_eq!(judged(&json!([allow(&both)])), Trust::Elsewhere { key: "aws:SourceAccount" });
}

#[test]
fn what_is_not_understood_leaves_the_answer_open() {
    let one = "arn:aws:eks:eu-central-1:111122223333:fargateprofile/prod/checkout/*";
    for (condition, clause) in [
        (json!({ "ArnLike": { "aws:SourceArn": one } }), "aws:SourceArn"),
        (json!({ "ArnLike": { "aws:SourceArn": "prod" } }), "aws:SourceArn"),
        (json!({ "ArnNotLike": { "aws:SourceArn": one } }), "ArnNotLike"),
        (json!({ "StringEqualsIfExists": { "aws:SourceAccount": "1" } }), "StringEqualsIfExists"),
        (json!({ "StringEquals": { "aws:SourceOrgID": "o-1" } }), "aws:SourceOrgID"),
        (json!({ "StringLike": { "aws:SourceArn": "arn:aws:eks:${aws:RequestedRegion}:*" } }), "aws:SourceArn"),
        (json!("garbage"), "Condition"),
    ] {
        assert_eq!(judged(&json!([allow(&condition)])), unclear(clause), "{condition}");
    }
    assert_eq!(judged(&json!([{ "Effect": "Allow", "NotPrincipal": {}, "Action": "*" }])), unclear("NotPrincipal"));
    let anyone = json!([{ "Effect": "Allow", "Principal": { "AWS": "*" }, "Action": "*" }]);
    assert_eq!(judged(&anyone), unclear("the principal AWS: *"));
    assert_eq!(trust("{", &Profiles::of(&cluster()).unwrap()), unclear("what is no JSON"));
}
