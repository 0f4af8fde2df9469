//! The pod execution role and the subnets, as far as their form shows that EKS cannot take them.

use serde_json::json;

use super::refusal::{Refusal, refused};

fn role(arn: &str) -> String {
    format!(
        r#"spec.podExecutionRoleArn: Invalid value: "{arn}": spec.podExecutionRoleArn "{arn}" is no ARN of an IAM role: write arn:aws:iam::ACCOUNT:role/NAME, with the twelve digits of the account"#
    )
}

fn subnet(id: &str) -> String {
    format!(
        r#"spec.subnets: Invalid value: spec.subnets holds "{id}", which is no subnet id: write ids such as subnet-0a1b2c3d4e5f67890, not names or ARNs"#
    )
}

pub fn rows() -> Vec<Refusal> {
    let roles = [
        ("a role's path has a blank", "arn:aws:iam::111122223333:role/my team/pods"),
        ("a role is named without its ARN", "fargate-pods"),
        ("a role's ARN is empty", ""),
        ("a user stands where the role belongs", "arn:aws:iam::111122223333:user/pods"),
        ("an instance profile stands where the role belongs", "arn:aws:iam::111122223333:instance-profile/pods"),
        ("a session of the role stands where the role belongs", "arn:aws:sts::111122223333:assumed-role/pods/session"),
        ("a role's account is too short", "arn:aws:iam::11112222333:role/pods"),
        ("a role has no name", "arn:aws:iam::111122223333:role/"),
        ("a role's ARN names a region", "arn:aws:iam:eu-central-1:111122223333:role/pods"),
        ("a role's ARN ends with a blank", "arn:aws:iam::111122223333:role/pods "),
    ]
    .map(|(situation, arn)| refused(situation, "role", json!({ "podExecutionRoleArn": arn }), role(arn)));
    let subnets = [
        ("a subnet is named by its Name tag", "private-a"),
        ("a subnet is named by its ARN", "arn:aws:ec2:eu-central-1:111122223333:subnet/subnet-0a1b2c3d"),
        ("a subnet id has capitals", "subnet-0A1B2C3D"),
        ("a subnet id is too short", "subnet-0a1b"),
        ("a subnet id is empty", ""),
        ("a subnet is named by its address range", "10.0.0.0/24"),
    ]
    .map(|(situation, id)| refused(situation, "subnets", json!({ "subnets": [id] }), subnet(id)));
    let others = [
        refused(
            "no subnet is left",
            "no-subnets",
            json!({ "subnets": [] }),
            "spec.subnets: Invalid value: spec.subnets is empty: name at least one private subnet, or leave the field out",
        ),
        refused(
            "a subnet stands there twice",
            "same-subnet",
            json!({ "subnets": ["subnet-0a1b2c3d", "subnet-0a1b2c3d"] }),
            r#"spec.subnets[1]: Duplicate value: "subnet-0a1b2c3d""#,
        ),
        refused(
            "subnets are one text instead of a list",
            "text",
            json!({ "subnets": "subnet-0a1b2c3d" }),
            r#"spec.subnets: Invalid value: "string": spec.subnets in body must be of type array: "string""#,
        ),
        refused(
            "there are more subnets than any VPC's",
            "hundred-subnets",
            json!({ "subnets": (0..101).map(|n| format!("subnet-{n:08}")).collect::<Vec<_>>() }),
            "spec.subnets: Too many: 101: must have at most 100 items",
        ),
        refused(
            "a field has the name of another tool's",
            "unknown",
            json!({ "subnetIds": ["subnet-0a1b2c3d"] }),
            r#"Error from server (BadRequest): error when creating "STDIN": FargateProfile in version "v1alpha1" cannot be handled as a FargateProfile: strict decoding error: unknown field "spec.subnetIds""#,
        ),
    ];
    roles.into_iter().chain(subnets).chain(others).collect()
}
