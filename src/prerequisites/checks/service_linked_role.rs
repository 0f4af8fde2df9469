//! The role with which EKS starts pods on Fargate. It makes the role with an account's first profile, if whoever creates the
//! profile may have it made (EKS user guide, service-linked roles for Fargate).

use crate::message::message;
use crate::prerequisites::evidence::{Evidence, Question, Read};
use crate::prerequisites::finding::{Check, Finding};

/// Its name in every account.
pub(crate) const NAME: &str = "AWSServiceRoleForAmazonEKSForFargate";

/// Advisory: whether the operator's role may have it made is not visible.
pub(super) fn service_linked_role(_: &Question, evidence: &Evidence) -> Vec<Finding> {
    if !matters(evidence) || evidence.service_linked_role != Read::Known(false) {
        return Vec::new();
    }
    let message = message!(
        "IAM has no {NAME}: EKS makes it, if the operator may iam:CreateServiceLinkedRole, else aws iam \
         create-service-linked-role --aws-service-name eks-fargate.amazonaws.com"
    );
    vec![Finding::advisory(Check::ServiceLinkedRole, message)]
}

/// A cluster that has a profile is in an account that has the role: IAM does not delete it while it is in use.
pub(in crate::prerequisites) fn matters(evidence: &Evidence) -> bool {
    evidence.profiles == 0
}
