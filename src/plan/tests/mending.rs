//! What is mended, when, and when it is put back.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::api::{DeletionPolicy, Reason};
use crate::aws::Unread;
use crate::eks::ProfileStatus::{Active, Creating, Deleting};
use crate::eks::{AccessEntry, Addon, Cluster, NewAccessEntry, Profile};
use crate::failure::Class;
use crate::iam::Role;
use crate::mending::{ManagedRole, Mend, RoleSettings, Workload};
use crate::placement::{Controller, Pod};
use crate::plan::fixture::{brief, decide};
use crate::plan::{Step, Wait, mends_due, role_left_behind};
use crate::prerequisites::{CoreDns, Read, RoleEvidence};
use crate::state::fixture::{
    INSTALLATION, NOW, ROLE, SETTLE, cluster, failed, foreign, known, on, outdated, owned, previous, selectors, wall,
    with,
};
use crate::state::{ActionKey, ClusterState, Facts, OtherObject, RetryState, Snapshot};

const POLICY: &str = "arn:aws:iam::aws:policy/AmazonEKSFargatePodExecutionRolePolicy";

/// The role of the fixture's profiles is the one that the operator makes.
fn managed(profiles: &[Profile], evidence: impl FnOnce(&ManagedRole) -> RoleEvidence) -> Snapshot {
    let settings = RoleSettings { name: Some("fargate-pods".into()), ..RoleSettings::default() };
    let cluster = Cluster { name: "prod".into(), arn: cluster().arn, ..Cluster::default() };
    let mut role = ManagedRole::of(&settings, &cluster, INSTALLATION).unwrap();
    assert_eq!(role.arn, ROLE);
    role.evidence = evidence(&role);
    let mut snapshot = with(profiles);
    snapshot.mending.role = Some(role);
    snapshot
}

fn missing(_: &ManagedRole) -> RoleEvidence {
    RoleEvidence { role: Read::Known(None), ..RoleEvidence::default() }
}

/// Made, with its policy.
fn made(_: &ManagedRole) -> RoleEvidence {
    let tags = [("fargate-operator.dev/installation", INSTALLATION), ("fargate-operator.dev/cluster", &cluster().arn)];
    let tags = tags.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    RoleEvidence {
        role: Read::Known(Some(Role { arn: ROLE.into(), tags, ..Role::default() })),
        attached_policies: Read::Known([POLICY.to_owned()].into()),
        inline_policies: Read::Known([].into()),
        access_entry: Read::Known(Some(AccessEntry { kind: "FARGATE_LINUX".into(), ..AccessEntry::default() })),
    }
}

fn others(role: &ManagedRole) -> RoleEvidence {
    RoleEvidence { role: Read::Known(Some(Role { arn: ROLE.into(), ..Role::default() })), ..made(role) }
}

fn in_back_off(snapshot: &mut Snapshot, key: &str) {
    let attempt = RetryState { until: NOW + Duration::from_secs(60), ..failed(Class::Fix, Reason::AccessDenied, 1) };
    snapshot.attempts.insert(ActionKey::Mend(key.to_owned()), attempt);
}

fn deleting(mut snapshot: Snapshot) -> Snapshot {
    snapshot.object.deleting = true;
    snapshot
}

#[test]
fn the_role_is_made_before_the_first_profile() {
    assert_eq!(brief(&managed(&[], missing)), "CreateRole fargate-pods");
    let bare = |role: &ManagedRole| RoleEvidence { attached_policies: Read::Known([].into()), ..made(role) };
    assert_eq!(brief(&managed(&[], bare)), "AttachRolePolicy fargate-pods");
    assert_eq!(brief(&managed(&[], made)), "create web-9999");
    assert_eq!(brief(&managed(&[], others)), "stalled MendingHeld");
    let denied = |_: &ManagedRole| RoleEvidence {
        role: Read::Unread(Unread::Denied { action: "iam:GetRole".into() }),
        ..RoleEvidence::default()
    };
    assert_eq!(brief(&managed(&[], denied)), "stalled AccessDenied");
}

