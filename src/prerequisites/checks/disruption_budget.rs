//! Budgets that let no pod go: a drain waits for them, and so does Fargate when it patches its nodes, until it deletes the pods (EKS
//! user guide, Fargate OS patching). A budget that lets none go for the moment is as it should be.

use std::collections::BTreeSet;

use crate::message::{cut, message};
use crate::prerequisites::evidence::{Evidence, Question};
use crate::prerequisites::finding::{Check, Finding};
use crate::prerequisites::inside::{Budget, of_pod};

/// As long as namespace and name of a budget usually get.
const PATH: usize = 40;

pub(super) fn disruption_budget(question: &Question, evidence: &Evidence) -> Vec<Finding> {
    let (mut rigid, mut pairs) = (BTreeSet::new(), BTreeSet::new());
    for pod in &question.pods {
        let mut budgets: Vec<_> = of_pod(&evidence.inside.budgets, pod).collect();
        budgets.sort_by_key(|budget| &budget.name);
        rigid.extend(budgets.iter().filter(|budget| never_lets_go(budget.content)).map(|budget| budget.path()));
        if let [one, other, ..] = &budgets[..] {
            pairs.insert((one.path(), other.path()));
        }
    }
    let messages = [told(&rigid), doubled(&pairs)];
    messages.into_iter().flatten().map(|message| Finding::advisory(Check::DisruptionBudget, message)).collect()
}

/// As many pods have to be healthy as there are, and they are. While pods are being created there may be fewer than there will be.
fn never_lets_go(budget: Budget) -> bool {
    budget.expected > 0 && budget.desired >= budget.expected && budget.healthy >= budget.expected
}

fn told(rigid: &BTreeSet<String>) -> Option<String> {
    let path = cut(rigid.first()?, PATH);
    Some(match rigid.len() - 1 {
        0 => message!(
            "PodDisruptionBudget {path} never lets a pod go: drains wait, and Fargate's patching deletes it anyway: set \
             maxUnavailable to 1, or minAvailable below the replicas"
        ),
        more => message!(
            "PodDisruptionBudget {path} and {more} more never let a pod go: drains wait, and Fargate's patching deletes it: set \
             maxUnavailable to 1, or minAvailable below the replicas"
        ),
    })
}

fn doubled(pairs: &BTreeSet<(String, String)>) -> Option<String> {
    let (one, other) = pairs.first()?;
    let (one, other) = (cut(one, PATH), cut(other, PATH));
    Some(message!(
        "PodDisruptionBudgets {one} and {other} select the same pod, which the Eviction API then refuses: leave it one of them"
    ))
}
