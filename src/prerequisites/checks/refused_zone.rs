//! Fargate is not in every Availability Zone, and no API lists where it is (EKS user guide, AWS Fargate). What EKS said when it refused a
//! profile (eksctl-io/eksctl#5677), or Fargate's scheduler when it refused a pod, is kept for each zone and told again.

use std::collections::BTreeSet;

use crate::ec2::Subnet;
use crate::message::message;
use crate::prerequisites::evidence::{Evidence, Question};
use crate::prerequisites::finding::{Check, Finding, group};
use crate::prerequisites::network;

/// What comes before the zone in both texts.
const SAID: [&str; 2] = ["creation for the Availability Zone ", "not supported in the requested availability zone: "];

pub(super) fn refused_zone(question: &Question, evidence: &Evidence) -> Vec<Finding> {
    let is_refused = |subnet: &&Subnet| {
        [&subnet.zone, &subnet.zone_id].into_iter().any(|zone| evidence.refused_zones.contains(zone))
    };
    let zone = |id: &str| evidence.subnet(id).filter(is_refused).map(|subnet| subnet.zone.as_str());
    let subnets = network::subnets(question, evidence);
    let there: Vec<&str> = subnets.into_iter().filter(|id| zone(id).is_some()).collect();
    let zones: BTreeSet<&str> = there.iter().filter_map(|id| zone(id)).collect();
    if zones.is_empty() {
        return Vec::new();
    }
    let (zones, subnets) = (group(&zones.into_iter().collect::<Vec<_>>()), group(&there));
    let message = message!(
        "EKS has said that Fargate is not in {zones}, where there is {subnets}: name subnets of other Availability \
         Zones in spec.subnets or --default-subnets"
    );
    vec![Finding::advisory(Check::ZoneRefused, message)]
}

/// The Availability Zone in which Fargate is not, by its name or its id, as EKS or Fargate's scheduler says it.
pub fn zone_in_refusal<'a>(text: &'a str, region: &str) -> Option<&'a str> {
    let (_, rest) = SAID.iter().find_map(|said| text.split_once(said))?;
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(rest.len());
    let zone = &rest[..end];
    (is_name(zone, region) || is_id(zone)).then_some(zone)
}

/// Such as `ca-central-1d`.
fn is_name(zone: &str, region: &str) -> bool {
    zone.strip_prefix(region).is_some_and(|letter| letter.len() == 1 && letter.chars().all(|c| c.is_ascii_lowercase()))
}

/// Such as `cac1-az4`.
fn is_id(zone: &str) -> bool {
    let is_short = |region: &str| region.len() <= 8 && region.chars().all(|c| c.is_ascii_alphanumeric());
    let parts = zone.split_once("-az");
    parts.is_some_and(|(region, number)| is_short(region) && number.parse::<u8>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_a_zone_of_the_region() {
        let of_profile = |zone: &str| {
            format!("Fargate Profile creation for the Availability Zone {zone} for Subnet subnet-1 is not supported")
        };
        let of_pod = |zone: &str| format!("Fargate is not supported in the requested availability zone: {zone}");
        for text in [of_profile("ca-central-1d"), of_pod("ca-central-1d"), of_pod("ca-central-1d.")] {
            assert_eq!(zone_in_refusal(&text, "ca-central-1"), Some("ca-central-1d"), "{text}");
        }
        assert_eq!(zone_in_refusal(&of_profile("cac1-az4"), "ca-central-1"), Some("cac1-az4"));
        for zone in
            ["us-east-1e", "ca-central-1", "ca-central-1-yto-1a", "ca-central-1d2", "ca-central-1\u{e4}", "-az", ""]
        {
            assert_eq!(zone_in_refusal(&of_profile(zone), "ca-central-1"), None, "{zone}");
            assert_eq!(zone_in_refusal(&of_pod(zone), "ca-central-1"), None, "{zone}");
        }
        assert_eq!(zone_in_refusal("no Fargate in ca-central-1d", "ca-central-1"), None);
    }
}