#[test]
fn a_role_that_cannot_be_made_holds_up_the_first_profile_but_not_one_that_serves() {
    let mut first = managed(&[], missing);
    in_back_off(&mut first, "CreateRole fargate-pods");
    assert_eq!(brief(&first), "back off");
    let mut serving = managed(&[outdated("web-9999", Active), owned("web-9998", Active)], missing);
    assert_eq!(brief(&serving), "CreateRole fargate-pods", "somebody deleted it");
    in_back_off(&mut serving, "CreateRole fargate-pods");
    serving.settle = NOW * 2;
    assert_eq!(brief(&serving), "settling", "the rest of the plan goes on");
    let mut settled = managed(&[owned("web-9999", Active)], missing);
    in_back_off(&mut settled, "CreateRole fargate-pods");
    assert_eq!(brief(&settled), "back off", "what is left is told at the end");
    assert_eq!(brief(&managed(&[owned("web-9999", Active)], others)), "stalled MendingHeld");
}

#[test]
fn an_object_with_a_role_of_its_own_and_one_that_is_suspended_need_no_other() {
    let mut own = managed(&[], missing);
    own.spec.pod_execution_role_arn = Some("arn:aws:iam::111122223333:role/own".into());
    assert_eq!(brief(&own), "create web-9999");
    let mut suspended = managed(&[], missing);
    suspended.spec.suspend = Some(true);
    assert_eq!(brief(&suspended), "suspended pending=true");
}

#[test]
fn the_role_goes_with_its_last_user() {
    assert_eq!(brief(&deleting(managed(&[owned("web-9999", Active)], made))), "delete web-9999 ObjectDeleted");
    let last = || deleting(managed(&[], made));
    assert_eq!(brief(&last()), format!("DeleteAccessEntry {ROLE}"));
    assert_eq!(brief(&deleting(managed(&[], missing))), "drop finalizer ProfilesGone");
    assert_eq!(brief(&deleting(managed(&[], others))), "drop finalizer ProfilesGone");

    let beside = |change: fn(&mut OtherObject)| {
        let mut snapshot = last();
        let mut other = OtherObject { name: "other".into(), ..OtherObject::default() };
        change(&mut other);
        snapshot.other_objects = vec![other];
        brief(&snapshot)
    };
    let (kept, gone) = ("drop finalizer ProfilesGone".to_owned(), format!("DeleteAccessEntry {ROLE}"));
    assert_eq!(beside(|_| {}), kept, "it names none");
    assert_eq!(beside(|other| other.role = Some(ROLE.into())), kept);
    assert_eq!(beside(|other| other.role = Some("another".into())), gone);
    assert_eq!(beside(|other| other.deleting = true), gone);
    assert_eq!(beside(|other| (other.role, other.in_gap) = (Some("another".into()), true)), kept, "it may put it back");

    let with_profile = |profile: Profile| {
        let mut snapshot = last();
        snapshot.profiles = vec![profile];
        brief(&snapshot)
    };
    for status in [Active, Creating, Deleting] {
        assert_eq!(with_profile(foreign("theirs", status)), kept);
    }
    assert_eq!(with_profile(Profile { role: "another".into(), ..foreign("theirs", Active) }), gone);
    assert_eq!(with_profile(Profile { role: String::new(), ..foreign("theirs", Active) }), kept, "it may have it");
}

#[test]
fn an_object_that_has_changed_to_a_role_of_its_own_leaves_none_behind() {
    let own = "arn:aws:iam::111122223333:role/own";
    let mut snapshot = managed(&[Profile { role: own.into(), ..owned("web-9999", Active) }], made);
    snapshot.spec.pod_execution_role_arn = Some(own.into());
    assert_eq!(brief(&snapshot), format!("DeleteAccessEntry {ROLE}"));
    snapshot.profiles.push(Profile { arn: "arn:other".into(), ..foreign("theirs", Active) });
    assert_eq!(brief(&snapshot), "settled");
}

#[test]
fn a_role_that_cannot_be_deleted_keeps_the_object_and_says_why() {
    let mut snapshot = deleting(managed(&[], made));
    in_back_off(&mut snapshot, &format!("DeleteAccessEntry {ROLE}"));
    assert_eq!(brief(&snapshot), "back off");
}

#[test]
fn policies_of_others_keep_the_role_but_not_the_object() {
    let more = |role: &ManagedRole| RoleEvidence { inline_policies: Read::Known(["logs".into()].into()), ..made(role) };
    let last = deleting(managed(&[], more));
    assert_eq!(brief(&last), "drop finalizer ProfilesGone");
    assert!(role_left_behind(&Facts::of(&last)).unwrap().contains("policy logs"));
    let used = deleting(managed(&[foreign("theirs", Active)], more));
    assert_eq!(role_left_behind(&Facts::of(&used)), None);
}

