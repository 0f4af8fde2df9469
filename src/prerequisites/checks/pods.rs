//! What can keep pods from Fargate, or from starting there, seen in the pods that have that trouble (AWS re:Post, Fargate pods Pending;
//! EKS user guide, Fargate Pod configuration; aws/containers-roadmap#1890).

use std::collections::BTreeMap;

use crate::message::{cut, message};
use crate::placement::Pod;
use crate::prerequisites::evidence::{Evidence, Question};
use crate::prerequisites::finding::{Check, Finding};

/// As much of a pod's namespace and name, and of its fields, as a message has room for.
const POD: usize = 45;
const FIELD: usize = 40;
const FIELDS: usize = 60;

pub(super) fn steering(question: &Question, _: &Evidence) -> Vec<Finding> {
    let steered = telling(question, Pod::steered);
    let Some((pod, what)) = steered.first_key_value() else { return Vec::new() };
    let (example, what) = (cut(pod, POD), cut(what, FIELD));
    let message = match steered.len() {
        1 => message!("pod {example} has {what}, for which Fargate may skip it: take that out of the pod's template"),
        count => message!(
            "{count} pods such as {example} with {what} have fields for which Fargate may skip them: take \
             nodeSelector and schedulerName out"
        ),
    };
    vec![Finding::advisory(Check::PodSteering, message)]
}

pub(super) fn limits(question: &Question, _: &Evidence) -> Vec<Finding> {
    let failing = telling(question, Pod::fails_with_limits);
    let Some((pod, what)) = failing.first_key_value() else { return Vec::new() };
    let (example, what) = (cut(pod, POD), cut(what, FIELDS));
    let message = match failing.len() {
        1 => message!("pod {example} fails with {what}: make request and limit equal, as Fargate wants them"),
        count => message!(
            "{count} pods fail, such as {example} with {what}: make request and limit equal, as Fargate wants them"
        ),
    };
    vec![Finding::advisory(Check::PodLimits, message)]
}

/// The pods that have something of this kind to tell, by their paths, with what it is.
fn telling(question: &Question, what: fn(&Pod) -> Option<&str>) -> BTreeMap<String, &str> {
    question.pods.iter().filter_map(|pod| Some((pod.path(), what(pod)?))).collect()
}
