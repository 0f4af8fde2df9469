//! CoreDNS of a cluster with Fargate only: EKS installs it for EC2 nodes (EKS user guide, get started with AWS Fargate;
//! aws/containers-roadmap#1389). Where its pods run, nothing is said.

use crate::message::message;
use crate::placement::matches;
use crate::prerequisites::evidence::{Evidence, Question};
use crate::prerequisites::finding::{Check, Finding};

pub(super) fn coredns(question: &Question, evidence: &Evidence) -> Vec<Finding> {
    let Some(Some(coredns)) = evidence.coredns.known() else { return Vec::new() };
    if coredns.available > 0 {
        return Vec::new();
    }
    let mut selectors = evidence.selectors.iter().chain(&question.selectors);
    let is_addon = matches!(evidence.coredns_addon.known(), Some(Some(_)));
    let message = match coredns.template.wants_ec2 {
        true if is_addon => message!(
            "no pod of CoreDNS is available, and its template holds it on EC2: set computeType to Fargate in the \
             configuration of the add-on coredns (aws eks update-addon)"
        ),
        true => message!(
            "no pod of CoreDNS is available, and its template holds it on EC2: take \
             eks.amazonaws.com/compute-type out of Deployment kube-system/coredns"
        ),
        false if selectors.any(|selector| matches(selector, &coredns.template)) => return Vec::new(),
        false => message!(
            "no pod of CoreDNS is available, and no profile selects it: select namespace kube-system with label \
             k8s-app=kube-dns, unless EC2 nodes are to run it"
        ),
    };
    vec![Finding::advisory(Check::CoreDns, message)]
}
