//! One object for each situation of the table of conditions, with the status of this report. The files are test data
//! for kstatus and Argo CD in tests/gitops.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::api::ObjectMeta;

use super::{blocked, failure, of, tried, wall};
use crate::act::Outcome;
use crate::api::{Approval, FailedBy, FargateProfile, FargateProfileStatus, Reason, ReplacementSpec, TAG_OWNER};
use crate::eks::ProfileStatus::{Active, CreateFailed, Creating, DeleteFailed, Deleting};
use crate::failure::{Class, Failure};
use crate::intervals::DEFAULTS;
use crate::placement::{Pod, PodPhase};
use crate::plan::fixture::drain_on_record;
use crate::prerequisites::{Check, Finding, Severity};
use crate::report::report_blind;
use crate::state::fixture::{
    NOW, bare, cluster, delete_first, draining, foreign, known, on, outdated, owned, prepared, previous, replica,
    selectors, wall as since, with,
};
use crate::state::{ActionKey, ClusterState, OtherObject, Pods, PodsUnavailable, Snapshot};

/// The files in the order of the table, each with what it shows.
fn situations() -> Vec<(&'static str, &'static str, FargateProfile)> {
    [
        creations(),
        replacements(),
        held_drains(),
        handovers(),
        waits_for_people(),
        gaps(),
        refusals(),
        troubles(),
        deletions(),
    ]
    .concat()
}

type Situations = Vec<(&'static str, &'static str, FargateProfile)>;

fn creations() -> Situations {
    let unavailable = FargateProfileStatus { observed_generation: Some(-1), ..FargateProfileStatus::default() };
    let mut quiet = prepared();
    quiet.quiet = true;
    let creating = with(&[owned("web-9999", Creating)]);
    let mut edited = with(&[owned("web-9999", Active)]);
    let settled = of(&edited, &Outcome::Rested).status;
    edited.object.generation = 2;
    let mut missing = prepared();
    let told =
        "VPC vpc-0a1b2c3d has DNS host names off, so every Fargate node is named fargate-null and pods stay Pending";
    missing.findings =
        Some(vec![Finding { severity: Severity::Blocking, check: Check::VpcDns, message: told.to_owned() }]);
    vec![
        ("unseen", "the operator has not looked at it yet", showing(&prepared(), unavailable)),
        ("quiet", "the operator has just started, or waits until its last call shows", seen(&quiet, &Outcome::Rested)),
        ("first-turn", "first create, waiting for the EKS cluster's turn", seen(&prepared(), &blocked())),
        ("prerequisite", "first create, a prerequisite is missing", seen(&missing, &Outcome::Rested)),
        ("first-create", "first create, EKS is at it", seen(&creating, &Outcome::Rested)),
        ("settled", "settled", seen(&with(&[owned("web-9999", Active)]), &Outcome::Rested)),
        ("edited", "settled, then edited; the operator has not looked yet", showing(&edited, settled)),
    ]
}

fn replacements() -> Situations {
    let creating = with(&[outdated("web-9999", Active), owned("web-9998", Creating)]);
    let mut settling = with(&[outdated("web-9999", Active), owned("web-9998", Active)]);
    settling.status_since.insert("arn:web-9998".into(), NOW);
    let moving = draining_with(&[replica("web-9999", "web", 1), replica("web-9998", "web", 2)]);
    let going = with(&[outdated("web-9999", Deleting), owned("web-9998", Active)]);
    let mut tags = with(&[owned("web-9999", Active)]);
    tags.spec.tags = Some([("team".to_owned(), "payments".to_owned())].into());
    let first = with(&[outdated("web-9999", Active)]);
    vec![
        ("replacement-turn", "replacement, waiting for the EKS cluster's turn", seen(&first, &blocked())),
        ("replacement-create", "replacement, the new profile is not ACTIVE yet", seen(&creating, &Outcome::Rested)),
        (
            "replacement-settle",
            "the new profile is ACTIVE, the cluster learns of it",
            seen(&settling, &Outcome::Rested),
        ),
        ("replacement-drain", "the new profile is ACTIVE, pods are being moved", seen(&moving, &Outcome::Done)),
        ("replacement-delete", "the new profile is ACTIVE, the old one is going", seen(&going, &Outcome::Rested)),
        ("tags", "tags are being changed in place", seen(&tags, &Outcome::Done)),
    ]
}

