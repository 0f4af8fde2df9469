//! What blocking findings hold up, and what `spec.prerequisites` makes of them.

use bed::{CLUSTER, OTHER_ROLE};
use eks_simulator::{Network, Operation, RoleTrust};
use fargate_operator::api::ConditionType::{Available, PrerequisitesMet, Ready, Stalled};
use serde_json::json;

use super::{checking, found};
use crate::support::objects::{delete_first, serving, spec, stalled};
use crate::support::oracle::{calls, served_without_a_gap};
use crate::support::{BedExt, is, profile, reason};

#[tokio::test]
async fn a_gap_does_not_open_and_a_replacement_does_not_begin_while_the_next_profile_would_fail() {
    let bed = checking().await;
    for (name, object) in [("gap", delete_first("gap", "gap")), ("beside", profile("beside", "beside"))] {
        serving(&bed, &object).await;
        // Nobody knows yet how it is: what was asked of a role ten seconds ago is good enough.
        let role = format!("{OTHER_ROLE}-{name}");
        bed.eks().set_role(&role, RoleTrust::Untrusted);
        let before = (calls(&bed, Operation::DeleteFargateProfile), calls(&bed, Operation::CreateFargateProfile));
        bed.patch(name, spec(json!({ "podExecutionRoleArn": role }))).await;
        let object = stalled(&bed, name, "PrerequisitesNotMet").await;
        assert!(is(&object, Available) && !is(&object, Ready));
        bed.looks(3).await;
        let after = (calls(&bed, Operation::DeleteFargateProfile), calls(&bed, Operation::CreateFargateProfile));
        assert_eq!(after, before, "nothing was tried");
        bed.eks().set_role(&role, RoleTrust::Trusted);
        bed.settled(name).await;
    }
    served_without_a_gap(&bed, "beside");
}

#[tokio::test]
async fn what_serves_goes_on_when_its_network_breaks_and_says_so() {
    let bed = checking().await;
    serving(&bed, &profile("web", "web")).await;
    let sound = bed.eks().network(CLUSTER).unwrap();
    bed.eks().change_network(CLUSTER, Network::delete_nat_gateways).unwrap();
    // Tags are changed in place all the same, and what has changed is looked at again.
    bed.patch("web", spec(json!({ "tags": { "team": "a" } }))).await;
    found(&bed, "web", "Blackhole", "Blocking").await;
    let object = bed.profiles().get("web").await.unwrap();
    assert!(is(&object, Ready) && !is(&object, Stalled));
    bed.has_event(&object, "PrerequisitesNotMet").await;
    bed.eks().change_network(CLUSTER, |network| *network = sound).unwrap();
    bed.wait("web", "mended", |object| is(object, PrerequisitesMet)).await;
}

#[tokio::test]
async fn under_warn_it_is_told_and_tried_and_under_ignore_not_even_looked_at() {
    let bed = checking().await;
    bed.eks().change_network(CLUSTER, |network| network.vpc.dns_hostnames = false).unwrap();
    let mut object = profile("warned", "warned");
    object["spec"]["prerequisites"] = json!("Warn");
    let warned = serving(&bed, &object).await;
    assert_eq!(reason(&warned, PrerequisitesMet).as_deref(), Some("PrerequisitesNotMet"));

    let asked = || Operation::PREREQUISITES.iter().map(|operation| calls(&bed, *operation)).sum::<usize>();
    bed.delete("warned").await;
    bed.gone("warned").await;
    let before = asked();
    let mut object = profile("ignored", "ignored");
    object["spec"]["prerequisites"] = json!("Ignore");
    let ignored = serving(&bed, &object).await;
    assert_eq!(reason(&ignored, PrerequisitesMet).as_deref(), Some("PrerequisitesUnknown"));
    assert_eq!(asked(), before);
}
