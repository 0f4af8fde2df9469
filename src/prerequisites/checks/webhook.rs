//! EKS's webhook, which gives new pods to their profile and to Fargate's scheduler (its name: aws/karpenter-provider-aws#7455). EKS makes
//! it, and people delete it by mistake. When it comes is not documented, so it is missed only where a profile has served for a while.

use crate::message::message;
use crate::prerequisites::evidence::{Evidence, Question};
use crate::prerequisites::finding::{Check, Finding};

/// Its name.
pub(crate) const NAME: &str = "0500-amazon-eks-fargate-mutation.amazonaws.com";

pub(super) fn webhook(question: &Question, evidence: &Evidence) -> Vec<Finding> {
    if !question.cluster_serves || evidence.inside.webhook.known() != Some(&false) {
        return Vec::new();
    }
    let message = message!(
        "webhook {NAME} is gone (kubectl get mutatingwebhookconfigurations), so no pod goes \
         to Fargate: recreate a profile, or ask AWS Support"
    );
    vec![Finding::advisory(Check::Webhook, message)]
}
