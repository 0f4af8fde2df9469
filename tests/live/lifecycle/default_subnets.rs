//! Objects that name no subnets, by an operator that looks for some.

use bed::{Bed, CLUSTER};
use eks_simulator::{Effect, Fault, Operation};
use fargate_operator::api::ConditionType::Stalled;
use fargate_operator::api::FargateProfile;
use serde_json::json;

use crate::support::objects::stalled;
use crate::support::oracle::calls;
use crate::support::{BedExt, message, profile, quick};

/// A bed whose operator looks for subnets like this.
async fn looking(how: &str) -> Bed {
    let mut options = quick(240.0);
    options.environment.push(("FARGATE_OPERATOR_DEFAULT_SUBNETS".to_owned(), how.to_owned()));
    Bed::start(options).await.unwrap()
}

fn private(bed: &Bed) -> Vec<String> {
    bed.eks().cluster_settings(CLUSTER).unwrap().private_subnets
}

fn subnets(bed: &Bed, profile: &str) -> Vec<String> {
    let mut subnets = bed.eks().profile(CLUSTER, profile).unwrap().subnets;
    subnets.sort();
    subnets
}

fn drifted(object: &FargateProfile) -> bool {
    object.status.as_ref().is_some_and(|status| status.defaults_drifted == ["subnets"])
}

#[tokio::test]
async fn private_subnets_with_a_way_out_are_found_and_others_found_later_replace_nothing() {
    let mut bed = looking("auto").await;
    let private = private(&bed);
    bed.eks().change_network(CLUSTER, |network| network.cut_off(&private[2])).unwrap();
    bed.create(&profile("web", "web")).await;
    bed.settled("web").await;
    assert_eq!(subnets(&bed, "web-9999"), private[..2]);

    let sound = bed.eks().network(CLUSTER).unwrap();
    bed.eks().change_network(CLUSTER, |network| network.send_out_by(&private[1], "nat-0fedcba9876543210")).unwrap();
    bed.wait("web", "told that other subnets are found", drifted).await;
    let object = bed.settled("web").await;
    assert_eq!(object.status.unwrap().resolved.unwrap().subnets, Some(private[..2].to_vec()));
    // Another process finds the same, and keeps the same.
    bed.stop_operator();
    bed.start_operator().await.unwrap();
    bed.create(&profile("next", "next")).await;
    bed.settled("next").await;
    assert_eq!(subnets(&bed, "next-9999"), private[..1]);
    bed.wait("web", "told that other subnets are found", drifted).await;

    // All ways out are gone: nothing is found that one could change to.
    bed.eks().change_network(CLUSTER, |network| network.cut_off(&private[0])).unwrap();
    bed.wait("web", "told of no other subnets", |object| !drifted(object)).await;
    bed.settled("web").await;
    // All is mended: the later object has fewer subnets than there are.
    bed.eks().change_network(CLUSTER, |network| *network = sound).unwrap();
    bed.wait("next", "told that more subnets are found", drifted).await;
    bed.wait("web", "as it was", |object| !drifted(object)).await;
    assert_eq!((calls(&bed, Operation::CreateFargateProfile), calls(&bed, Operation::DeleteFargateProfile)), (2, 0));
}

#[tokio::test]
async fn what_ec2_denies_is_named_and_holds_up_only_who_needs_it() {
    for operation in [Operation::DescribeSubnets, Operation::DescribeRouteTables, Operation::DescribeNatGateways] {
        // What was read before would serve for a while.
        let bed = looking("auto").await;
        bed.eks().set_faults([Fault::new(Effect::AccessDenied).on([operation])]);
        let name = operation.as_str().to_lowercase();
        bed.create(&profile(&name, &name)).await;
        let action = format!("may not ec2:{}", operation.as_str());
        let object = stalled(&bed, &name, "DefaultMissing").await;
        assert!(message(&object, Stalled).contains(&action), "{}", message(&object, Stalled));
        let mut other = profile(&format!("{name}-named"), &format!("{name}-named"));
        other["spec"]["subnets"] = json!([private(&bed)[0]]);
        bed.create(&other).await;
        bed.settled(&format!("{name}-named")).await;
        assert!(bed.eks().profile(CLUSTER, &format!("{name}-9999")).is_none());
        bed.eks().set_faults([]);
        bed.settled(&name).await;
        assert_eq!(subnets(&bed, &format!("{name}-9999")), private(&bed));
    }
}

#[tokio::test]
async fn an_edit_goes_on_with_what_was_found_while_ec2_cannot_be_read() {
    let bed = looking("auto").await;
    bed.create(&profile("web", "web")).await;
    bed.settled("web").await;
    bed.eks().set_faults([Fault::new(Effect::AccessDenied).on([Operation::DescribeSubnets])]);
    bed.patch("web", json!({ "spec": { "selectors": [{ "namespace": "shop" }] } })).await;
    bed.settled("web").await;
    assert_eq!(subnets(&bed, "web-9998"), private(&bed));
}

#[tokio::test]
async fn subnets_with_a_tag_are_found_once_there_are_some() {
    let bed = looking("tag:kubernetes.io/role/internal-elb=1,tag:team").await;
    bed.create(&profile("web", "web")).await;
    let object = stalled(&bed, "web", "DefaultMissing").await;
    assert!(message(&object, Stalled).contains("finds no subnet in VPC"), "{}", message(&object, Stalled));
    let private = private(&bed);
    let tag = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    bed.eks()
        .change_network(CLUSTER, |network| {
            for id in &private {
                network.subnets.get_mut(id).unwrap().tags = [tag("kubernetes.io/role/internal-elb", "1")].into();
            }
            network.subnets.get_mut(&private[1]).unwrap().tags.extend([tag("team", "a")]);
        })
        .unwrap();
    bed.settled("web").await;
    assert_eq!(subnets(&bed, "web-9999"), private[1..2]);
}
