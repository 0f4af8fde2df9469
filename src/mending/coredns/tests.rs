use super::*;
use crate::api::Reason;
use crate::aws::Unread;
use crate::placement::Pod;

fn usual() -> DeploymentName {
    ("kube-system".into(), "coredns".into())
}

/// CoreDNS that is no add-on.
fn plain(compute_type: Option<&str>, before: Option<&str>) -> Workload {
    let found = CoreDns {
        template: Pod { wants_ec2: compute_type == Some("ec2"), ..Pod::default() },
        available: 2,
        resource_version: "7".into(),
        progressed: None,
        compute_type: compute_type.map(str::to_owned),
        before: before.map(str::to_owned),
    };
    Workload::new(usual(), found, Read::Known(None))
}

fn addon(configuration: Option<&str>, before: Option<&str>) -> Workload {
    let addon = Addon { configuration: configuration.map(str::to_owned), ..Addon::default() };
    Workload { addon: Read::Known(Some(addon)), ..plain(Some("ec2"), before) }
}

fn patch(next: Next) -> Value {
    match next.unwrap() {
        Some(Mend::PatchDeployment(patch)) => patch.patch,
        other => panic!("{other:?}"),
    }
}

fn configuration(next: Next) -> String {
    match next.unwrap() {
        Some(Mend::ConfigureAddon { configuration, addon: "coredns", .. }) => configuration,
        other => panic!("{other:?}"),
    }
}

fn annotated(before: Option<&str>, compute_type: Option<&str>) -> Value {
    json!({
        "metadata": {
            "resourceVersion": "7",
            "annotations": { "fargate-operator.dev/compute-type-before": before },
        },
        "spec": { "template": { "metadata": { "annotations": { "eks.amazonaws.com/compute-type": compute_type } } } },
    })
}

fn without_record(compute_type: Option<&str>) -> Value {
    let mut patch = annotated(None, compute_type);
    patch["metadata"].as_object_mut().unwrap().remove("annotations");
    patch
}

fn on_record(before: Option<&str>) -> Value {
    let mut patch = annotated(before, None);
    patch.as_object_mut().unwrap().remove("spec");
    patch
}

#[test]
fn what_is_held_on_ec2_is_annotated_for_fargate_with_what_was_before_on_record() {
    assert_eq!(patch(plain(Some("ec2"), None).to_fargate(0)), annotated(Some("ec2"), Some("fargate")));
    // It has been on its way back, to be held by nothing.
    assert_eq!(patch(plain(Some("ec2"), Some("")).to_fargate(0)), without_record(Some("fargate")));
    assert_eq!(plain(Some("fargate"), Some("ec2")).to_fargate(0), Ok(None));
    assert_eq!(plain(Some("fargate"), None).to_fargate(0), Ok(None));
}

#[test]
fn what_somebody_has_put_back_is_left_there_and_told() {
    let undone = plain(Some("ec2"), Some("ec2")).to_fargate(0).unwrap_err();
    let message = "somebody has put Deployment kube-system/coredns back to EC2 after the operator moved it: set \
                   eks.amazonaws.com/compute-type: fargate where it comes from, or switch --move-coredns off";
    assert_eq!((undone.message.as_str(), undone.passes), (message, false));
}

#[test]
fn what_nothing_held_is_held_on_ec2_until_the_profile_is_gone() {
    assert_eq!(patch(plain(Some("fargate"), Some("")).back(true)), without_record(Some("ec2")));
    assert_eq!(plain(Some("ec2"), Some("")).back(true), Ok(None));
    assert_eq!(patch(plain(Some("ec2"), Some("")).back(false)), annotated(None, None));
    assert_eq!(patch(plain(Some("fargate"), Some("ec2")).back(true)), annotated(None, Some("ec2")));
}

#[test]
fn what_nothing_holds_on_ec2_moves_only_if_it_runs_there() {
    assert_eq!(patch(plain(None, None).to_fargate(1)), annotated(Some(""), Some("fargate")));
    assert_eq!(plain(None, None).to_fargate(2), Ok(None));
}

