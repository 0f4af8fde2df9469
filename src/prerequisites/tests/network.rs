use crate::ec2::{Rule, SecurityGroup, VpcEndpoint};
use crate::prerequisites::fixture::*;
use crate::prerequisites::{Evidence, Read};

#[test]
fn pods_pull_images_by_a_route_or_by_endpoints() {
    check_all(&[
        (
            |_, e| reroute(e, None),
            &["Blocking WayOut: rtb-private gives subnet-a and 1 more no way out, and the VPC lacks \
                 endpoints for ecr.api, ecr.dkr, s3, so no image comes: route 0.0.0.0/0 to a NAT gateway, or \
                 create them"],
        ),
        (
            |_, e| split(e, None),
            &["Advisory WayOut: rtb-b gives subnet-b no way out, and the VPC lacks endpoints for ecr.api, \
                 ecr.dkr, s3, so no image comes: route 0.0.0.0/0 to a NAT gateway, or create them"],
        ),
        (
            |_, e| {
                reroute(e, None);
                e.endpoints = Read::Known(all_endpoints());
                known(&mut e.endpoints).retain(|endpoint| endpoint.id != "vpce-ecr.dkr");
            },
            &["Blocking WayOut: rtb-private gives subnet-a and 1 more no way out, and the VPC lacks \
                 endpoints for ecr.dkr, so no image comes: route 0.0.0.0/0 to a NAT gateway, or create them"],
        ),
        (
            |_, e| {
                reroute(e, None);
                e.endpoints = Read::Known(all_endpoints());
                known(&mut e.endpoints)[4].route_tables = set(&["rtb-main"]);
            },
            &["Blocking WayOut: no way leads out of subnet-a and 1 more, and S3's gateway endpoint vpce-s3 \
                 leaves rtb-private out, so no image layer comes: add the table to it"],
        ),
        // S3's interface endpoint may do.
        (
            |_, e| {
                reroute(e, None);
                e.endpoints = Read::Known(all_endpoints());
                known(&mut e.endpoints)[4] = endpoint("vpce-s3", "s3", "Interface");
            },
            &["Advisory WayOut: no way leads out of subnet-a and 1 more, and an S3 interface endpoint need \
                 not do for the layers of images: create a gateway endpoint for S3 with route table \
                 rtb-private"],
        ),
        (
            |_, e| {
                reroute(e, None);
                e.endpoints = Read::Known(all_endpoints());
                known(&mut e.endpoints)[4].route_tables = set(&["rtb-main"]);
                known(&mut e.endpoints).push(endpoint("vpce-s3i", "s3", "Interface"));
            },
            &["Advisory WayOut: no way leads out of subnet-a and 1 more, and S3's gateway endpoint vpce-s3 \
                 leaves rtb-private out, so no image layer comes: add the table to it"],
        ),
        // An endpoint that is going is none.
        (
            |_, e| {
                reroute(e, None);
                e.endpoints = Read::Known(all_endpoints());
                known(&mut e.endpoints)[0].state = "deleting".into();
            },
            &["Blocking WayOut: rtb-private gives subnet-a and 1 more no way out, and the VPC lacks \
                 endpoints for ecr.api, so no image comes: route 0.0.0.0/0 to a NAT gateway, or create them"],
        ),
    ]);
}

#[test]
fn endpoints_that_stand_for_a_way_out_can_be_used() {
    check_all(&[
        (
            |_, e| {
                reroute(e, None);
                e.endpoints = Read::Known(all_endpoints());
                known(&mut e.endpoints).retain(|endpoint| !["vpce-sts", "vpce-logs"].contains(&endpoint.id.as_str()));
            },
            &["Advisory VpcEndpoints: nothing but endpoints leads out of subnet-a and 1 more, and none is \
                 for sts, logs: create it if pods need it (sts: IAM roles, logs: Fargate's log router)"],
        ),
        (
            |_, e| {
                reroute(e, None);
                e.endpoints = Read::Known(all_endpoints());
                known(&mut e.endpoints)[1].private_dns = false;
            },
            &["Advisory VpcEndpoints: private DNS is off for vpce-ecr.dkr, so the services' own names do \
                 not lead there: aws ec2 modify-vpc-endpoint --private-dns-enabled"],
        ),
        (
            |_, e| {
                reroute(e, None);
                e.endpoints = Read::Known(all_endpoints());
                known(&mut e.endpoints)[0].security_groups = set(&["sg-shut"]);
                e.security_groups.insert("sg-shut".into(), Read::Known(Some(within("sg-shut"))));
            },
            &["Advisory VpcEndpoints: endpoint vpce-ecr.api lets no pod in at 443: aws ec2 \
                 authorize-security-group-ingress --group-id sg-shut --protocol tcp --port 443 --source-group \
                 sg-cluster"],
        ),
        // A range may hold the pods' addresses.
        (
            |_, e| {
                reroute(e, None);
                e.endpoints = Read::Known(all_endpoints());
                known(&mut e.endpoints)[0].security_groups = set(&["sg-https"]);
                let rule = Rule {
                    protocol: "tcp".into(),
                    ports: Some((443, 443)),
                    cidrs: set(&["10.0.0.0/16"]),
                    ..Rule::default()
                };
                let group = SecurityGroup { ingress: vec![rule], egress: Vec::new() };
                e.security_groups.insert("sg-https".into(), Read::Known(Some(group)));
            },
            &[],
        ),
        // So may a prefix list, beside another group.
        (
            |_, e| {
                reroute(e, None);
                e.endpoints = Read::Known(all_endpoints());
                known(&mut e.endpoints)[0].security_groups = set(&["sg-listed"]);
                let mut group = within("sg-other");
                group.ingress[0].prefix_lists = set(&["pl-pods"]);
                e.security_groups.insert("sg-listed".into(), Read::Known(Some(group)));
            },
            &[],
        ),
    ]);
}

