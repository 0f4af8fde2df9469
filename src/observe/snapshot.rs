//! What EKS and the objects show, as a [`Snapshot`].

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kube::ResourceExt;
use sha2::{Digest, Sha256};

use super::{EksSnapshot, Found, Installation};
use crate::api::{
    APPROVE_ANNOTATION, ClusterRecord, FINALIZER, FargateProfile, FargateProfileStatus, RETRY_ANNOTATION,
};
use crate::intervals::Intervals;
use crate::message::message;
use crate::prerequisites::Read;
use crate::state::{ClusterState, Mending, ObjectInfo, OtherObject, Pods, PodsUnavailable, Snapshot};

/// What the annotation for another try says. A value that is too long for the status stands there as its hash.
pub(crate) fn retry_of(object: &FargateProfile) -> Option<String> {
    const LONGEST: usize = 63;
    let value = object.annotations().get(RETRY_ANNOTATION)?;
    if value.len() <= LONGEST {
        return Some(value.clone());
    }
    Some(Sha256::digest(value).iter().take(16).map(|byte| format!("{byte:02x}")).collect())
}

/// What EKS and the objects show. The pods, and what only memory knows, are still missing.
pub fn snapshot(
    object: &FargateProfile,
    objects: &[Arc<FargateProfile>],
    look: &EksSnapshot,
    installation: &Installation,
    intervals: &Intervals,
    now: Duration,
    wall: Timestamp,
) -> Snapshot {
    let Installation { id, defaults, own_profile, own_pod, region } = installation;
    let cluster = defaults.cluster_of(&object.spec);
    Snapshot {
        object: ObjectInfo {
            name: object.name_any(),
            uid: object.uid().unwrap_or_default(),
            generation: object.metadata.generation.unwrap_or_default(),
            created: object.creation_timestamp().map(|time| time.0),
            deleting: object.metadata.deletion_timestamp.is_some(),
            deleting_for: object
                .metadata
                .deletion_timestamp
                .as_ref()
                .map_or(Duration::ZERO, |time| Duration::try_from(wall.duration_since(time.0)).unwrap_or_default()),
            has_finalizer: object.finalizers().iter().any(|finalizer| finalizer == FINALIZER),
            approval: object.annotations().get(APPROVE_ANNOTATION).cloned(),
            retry: retry_of(object),
        },
        spec: object.spec.clone(),
        status: object.status.clone().unwrap_or_default(),
        defaults: defaults.clone(),
        installation: id.clone(),
        cluster: cluster_state(&look.cluster, region),
        profiles: look.profiles.clone(),
        status_since: look.status_since.clone(),
        other_objects: objects
            .iter()
            .filter(|other| other.name_any() != object.name_any() && defaults.cluster_of(&other.spec) == cluster)
            .map(|other| other_object(other))
            .collect(),
        quiet: false,
        pods: Pods::Unknown(PodsUnavailable::lasting(message!("they were not asked for"))),
        dns: Read::NotAsked,
        outside: None,
        findings: None,
        mending: Mending::default(),
        counts_due: true,
        attempts: BTreeMap::new(),
        absent_since: BTreeMap::new(),
        quiet_time: intervals.quiet,
        settle: intervals.settle,
        drain_timeout: intervals.scale_down(object.spec.drain_timeout()),
        progress: intervals.progress_deadline,
        pending_after: intervals.pending_after,
        notice: intervals.notice,
        able_since: now,
        full_at: None,
        // The name alone says nothing in another cluster.
        own_profile: own_profile.clone().filter(|_| cluster == defaults.cluster_name),
        own_pod: own_pod.clone(),
        now,
        wall,
    }
}

fn other_object(object: &FargateProfile) -> OtherObject {
    let (name, meta) = (object.name_any(), &object.metadata);
    let subject = (name.as_str(), meta.generation.unwrap_or_default(), meta.deletion_timestamp.is_some());
    let created = object.creation_timestamp().map(|time| time.0);
    let none_yet = FargateProfileStatus::default();
    OtherObject::of(subject, created, &object.spec, object.status.as_ref().unwrap_or(&none_yet))
}

/// Whether the gap of a DeleteFirst replacement is open or about to be, by the object's status.
pub fn is_in_gap(object: &FargateProfile) -> bool {
    let has_previous = object.status.as_ref().is_some_and(|status| status.previous.is_some());
    has_previous && object.metadata.deletion_timestamp.is_none()
}

fn cluster_state(found: &Found, region: &str) -> ClusterState {
    match found {
        Found::Cluster(cluster) => {
            let (region, account) = cluster.region_and_account().unwrap_or_default();
            ClusterState::Found(ClusterRecord {
                name: cluster.name.clone(),
                region: region.to_owned(),
                account_id: account.to_owned(),
                arn: cluster.arn.clone(),
            })
        }
        Found::Missing { account } => ClusterState::Missing { region: region.to_owned(), account: account.clone() },
    }
}
