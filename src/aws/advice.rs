//! The way out of an error, for people, if EKS's own message does not give one.

use crate::api::Reason;
use crate::failure::Class;
use crate::message::message;

/// What to check without valid credentials.
pub(super) fn credentials() -> String {
    message!("check the IAM role of its service account (IRSA, or on EC2 nodes also Pod Identity)")
}

pub(super) fn advice(service: &str, class: Class, reason: Reason, operation: &str, code: &str, text: &str) -> String {
    match (reason, class) {
        (Reason::AccessDenied, _) => access(service, operation, text),
        (Reason::NoFreeSlot, _) => {
            message!("; delete profiles that are not needed, or have AWS raise the quota Fargate profiles per cluster")
        }
        (Reason::NoCredentials, _) if code.contains("Signature") => {
            message!("; check the clock of the operator's node and the operator's AWS credentials")
        }
        (Reason::NoCredentials, _) => format!("; {}", credentials()),
        (Reason::TrustPolicy, _) => {
            message!("; let eks-fargate-pods.amazonaws.com assume the role (a change takes a while to spread)")
        }
        (Reason::ClusterNotActive, _) => message!("; it is tried again: look at the cluster in EKS"),
        (Reason::InvalidParameter, _) => match operation {
            "CreateFargateProfile" => format!("; {}", field(text)),
            "TagResource" | "UntagResource" => message!("; correct spec.tags"),
            _ => String::new(),
        },
        (_, Class::Retry | Class::Propagation) => message!("; it is tried again"),
        _ => String::new(),
    }
}

/// Which permission is missing. AWS names the missing action, which may differ from the operation.
fn access(service: &str, operation: &str, text: &str) -> String {
    if text.contains("explicit deny") {
        return message!("; no Allow outweighs an explicit deny: have that policy changed");
    }
    if text.contains("Cross-account") {
        return message!("; use a pod execution role of the cluster's own account");
    }
    let service =
        if operation == "GetCallerIdentity" { "sts".to_owned() } else { service.to_lowercase().replace(' ', "") };
    let mut words = text.split([' ', '"', '\'', '.', ',']);
    let action = words.find(|word| is_action(word)).map_or_else(|| format!("{service}:{operation}"), str::to_owned);
    let file = if MENDING.contains(&operation) { "mending" } else { "permissions" };
    message!("; allow {action} to the operator's IAM role (see deploy/iam/{file}.json)")
}

/// What only mending needs.
const MENDING: [&str; 7] = [
    "AttachRolePolicy",
    "CreateAccessEntry",
    "CreateRole",
    "DeleteAccessEntry",
    "DeleteRole",
    "DetachRolePolicy",
    "UpdateAddon",
];

/// Whether a word has the form `iam:PassRole`.
fn is_action(word: &str) -> bool {
    word.split_once(':').is_some_and(|(service, action)| {
        service.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            && action.starts_with(|c: char| c.is_ascii_uppercase())
            && action.chars().all(|c| c.is_ascii_alphanumeric())
    })
}

/// The field of a create that EKS complains about.
fn field(text: &str) -> String {
    let lower = text.to_lowercase();
    let names = |words: &[&str]| lower.split(|c: char| !c.is_alphanumeric()).any(|word| words.contains(&word));
    if names(&["zone"]) {
        message!("undo the edit, or name subnets of other Availability Zones in spec.subnets or --default-subnets")
    } else if names(&["subnet", "subnets"]) {
        message!("undo the edit, or name private subnets of the cluster's VPC in spec.subnets or --default-subnets")
    } else if names(&["selectors", "selector", "namespace", "label", "labels"]) {
        message!("correct spec.selectors, or have AWS raise the quota of selectors or labels")
    } else if names(&["role"]) {
        message!("correct spec.podExecutionRoleArn or --default-pod-execution-role-arn")
    } else if names(&["tag", "tags"]) {
        message!("correct spec.tags")
    } else if names(&["name"]) {
        message!("recreate this object with another spec.profileName")
    } else {
        message!("correct the spec, or undo the edit")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denied_call_names_the_permission_that_is_missing() {
        let denied =
            |operation, text| advice("EKS", Class::Fix, Reason::AccessDenied, operation, "AccessDeniedException", text);
        assert!(denied("DeleteFargateProfile", "not authorized").contains("allow eks:DeleteFargateProfile to"));
        assert!(
            denied("CreateFargateProfile", "is not authorized to perform: iam:PassRole on")
                .contains("allow iam:PassRole to")
        );
        assert!(denied("GetCallerIdentity", "no").contains("allow sts:GetCallerIdentity to"));
        assert!(denied("DeleteFargateProfile", "no").ends_with("(see deploy/iam/permissions.json)"));
        assert!(denied("UpdateAddon", "no").ends_with("(see deploy/iam/mending.json)"));
        assert!(!denied("CreateFargateProfile", "with an explicit deny").contains("allow eks"));
    }
}
