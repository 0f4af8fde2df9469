//! What the operator mends, and what of the prerequisites changes meanwhile.

use serde_json::json;

use super::{DEFAULTS, World, edited, forecast, object, pod, selecting, told, world};
use crate::api::COMPUTE_TYPE_BEFORE;
use crate::eks::{AccessEntry, Addon, Selector};
use crate::forecast::fixture::read;
use crate::iam::Role;
use crate::mending::{RoleSettings, Settings};
use crate::placement::{ClusterDns, DnsService, Pod};
use crate::prerequisites::{CoreDns, Read, RoleEvidence, Search};
use crate::state::DefaultSubnets;
use crate::state::fixture::{ROLE, wall};

const MANAGED: &str = "arn:aws:iam::111122223333:role/fargate-pods-us-west-2-prod";

/// An account with nothing but a cluster, whose operator mends everything.
fn nothing() -> World {
    let mut world = world(&[], &[]);
    world.defaults.mending = Settings { role: Some(RoleSettings::default()), access_entries: true, coredns: true };
    world.defaults.pod_execution_role_arn = None;
    let none = RoleEvidence { role: Read::Known(None), access_entry: Read::Known(None), ..RoleEvidence::default() };
    world.evidence.roles.insert(MANAGED.to_owned(), none);
    world
}

/// The same with an object that EKS does not know yet.
fn with(mut world: World, namespaces: &[&str]) -> World {
    let mut value = object("web", "web");
    value["metadata"].as_object_mut().unwrap().remove("finalizers");
    value["spec"] = selecting(namespaces);
    world.put(read(value));
    world
}

/// CoreDNS of two replicas, held on EC2 nodes, behind the cluster's DNS Service.
fn with_coredns(mut world: World, addon: Option<Addon>) -> World {
    let labels = [("k8s-app".to_owned(), "kube-dns".to_owned())];
    world.dns = Read::Known(ClusterDns::Service(DnsService {
        namespace: "kube-system".to_owned(),
        selector: labels.clone().into(),
    }));
    let found = CoreDns {
        template: Pod { namespace: "kube-system".to_owned(), labels: labels.into(), wants_ec2: true, ..Pod::default() },
        available: 2,
        compute_type: Some("ec2".to_owned()),
        ..CoreDns::default()
    };
    let name = ("kube-system".to_owned(), "coredns".to_owned());
    world.evidence.coredns.insert(name, Read::Known(Some(found)));
    (world.evidence.coredns_listed, world.evidence.coredns_addon) = (Read::Known(()), Read::Known(addon));
    world
}

/// The calls of IAM and those that mend, without their times.
fn mends(world: &World) -> Vec<String> {
    forecast(world.clone(), &DEFAULTS).mends.into_iter().map(|mended| mended.call).collect()
}

#[test]
fn a_role_is_made_before_the_first_profile_and_only_once() {
    let mut world = with(nothing(), &["web"]);
    let mut other = object("shop", "shop");
    other["metadata"].as_object_mut().unwrap().remove("finalizers");
    world.put(read(other));
    let forecast = forecast(world, &DEFAULTS);
    let calls: Vec<(&str, u64)> = forecast.mends.iter().map(|mended| (mended.call.as_str(), mended.at)).collect();
    let name = "fargate-pods-us-west-2-prod";
    let expected = [format!("CreateRole {name}"), format!("AttachRolePolicy {name}")];
    assert_eq!(calls.iter().map(|(call, _)| *call).collect::<Vec<_>>(), expected);
    assert_eq!(told(&forecast), ["create web-9999", "create shop-9999"]);
    assert!(calls[1].1 <= forecast.mutations[0].at, "{calls:?}");
    assert!(forecast.waits("web").is_none() && forecast.waits("shop").is_none(), "{:?}", forecast.ends);
}