/// Sets the policy of S3's gateway endpoint.
fn policy(evidence: &mut Evidence, bucket: &str) {
    evidence.endpoints = Read::Known(all_endpoints());
    let (actions, resource) = (r#"["s3:GetObject", "s3:ListBucket"]"#, format!("arn:aws:s3:::{bucket}/*"));
    known(&mut evidence.endpoints)[4].policy = Some(format!(
        r#"{{"Statement": {{"Effect": "Allow", "Principal": "*", "Action": {actions}, "Resource": "{resource}"}}}}"#
    ));
}

#[test]
fn the_policy_of_the_gateway_endpoint_lets_image_layers_through() {
    const TOLD: &str = "Advisory VpcEndpoints: policy of vpce-s3 stops image layers: allow s3:GetObject on \
         arn:aws:s3:::prod-eu-central-1-starport-layer-bucket/* in it (aws ec2 modify-vpc-endpoint --policy-document)";
    check_all(&[
        (
            |_, e| {
                reroute(e, None);
                policy(e, "my-bucket");
            },
            &[TOLD],
        ),
        // The endpoint takes what goes to S3 where another way leads out, too.
        (|_, e| policy(e, "my-bucket"), &[TOLD]),
        (
            |_, e| {
                policy(e, "my-bucket");
                known(&mut e.endpoints)[4].route_tables = set(&["rtb-main"]);
            },
            &[],
        ),
        (|_, e| policy(e, "prod-eu-central-1-starport-layer-bucket"), &[]),
        (|_, e| policy(e, "*"), &[]),
        (
            |_, e| {
                policy(e, "my-bucket");
                known(&mut e.endpoints)[4].policy = None;
            },
            &[],
        ),
        // Another one's policy is about other things.
        (
            |_, e| {
                policy(e, "my-bucket");
                known(&mut e.endpoints)[4].service = "com.amazonaws.eu-central-1.dynamodb".into();
            },
            &[],
        ),
    ]);
}

#[test]
fn the_cluster_security_group_lets_pods_talk() {
    check_all(&[
        (
            |_, e| known(e.security_groups.get_mut("sg-cluster").unwrap()).as_mut().unwrap().egress.clear(),
            &["Advisory SecurityGroup: cluster security group sg-cluster stops 443/tcp, 10250/tcp, 53/tcp, \
                 53/udp between pods, CoreDNS and the control plane: let all traffic in from the group \
                 itself, and out"],
        ),
        (
            |_, e| {
                let group = known(e.security_groups.get_mut("sg-cluster").unwrap()).as_mut().unwrap();
                group.ingress[0] = Rule { protocol: "tcp".into(), ports: Some((0, 65535)), ..group.ingress[0].clone() };
            },
            &["Advisory SecurityGroup: cluster security group sg-cluster stops 53/udp between pods, CoreDNS \
                 and the control plane: let all traffic in from the group itself, and out"],
        ),
        (
            |_, e| {
                let group = known(e.security_groups.get_mut("sg-cluster").unwrap()).as_mut().unwrap();
                group.ingress[0].groups = set(&["sg-other"]);
            },
            &["Advisory SecurityGroup: cluster security group sg-cluster stops 443/tcp, 10250/tcp, 53/tcp, \
                 53/udp between pods, CoreDNS and the control plane: let all traffic in from the group \
                 itself, and out"],
        ),
        (
            |_, e| {
                let group = known(e.security_groups.get_mut("sg-cluster").unwrap()).as_mut().unwrap();
                group.ingress[0].groups = set(&["sg-other"]);
                group.ingress[0].prefix_lists = set(&["pl-pods"]);
            },
            &[],
        ),
        (|_, e| drop(e.security_groups.insert("sg-cluster".into(), Read::Known(None))), &[]),
    ]);
}

/// China's endpoints have names of their own.
#[test]
fn an_endpoint_is_known_by_its_service_in_china_too() {
    let change = |_: &mut _, e: &mut Evidence| {
        reroute(e, None);
        let of_china = |endpoint: VpcEndpoint| VpcEndpoint { service: format!("cn.{}", endpoint.service), ..endpoint };
        e.endpoints = Read::Known(all_endpoints().into_iter().map(of_china).collect());
    };
    check_all(&[(change, &[])]);
}