#[test]
fn an_access_entry_is_put_right_before_anything_waits_for_it() {
    let entry = NewAccessEntry { principal: ROLE.into(), kind: "FARGATE_LINUX".into(), tags: BTreeMap::new() };
    let with = |profiles: &[Profile]| {
        let mut snapshot = with(profiles);
        snapshot.mending.entry = Some(Mend::RenewAccessEntry(entry.clone()));
        snapshot
    };
    let key = format!("RenewAccessEntry {ROLE}");
    assert_eq!(brief(&with(&[])), key);
    assert_eq!(brief(&with(&[owned("web-9999", Active)])), key);
    let mut first = with(&[]);
    in_back_off(&mut first, &key);
    assert_eq!(brief(&first), "create web-9999", "the check holds it up, if it has to");
    let mut settled = with(&[owned("web-9999", Active)]);
    in_back_off(&mut settled, &key);
    assert_eq!(brief(&settled), "back off");
}

/// CoreDNS behind the Service in namespace `web`, which the fixture's object selects.
fn coredns(compute_type: Option<&str>, before: Option<&str>) -> Workload {
    let template = Pod { namespace: "web".into(), wants_ec2: compute_type == Some("ec2"), ..Pod::default() };
    let found = CoreDns {
        template,
        available: 2,
        resource_version: "7".into(),
        progressed: None,
        compute_type: compute_type.map(str::to_owned),
        before: before.map(str::to_owned),
    };
    Workload::new(("web".into(), "names".into()), found, Read::NotAsked)
}

fn dns(profiles: &[Profile], workload: Workload) -> Snapshot {
    let mut snapshot = with(profiles);
    snapshot.mending.coredns = Read::Known(vec![workload]);
    snapshot
}

const TO_FARGATE: &str = "PatchDeploymentForFargate web/names";
const BACK: &str = "PatchDeploymentBack web/names";

fn elsewhere(profile: Profile) -> Profile {
    Profile { selectors: selectors("shop"), ..profile }
}

#[test]
fn coredns_comes_to_fargate_once_the_profile_that_takes_it_is_settled() {
    let held = || coredns(Some("ec2"), None);
    let serving = [owned("web-9999", Active)];
    assert_eq!(brief(&dns(&serving, held())), TO_FARGATE);
    assert_eq!(brief(&dns(&serving, coredns(Some("fargate"), Some("ec2")))), "settled");
    assert_eq!(brief(&dns(&[owned("web-9999", Creating)], held())), "await web-9999");
    assert_eq!(brief(&dns(&[], held())), "create web-9999");
    let mut young = dns(&serving, held());
    young.status_since = [("arn:web-9999".to_owned(), NOW - SETTLE / 2)].into();
    assert_eq!(brief(&young), "settled");
    let mut denied = dns(&serving, held());
    in_back_off(&mut denied, TO_FARGATE);
    assert_eq!(brief(&denied), "back off");
}

#[test]
fn the_object_whose_profile_takes_coredns_moves_it_and_no_other() {
    let theirs = Profile { selectors: selectors("web"), ..foreign("a-first", Active) };
    assert_eq!(brief(&dns(&[theirs, owned("web-9999", Active)], coredns(Some("ec2"), None))), "settled");
    let mut shop = dns(&[elsewhere(owned("web-9999", Active))], coredns(Some("ec2"), None));
    shop.spec.selectors[0].namespace = "shop".into();
    assert_eq!(brief(&shop), "settled");
}

#[test]
fn nothing_is_moved_that_nothing_holds_on_ec2_and_that_runs_on_fargate() {
    let workload = || coredns(None, None);
    let replica = |n: usize| {
        let controller = Controller { kind: "ReplicaSet".into(), name: "names-5d".into(), ..Controller::default() };
        let mut pod = Pod { controller: Some(controller), ..on("web-9999", "web", &format!("names-{n}")) };
        pod.labels.insert("pod-template-hash".into(), "5d".into());
        pod
    };
    let mut snapshot = dns(&[owned("web-9999", Active)], workload());
    snapshot.pods = known(&[replica(0), replica(1)]);
    assert_eq!(brief(&snapshot), "settled");
    snapshot.pods = known(&[replica(0)]);
    assert_eq!(brief(&snapshot), TO_FARGATE, "the other one runs on EC2");
}

