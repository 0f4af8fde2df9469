//! A settled snapshot, and the ways in which tests change it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::api::{
    ClusterRecord, DrainRecord, FargateProfileSpec, FargateProfileStatus, POD_PROFILE_LABEL, PreviousProfile,
    PreviousSelector, ProfileRecord, ProfileSelector, Reason, ReplacementSpec, Strategy, TAG_INSTALLATION, TAG_OWNER,
    TAG_OWNER_UID,
};
use crate::eks::{Profile, ProfileStatus, Selector};
use crate::failure::{Class, Failure};
use crate::placement::{Controller, Pod, PodPhase};
use crate::prerequisites::Read;
use crate::state::{ClusterState, Defaults, Mending, ObjectInfo, Pods, RetryState, Snapshot};

pub(crate) const NOW: Duration = Duration::from_secs(10_000);
pub(crate) const SETTLE: Duration = Duration::from_secs(30);
pub(crate) const QUIET: Duration = Duration::from_secs(60);
pub(crate) const INSTALLATION: &str = "installation";
pub(crate) const ROLE: &str = "arn:aws:iam::111122223333:role/fargate-pods";

pub(crate) fn cluster() -> ClusterRecord {
    ClusterRecord {
        name: "prod".into(),
        region: "us-west-2".into(),
        account_id: "111122223333".into(),
        arn: "arn:aws:eks:us-west-2:111122223333:cluster/prod".into(),
    }
}

/// The object `web`, which selects namespace `web`. It is prepared and has no EKS profile yet.
pub(crate) fn prepared() -> Snapshot {
    Snapshot {
        object: ObjectInfo {
            name: "web".into(),
            uid: "uid".into(),
            generation: 1,
            created: Some("2026-01-01T00:00:00Z".parse().unwrap()),
            deleting: false,
            deleting_for: Duration::from_secs(3600),
            has_finalizer: true,
            approval: None,
            retry: None,
        },
        spec: selecting(&["web"]),
        status: FargateProfileStatus {
            observed_generation: Some(1),
            cluster: Some(cluster()),
            ..FargateProfileStatus::default()
        },
        defaults: Defaults {
            cluster_name: "prod".into(),
            pod_execution_role_arn: Some(ROLE.into()),
            ..Defaults::default()
        },
        installation: INSTALLATION.into(),
        cluster: ClusterState::Found(cluster()),
        profiles: Vec::new(),
        status_since: BTreeMap::new(),
        absent_since: BTreeMap::new(),
        other_objects: Vec::new(),
        quiet: false,
        full_at: None,
        own_profile: None,
        own_pod: None,
        pods: Pods::Known(Vec::new()),
        dns: Read::NotAsked,
        outside: None,
        findings: Some(Vec::new()),
        mending: Mending::default(),
        counts_due: true,
        attempts: BTreeMap::new(),
        quiet_time: QUIET,
        settle: SETTLE,
        drain_timeout: Duration::from_secs(1800),
        progress: Duration::from_secs(600),
        pending_after: Duration::from_secs(60),
        notice: Duration::from_secs(60),
        able_since: Duration::ZERO,
        now: NOW,
        wall: wall(0),
    }
}

/// The wall clock this many seconds after a moment that all tests share.
pub(crate) fn wall(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_780_315_200 + seconds).unwrap()
}

/// This many pods without a controller.
pub(crate) fn bare(profile: &str, pods: usize) -> Pods {
    Pods::Known((0..pods).map(|n| Arc::new(on(profile, "web", &format!("bare-{n}")))).collect())
}

pub(crate) fn on(profile: &str, namespace: &str, name: &str) -> Pod {
    Pod {
        namespace: namespace.into(),
        name: name.into(),
        uid: format!("uid-{name}"),
        resource_version: "1".into(),
        labels: [(POD_PROFILE_LABEL.to_owned(), profile.to_owned())].into(),
        created: wall(-3600),
        phase: PodPhase::Running,
        ready: true,
        scheduler: "fargate-scheduler".into(),
        node: Some(format!("fargate-{name}")),
        ..Pod::default()
    }
}

/// [`on`], with a ReplicaSet as controller.
pub(crate) fn replica(profile: &str, replica_set: &str, n: usize) -> Pod {
    let controller = Controller {
        api_version: "apps/v1".into(),
        kind: "ReplicaSet".into(),
        name: replica_set.into(),
        uid: format!("uid-{replica_set}"),
    };
    Pod { controller: Some(controller), ..on(profile, "web", &format!("{replica_set}-{n}")) }
}

