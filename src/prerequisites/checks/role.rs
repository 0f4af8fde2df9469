//! The pod execution role itself (EKS user guide, pod execution role, and get started with AWS Fargate).

use crate::message::{cut, message};
use crate::prerequisites::evidence::{Evidence, Question, Read};
use crate::prerequisites::finding::{Check, Finding};

/// How much of a path a message has room for.
const PATH: usize = 24;

pub(super) fn exists(question: &Question, evidence: &Evidence) -> Vec<Finding> {
    let Some(role) = question.own_role(evidence).and_then(|arn| arn.role()) else { return Vec::new() };
    let is_missing = evidence.roles.get(&question.role).is_some_and(|known| known.role == Read::Known(None));
    if !is_missing {
        return Vec::new();
    }
    let message = message!(
        "IAM has no role {role}, so EKS refuses the profile: create it, or correct spec.podExecutionRoleArn or \
         --default-pod-execution-role-arn"
    );
    vec![Finding::blocking(Check::RoleExists, message)]
}

/// By the user guide EKS wants the ARN without the path, even if the role has one. Whether it refuses one since there are access
/// entries is not known, so EKS decides.
pub(super) fn path(question: &Question, evidence: &Evidence) -> Vec<Finding> {
    let Some(arn) = question.own_role(evidence) else { return Vec::new() };
    let (Some(role), Some(path)) = (arn.role(), arn.path().filter(|path| *path != "/")) else { return Vec::new() };
    let path = cut(path, PATH);
    let message = message!(
        "the ARN of role {role} has the path {path}, which EKS may refuse: if so, name a role without one in \
         spec.podExecutionRoleArn"
    );
    vec![Finding::advisory(Check::RolePath, message)]
}