#[test]
fn coredns_goes_back_before_its_profile_and_unless_another_takes_it() {
    let moved = || coredns(Some("fargate"), Some("ec2"));
    let serving = [owned("web-9999", Active)];
    assert_eq!(brief(&deleting(dns(&serving, moved()))), BACK);
    let another = Profile { selectors: selectors("web"), ..foreign("zz", Active) };
    let both = [owned("web-9999", Active), another];
    assert_eq!(brief(&deleting(dns(&both, moved()))), "delete web-9999 ObjectDeleted");
    assert_eq!(brief(&deleting(dns(&serving, coredns(Some("fargate"), None)))), "delete web-9999 ObjectDeleted");
    // Somebody deleted the profile in EKS.
    assert_eq!(brief(&deleting(dns(&[], moved()))), BACK);
    let mut stays = deleting(dns(&serving, moved()));
    stays.spec.deletion_policy = Some(DeletionPolicy::Retain);
    assert!(brief(&stays).starts_with("tag web-9999"), "{}", brief(&stays));
    let mut held = deleting(dns(&serving, moved()));
    in_back_off(&mut held, BACK);
    assert_eq!(brief(&held), "back off", "the cluster would be left without names");
}

#[test]
fn coredns_goes_back_when_the_next_profile_does_not_take_it() {
    let profiles = [owned("web-9999", Active), elsewhere(owned("web-9998", Active))];
    let mut snapshot = dns(&profiles, coredns(Some("fargate"), Some("ec2")));
    snapshot.spec.selectors[0].namespace = "shop".into();
    assert_eq!(brief(&snapshot), BACK);
    snapshot.profiles[1].status = Creating;
    assert_eq!(brief(&snapshot), "await web-9998", "the old one serves");
}

#[test]
fn coredns_stays_for_an_object_that_is_to_take_it() {
    let moved = || coredns(Some("fargate"), Some("ec2"));
    let beside = |namespace: &str, going: bool| {
        let mut snapshot = deleting(dns(&[], moved()));
        let other = OtherObject { name: "dns".into(), selectors: selectors(namespace), ..OtherObject::default() };
        snapshot.other_objects = vec![OtherObject { deleting: going, ..other }];
        brief(&snapshot)
    };
    assert_eq!(beside("web", false), "drop finalizer ProfilesGone");
    assert_eq!(beside("web", true), BACK);
    assert_eq!(beside("shop", false), BACK);
    let coming = Profile { selectors: selectors("web"), ..foreign("zz", Creating) };
    let both = [owned("web-9999", Active), coming];
    assert_eq!(brief(&deleting(dns(&both, moved()))), "delete web-9999 ObjectDeleted");
    let mut gap = dns(&[], moved());
    gap.status.previous = Some(previous(&owned("web", Active)));
    assert!(!brief(&gap).starts_with("PatchDeployment"), "{}", brief(&gap));
}

#[test]
fn a_profile_stays_while_coredns_leaves_it_but_not_for_ever() {
    let controller = Controller { kind: "ReplicaSet".into(), name: "names-5d".into(), ..Controller::default() };
    let mut pod = Pod { controller: Some(controller), ..on("web-9999", "web", "names-1") };
    pod.labels.insert("pod-template-hash".into(), "5d".into());
    let mut snapshot = deleting(dns(&[owned("web-9999", Active)], coredns(Some("ec2"), None)));
    snapshot.pods = known(&[pod]);
    let progressed = |snapshot: &mut Snapshot, at: Option<i64>| {
        let mut workload = coredns(Some("ec2"), None);
        workload.found.progressed = at.map(|seconds| wall(-seconds));
        snapshot.mending.coredns = Read::Known(vec![workload]);
    };
    let until = |snapshot: &Snapshot| match decide(snapshot) {
        Step::Wait(Wait::DnsLeaves { until, .. }) => Some(until),
        _ => None,
    };
    assert_eq!(until(&snapshot), Some(NOW + Duration::from_secs(600)), "its rollout has not begun");
    progressed(&mut snapshot, Some(100));
    assert_eq!(until(&snapshot), Some(NOW + Duration::from_secs(500)));
    progressed(&mut snapshot, Some(600));
    assert_eq!(until(&snapshot), None);
    progressed(&mut snapshot, Some(100));
    let kept = Snapshot {
        spec: crate::api::FargateProfileSpec { deletion_policy: Some(DeletionPolicy::Retain), ..snapshot.spec.clone() },
        ..snapshot.clone()
    };
    assert_eq!(until(&kept), None);
    snapshot.pods = known(&[]);
    assert_eq!(brief(&snapshot), "delete web-9999 ObjectDeleted");
}