pub(crate) fn known(pods: &[Pod]) -> Pods {
    Pods::Known(pods.iter().cloned().map(Arc::new).collect())
}

/// Starts the drain of this profile this many seconds ago.
pub(crate) fn draining(snapshot: &mut Snapshot, profile: &str, seconds: i64) {
    let drain =
        DrainRecord { since: Some(Time(wall(-seconds))), total: 1, left: None, proven: Vec::new(), evicting: None };
    for record in snapshot.status.profiles.iter_mut().filter(|record| record.name == profile) {
        record.drain = Some(drain.clone());
    }
}

/// [`prepared`] with these profiles, all recorded in status.
pub(crate) fn with(profiles: &[Profile]) -> Snapshot {
    let mut snapshot = prepared();
    snapshot.profiles = profiles.to_vec();
    snapshot.status.profiles =
        profiles.iter().filter(|p| p.tags.get(TAG_OWNER).is_some_and(|owner| owner == "web")).map(record).collect();
    snapshot.status_since = profiles.iter().map(|profile| (profile.arn.clone(), Duration::ZERO)).collect();
    snapshot
}

pub(crate) fn selecting(namespaces: &[&str]) -> FargateProfileSpec {
    FargateProfileSpec {
        selectors: namespaces
            .iter()
            .map(|namespace| ProfileSelector { namespace: (*namespace).into(), labels: None })
            .collect(),
        ..FargateProfileSpec::default()
    }
}

/// A profile of `web` that equals its spec.
pub(crate) fn owned(name: &str, status: ProfileStatus) -> Profile {
    let tags = [(TAG_OWNER, "web"), (TAG_OWNER_UID, "uid"), (TAG_INSTALLATION, INSTALLATION)];
    Profile { tags: tags.map(|(key, value)| (key.to_owned(), value.to_owned())).into(), ..foreign(name, status) }
}

/// A profile of `web` that selects another namespace.
pub(crate) fn outdated(name: &str, status: ProfileStatus) -> Profile {
    Profile { selectors: selectors("old"), ..owned(name, status) }
}

/// A profile without any tags.
pub(crate) fn foreign(name: &str, status: ProfileStatus) -> Profile {
    Profile {
        name: name.into(),
        arn: format!("arn:{name}"),
        status,
        role: ROLE.into(),
        subnets: ["subnet-00000001".to_owned()].into(),
        selectors: selectors("web"),
        tags: BTreeMap::new(),
        issues: Vec::new(),
        created_at: None,
    }
}

/// [`with`] under `strategy: DeleteFirst`.
pub(crate) fn delete_first(profiles: &[Profile]) -> Snapshot {
    let mut snapshot = with(profiles);
    snapshot.spec.replacement =
        Some(ReplacementSpec { strategy: Some(Strategy::DeleteFirst), ..ReplacementSpec::default() });
    snapshot
}

/// A profile as status records it before a gap opens.
pub(crate) fn previous(profile: &Profile) -> PreviousProfile {
    PreviousProfile {
        name: profile.name.clone(),
        arn: profile.arn.clone(),
        pod_execution_role_arn: profile.role.clone(),
        subnets: profile.subnets.iter().cloned().collect(),
        selectors: profile
            .selectors
            .iter()
            .map(|selector| PreviousSelector { namespace: selector.namespace.clone(), labels: selector.labels.clone() })
            .collect(),
    }
}

/// A failed try. The next one is due after `NOW`.
pub(crate) fn failed(class: Class, reason: Reason, count: u32) -> RetryState {
    let failure = Failure {
        class,
        reason,
        operation: "CreateFargateProfile",
        code: None,
        message: "EKS says no".into(),
        definite: true,
    };
    RetryState { count, until: NOW + SETTLE, failure: Some(failure) }
}

/// A pod of a ReplicaSet that has been pending for twenty minutes, without a profile.
pub(crate) fn waiting() -> Pod {
    Pod {
        labels: [("app".to_owned(), "web".to_owned())].into(),
        created: wall(-1200),
        unscheduled_since: Some(wall(-1200)),
        phase: PodPhase::Pending,
        ready: false,
        scheduler: "default-scheduler".into(),
        node: None,
        ..replica("", "web", 1)
    }
}

pub(crate) fn record(profile: &Profile) -> ProfileRecord {
    ProfileRecord {
        name: profile.name.clone(),
        arn: profile.arn.clone(),
        status: profile.status.name().into(),
        ..ProfileRecord::default()
    }
}

pub(crate) fn selectors(namespace: &str) -> BTreeSet<Selector> {
    [Selector { namespace: namespace.into(), labels: BTreeMap::new() }].into()
}
