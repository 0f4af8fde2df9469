//! The way out of an error, for people, if EKS's own message does not give one.

use crate::api::Reason;
use crate::failure::Class;

/// What to check without valid credentials.
pub(super) const CREDENTIALS: &str =
    "check the IAM role of its service account (IRSA, or on EC2 nodes also Pod Identity)";

pub(super) fn advice(class: Class, reason: Reason, operation: &str, code: &str, text: &str) -> String {
    match (reason, class) {
        (Reason::AccessDenied, _) => access(operation, text),
        (Reason::NoFreeSlot, _) => {
            r#"; delete profiles that are not needed, or have AWS raise the quota "Fargate profiles per cluster""#.to_owned()
        }
        (Reason::NoCredentials, _) if code.contains("Signature") => {
            "; check the clock of the operator's node and the operator's AWS credentials".to_owned()
        }
        (Reason::NoCredentials, _) => format!("; the operator has no valid AWS credentials: {CREDENTIALS}"),
        (Reason::TrustPolicy, _) => "; the role must let eks-fargate-pods.amazonaws.com assume it. A policy that was changed just now takes a while to spread".to_owned(),
        (Reason::ClusterNotActive, _) => "; it is tried again by itself, but the cluster has to get into another state for that: look at it in EKS".to_owned(),
        (Reason::InvalidParameter, _) => match operation {
            "CreateFargateProfile" => format!("; {}", field(text)),
            "TagResource" | "UntagResource" => "; correct spec.tags".to_owned(),
            _ => String::new(),
        },
        (_, Class::Retry | Class::Propagation) => "; it is tried again by itself".to_owned(),
        _ => String::new(),
    }
}

/// Which permission is missing. AWS names the missing action, which may differ from the operation.
fn access(operation: &str, text: &str) -> String {
    if text.contains("explicit deny") {
        return "; no Allow outweighs an explicit deny: have that policy changed".to_owned();
    }
    if text.contains("Cross-account") {
        return "; the pod execution role must be of the cluster's own account: correct spec.podExecutionRoleArn"
            .to_owned();
    }
    let service = if operation == "GetCallerIdentity" { "sts" } else { "eks" };
    let mut words = text.split([' ', '"', '\'', '.', ',']);
    let action = words.find(|word| is_action(word)).map_or_else(|| format!("{service}:{operation}"), str::to_owned);
    format!("; allow {action} to the operator's IAM role (see deploy/iam/permissions.json)")
}

/// Whether a word has the form `iam:PassRole`.
fn is_action(word: &str) -> bool {
    word.split_once(':').is_some_and(|(service, action)| {
        service.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            && action.starts_with(|c: char| c.is_ascii_uppercase())
            && action.chars().all(|c| c.is_ascii_alphanumeric())
    })
}

/// The field of a create that EKS complains about.
fn field(text: &str) -> &'static str {
    let lower = text.to_lowercase();
    let names = |words: &[&str]| lower.split(|c: char| !c.is_alphanumeric()).any(|word| words.contains(&word));
    if names(&["zone"]) {
        "name in spec.subnets (or, where it is left out, in the operator's --default-subnets) subnets of other Availability Zones"
    } else if names(&["subnet", "subnets"]) {
        "name in spec.subnets (or, where it is left out, in the operator's --default-subnets) private subnets of the cluster's VPC, that is without a route to an internet gateway"
    } else if names(&["selectors", "selector", "label", "labels"]) {
        "correct spec.selectors; how many selectors and labels there may be is a quota that AWS can raise"
    } else if names(&["role"]) {
        "correct spec.podExecutionRoleArn (or, where it is left out, the operator's --default-pod-execution-role-arn)"
    } else if names(&["tag", "tags"]) {
        "correct spec.tags"
    } else if names(&["name"]) {
        "delete this object and create it again with another spec.profileName"
    } else {
        "correct the spec accordingly"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denied_call_names_the_permission_that_is_missing() {
        let denied =
            |operation, text| advice(Class::Fix, Reason::AccessDenied, operation, "AccessDeniedException", text);
        assert!(denied("DeleteFargateProfile", "not authorized").contains("allow eks:DeleteFargateProfile to"));
        assert!(
            denied("CreateFargateProfile", "is not authorized to perform: iam:PassRole on")
                .contains("allow iam:PassRole to")
        );
        assert!(denied("GetCallerIdentity", "no").contains("allow sts:GetCallerIdentity to"));
        assert!(!denied("CreateFargateProfile", "with an explicit deny").contains("allow eks"));
    }
}