#[test]
fn who_may_not_read_the_deployments_is_told_when_nothing_else_is_to_do() {
    let mut snapshot = with(&[owned("web-9999", Active)]);
    snapshot.mending.coredns = Read::Unread(Unread::Denied { action: "list deployments".into() });
    assert_eq!(brief(&snapshot), "settled", "it has no pods of kube-system");
    snapshot.profiles[0].selectors = selectors("kube-*");
    snapshot.spec.selectors[0].namespace = "kube-*".into();
    assert_eq!(brief(&snapshot), "stalled AccessDenied");
    assert_eq!(brief(&deleting(snapshot)), "stalled AccessDenied", "CoreDNS may have been moved");
}

#[test]
fn what_is_no_longer_to_be_mended_is_not_due() {
    let due = |snapshot: &Snapshot| mends_due(&Facts::of(snapshot)).into_iter().collect::<Vec<_>>();
    let mut snapshot = dns(&[owned("web-9999", Active)], coredns(Some("ec2"), None));
    assert_eq!(due(&snapshot), [TO_FARGATE]);
    snapshot.mending.coredns = Read::Known(vec![coredns(Some("fargate"), Some("ec2"))]);
    assert!(due(&snapshot).is_empty());
    assert_eq!(due(&managed(&[], missing)), ["CreateRole fargate-pods"]);
    assert_eq!(due(&deleting(managed(&[], made))), [format!("DeleteAccessEntry {ROLE}")]);
}

#[test]
fn an_add_on_is_configured_where_eks_installed_it() {
    let found = CoreDns {
        template: Pod { namespace: "kube-system".into(), ..Pod::default() },
        before: Some(String::new()),
        ..CoreDns::default()
    };
    let usual = ("kube-system".to_owned(), "coredns".to_owned());
    let workload = Workload::new(usual, found, Read::Known(Some(Addon::default())));
    let profile = Profile { selectors: selectors("kube-system"), ..owned("web-9999", Active) };
    let mut snapshot = dns(&[profile], workload);
    snapshot.spec.selectors[0].namespace = "kube-system".into();
    assert_eq!(brief(&snapshot), "ConfigureAddonForFargate coredns");
}

#[test]
fn what_could_not_be_read_is_waited_for_by_who_cannot_do_without_it() {
    let failed = || Unread::Failed { action: "iam:GetRole".into(), why: "no answer".into() };
    let told = "iam:GetRole failed (no answer), which the operator needs for what it is to mend: it asks again";
    let unread = |_: &ManagedRole| RoleEvidence { role: Read::Unread(failed()), ..RoleEvidence::default() };
    assert_eq!(brief(&managed(&[], unread)), told);
    assert_eq!(brief(&managed(&[owned("web-9999", Active)], unread)), "settled");
    assert_eq!(brief(&deleting(managed(&[], unread))), told, "it would be left behind");
    let of_entry = |role: &ManagedRole| RoleEvidence { access_entry: Read::Unread(failed()), ..made(role) };
    assert_eq!(brief(&deleting(managed(&[], of_entry))), told);

    let serving = [Profile { selectors: selectors("kube-system"), ..owned("web-9999", Active) }];
    let dns = || {
        let mut snapshot = with(&serving);
        snapshot.spec.selectors[0].namespace = "kube-system".into();
        snapshot.mending.coredns = Read::Unread(failed());
        snapshot
    };
    assert_eq!(brief(&dns()), "settled");
    assert_eq!(brief(&deleting(dns())), told, "it may have to go back");
}

#[test]
fn the_role_goes_with_a_cluster_that_is_gone() {
    let gone = |evidence: fn(&ManagedRole) -> RoleEvidence| {
        let mut snapshot = deleting(managed(&[], evidence));
        let crate::api::ClusterRecord { region, account_id, .. } = cluster();
        snapshot.cluster = ClusterState::Missing { region, account: account_id };
        brief(&snapshot)
    };
    // Nobody asks a cluster that is gone for entries.
    let bare = |role: &ManagedRole| RoleEvidence { access_entry: Read::NotAsked, ..made(role) };
    assert_eq!(gone(bare), "DetachRolePolicy fargate-pods");
    assert_eq!(gone(missing), "drop finalizer ClusterGone");
}
