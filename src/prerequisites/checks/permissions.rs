//! Whether the role can pull images from ECR (EKS user guide, pod execution role).

use std::collections::BTreeSet;

use crate::message::message;
use crate::prerequisites::evidence::{Evidence, Question};
use crate::prerequisites::finding::{Check, Finding};

/// The start of the ARN of each policy that AWS manages, without the partition.
const MANAGED: &str = ":iam::aws:policy/";
/// Those of them that let a role pull, by a part of their names.
const PULL: [&str; 4] =
    ["AmazonEKSFargatePodExecutionRolePolicy", "AmazonEC2ContainerRegistry", "AdministratorAccess", "PowerUserAccess"];

/// Images may be public. What a policy of the user's own allows is not read, so it counts as enough.
pub(super) fn pull_policy(question: &Question, evidence: &Evidence) -> Vec<Finding> {
    let Some(role) = question.own_role(evidence).and_then(|arn| arn.role()) else { return Vec::new() };
    let known = evidence.roles.get(&question.role);
    let attached = known.and_then(|known| known.attached_policies.known());
    let inline = known.and_then(|known| known.inline_policies.known());
    let (Some(attached), Some(inline)) = (attached, inline) else { return Vec::new() };
    if !inline.is_empty() || may_pull(attached) {
        return Vec::new();
    }
    let message = message!(
        "no policy lets role {role} pull images from ECR: attach AmazonEKSFargatePodExecutionRolePolicy to it \
         (aws iam attach-role-policy)"
    );
    vec![Finding::advisory(Check::PullPolicy, message)]
}

/// The name of a policy that AWS manages. None if it is the user's own.
pub(super) fn managed(arn: &str) -> Option<&str> {
    arn.split_once(MANAGED).map(|(_, name)| name)
}

fn may_pull(attached: &BTreeSet<String>) -> bool {
    attached.iter().any(|arn| match managed(arn) {
        Some(name) => PULL.iter().any(|pull| name.contains(pull)),
        None => true,
    })
}
