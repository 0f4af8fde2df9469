//! EC2's answers, in the form of the examples in its API Reference.

mod network;
mod routes;
mod ways_out;

use super::*;
use crate::aws::fixture::Service;

/// The form of a set of strings.
fn set<const N: usize>(values: [&str; N]) -> BTreeSet<String> {
    values.map(str::to_owned).into()
}

#[tokio::test]
async fn a_refusal_names_the_action() {
    let denied = r#"<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not authorized to perform this operation. Encoded authorization failure message: 4ZBGZCmL</Message></Error></Errors><RequestID>0b7e4e3e-1a3d-4b5f-9c1d-EXAMPLE</RequestID></Response>"#;
    let service = Service::answering(&[(403, denied)]).await;
    let ec2 = SdkEc2::new(&service.session());
    let ids = set(["x-1"]);
    let refused = [
        ec2.subnets(&ids).await.err(),
        ec2.subnets_of("vpc-1", &Tags::new()).await.err(),
        ec2.route_tables("vpc-1").await.err(),
        ec2.dns("vpc-1").await.err(),
        ec2.endpoints("vpc-1").await.err(),
        ec2.nat_gateways("vpc-1").await.err(),
        ec2.dns_servers("vpc-1").await.err(),
        ec2.security_groups(&ids).await.err(),
    ];
    let actions = refused.map(|unread| match unread {
        Some(Unread::Denied { action }) => action,
        other => panic!("{other:?}"),
    });
    assert_eq!(
        actions,
        [
            "ec2:DescribeSubnets",
            "ec2:DescribeSubnets",
            "ec2:DescribeRouteTables",
            "ec2:DescribeVpcAttribute",
            "ec2:DescribeVpcEndpoints",
            "ec2:DescribeNatGateways",
            "ec2:DescribeVpcs",
            "ec2:DescribeSecurityGroups",
        ]
    );
}

#[tokio::test]
async fn what_does_not_exist_is_left_out() {
    for (list, action) in [("subnetSet", "DescribeSubnets"), ("securityGroupInfo", "DescribeSecurityGroups")] {
        let answer = format!("<{action}Response><requestId>1</requestId><{list}/></{action}Response>");
        let service = Service::answering(&[(200, &answer)]).await;
        let ec2 = SdkEc2::new(&service.session());
        let found = match list {
            "subnetSet" => ec2.subnets(&set(["subnet-1"])).await.unwrap().len(),
            _ => ec2.security_groups(&set(["sg-1"])).await.unwrap().len(),
        };
        assert_eq!((found, service.asked().len()), (0, 1));
    }
}

#[tokio::test]
async fn nothing_is_asked_about_no_ids_and_many_ids_are_asked_in_parts() {
    let service = Service::answering(&[(200, "<R><subnetSet/></R>")]).await;
    let ec2 = SdkEc2::new(&service.session());
    assert_eq!(ec2.subnets(&BTreeSet::new()).await, Ok(BTreeMap::new()));
    assert!(service.asked().is_empty());
    let ids: BTreeSet<String> = (0..201).map(|n| format!("subnet-{n:03}")).collect();
    ec2.subnets(&ids).await.unwrap();
    let [first, second] = &service.asked()[..] else { panic!("{:?}", service.asked()) };
    assert_eq!(first.parameter("Filter.1.Value.200"), Some("subnet-199"));
    assert_eq!(second.parameter("Filter.1.Value.1"), Some("subnet-200"));
    assert_eq!((second.parameter("Filter.1.Name"), second.parameter("Filter.1.Value.2")), (Some("subnet-id"), None));
}

#[tokio::test]
async fn subnets_of_a_vpc_are_asked_for_by_all_of_their_tags() {
    let service = Service::answering(&[(200, "<R><subnetSet/></R>")]).await;
    let ec2 = SdkEc2::new(&service.session());
    let tags = Tags::from([("role".to_owned(), None), ("team".to_owned(), Some("a b".to_owned()))]);
    assert_eq!(ec2.subnets_of("vpc-1", &tags).await, Ok(BTreeMap::new()));
    let [asked] = &service.asked()[..] else { panic!("{:?}", service.asked()) };
    let filter = |n: u8| {
        let of = |what: &str| asked.parameter(&format!("Filter.{n}.{what}")).map(str::to_owned);
        (of("Name"), of("Value.1"), of("Value.2"))
    };
    let is = |name: &str, value: &str| (Some(name.to_owned()), Some(value.to_owned()), None);
    assert_eq!(filter(1), is("vpc-id", "vpc-1"));
    assert_eq!(filter(2), is("tag-key", "role"));
    assert_eq!(filter(3), is("tag:team", "a b"));
    assert_eq!(filter(4), (None, None, None));
}
