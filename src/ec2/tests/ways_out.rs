//! NAT gateways and VPC endpoints.

use super::*;

#[tokio::test]
async fn a_nat_gateway_tells_its_state_and_its_addresses() {
    let answer = r#"<DescribeNatGatewaysResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
  <requestId>bfed02c6-dae9-47c0-86a2-example</requestId>
  <natGatewaySet>
    <item>
      <subnetId>subnet-1</subnetId>
      <natGatewayAddressSet>
        <item><networkInterfaceId>eni-1</networkInterfaceId><publicIp>198.18.125.129</publicIp><allocationId>eipalloc-1</allocationId><privateIp>10.0.2.147</privateIp></item>
        <item><networkInterfaceId>eni-2</networkInterfaceId><privateIp>10.0.2.148</privateIp></item>
      </natGatewayAddressSet>
      <createTime>2026-11-25T14:00:55.000Z</createTime>
      <vpcId>vpc-1</vpcId>
      <natGatewayId>nat-1</natGatewayId>
      <connectivityType>public</connectivityType>
      <state>available</state>
    </item>
    <item><natGatewayId>nat-2</natGatewayId><connectivityType>private</connectivityType><state>available</state><subnetId>subnet-1</subnetId></item>
    <item><natGatewayId>nat-3</natGatewayId><state>failed</state><subnetId>subnet-2</subnetId><failureCode>Gateway.NotAttached</failureCode><failureMessage>Network vpc-1 has no Internet gateway attached</failureMessage></item>
  </natGatewaySet>
</DescribeNatGatewaysResponse>"#;
    let service = Service::answering(&[(200, answer)]).await;
    let found = SdkEc2::new(&service.session()).nat_gateways("vpc-1").await.unwrap();
    let available = NatGateway {
        state: "available".to_owned(),
        connectivity: "public".to_owned(),
        failure: None,
        subnet: "subnet-1".to_owned(),
        public_addresses: set(["198.18.125.129"]),
    };
    let private = NatGateway { connectivity: "private".to_owned(), public_addresses: set([]), ..available.clone() };
    let failed = NatGateway {
        state: "failed".to_owned(),
        failure: Some("Network vpc-1 has no Internet gateway attached".to_owned()),
        subnet: "subnet-2".to_owned(),
        public_addresses: set([]),
        ..available.clone()
    };
    let all = [("nat-1", available), ("nat-2", private), ("nat-3", failed)];
    assert_eq!(found, all.map(|(id, gateway)| (id.to_owned(), gateway)).into());
    assert_eq!(service.asked()[0].parameter("Filter.1.Name"), Some("vpc-id"));
}

#[tokio::test]
async fn an_endpoint_tells_its_service_and_whom_it_serves() {
    let answer = r#"<DescribeVpcEndpointsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
  <vpcEndpointSet>
    <item>
      <vpcEndpointId>vpce-1</vpcEndpointId>
      <vpcEndpointType>Gateway</vpcEndpointType>
      <vpcId>vpc-1</vpcId>
      <serviceName>com.amazonaws.eu-central-1.s3</serviceName>
      <state>available</state>
      <policyDocument>{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*"}]}</policyDocument>
      <routeTableIdSet><item>rtb-1</item><item>rtb-2</item></routeTableIdSet>
      <subnetIdSet/><groupSet/>
      <privateDnsEnabled>false</privateDnsEnabled>
    </item>
    <item>
      <vpcEndpointId>vpce-2</vpcEndpointId>
      <vpcEndpointType>Interface</vpcEndpointType>
      <serviceName>com.amazonaws.eu-central-1.ecr.api</serviceName>
      <state>Pending</state>
      <routeTableIdSet/>
      <subnetIdSet><item>subnet-1</item></subnetIdSet>
      <groupSet><item><groupId>sg-1</groupId><groupName>endpoints</groupName></item></groupSet>
      <privateDnsEnabled>true</privateDnsEnabled>
    </item>
  </vpcEndpointSet>
</DescribeVpcEndpointsResponse>"#;
    let service = Service::answering(&[(200, answer)]).await;
    let found = SdkEc2::new(&service.session()).endpoints("vpc-1").await.unwrap();
    let text = str::to_owned;
    let gateway = VpcEndpoint {
        id: text("vpce-1"),
        service: text("com.amazonaws.eu-central-1.s3"),
        kind: text("Gateway"),
        state: text("available"),
        route_tables: set(["rtb-1", "rtb-2"]),
        policy: Some(text(r#"{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*"}]}"#)),
        ..VpcEndpoint::default()
    };
    let interface = VpcEndpoint {
        id: text("vpce-2"),
        service: text("com.amazonaws.eu-central-1.ecr.api"),
        kind: text("Interface"),
        state: text("pending"),
        private_dns: true,
        subnets: set(["subnet-1"]),
        security_groups: set(["sg-1"]),
        ..VpcEndpoint::default()
    };
    assert_eq!(found, [gateway, interface]);
}

#[tokio::test]
async fn a_vpc_may_have_neither() {
    let service = Service::answering(&[(200, "<R><natGatewaySet/><vpcEndpointSet/></R>")]).await;
    let ec2 = SdkEc2::new(&service.session());
    assert_eq!(ec2.nat_gateways("vpc-1").await, Ok(BTreeMap::new()));
    assert_eq!(ec2.endpoints("vpc-1").await, Ok(Vec::new()));
}