#[test]
fn an_entry_that_is_older_than_the_new_role_is_renewed() {
    let mut world = with(nothing(), &["web"]);
    let entry =
        AccessEntry { kind: "FARGATE_LINUX".to_owned(), created_at: Some(wall(-1000)), ..AccessEntry::default() };
    world.evidence.roles.get_mut(MANAGED).unwrap().access_entry = Read::Known(Some(entry));
    let expected = ["CreateRole", "AttachRolePolicy", "RenewAccessEntry"];
    let calls = mends(&world);
    assert_eq!(calls.iter().map(|call| call.split(' ').next().unwrap()).collect::<Vec<_>>(), expected);
}

#[test]
fn a_role_that_nobody_uses_any_more_goes_after_the_profile() {
    let mut served = with(nothing(), &["web"]);
    let end = super::settled(&mut served);
    assert_eq!(end, ["create web-9999"]);
    let mut spec = selecting(&["web"]);
    spec["podExecutionRoleArn"] = json!(ROLE);
    let forecast = forecast(edited(&served, "web", spec), &DEFAULTS);
    assert_eq!(told(&forecast), ["create web-9998", "delete web-9999"]);
    let calls: Vec<&str> = forecast.mends.iter().map(|it| it.call.split(' ').next().unwrap()).collect();
    assert_eq!(calls, ["DeleteAccessEntry", "DetachRolePolicy", "DeleteRole"]);
    assert!(forecast.mends[0].at > forecast.mutations[1].at, "{:?}", forecast.mends);
}

#[test]
fn coredns_follows_a_profile_that_takes_it_and_goes_back_before_the_old_one_goes() {
    for addon in [None, Some(Addon { status: "ACTIVE".to_owned(), ..Addon::default() })] {
        let (to, back): (&[&str], &[&str]) = match &addon {
            None => (&["PatchDeploymentForFargate"], &["PatchDeploymentBack"]),
            Some(_) => (
                &["PatchDeploymentForFargate", "ConfigureAddonForFargate"],
                &["ConfigureAddonBack", "PatchDeploymentBack"],
            ),
        };
        let calls = |world: &World| -> Vec<String> {
            let all = mends(world).into_iter().map(|call| call.split(' ').next().unwrap().to_owned());
            all.filter(|call| !call.contains("Role")).collect()
        };
        let mut served = with(with_coredns(nothing(), addon), &["web", "kube-system"]);
        assert_eq!(calls(&served), to);
        super::settled(&mut served);
        let record = served.evidence.coredns.values().next().unwrap().known().unwrap().as_ref().unwrap();
        assert!(record.before.is_some() && !record.template.wants_ec2, "{COMPUTE_TYPE_BEFORE}: {record:?}");
        // With a pod that the profile has taken, which goes by itself.
        let mut dns = pod("web-9999", "kube-system", 1);
        dns.labels.insert("k8s-app".to_owned(), "kube-dns".to_owned());
        dns.labels.insert("pod-template-hash".to_owned(), "5d".to_owned());
        dns.controller.as_mut().unwrap().name = "coredns-5d".to_owned();
        served.pods = Some(vec![dns]);
        assert_eq!(calls(&served), [""; 0], "at rest");
        let left = forecast(edited(&served, "web", selecting(&["web"])), &DEFAULTS);
        let words: Vec<&str> = left.mends.iter().map(|it| it.call.split(' ').next().unwrap()).collect();
        assert_eq!(words, back);
        assert_eq!((told(&left), left.evicted.len()), (vec!["create web-9998".into(), "delete web-9999".into()], 0));
        assert!(left.mends[0].at < left.mutations[1].at, "{:?}", left.mends);
    }
}

#[test]
fn what_somebody_else_made_holds_the_object() {
    let mut world = with(nothing(), &["web"]);
    let theirs = Role { arn: MANAGED.to_owned(), ..Role::default() };
    world.evidence.roles.get_mut(MANAGED).unwrap().role = Read::Known(Some(theirs));
    let forecast = forecast(world, &DEFAULTS);
    assert_eq!((forecast.mends.len(), told(&forecast)), (0, Vec::new()));
    assert_eq!(forecast.waits("web").unwrap().reason, "MendingHeld");
}

