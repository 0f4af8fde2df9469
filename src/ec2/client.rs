//! EC2 through its query API.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;

use super::routes::route_table;
use super::{Ec2, NatGateway, RouteTable, Rule, SecurityGroup, Subnet, Tags, VpcDns, VpcEndpoint};
use crate::aws::{Api, Element, Incomplete, QueryApi, QueryClient, Session, Unread};

pub(crate) const EC2: QueryApi = QueryApi {
    api: Api { name: "EC2", signing_name: "ec2", is_global: false },
    version: "2016-11-15",
    next_page: ("NextToken", "nextToken"),
};

/// So many values has a filter at most (API Reference, Filter).
const FILTER: usize = 200;

/// [`Ec2`] on the SDK's runtime.
pub struct SdkEc2(QueryClient);

impl SdkEc2 {
    pub fn new(session: &Session) -> Self {
        Self(QueryClient::new(&EC2, session))
    }

    /// All items of a list, of all pages, of what a filter on these values lets through.
    async fn all<T>(
        &self,
        action: &'static str,
        filter: &str,
        values: &[&str],
        list: &'static str,
        read: impl Fn(&Element) -> Result<T, Incomplete>,
    ) -> Result<Vec<T>, Unread> {
        let mut found = Vec::new();
        // No values are no chunk, and no call: EC2 refuses a filter without values.
        for values in values.chunks(FILTER) {
            let value = |(at, value): (usize, &&str)| (format!("Filter.1.Value.{}", at + 1), (*value).to_owned());
            let name = ("Filter.1.Name".to_owned(), filter.to_owned());
            let parameters = std::iter::once(name).chain(values.iter().enumerate().map(value)).collect();
            let items = self.0.list(action, parameters, list, &read).await;
            found.extend(items.map_err(|failure| Unread::of(action, failure))?);
        }
        Ok(found)
    }

    /// One of the attributes of a VPC that are on or off.
    async fn is_on(&self, vpc: &str, attribute: &'static str) -> Result<bool, Unread> {
        const ACTION: &str = "ec2:DescribeVpcAttribute";
        let parameters = vec![("VpcId".to_owned(), vpc.to_owned()), ("Attribute".to_owned(), attribute.to_owned())];
        let answer = self.0.call(ACTION, &parameters).await;
        let value = answer.and_then(|answer| {
            let value = answer.child(attribute).and_then(|found| found.text("value"));
            value.map(|value| value == "true").ok_or_else(|| self.0.incomplete(ACTION, &Incomplete(attribute)))
        });
        value.map_err(|failure| Unread::of(ACTION, failure))
    }
}

#[async_trait]
impl Ec2 for SdkEc2 {
    async fn subnets(&self, ids: &BTreeSet<String>) -> Result<BTreeMap<String, Subnet>, Unread> {
        let subnets = self.all("ec2:DescribeSubnets", "subnet-id", &borrowed(ids), "subnetSet", subnet).await?;
        Ok(subnets.into_iter().collect())
    }

    async fn subnets_of(&self, vpc: &str, tags: &Tags) -> Result<BTreeMap<String, Subnet>, Unread> {
        const ACTION: &str = "ec2:DescribeSubnets";
        let of_tag = |(key, value): (&String, &Option<String>)| match value {
            Some(value) => (format!("tag:{key}"), value.clone()),
            None => ("tag-key".to_owned(), key.clone()),
        };
        let of_vpc = ("vpc-id".to_owned(), vpc.to_owned());
        let filters = std::iter::once(of_vpc).chain(tags.iter().map(of_tag)).enumerate();
        let parameters = filters.flat_map(|(at, (name, value))| {
            let filter = format!("Filter.{}", at + 1);
            [(format!("{filter}.Name"), name), (format!("{filter}.Value.1"), value)]
        });
        let subnets = self.0.list(ACTION, parameters.collect(), "subnetSet", &subnet).await;
        Ok(subnets.map_err(|failure| Unread::of(ACTION, failure))?.into_iter().collect())
    }

    async fn route_tables(&self, vpc: &str) -> Result<Vec<RouteTable>, Unread> {
        self.all("ec2:DescribeRouteTables", "vpc-id", &[vpc], "routeTableSet", route_table).await
    }

    async fn dns(&self, vpc: &str) -> Result<VpcDns, Unread> {
        let support = self.is_on(vpc, "enableDnsSupport").await?;
        Ok(VpcDns { support, hostnames: self.is_on(vpc, "enableDnsHostnames").await? })
    }

    async fn endpoints(&self, vpc: &str) -> Result<Vec<VpcEndpoint>, Unread> {
        self.all("ec2:DescribeVpcEndpoints", "vpc-id", &[vpc], "vpcEndpointSet", endpoint).await
    }

    async fn nat_gateways(&self, vpc: &str) -> Result<BTreeMap<String, NatGateway>, Unread> {
        let gateways = self.all("ec2:DescribeNatGateways", "vpc-id", &[vpc], "natGatewaySet", nat_gateway).await?;
        Ok(gateways.into_iter().collect())
    }