fn held_drains() -> Situations {
    let mut waiting = draining_with(&[]);
    waiting.profiles[0].selectors.extend(selectors("web"));
    waiting.pods = bare("web-9999", 3);
    let mut late = waiting.clone();
    draining(&mut late, "web-9999", 3600);
    let homeless = draining_with(&[on("web-9999", "old", "runner")]);
    let mut unknown = waiting.clone();
    unknown.pods = Pods::Unknown(PodsUnavailable::lasting("no permission"));
    let mut hidden = waiting.clone();
    hidden.pods = Pods::Unknown(PodsUnavailable::transient("listing pods took too long"));
    let mut bounced = draining_with(&[replica("web-9999", "web", 1), replica("web-9999", "web", 2)]);
    let back = Pod { created: since(1), ..replica("web-9999", "web", 3) };
    bounced.pods = known(&[replica("web-9999", "web", 2), back]);
    vec![
        ("drain-waits", "pods that are not evicted are left, `drain.timeout` runs", seen(&waiting, &Outcome::Rested)),
        ("drain-held", "pods are left after `drain.timeout`", seen(&late, &Outcome::Rested)),
        ("drain-homeless", "pods are left that no other profile takes", seen(&homeless, &Outcome::Rested)),
        ("drain-bounced", "an evicted pod came back to the old profile", seen(&bounced, &Outcome::Rested)),
        (
            "drain-out-of-sight",
            "the pods of the old profile cannot be seen for a while",
            seen(&hidden, &Outcome::Rested),
        ),
        ("drain-unknown", "nobody can see the pods of the old profile", seen(&unknown, &Outcome::Rested)),
    ]
}

fn handovers() -> Situations {
    let leaving = |other: OtherObject| {
        let mut snapshot = with(&[owned("web-9999", Active)]);
        snapshot.object.deleting = true;
        snapshot.other_objects = vec![OtherObject { name: "web-v2".into(), selectors: selectors("web"), ..other }];
        snapshot.pods = known(&[replica("web-9999", "web", 1)]);
        draining(&mut snapshot, "web-9999", 60);
        snapshot
    };
    let waiting = leaving(OtherObject { stem: "web-v2".into(), ..OtherObject::default() });
    let held = leaving(OtherObject { stem: "web-v2".into(), keeps_its_name: true, ..OtherObject::default() });
    let mut homeless = leaving(OtherObject { selectors: selectors("more"), ..OtherObject::default() });
    homeless.other_objects.clear();
    homeless.object.deleting_for = std::time::Duration::ZERO;
    let mut app = owned("app-9999", Active);
    app.tags.insert(TAG_OWNER.into(), "app".into());
    let mut taking = with(&[owned("web-9999", Active), app]);
    let leaves =
        OtherObject { name: "app".into(), stem: "app".into(), deleting: true, leaves: true, ..OtherObject::default() };
    taking.other_objects = vec![leaves];
    taking.pods = known(&[replica("app-9999", "web", 1)]);
    vec![
        ("handing-over", "being deleted, another object is to take over the pods", seen(&waiting, &Outcome::Rested)),
        ("handover-held", "being deleted, that one cannot take them over by itself", seen(&held, &Outcome::Rested)),
        ("handover-notice", "being deleted, nobody takes the pods over", seen(&homeless, &Outcome::Rested)),
        ("taking-over", "settled, and about to step in front of one that goes", seen(&taking, &Outcome::Done)),
    ]
}

