//! What the network does beside its routes: it is advised of, and holds up nothing.

use bed::{Bed, CLUSTER};
use eks_simulator::{Network, VpcEndpoint};
use fargate_operator::api::FargateProfile;

use super::{checking, found, has};
use crate::support::{BedExt, profile};

/// Breaks the network, sees what is advised of a profile that comes all the same, mends it, and sees nothing advised.
async fn advised_until_mended(bed: &Bed, name: &str, check: &str, told: &str, breaks: impl FnOnce(&mut Network)) {
    let sound = bed.eks().network(CLUSTER).unwrap();
    bed.eks().change_network(CLUSTER, breaks).unwrap();
    bed.create(&profile(name, name)).await;
    let said = found(bed, name, check, "Advisory").await;
    assert!(said.contains(told), "{said}");
    bed.settled(name).await;
    bed.eks().change_network(CLUSTER, |network| *network = sound).unwrap();
    bed.wait(name, "mended", |object: &FargateProfile| !has(object, check, "Advisory")).await;
}

#[tokio::test]
async fn block_public_access_and_a_private_nat_gateway_are_told_with_what_mends_them() {
    let bed = checking().await;
    let exclude = "aws ec2 create-vpc-block-public-access-exclusion";
    advised_until_mended(&bed, "blocked", "BlockPublicAccess", exclude, |network| {
        let block =
            |subnet: &mut eks_simulator::Subnet| "block-bidirectional".clone_into(&mut subnet.public_access_block);
        network.subnets.values_mut().for_each(block);
    })
    .await;
    advised_until_mended(&bed, "private", "NatGateway", "is private", |network| {
        network.nat_gateways.values_mut().for_each(|nat| "private".clone_into(&mut nat.connectivity));
    })
    .await;
}

#[tokio::test]
async fn an_endpoint_that_keeps_image_layers_from_pods_is_told_with_the_bucket() {
    let bed = checking().await;
    let region = bed.eks().identity().region;
    let bucket = format!("prod-{region}-starport-layer-bucket/*");
    let policy = |resource: &str| {
        let all = r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject""#;
        format!(r#"{{"Statement": [{{{all}, "Resource": "arn:aws:s3:::{resource}"}}]}}"#)
    };
    let endpoint = |policy: String| {
        move |network: &mut Network| {
            let tables: Vec<String> = network.route_tables.keys().cloned().collect();
            let gateway = VpcEndpoint::gateway(format!("com.amazonaws.{region}.s3"), tables);
            network.endpoints.insert("vpce-0000000a".to_owned(), VpcEndpoint { policy, ..gateway });
        }
    };
    advised_until_mended(&bed, "shut", "VpcEndpoints", &bucket, endpoint.clone()(policy("my-bucket/*"))).await;
    bed.eks().change_network(CLUSTER, endpoint(policy(&bucket))).unwrap();
    bed.create(&profile("open", "open")).await;
    let open = bed.settled("open").await;
    assert!(!has(&open, "VpcEndpoints", "Advisory"));
}
