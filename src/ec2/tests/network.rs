//! Subnets, DNS and security groups.

use super::*;

#[tokio::test]
async fn a_subnet_tells_its_place_its_free_addresses_and_whose_it_is() {
    let answer = r#"<DescribeSubnetsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
  <requestId>7a62c49f-347e-4fc4-9331-6e8eEXAMPLE</requestId>
  <subnetSet>
    <item>
      <subnetId>subnet-0a1b2c3d4e5f60001</subnetId>
      <subnetArn>arn:aws:ec2:eu-central-1:111122223333:subnet/subnet-0a1b2c3d4e5f60001</subnetArn>
      <state>available</state>
      <ownerId>111122223333</ownerId>
      <vpcId>vpc-0a1b2c3d4e5f60000</vpcId>
      <cidrBlock>10.0.1.0/24</cidrBlock>
      <ipv6CidrBlockAssociationSet/>
      <availableIpAddressCount>251</availableIpAddressCount>
      <availabilityZone>eu-central-1a</availabilityZone>
      <availabilityZoneId>euc1-az2</availabilityZoneId>
      <defaultForAz>false</defaultForAz>
      <mapPublicIpOnLaunch>false</mapPublicIpOnLaunch>
      <blockPublicAccessStates><internetGatewayBlockMode>block-bidirectional</internetGatewayBlockMode></blockPublicAccessStates>
      <tagSet><item><key>Name</key><value>a &amp; b</value></item></tagSet>
    </item>
    <item>
      <subnetId>subnet-0a1b2c3d4e5f60002</subnetId>
      <vpcId>vpc-0a1b2c3d4e5f60000</vpcId>
      <ownerId>444455556666</ownerId>
      <outpostArn>arn:aws:outposts:eu-central-1:111122223333:outpost/op-1</outpostArn>
      <availableIpAddressCount>0</availableIpAddressCount>
      <availabilityZone>eu-central-1b</availabilityZone>
      <availabilityZoneId>euc1-az3</availabilityZoneId>
      <ipv6CidrBlockAssociationSet>
        <item><ipv6CidrBlock>2001:db8:1234:1a00::/64</ipv6CidrBlock><ipv6CidrBlockState><state>disassociated</state></ipv6CidrBlockState></item>
        <item><ipv6CidrBlock>2001:db8:1234:1b00::/64</ipv6CidrBlock><ipv6CidrBlockState><state>associated</state></ipv6CidrBlockState></item>
      </ipv6CidrBlockAssociationSet>
    </item>
  </subnetSet>
</DescribeSubnetsResponse>"#;
    let service = Service::answering(&[(200, answer)]).await;
    let ids = set(["subnet-0a1b2c3d4e5f60001", "subnet-0a1b2c3d4e5f60002"]);
    let found = SdkEc2::new(&service.session()).subnets(&ids).await.unwrap();
    assert_eq!(found.keys().cloned().collect::<BTreeSet<_>>(), ids);
    let text = str::to_owned;
    assert_eq!(
        found["subnet-0a1b2c3d4e5f60001"],
        Subnet {
            vpc: text("vpc-0a1b2c3d4e5f60000"),
            zone: text("eu-central-1a"),
            zone_id: text("euc1-az2"),
            owner: text("111122223333"),
            outpost: None,
            free_addresses: 251,
            has_ipv6: false,
            public_access_block: Some(text("block-bidirectional")),
        }
    );
    let second = &found["subnet-0a1b2c3d4e5f60002"];
    assert_eq!(second.outpost.as_deref(), Some("arn:aws:outposts:eu-central-1:111122223333:outpost/op-1"));
    assert!(second.has_ipv6 && second.free_addresses == 0 && second.public_access_block.is_none());
    assert_eq!(service.counted(), [r#"{operation="DescribeSubnets",outcome="ok"} 1"#]);
}

#[tokio::test]
async fn a_subnet_that_does_not_tell_its_free_addresses_is_not_full() {
    let answer = "<R><subnetSet><item><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId></item></subnetSet></R>";
    let service = Service::answering(&[(200, answer)]).await;
    let unread = SdkEc2::new(&service.session()).subnets(&set(["subnet-1"])).await.unwrap_err();
    assert_eq!(unread.to_string(), "ec2:DescribeSubnets failed: EC2 answered without availableIpAddressCount");
}

/// The answer about one attribute of a VPC.
fn attribute(name: &str, value: &str) -> String {
    format!(
        r#"<DescribeVpcAttributeResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>1</requestId>
        <vpcId>vpc-1</vpcId><{name}>{value}</{name}></DescribeVpcAttributeResponse>"#
    )
}

#[tokio::test]
async fn a_vpc_tells_both_attributes_of_dns_each_in_a_call_of_its_own() {
    let support = attribute("enableDnsSupport", "<value>true</value>");
    let host_names = attribute("enableDnsHostnames", "<value>false</value>");
    let service = Service::answering(&[(200, &support), (200, &host_names)]).await;
    let dns = SdkEc2::new(&service.session()).dns("vpc-1").await;
    assert_eq!(dns, Ok(VpcDns { support: true, hostnames: false }));
    let asked = service.asked();
    let attributes: Vec<_> = asked.iter().filter_map(|asked| asked.parameter("Attribute")).collect();
    assert_eq!(attributes, ["enableDnsSupport", "enableDnsHostnames"]);
    assert!(asked.iter().all(|asked| asked.parameter("VpcId") == Some("vpc-1")));

    let service = Service::answering(&[(200, &attribute("enableDnsSupport", ""))]).await;
    let unread = SdkEc2::new(&service.session()).dns("vpc-1").await.unwrap_err();
    assert_eq!(unread.to_string(), "ec2:DescribeVpcAttribute failed: EC2 answered without enableDnsSupport");
}

#[tokio::test]
async fn dns_servers_are_those_of_the_options_that_the_vpc_names() {
    let vpc = |options: &str| {
        format!("<R><vpcSet><item><vpcId>vpc-1</vpcId><dhcpOptionsId>{options}</dhcpOptionsId></item></vpcSet></R>")
    };
    let options = r#"<DescribeDhcpOptionsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><dhcpOptionsSet><item>
        <dhcpOptionsId>dopt-1</dhcpOptionsId><dhcpConfigurationSet>
        <item><key>domain-name</key><valueSet><item><value>example.com</value></item></valueSet></item>
        <item><key>domain-name-servers</key><valueSet><item><value>10.2.5.1</value></item><item><value>10.2.5.2</value></item></valueSet></item>
        </dhcpConfigurationSet></item></dhcpOptionsSet></DescribeDhcpOptionsResponse>"#;
    let service = Service::answering(&[(200, &vpc("dopt-1")), (200, options)]).await;
    let ec2 = SdkEc2::new(&service.session());
    assert_eq!(ec2.dns_servers("vpc-1").await.unwrap(), ["10.2.5.1", "10.2.5.2"]);
    let second = &service.asked()[1];
    assert_eq!(second.parameter("Filter.1.Name"), Some("dhcp-options-id"));
    assert_eq!(second.parameter("Filter.1.Value.1"), Some("dopt-1"));

    let service = Service::answering(&[(200, &vpc("default"))]).await;
    assert_eq!(SdkEc2::new(&service.session()).dns_servers("vpc-1").await, Ok(Vec::new()));
    assert_eq!(service.asked().len(), 1, "`default` names no options");
}

#[tokio::test]
async fn a_security_group_tells_its_rules_by_ports_and_by_whom_they_let_through() {
    let answer = r#"<DescribeSecurityGroupsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><securityGroupInfo><item>
      <ownerId>111122223333</ownerId><groupId>sg-1</groupId><groupName>endpoints</groupName><vpcId>vpc-1</vpcId>
      <ipPermissions>
        <item><ipProtocol>tcp</ipProtocol><fromPort>443</fromPort><toPort>443</toPort>
          <groups><item><userId>111122223333</userId><groupId>sg-2</groupId></item></groups>
          <ipRanges><item><cidrIp>10.0.0.0/16</cidrIp><description>all</description></item></ipRanges>
          <ipv6Ranges><item><cidrIpv6>2001:db8::/56</cidrIpv6></item></ipv6Ranges>
          <prefixListIds><item><prefixListId>pl-1</prefixListId></item></prefixListIds></item>
        <item><ipProtocol>icmp</ipProtocol><fromPort>-1</fromPort><toPort>-1</toPort><groups/><ipRanges/></item>
      </ipPermissions>
      <ipPermissionsEgress><item><ipProtocol>-1</ipProtocol><groups/><ipRanges><item><cidrIp>0.0.0.0/0</cidrIp></item></ipRanges></item></ipPermissionsEgress>
    </item></securityGroupInfo></DescribeSecurityGroupsResponse>"#;
    let service = Service::answering(&[(200, answer)]).await;
    let found = SdkEc2::new(&service.session()).security_groups(&set(["sg-1", "sg-gone"])).await.unwrap();
    let icmp = Rule { protocol: "icmp".to_owned(), ..Rule::default() };
    let https = Rule {
        protocol: "tcp".to_owned(),
        ports: Some((443, 443)),
        cidrs: set(["10.0.0.0/16", "2001:db8::/56"]),
        groups: set(["sg-2"]),
        prefix_lists: set(["pl-1"]),
    };
    let all = Rule { protocol: "-1".to_owned(), cidrs: set(["0.0.0.0/0"]), ..Rule::default() };
    let group = SecurityGroup { ingress: vec![https, icmp], egress: vec![all] };
    assert_eq!(found, [("sg-1".to_owned(), group)].into());
}