fn waits_for_people() -> Situations {
    let mut manual = with(&[outdated("web-9999", Active)]);
    manual.spec.replacement = Some(ReplacementSpec { approval: Some(Approval::Manual), ..ReplacementSpec::default() });
    let mut suspended = with(&[outdated("web-9999", Active)]);
    suspended.spec.suspend = Some(true);
    let mut idle = with(&[owned("web-9999", Active)]);
    idle.spec.suspend = Some(true);
    let mut drifted = with(&[owned("web-9999", Active)]);
    drifted.status = of(&drifted, &Outcome::Rested).status;
    drifted.defaults.pod_execution_role_arn = Some("arn:aws:iam::111122223333:role/another".into());
    vec![
        ("awaiting-approval", "a change waits for approval", seen(&manual, &Outcome::Rested)),
        ("suspended-change", "suspended with a change pending", seen(&suspended, &Outcome::Rested)),
        ("suspended", "suspended, nothing pending", seen(&idle, &Outcome::Rested)),
        ("defaults-drifted", "settled, the operator's defaults have changed", seen(&drifted, &Outcome::Rested)),
    ]
}

fn gaps() -> Situations {
    let in_gap = |mut snapshot: Snapshot| {
        snapshot.status.previous = Some(previous(&outdated("web", Active)));
        snapshot
    };
    let opening = in_gap(delete_first(&[outdated("web", Deleting)]));
    let refused = in_gap(delete_first(&[owned("web", CreateFailed)]));
    let mut back = delete_first(&[outdated("web", Active)]);
    back.status.failed_generation = Some(1);
    back.status.failure = of(&refused, &Outcome::Rested).status.failure;
    vec![
        ("gap", "DeleteFirst, in the gap", seen(&opening, &Outcome::Rested)),
        ("gap-back", "DeleteFirst, EKS refused, the old profile is being put back", seen(&refused, &Outcome::Rested)),
        ("gap-failed", "DeleteFirst, the old profile is back after a refusal", seen(&back, &Outcome::Rested)),
    ]
}

fn refusals() -> Situations {
    let refused = |mut snapshot: Snapshot, class, reason| {
        tried(&mut snapshot, ActionKey::Create(1), 1, failure(class, reason));
        seen(&snapshot, &Outcome::Rested)
    };
    let changed = || with(&[outdated("web-9999", Active)]);
    let mut full = changed();
    full.full_at = Some(1);
    let mut unhealthy = with(&[outdated("web-9999", Active)]);
    unhealthy.pods = known(&[replica("web-9999", "web", 1)]);
    unhealthy.status.failed_generation = Some(1);
    unhealthy.status.failed_by = Some(FailedBy::Pods);
    unhealthy.status.failure = Some("pod web/web-2 is not Ready on EKS profile web-9998: ImagePullBackOff".into());
    let mut taking_back = unhealthy.clone();
    taking_back.profiles = vec![outdated("web-9999", Active), owned("web-9998", Active)];
    let stuck = Pod { ready: false, phase: PodPhase::Pending, ..replica("web-9998", "web", 2) };
    taking_back.pods = known(&[replica("web-9999", "web", 1), stuck]);
    vec![
        ("refused-first", "EKS refuses the first create", refused(prepared(), Class::Fix, Reason::InvalidParameter)),
        ("refused-change", "EKS refuses a change, the old profile serves", {
            refused(changed(), Class::Fix, Reason::InvalidParameter)
        }),
        ("full", "no slot is free for the next profile", refused(full, Class::Fix, Reason::NoFreeSlot)),
        ("unhealthy", "pods do not start on the new profile, it is taken back", seen(&taking_back, &Outcome::Done)),
        ("unhealthy-back", "pods did not start on the new profile, the old one serves", {
            seen(&unhealthy, &Outcome::Rested)
        }),
    ]
}