    async fn dns_servers(&self, vpc: &str) -> Result<Vec<String>, Unread> {
        let set = |vpc: &Element| Ok(vpc.required("dhcpOptionsId")?.to_owned());
        let sets = self.all("ec2:DescribeVpcs", "vpc-id", &[vpc], "vpcSet", set).await?;
        // `default` stands for a VPC without any.
        let sets: Vec<&str> = sets.iter().map(String::as_str).filter(|set| *set != "default").collect();
        let servers = self.all("ec2:DescribeDhcpOptions", "dhcp-options-id", &sets, "dhcpOptionsSet", servers).await?;
        Ok(servers.into_iter().flatten().collect())
    }

    async fn security_groups(&self, ids: &BTreeSet<String>) -> Result<BTreeMap<String, SecurityGroup>, Unread> {
        let ids = borrowed(ids);
        let groups = self.all("ec2:DescribeSecurityGroups", "group-id", &ids, "securityGroupInfo", group).await?;
        Ok(groups.into_iter().collect())
    }
}

fn borrowed(ids: &BTreeSet<String>) -> Vec<&str> {
    ids.iter().map(String::as_str).collect()
}

fn subnet(item: &Element) -> Result<(String, Subnet), Incomplete> {
    const FREE: &str = "availableIpAddressCount";
    let is_associated =
        |block: &Element| block.child("ipv6CidrBlockState").and_then(|state| state.text("state")) == Some("associated");
    let subnet = Subnet {
        vpc: item.required("vpcId")?.to_owned(),
        zone: item.string("availabilityZone"),
        zone_id: item.string("availabilityZoneId"),
        owner: item.string("ownerId"),
        outpost: item.text("outpostArn").map(str::to_owned),
        free_addresses: item.required(FREE)?.parse().map_err(|_| Incomplete(FREE))?,
        has_ipv6: item.items("ipv6CidrBlockAssociationSet").iter().any(is_associated),
        public_access_block: item
            .child("blockPublicAccessStates")
            .and_then(|states| states.text("internetGatewayBlockMode"))
            .map(str::to_owned),
    };
    Ok((item.required("subnetId")?.to_owned(), subnet))
}

fn endpoint(item: &Element) -> Result<VpcEndpoint, Incomplete> {
    let ids = |list| item.items(list).iter().map(|id| id.value().to_owned()).collect();
    Ok(VpcEndpoint {
        id: item.required("vpcEndpointId")?.to_owned(),
        service: item.required("serviceName")?.to_owned(),
        kind: item.string("vpcEndpointType"),
        // The model has it capitalised, and EC2 answers in lower case.
        state: item.required("state")?.to_lowercase(),
        private_dns: item.is_true("privateDnsEnabled"),
        route_tables: ids("routeTableIdSet"),
        subnets: ids("subnetIdSet"),
        security_groups: texts(item, "groupSet", "groupId"),
        policy: item.text("policyDocument").map(str::to_owned),
    })
}

fn nat_gateway(item: &Element) -> Result<(String, NatGateway), Incomplete> {
    let gateway = NatGateway {
        state: item.required("state")?.to_owned(),
        connectivity: item.text("connectivityType").unwrap_or("public").to_owned(),
        failure: item.text("failureMessage").or(item.text("failureCode")).map(str::to_owned),
        subnet: item.string("subnetId"),
        public_addresses: texts(item, "natGatewayAddressSet", "publicIp"),
    };
    Ok((item.required("natGatewayId")?.to_owned(), gateway))
}

/// The DNS servers of a set of DHCP options.
fn servers(item: &Element) -> Result<Vec<String>, Incomplete> {
    let of_dns = |option: &&Element| option.text("key") == Some("domain-name-servers");
    let values = item.items("dhcpConfigurationSet").iter().filter(of_dns).flat_map(|option| option.items("valueSet"));
    Ok(values.filter_map(|value| value.text("value")).map(str::to_owned).collect())
}

fn group(item: &Element) -> Result<(String, SecurityGroup), Incomplete> {
    let rules = |list| item.items(list).iter().map(rule).collect::<Result<_, _>>();
    let group = SecurityGroup { ingress: rules("ipPermissions")?, egress: rules("ipPermissionsEgress")? };
    Ok((item.required("groupId")?.to_owned(), group))
}

fn rule(item: &Element) -> Result<Rule, Incomplete> {
    let port = |name| item.text(name).and_then(|port| port.parse().ok());
    let mut cidrs = texts(item, "ipRanges", "cidrIp");
    cidrs.append(&mut texts(item, "ipv6Ranges", "cidrIpv6"));
    Ok(Rule {
        protocol: item.required("ipProtocol")?.to_owned(),
        // A rule for all protocols has no ports; -1 stands for all types of ICMP.
        ports: port("fromPort").zip(port("toPort")),
        cidrs,
        groups: texts(item, "groups", "groupId"),
        prefix_lists: texts(item, "prefixListIds", "prefixListId"),
    })
}

/// What the items of a list say of this.
fn texts(item: &Element, list: &str, name: &str) -> BTreeSet<String> {
    item.items(list).iter().filter_map(|each| each.text(name)).map(str::to_owned).collect()
}
