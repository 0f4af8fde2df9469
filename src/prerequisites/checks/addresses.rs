//! Each pod takes an address of its subnet (AWS re:Post, Fargate pods Pending).

use crate::message::message;
use crate::prerequisites::evidence::{Evidence, Question};
use crate::prerequisites::finding::{Check, Finding, group};
use crate::prerequisites::network;

/// While pods are moved, the old ones keep their addresses until the new ones run. So as many as there are pods should
/// be free.
pub(super) fn free(question: &Question, evidence: &Evidence) -> Vec<Finding> {
    let all = network::subnets(question, evidence);
    let known: Vec<(&str, usize)> =
        all.iter().filter_map(|id| Some((*id, evidence.subnet(id)?.free_addresses as usize))).collect();
    // Addresses in subnets that could not be read may do. Those of IPv6 clusters do not run out.
    if all.is_empty() || known.len() < all.len() || evidence.is_ipv6() {
        return Vec::new();
    }
    let full: Vec<&str> = known.iter().filter(|(_, free)| *free == 0).map(|(id, _)| *id).collect();
    if full.len() == all.len() {
        let subnets = group(&full);
        let message = message!(
            "no address is free in {subnets}, so no pod starts there: free some, or name larger subnets in \
             spec.subnets or --default-subnets"
        );
        return vec![Finding::blocking(Check::FreeAddresses, message)];
    }
    let (count, pods) = (known.iter().map(|(_, free)| free).sum::<usize>(), question.pods.len());
    let mut findings = Vec::new();
    if count < pods {
        let subnets = group(&all);
        findings.push(message!(
            "{count} addresses are free in {subnets}, but {pods} pods match, and a replacement needs one more for \
             each pod that it moves: name larger subnets"
        ));
    } else if !full.is_empty() {
        let subnets = group(&full);
        findings.push(message!("no address is free in {subnets}: pods start in the other subnets only"));
    }
    findings.into_iter().map(|message| Finding::advisory(Check::FreeAddresses, message)).collect()
}