#[test]
fn it_goes_back_to_what_it_was() {
    assert_eq!(patch(plain(Some("fargate"), Some("ec2")).back(false)), annotated(None, Some("ec2")));
    assert_eq!(patch(plain(Some("fargate"), Some("")).back(false)), annotated(None, None));
    // Somebody has put it back.
    assert_eq!(patch(plain(Some("ec2"), Some("ec2")).back(false)), on_record(None));
    assert_eq!(patch(plain(None, Some("ec2")).back(false)), on_record(None));
    // It was there before the operator.
    assert_eq!(plain(Some("fargate"), None).back(false), Ok(None));
}

#[test]
fn an_add_on_is_configured_after_what_was_before_is_on_record() {
    let fargate = r#"{"computeType":"Fargate"}"#;
    assert_eq!(patch(addon(None, None).to_fargate(0)), on_record(Some("")));
    assert_eq!(configuration(addon(None, Some("")).to_fargate(0)), fargate);
    assert_eq!(addon(Some(fargate), Some("")).to_fargate(0), Ok(None));
    assert_eq!(addon(Some("computeType: fargate"), None).to_fargate(0), Ok(None));
    let more = r#"{"replicaCount":3,"computeType":"ec2"}"#;
    assert_eq!(patch(addon(Some(more), None).to_fargate(0)), on_record(Some("ec2")));
    let both = r#"{"computeType":"Fargate","replicaCount":3}"#;
    assert_eq!(configuration(addon(Some(more), Some("ec2")).to_fargate(0)), both);

    assert_eq!(configuration(addon(Some(fargate), Some("")).back(false)), "{}");
    assert_eq!(configuration(addon(Some(both), Some("ec2")).back(false)), both.replace("Fargate", "ec2"));
    assert_eq!(patch(addon(Some("{}"), Some("")).back(false)), on_record(None));
    // EKS has yet to do it.
    let mut changing = addon(Some("{}"), Some(""));
    changing.found.compute_type = Some("fargate".into());
    assert_eq!((changing.back(false), changing.is_leaving()), (Ok(None), true));
    let mut updating = addon(Some("{}"), Some(""));
    updating.found.template.wants_ec2 = false;
    assert!(!updating.is_leaving());
    if let Read::Known(Some(addon)) = &mut updating.addon {
        addon.status = "UPDATING".into();
    }
    assert_eq!((updating.back(false), updating.is_leaving()), (Ok(None), true));
    assert_eq!(addon(Some(fargate), None).back(false), Ok(None));
}

#[test]
fn half_of_a_change_restarts_nothing() {
    let restarts = |next: Next| matches!(next, Ok(Some(Mend::PatchDeployment(patch))) if patch.restarts);
    assert!(restarts(plain(Some("ec2"), None).to_fargate(0)));
    assert!(restarts(plain(Some("fargate"), Some("ec2")).back(false)));
    assert!(!restarts(addon(None, None).to_fargate(0)));
    assert!(!restarts(plain(Some("ec2"), Some("ec2")).back(false)));
}

#[test]
fn nothing_is_done_while_it_is_unknown_whether_it_is_an_add_on() {
    let with = |addon| Workload::new(usual(), plain(Some("ec2"), Some("ec2")).found, addon);
    let unknown = with(Read::NotAsked);
    assert_eq!((unknown.to_fargate(0), unknown.back(false)), (Ok(None), Ok(None)));
    let failed = with(Read::Unread(Unread::Failed { action: "eks:DescribeAddon".into(), why: String::new() }));
    assert!(failed.to_fargate(0).unwrap_err().passes && failed.back(false).unwrap_err().passes);
    let denied = with(Read::Unread(Unread::Denied { action: "eks:DescribeAddon".into() }));
    assert_eq!(denied.to_fargate(0).unwrap_err().reason, Reason::AccessDenied);
    assert!(denied.back(false).is_err());
    let elsewhere = Workload::new(("dns".into(), "coredns".into()), plain(Some("ec2"), None).found, Read::NotAsked);
    assert_eq!(elsewhere.addon, Read::Known(None), "EKS installs it in kube-system");
}

#[test]
fn a_configuration_that_cannot_be_read_is_left_alone() {
    let message = "the configuration of the add-on coredns cannot be read, so CoreDNS is not moved: correct it (aws eks \
                   update-addon --configuration-values), or switch --move-coredns off";
    let broken = addon(Some("["), Some(""));
    assert_eq!(broken.to_fargate(0).unwrap_err().message, message);
    assert_eq!(broken.back(false).unwrap_err().message, message);
}
