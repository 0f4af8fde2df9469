//! The network of a cluster about which nothing else was said: as AWS's guides build it, and sound.

use std::collections::{BTreeMap, BTreeSet};

use super::{NatGateway, Network, Permission, Route, RouteTable, SecurityGroup, Subnet, Vpc};
use crate::ClusterSettings;

/// The VPC of [`ClusterSettings::foreign_subnets`].
const FOREIGN_VPC: &str = "vpc-0fedcba9876543210";
const NAT: &str = "nat-0123456789abcdef0";
/// Where the NAT gateway is if the cluster has no public subnet.
const SUBNET_OF_NAT: &str = "subnet-0eeeeeee000000001";

impl Network {
    /// Private subnets with a way out through a NAT gateway, public ones with an internet gateway, and a security group
    /// that lets all of its members talk, as EKS makes it (User Guide, "Amazon EKS security group requirements").
    pub(crate) fn sound(settings: &ClusterSettings, region: &str) -> Self {
        let group = settings.security_group.clone();
        let mut public = settings.public_subnets.clone();
        if public.is_empty() {
            public.push(SUBNET_OF_NAT.to_owned());
        }
        let private = [settings.private_subnets.as_slice(), &settings.other_private_subnets].concat();
        let mut subnets: BTreeMap<String, Subnet> = BTreeMap::new();
        for kind in [&settings.private_subnets, &public, &settings.other_private_subnets] {
            for (index, id) in kind.iter().enumerate() {
                let nth = u8::try_from(subnets.len() % 16).unwrap_or_default();
                subnets
                    .insert(id.clone(), Subnet { cidr: format!("10.0.{}.0/20", nth * 16), ..in_zone(region, index) });
            }
        }
        for (index, id) in settings.foreign_subnets.iter().enumerate() {
            subnets.insert(id.clone(), Subnet { vpc: Some(FOREIGN_VPC.to_owned()), ..in_zone(region, index) });
        }
        let nat = NatGateway {
            subnet: public.first().cloned().unwrap_or_default(),
            public_addresses: vec!["203.0.113.10".to_owned()],
            ..NatGateway::default()
        };
        let vpc = Vpc { id: settings.vpc_id.clone(), ..Vpc::default() };
        let local = Route::new(&vpc.cidr, "local");
        let table = |main, subnets: Vec<String>, target: Option<&str>| RouteTable {
            main,
            subnets: BTreeSet::from_iter(subnets),
            routes: [Some(local.clone()), target.map(|target| Route::new("0.0.0.0/0", target))]
                .into_iter()
                .flatten()
                .collect(),
        };
        Self {
            subnets,
            route_tables: BTreeMap::from([
                ("rtb-0123456789abcdef0".to_owned(), table(true, Vec::new(), None)),
                ("rtb-0123456789abcdef1".to_owned(), table(false, private, Some(NAT))),
                ("rtb-0123456789abcdef2".to_owned(), table(false, public, Some("igw-0123456789abcdef0"))),
            ]),
            nat_gateways: BTreeMap::from([(NAT.to_owned(), nat)]),
            endpoints: BTreeMap::new(),
            security_groups: BTreeMap::from([(group.clone(), of_cluster(group))]),
            zones_without_fargate: BTreeSet::new(),
            vpc,
        }
    }
}

fn of_cluster(id: String) -> SecurityGroup {
    SecurityGroup {
        name: "eks-cluster-sg-1234567890".to_owned(),
        ingress: vec![Permission { groups: vec![id], ..Permission::default() }],
        egress: vec![Permission { cidrs: vec!["0.0.0.0/0".to_owned()], ..Permission::default() }],
    }
}

fn in_zone(region: &str, index: usize) -> Subnet {
    let (letter, number) = [("a", 2), ("b", 3), ("c", 1)][index % 3];
    Subnet { zone: format!("{region}{letter}"), zone_id: format!("{}-az{number}", short(region)), ..Subnet::default() }
}

/// `euc1` for `eu-central-1`, the beginning of its zone ids.
fn short(region: &str) -> String {
    let parts = region.split('-').enumerate();
    parts
        .map(|(index, part)| match (index, part) {
            (0, part) => part,
            (_, "northeast") => "ne",
            (_, "northwest") => "nw",
            (_, "southeast") => "se",
            (_, "southwest") => "sw",
            // A direction, a number, or the `gov` of `us-gov-west-1`.
            (_, part) => part.get(..1).unwrap_or_default(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn zone_ids_begin_with_the_short_name_of_the_region() {
        let all = ["eu-central-1", "us-east-1", "ap-northeast-1", "us-gov-west-1"].map(short);
        assert_eq!(all, ["euc1", "use1", "apne1", "usgw1"]);
    }
}