#[test]
fn a_finding_goes_with_what_it_was_about() {
    // The role serves and has no access entry, so nothing is created with it. The object that has it takes another one.
    let mut world = world(&[("web", "web")], &[]);
    let missing = RoleEvidence { access_entry: Read::Known(None), ..RoleEvidence::default() };
    world.evidence.roles.insert(ROLE.to_owned(), missing);
    let mut new = object("shop", "shop");
    new["metadata"].as_object_mut().unwrap().remove("finalizers");
    world.put(read(new));
    let held = forecast(world.clone(), &DEFAULTS);
    assert_eq!(told(&held), [""; 0]);
    assert_eq!(held.waits("shop").unwrap().reason, "PrerequisitesNotMet", "{:?}", held.ends);
    let mut spec = selecting(&["web"]);
    spec["podExecutionRoleArn"] = json!("arn:aws:iam::111122223333:role/other");
    let freed = forecast(edited(&world, "web", spec), &DEFAULTS);
    assert_eq!(told(&freed), ["create web-9998", "delete web-9999", "create shop-9999"]);
    assert!(freed.waits("shop").is_none(), "EKS lets the role in: {:?}", freed.ends["shop"]);
}

#[test]
fn subnets_that_nobody_has_looked_for_are_not_missing_from_the_vpc() {
    let mut world = with(world(&[], &[]), &["web"]);
    world.defaults.subnets = DefaultSubnets::Sought(Search::Auto);
    let told = forecast(world, &DEFAULTS);
    assert!(told.waits("web").unwrap().message.contains("were not looked for"), "{:?}", told.ends);
}

#[test]
fn a_role_that_eks_lets_in_by_aws_auth_serves_the_next_object_too() {
    let mut world = world(&[], &[]);
    world.cluster.as_mut().unwrap().authentication_mode = "CONFIG_MAP".to_owned();
    world.evidence.map_roles = Read::Known(None);
    for name in ["shop", "web"] {
        let mut new = object(name, name);
        new["metadata"].as_object_mut().unwrap().remove("finalizers");
        world.put(read(new));
    }
    assert_eq!(told(&forecast(world, &DEFAULTS)), ["create shop-9999", "create web-9999"]);
}

#[test]
fn a_pod_whose_template_names_the_old_profile_holds_it() {
    let mut world = world(&[("web", "web")], &[pod("web-9999", "web", 1)]);
    let uid = world.pods.as_ref().unwrap()[0].controller.as_ref().unwrap().uid.clone();
    world.pinned.insert(uid.clone(), "web-9999".to_owned());
    let world = edited(&world, "web", selecting(&["web", "more"]));
    let held = forecast(world.clone(), &DEFAULTS);
    assert_eq!(told(&held), ["create web-9998"]);
    assert!(held.evicted.is_empty() && held.waits("web").is_some(), "{held:?}");
    let mut to_the_new = world;
    to_the_new.pinned.insert(uid, "web-9998".to_owned());
    assert_eq!(told(&forecast(to_the_new, &DEFAULTS)), ["create web-9998", "delete web-9999"]);
}

#[test]
fn what_was_asked_is_kept_in_a_file_as_it_is() {
    let mut world = with_coredns(nothing(), Some(Addon::default()));
    world.evidence.quotas.insert(crate::prerequisites::PROFILE_QUOTA.0, Read::Known(Some(20)));
    let why = crate::aws::Unread::Denied { action: "ec2:DescribeSubnets".into() };
    world.evidence.subnets.insert("subnet-1".to_owned(), Read::Unread(why));
    world.evidence.inside.budgets.insert(None, Read::Known(Vec::new()));
    world.evidence.selectors.insert(Selector::default());
    let text = serde_json::to_string(&world).unwrap();
    let back: World = serde_json::from_str(&text).unwrap();
    assert_eq!((&back.evidence, &back.dns, &back.cluster), (&world.evidence, &world.dns, &world.cluster));
}