fn troubles() -> Situations {
    let settled = of(&with(&[owned("web-9999", Active)]), &Outcome::Rested).status;
    let blind = |class, reason, stalled| {
        let failure = Failure { operation: "ListFargateProfiles", ..failure(class, reason) };
        showing(
            &prepared(),
            report_blind(&settled, (1, None), &failure, stalled, Duration::from_secs(300), wall(), &DEFAULTS).status,
        )
    };
    let mut throttled = prepared();
    tried(&mut throttled, ActionKey::Create(1), 3, failure(Class::Retry, Reason::Throttled));
    let mut lost = with(&[owned("web-9999", Active)]);
    lost.profiles[0].tags.clear();
    let mut moved = with(&[owned("web-9999", Active)]);
    moved.status = settled.clone();
    moved.cluster = ClusterState::Missing { region: "eu-west-1".into(), account: cluster().account_id };
    let taken = delete_first(&[foreign("web", Active)]);
    vec![
        ("throttled", "first create, EKS throttles", seen(&throttled, &Outcome::Rested)),
        ("unreachable", "settled, EKS cannot be reached", blind(Class::Retry, Reason::EksUnavailable, false)),
        ("denied", "settled, AWS denies the operator to look", blind(Class::Fix, Reason::AccessDenied, true)),
        ("name-taken", "the name belongs to somebody else", seen(&taken, &Outcome::Rested)),
        ("ownership-lost", "the EKS profile lost the operator's tags", seen(&lost, &Outcome::Rested)),
        ("other-cluster", "the operator looks at another cluster", seen(&moved, &Outcome::Rested)),
    ]
}

fn deletions() -> Situations {
    let mut going = with(&[owned("web-9999", Deleting)]);
    going.object.deleting = true;
    let mut failed = with(&[owned("web-9999", DeleteFailed)]);
    failed.object.deleting = true;
    let refusal = failure(Class::Propagation, Reason::DeleteFailed);
    tried(&mut failed, ActionKey::Delete("arn:web-9999".into()), 6, refusal);
    vec![
        ("deleting", "being deleted", seen(&going, &Outcome::Rested)),
        ("delete-failed", "being deleted, DELETE_FAILED persists", seen(&failed, &Outcome::Rested)),
    ]
}

/// The old profile and the new one, with these pods. The pods are being moved, and the next eviction is recorded.
fn draining_with(pods: &[Pod]) -> Snapshot {
    let (mut old, new) = (outdated("web-9999", Active), owned("web-9998", Active));
    old.selectors.extend(new.selectors.clone());
    let mut snapshot = with(&[old, new]);
    draining(&mut snapshot, "web-9999", 60);
    snapshot.pods = known(pods);
    while let Some((arn, drain)) = drain_on_record(&snapshot) {
        snapshot.status.profiles.iter_mut().find(|record| record.arn == arn).unwrap().drain = Some(drain);
    }
    snapshot
}

/// The object with the status of its report.
fn seen(snapshot: &Snapshot, outcome: &Outcome) -> FargateProfile {
    showing(snapshot, of(snapshot, outcome).status)
}

fn showing(snapshot: &Snapshot, status: FargateProfileStatus) -> FargateProfile {
    let object = &snapshot.object;
    FargateProfile {
        metadata: ObjectMeta {
            name: Some(object.name.clone()),
            generation: Some(object.generation),
            deletion_timestamp: object.deleting.then(|| Time(wall())),
            ..ObjectMeta::default()
        },
        spec: snapshot.spec.clone(),
        status: Some(status),
    }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("gitops/argocd/testdata")
}

/// A file: its name and its text, which begins with what it shows.
fn files() -> Vec<(String, String)> {
    let file = |(name, title, object): (&str, &str, FargateProfile)| {
        (format!("{name}.yaml"), format!("# {title}\n{}", serde_saphyr::to_string(&object).unwrap()))
    };
    situations().into_iter().map(file).collect()
}

#[test]
fn the_statuses_that_gitops_tools_are_tested_with_are_the_report_s() {
    let committed: BTreeSet<String> =
        std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let files = files();
    assert_eq!(committed, files.iter().map(|(name, _)| name.clone()).collect());
    for (name, text) in files {
        let found = std::fs::read_to_string(folder().join(&name)).unwrap();
        assert_eq!(found, text, "{name}: make generate");
    }
}

#[test]
#[ignore = "writes gitops/argocd/testdata"]
fn write_statuses() {
    for entry in std::fs::read_dir(folder()).unwrap() {
        std::fs::remove_file(entry.unwrap().path()).unwrap();
    }
    for (name, text) in files() {
        std::fs::write(folder().join(name), text).unwrap();
    }
}
