//! Route tables.

use super::*;

#[tokio::test]
async fn a_route_table_tells_its_subnets_and_where_its_routes_lead() {
    let answer = r#"<DescribeRouteTablesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
  <requestId>6f570b0b-9c18-4b07-bdec-73740dcf861a</requestId>
  <routeTableSet>
    <item>
      <routeTableId>rtb-main</routeTableId>
      <vpcId>vpc-1</vpcId>
      <routeSet>
        <item><destinationCidrBlock>10.0.0.0/16</destinationCidrBlock><gatewayId>local</gatewayId><state>active</state><origin>CreateRouteTable</origin></item>
      </routeSet>
      <associationSet>
        <item><routeTableAssociationId>rtbassoc-1</routeTableAssociationId><routeTableId>rtb-main</routeTableId><main>true</main><associationState><state>associated</state></associationState></item>
      </associationSet>
      <tagSet/>
    </item>
    <item>
      <routeTableId>rtb-private</routeTableId>
      <vpcId>vpc-1</vpcId>
      <routeSet>
        <item><destinationCidrBlock>0.0.0.0/0</destinationCidrBlock><natGatewayId>nat-1</natGatewayId><state>blackhole</state><origin>CreateRoute</origin></item>
        <item><destinationIpv6CidrBlock>::/0</destinationIpv6CidrBlock><egressOnlyInternetGatewayId>eigw-1</egressOnlyInternetGatewayId><state>active</state></item>
        <item><destinationPrefixListId>pl-1</destinationPrefixListId><gatewayId>vpce-1</gatewayId><state>active</state></item>
      </routeSet>
      <associationSet>
        <item><routeTableAssociationId>rtbassoc-2</routeTableAssociationId><subnetId>subnet-1</subnetId><main>false</main><associationState><state>associated</state></associationState></item>
        <item><routeTableAssociationId>rtbassoc-3</routeTableAssociationId><subnetId>subnet-2</subnetId><main>false</main></item>
        <item><routeTableAssociationId>rtbassoc-4</routeTableAssociationId><subnetId>subnet-3</subnetId><main>false</main><associationState><state>disassociating</state></associationState></item>
        <item><routeTableAssociationId>rtbassoc-5</routeTableAssociationId><gatewayId>igw-1</gatewayId><main>false</main></item>
      </associationSet>
    </item>
  </routeTableSet>
</DescribeRouteTablesResponse>"#;
    let service = Service::answering(&[(200, answer)]).await;
    let found = SdkEc2::new(&service.session()).route_tables("vpc-1").await.unwrap();
    let route = |destination: &str, target, is_active| Route { destination: destination.to_owned(), target, is_active };
    let id = str::to_owned;
    let main = RouteTable {
        id: id("rtb-main"),
        is_main: true,
        subnets: set([]),
        routes: vec![route("10.0.0.0/16", Target::Local, true)],
    };
    let private = RouteTable {
        id: id("rtb-private"),
        is_main: false,
        subnets: set(["subnet-1", "subnet-2"]),
        routes: vec![
            route("0.0.0.0/0", Target::NatGateway(id("nat-1")), false),
            route("::/0", Target::EgressOnlyInternetGateway(id("eigw-1")), true),
            route("pl-1", Target::VpcEndpoint(id("vpce-1")), true),
        ],
    };
    assert_eq!(found, [main, private]);
    let asked = &service.asked()[0];
    assert_eq!(
        (asked.parameter("Filter.1.Name"), asked.parameter("Filter.1.Value.1")),
        (Some("vpc-id"), Some("vpc-1"))
    );
}

#[tokio::test]
async fn each_kind_of_target_is_known_by_its_element_or_the_beginning_of_its_id() {
    let id = str::to_owned;
    let table = [
        ("<gatewayId>igw-1</gatewayId>", Target::InternetGateway(id("igw-1"))),
        ("<gatewayId>vgw-1</gatewayId>", Target::VirtualPrivateGateway(id("vgw-1"))),
        ("<gatewayId>vpce-1</gatewayId>", Target::VpcEndpoint(id("vpce-1"))),
        ("<gatewayId>new-1</gatewayId>", Target::Other(id("new-1"))),
        ("<transitGatewayId>tgw-1</transitGatewayId>", Target::TransitGateway(id("tgw-1"))),
        ("<vpcPeeringConnectionId>pcx-1</vpcPeeringConnectionId>", Target::Peering(id("pcx-1"))),
        ("<networkInterfaceId>eni-1</networkInterfaceId>", Target::NetworkInterface(id("eni-1"))),
        (
            "<instanceId>i-1</instanceId><instanceOwnerId>1</instanceOwnerId><networkInterfaceId>eni-1</networkInterfaceId>",
            Target::Instance(id("i-1")),
        ),
        ("<carrierGatewayId>cagw-1</carrierGatewayId>", Target::Other(id("cagw-1"))),
        ("<localGatewayId>lgw-1</localGatewayId>", Target::Other(id("lgw-1"))),
        (
            "<coreNetworkArn>arn:aws:networkmanager::1:core-network/c</coreNetworkArn>",
            Target::Other(id("arn:aws:networkmanager::1:core-network/c")),
        ),
        ("", Target::Other(String::new())),
    ];
    for (element, target) in table {
        let answer = format!(
            "<R><routeTableSet><item><routeTableId>rtb-1</routeTableId><routeSet><item>\
             <destinationCidrBlock>0.0.0.0/0</destinationCidrBlock>{element}<state>active</state>\
             </item></routeSet><associationSet/></item></routeTableSet></R>"
        );
        let service = Service::answering(&[(200, &answer)]).await;
        let found = SdkEc2::new(&service.session()).route_tables("vpc-1").await.unwrap();
        assert_eq!(found[0].routes[0].target, target, "{element}");
        assert!(found[0].routes[0].is_default());
    }
}
