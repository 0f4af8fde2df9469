//! What the operator mends, and puts back, is foretold: the calls of IAM, EKS and the Deployment of CoreDNS.

use bed::testing::install_coredns;
use bed::{Bed, OTHER_ROLE};
use eks_simulator::{Operation, RoleTrust};
use serde_json::{Value, json};

use super::{as_foretold, at_rest, leads, planned, typed};
use crate::mending::coredns::{USUAL, as_addon, held, runs, with_dns};
use crate::mending::{mended_with, mending};
use crate::support::objects::profile;
use crate::support::until;

const CALLS: [Operation; 7] = [
    Operation::CreateRole,
    Operation::AttachRolePolicy,
    Operation::DetachRolePolicy,
    Operation::DeleteRole,
    Operation::CreateAccessEntry,
    Operation::DeleteAccessEntry,
    Operation::UpdateAddon,
];

/// The calls of AWS behind a call that a plan foretells.
fn of_aws(call: &str) -> &[&str] {
    match call {
        "RenewAccessEntry" => &["DeleteAccessEntry", "CreateAccessEntry"],
        "ConfigureAddonForFargate" | "ConfigureAddonBack" => &["UpdateAddon"],
        "PatchDeploymentForFargate" | "PatchDeploymentBack" => &[],
        "CreateRole" => &["CreateRole"],
        "AttachRolePolicy" => &["AttachRolePolicy"],
        "DetachRolePolicy" => &["DetachRolePolicy"],
        "DeleteRole" => &["DeleteRole"],
        "CreateAccessEntry" => &["CreateAccessEntry"],
        "DeleteAccessEntry" => &["DeleteAccessEntry"],
        other => panic!("{other}"),
    }
}

fn done(bed: &Bed) -> Vec<String> {
    bed.eks().calls(&CALLS).iter().map(|call| call.operation.as_str().to_owned()).collect()
}

/// Plans, applies, and compares what is mended. What each call of the plan is, by its first word.
async fn mended(bed: &Bed, object: &Value, what: &str) -> Vec<String> {
    let since = done(bed).len();
    let plan = as_foretold(bed, std::slice::from_ref(object), what).await;
    let calls = plan["mends"].as_array().unwrap().iter().map(|it| it["call"].as_str().unwrap());
    let calls: Vec<String> = calls.map(|call| call.split(' ').next().unwrap().to_owned()).collect();
    let expected: Vec<&str> = calls.iter().flat_map(|call| of_aws(call)).copied().collect();
    until(&format!("{what}: {expected:?}"), || done(bed)[since..].len() >= expected.len()).await;
    at_rest(bed).await;
    assert_eq!(done(bed)[since..], expected, "{what}: {plan:#}");
    calls
}

async fn as_foretold_from_nothing_and_back(addon: bool) {
    let mut options = mending(240.0);
    // CoreDNS goes back to them.
    options.fargate.as_mut().unwrap().ec2 = 2;
    let bed = mended_with(options).await;
    leads(&bed).await;
    bed.eks().set_role(OTHER_ROLE, RoleTrust::Trusted);
    if addon {
        as_addon(&bed, None);
    }
    install_coredns(&bed).await;
    let mut to = vec!["CreateRole", "AttachRolePolicy", "PatchDeploymentForFargate"];
    let mut back = vec!["PatchDeploymentBack"];
    if addon {
        to.push("ConfigureAddonForFargate");
        back.insert(0, "ConfigureAddonBack");
    }
    let text = typed(&bed, &[], &[with_dns("web")]).await.said();
    let at = |line: &str| text.find(line).unwrap_or_else(|| panic!("{line} is not in\n{text}"));
    assert!(at("-> mend: CreateRole fargate-pods-") < at("-> create EKS profile web-9999"), "{text}");
    assert!(
        at("-> create EKS profile web-9999") < at("-> mend: PatchDeploymentForFargate kube-system/coredns"),
        "{text}"
    );
    assert_eq!(mended(&bed, &with_dns("web"), "the first").await, to);
    runs(&bed, USUAL, true).await;
    assert!(mended(&bed, &with_dns("web"), "nothing").await.is_empty());

    let mut own = with_dns("web");
    own["spec"]["podExecutionRoleArn"] = json!(OTHER_ROLE);
    let calls = mended(&bed, &own, "a role of its own").await;
    assert_eq!(calls, ["DeleteAccessEntry", "DetachRolePolicy", "DeleteRole"]);

    let mut without = profile("web", "web");
    without["spec"]["podExecutionRoleArn"] = json!(OTHER_ROLE);
    assert_eq!(mended(&bed, &without, "without CoreDNS").await, back);
    assert_eq!(held(&bed, USUAL.0, USUAL.1).await.1, None);
    let plan = planned(&bed, &[without]).await;
    assert_eq!((&plan["changes"], &plan["mends"]), (&json!(false), &json!([])), "{plan:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn role_and_coredns_of_a_deployment_are_mended_as_foretold() {
    as_foretold_from_nothing_and_back(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn role_and_coredns_of_an_addon_are_mended_as_foretold() {
    as_foretold_from_nothing_and_back(true).await;
}
