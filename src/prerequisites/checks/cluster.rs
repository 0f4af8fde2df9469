//! The cluster itself: what EKS reports of it, and whether it can have Fargate profiles (EKS's API, Cluster.health; EKS
//! user guide, Amazon EKS on AWS Outposts).

use crate::message::{cut, message};
use crate::prerequisites::evidence::{Evidence, Question};
use crate::prerequisites::finding::{Check, Finding};

/// How much of an issue a message has room for.
const ISSUE: usize = 110;
const NAME: usize = 64;

pub(super) fn health(_: &Question, evidence: &Evidence) -> Vec<Finding> {
    let issues = &evidence.cluster.issues;
    let Some(issue) = issues.first() else { return Vec::new() };
    let issue = cut(&issue.to_string(), ISSUE);
    let message = match issues.len() - 1 {
        0 => message!("EKS reports of the cluster: {issue}; see aws eks describe-cluster"),
        more => message!("EKS reports of the cluster: {issue}; {more} more by aws eks describe-cluster"),
    };
    vec![Finding::advisory(Check::ClusterHealth, message)]
}

pub(super) fn local(_: &Question, evidence: &Evidence) -> Vec<Finding> {
    if !evidence.cluster.is_local {
        return Vec::new();
    }
    let cluster = cut(&evidence.cluster.name, NAME);
    let message = message!(
        "cluster {cluster} runs on an Outpost or outside AWS, where EKS has no Fargate: run the operator for a \
         cluster in the region"
    );
    vec![Finding::blocking(Check::LocalCluster, message)]
}
