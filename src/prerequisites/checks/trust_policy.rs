//! Whether Fargate may assume the role (EKS user guide, pod execution role).

use crate::message::{cut, message};
use crate::prerequisites::evidence::{Evidence, Question};
use crate::prerequisites::finding::{Check, Finding};
use crate::prerequisites::trust::{Profiles, Trust, trust};

/// How much of a pattern, and of a clause, a message has room for.
const PATTERN: usize = 64;
const CLAUSE: usize = 28;

pub(super) fn trust_policy(question: &Question, evidence: &Evidence) -> Vec<Finding> {
    let Some(name) = question.own_role(evidence).and_then(|arn| arn.role()) else { return Vec::new() };
    let known = evidence.roles.get(&question.role).and_then(|known| known.role.known()?.as_ref());
    let (Some(role), Some(profiles)) = (known, Profiles::of(&evidence.cluster)) else { return Vec::new() };
    let finding = match trust(&role.trust_policy, &profiles) {
        Trust::Given => return Vec::new(),
        Trust::Missing => Finding::blocking(
            Check::TrustPolicy,
            message!(
                "role {name} does not trust Fargate, so EKS refuses the profile: let \
                 eks-fargate-pods.amazonaws.com do sts:AssumeRole in its trust policy"
            ),
        ),
        Trust::Denied => Finding::blocking(
            Check::TrustPolicy,
            message!(
                "a Deny in the trust policy of role {name} keeps eks-fargate-pods.amazonaws.com out, so EKS refuses \
                 the profile: take it out"
            ),
        ),
        Trust::Elsewhere { key } => {
            let value = if key == "aws:SourceAccount" { profiles.account.to_owned() } else { profiles.pattern() };
            let value = cut(&value, PATTERN);
            Finding::blocking(
                Check::TrustPolicy,
                message!("{key} in the trust policy of role {name} leaves this cluster out: add {value}"),
            )
        }
        Trust::Unclear { clause } => {
            let clause = cut(&clause, CLAUSE);
            Finding::advisory(
                Check::TrustPolicy,
                message!(
                    "the operator cannot judge {clause} in the trust policy of role {name}: see that \
                     eks-fargate-pods.amazonaws.com may assume it"
                ),
            )
        }
    };
    vec![finding]
}
