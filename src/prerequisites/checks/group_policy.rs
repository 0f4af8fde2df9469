//! SecurityGroupPolicies, which give pods other groups than the cluster security group (EKS user guide, security groups for pods;
//! eksctl-io/eksctl#4486).

use std::collections::BTreeSet;

use crate::message::{cut, message};
use crate::placement::Pod;
use crate::prerequisites::checks::security_group::takes;
use crate::prerequisites::evidence::{Evidence, Question, Read};
use crate::prerequisites::finding::{Check, Finding, id};
use crate::prerequisites::inside::{of_namespace, of_pod};

/// As long as namespace and name of a policy usually get.
const PATH: usize = 40;
/// What each pod asks of the cluster: names, and the API server.
const NEEDED: [(&str, u16); 2] = [("udp", 53), ("tcp", 443)];

pub(super) fn security_group_policy(question: &Question, evidence: &Evidence) -> Vec<Finding> {
    let (mut gone, mut shut) = (BTreeSet::new(), BTreeSet::new());
    for pod in &question.pods {
        for policy in of_pod(&evidence.inside.group_policies, pod) {
            let is_gone = |group: &&String| matches!(evidence.security_groups.get(*group), Some(Read::Known(None)));
            gone.extend(policy.content.groups.iter().filter(is_gone).map(|group| (policy.path(), group)));
        }
        shut.extend(stopped(pod, evidence));
    }
    let gone = gone.first().map(|(path, group)| {
        let (path, group) = (cut(path, PATH), id(group));
        message!(
            "SecurityGroupPolicy {path} names {group}, which EC2 does not show, so its pods get no network: correct \
             spec.securityGroups.groupIds"
        )
    });
    let messages = [gone, shut.first().and_then(|(path, ports)| told(path, ports, evidence))];
    messages.into_iter().flatten().map(|message| Finding::advisory(Check::SecurityGroupPolicy, message)).collect()
}

fn told(path: &str, ports: &str, evidence: &Evidence) -> Option<String> {
    let (path, own) = (cut(path, PATH), id(evidence.cluster.security_group.as_deref()?));
    Some(message!(
        "SecurityGroupPolicy {path} gives pods groups that let no {ports} out (DNS, API server): add cluster security group {own} to \
         its groupIds"
    ))
}

/// The first policy of a pod, with the ports that none of its groups lets out. A pod has the groups of all policies that select it,
/// so whether one is stopped shows only if all of them are known.
fn stopped(pod: &Pod, evidence: &Evidence) -> Option<(String, String)> {
    let own = evidence.cluster.security_group.as_ref()?;
    let policies = &evidence.inside.group_policies;
    if of_namespace(policies, &pod.namespace).any(|policy| policy.content.by_account) {
        return None;
    }
    let first = of_pod(policies, pod).min_by_key(|policy| &policy.name)?;
    let groups: BTreeSet<&String> = of_pod(policies, pod).flat_map(|policy| &policy.content.groups).collect();
    if groups.is_empty() || groups.contains(own) {
        return None;
    }
    let known: Vec<_> = groups.into_iter().map(|group| evidence.security_group(group)).collect::<Option<_>>()?;
    let is_stopped = |(protocol, port): &&(&str, u16)| {
        !known.iter().any(|group| group.egress.iter().any(|rule| takes(rule, protocol, *port)))
    };
    let ports: Vec<String> =
        NEEDED.iter().filter(is_stopped).map(|(protocol, port)| format!("{port}/{protocol}")).collect();
    (!ports.is_empty()).then(|| (first.path(), ports.join(", ")))
}

/// The groups that policies give the object's pods.
pub(in crate::prerequisites) fn groups<'a>(
    question: &'a Question,
    evidence: &'a Evidence,
) -> impl Iterator<Item = &'a String> {
    let policies = question.pods.iter().flat_map(|pod| of_pod(&evidence.inside.group_policies, pod));
    policies.flat_map(|policy| &policy.content.groups)
}
