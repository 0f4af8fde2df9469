//! The model's terms in the operator's types.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use fargate_operator::act::{InFlight, Mutation, Turn};
use fargate_operator::api::{
    Adoption, Approval, ClusterRecord, DeletionPolicy, DrainSpec, FargateProfileSpec, FargateProfileStatus, OnTimeout,
    OnUnhealthy, ProfileSelector, Reason, ReplacementSpec, Strategy, TAG_INSTALLATION, TAG_OWNER, TAG_OWNER_UID,
};
use fargate_operator::eks::{Profile, ProfileStatus, Selector};
use fargate_operator::failure::{Class, Failure};
use fargate_operator::intervals::{DEFAULTS, Intervals};
use fargate_operator::memory::Memory;
use fargate_operator::state::{ClusterState, Defaults, Mending, ObjectInfo, Snapshot};
use jiff::Timestamp;

pub use crate::clock::wall;
use crate::config::Config;
use crate::fail::Fail;
use crate::memo::Observation;
use crate::sight;
use crate::world::{InFlightCall, Kind, ModelProfile, Object, Status, World, arn, number};

pub const INSTALLATION: &str = "installation";
pub const UID_TAG: &str = TAG_OWNER_UID;
pub const QUIET: Duration = Duration::from_secs(60);
pub const SETTLE: Duration = Duration::from_secs(30);
/// The moment of every pass. Other times are before or after it.
pub const NOW: Duration = Duration::from_secs(100_000);
const SENT: Duration = Duration::from_secs(99_000);
pub const INTERVALS: Intervals = Intervals { quiet: QUIET, ..DEFAULTS };

/// The namespaces that each object's specs select.
pub const WEB: &str = "web";
pub const API: &str = "api";

/// A namespace that the first object's specs select, except for the narrow one.
pub const APART: &str = "apart";

/// A namespace that no spec selects.
pub const ELSEWHERE: &str = "elsewhere";

/// The spec that selects less.
pub const NARROW: u8 = 3;

/// The second object's spec that selects the same as the first object's.
pub const SAME: u8 = 4;

/// The second object's spec that selects what the narrow one leaves out.
pub const SHARING: u8 = 5;

pub fn object_name(object: usize) -> &'static str {
    [WEB, API, "new"][object]
}

pub fn spec_name(spec: u8) -> char {
    char::from(b'A' + spec)
}

fn role(spec: u8) -> String {
    format!("role/{}", spec_name(spec))
}

fn cluster() -> ClusterRecord {
    ClusterRecord { name: "prod".into(), region: "r".into(), account_id: "1".into(), arn: "arn:cluster/prod".into() }
}

fn status(status: Status) -> ProfileStatus {
    match status {
        Status::Creating => ProfileStatus::Creating,
        Status::Active => ProfileStatus::Active,
        Status::Deleting => ProfileStatus::Deleting,
        Status::CreateFailed => ProfileStatus::CreateFailed,
        Status::DeleteFailed => ProfileStatus::DeleteFailed,
    }
}

pub fn ownership(object: usize) -> BTreeMap<String, String> {
    let name = object_name(object);
    [(TAG_OWNER, name), (TAG_OWNER_UID, name), (TAG_INSTALLATION, INSTALLATION)]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into()
}

fn tags(profile: &ModelProfile) -> BTreeMap<String, String> {
    let mut tags = profile.owner.map(|owner| ownership(usize::from(owner))).unwrap_or_default();
    if profile.untidy {
        tags.insert(TAG_OWNER_UID.to_owned(), "somebody".to_owned());
    }
    tags
}

pub fn selected(object: usize, spec: u8) -> &'static [&'static str] {
    match (object, spec) {
        (0, NARROW) => &[WEB],
        // The third object selects what the first two do.
        (2, _) => &[WEB, API, APART],
        (0, _) | (_, SAME) => &[WEB, APART],
        (_, SHARING) => &[API, APART],
        (_, _) => &[API],
    }
}

pub fn namespaces(profile: &ModelProfile) -> &'static [&'static str] {
    selected(usize::from(profile.maker.unwrap_or(0)), profile.spec)
}

pub fn profile(profile: &ModelProfile) -> Profile {
    Profile {
        name: profile.name.to_string(),
        arn: profile.arn(),
        status: status(profile.status),
        role: role(profile.spec),
        subnets: ["subnet-1".to_owned()].into(),
        selectors: namespaces(profile)
            .iter()
            .map(|namespace| Selector { namespace: (*namespace).into(), labels: BTreeMap::new() })
            .collect(),
        tags: tags(profile),
        issues: Vec::new(),
        created_at: None,
    }
}

pub fn spec_of(role: &str) -> u8 {
    role.bytes().last().unwrap_or(b'A') - b'A'
}

pub fn created(object: usize) -> Option<Timestamp> {
    Timestamp::from_second(i64::from(number(object))).ok()
}

pub fn spec((index, object): (usize, &Object), config: &Config) -> FargateProfileSpec {
    let drain = DrainSpec {
        on_timeout: config.proceed.then_some(OnTimeout::Proceed),
        on_unhealthy: config.holds.then_some(OnUnhealthy::Hold),
        ..DrainSpec::default()
    };
    let selected = selected(index, object.spec).iter();
    FargateProfileSpec {
        selectors: selected.map(|namespace| ProfileSelector { namespace: (*namespace).into(), labels: None }).collect(),
        pod_execution_role_arn: Some(role(object.spec)),
        suspend: object.suspended.then_some(true),
        adoption: config.adopts.then_some(Adoption::IfUnowned),
        deletion_policy: config.retains.then_some(DeletionPolicy::Retain),
        replacement: Some(ReplacementSpec {
            strategy: object.delete_first.then_some(Strategy::DeleteFirst),
            approval: config.manual.then_some(Approval::Manual),
            drain: Some(drain),
        }),
        profile_name: config.same_stem.then(|| "web".to_owned()),
        ..FargateProfileSpec::default()
    }
}

pub fn failure(fail: Fail) -> Failure {
    let (class, reason, definite) = match fail {
        Fail::Busy => (Class::Wait, Reason::WaitingForTurn, true),
        Fail::Gone => (Class::Gone, Reason::ClusterNotFound, true),
        Fail::Quota => (Class::Fix, Reason::NoFreeSlot, true),
        Fail::Refused => (Class::Fix, Reason::InvalidParameter, true),
        Fail::NoAnswer => (Class::Retry, Reason::EksUnavailable, false),
        Fail::Blocked => (Class::Wait, Reason::EvictionBlocked, true),
        Fail::EvictionRefused => (Class::Fix, Reason::EvictionRefused, true),
    };
    Failure { class, reason, operation: "Model", code: None, message: format!("{fail:?}"), definite }
}

/// The memory of a process for an object that it has not seen yet.
pub fn fresh(generation: u8) -> Rc<Memory> {
    let mut memory = Memory::default();
    memory.meet(i64::from(generation), None);
    Rc::new(memory)
}

/// Reduces each back-off to whether it is over, and each absence to whether it has lasted.
pub fn coarse(memory: Memory) -> Memory {
    memory.coarse(|until| if until > NOW { NOW + QUIET } else { Duration::ZERO }, |since| since)
}

pub fn backs_off(memory: &Memory) -> bool {
    memory.attempts().values().any(|attempt| attempt.until > NOW)
}

pub fn rested(memory: &Memory) -> Rc<Memory> {
    Rc::new(memory.clone().coarse(|_| Duration::ZERO, |since| since))
}

/// Whether a recorded profile has disappeared just now.
pub fn has_just_missed(memory: &Memory) -> bool {
    memory.absent_since().values().any(|since| *since == NOW)
}

pub fn has_missed_long(memory: &Memory) -> Rc<Memory> {
    Rc::new(memory.clone().coarse(|until| until, |_| Duration::ZERO))
}

/// The planner's input.
pub fn snapshot(
    told: &Observation,
    profiles: Vec<Profile>,
    status: &FargateProfileStatus,
    config: &Config,
) -> Snapshot {
    let long_ago = Duration::ZERO;
    let just_now = NOW;
    let since = |profile: &ModelProfile| if profile.settled { long_ago } else { just_now };
    let object = usize::from(told.index);
    Snapshot {
        object: ObjectInfo {
            name: object_name(object).into(),
            uid: object_name(object).into(),
            generation: i64::from(told.object.generation),
            created: created(object),
            deleting: told.object.deleting,
            deleting_for: if told.object.noticed { Duration::from_secs(3600) } else { Duration::ZERO },
            has_finalizer: told.object.finalizer,
            approval: told.object.approval.as_deref().map(str::to_owned),
            retry: None,
        },
        spec: spec((object, &told.object), config),
        status: sight::with_times(status, &told.object, &told.look),
        defaults: Defaults { cluster_name: "prod".into(), ..Defaults::default() },
        installation: INSTALLATION.into(),
        cluster: ClusterState::Found(cluster()),
        profiles,
        status_since: told.look.iter().map(|profile| (profile.arn(), since(profile))).collect(),
        absent_since: BTreeMap::new(),
        other_objects: crate::other_objects::of(told, config),
        quiet: told.quiet,
        full_at: None,
        own_profile: None,
        own_pod: None,
        pods: sight::pods(&told.pods, |pod| told.namespace(pod), told.blind),
        dns: fargate_operator::prerequisites::Read::NotAsked,
        outside: None,
        findings: None,
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
        wall: wall(),
    }
}

/// The cluster's turn in this process, by sending again what it has sent, and when the look begins.
pub fn turn(world: &World, reservations: bool) -> (Turn, Duration) {
    let mut turn = Turn::new(INTERVALS, Vec::new(), BTreeSet::new(), SENT, world.started.then_some(SENT + QUIET));
    if let Some(air) = &world.air {
        let seen = fargate_operator::act::EksView { profiles: &[], began: SENT, installation: INSTALLATION };
        let object = object_name(usize::from(air.call.by));
        let taken = turn.take(object, flight(air, SENT), &seen, SENT, wall());
        assert!(taken.is_ok(), "a turn that was granted is granted again");
        let made = air.life.map(|life| profile(&crate::eks::profile(&air.call.name, life, 0)));
        let lost = failure(Fail::NoAnswer);
        let result = if air.answered { Ok(made.as_ref()) } else { Err(&lost) };
        turn.answered(object, result, SENT, wall(), |_| Duration::ZERO);
    }
    for (object, it) in world.objects.iter().enumerate() {
        turn.reserve(object_name(object), it.reserved && reservations, SENT);
    }
    (turn, if world.quiet_passed { SENT + QUIET } else { SENT + Duration::from_secs(1) })
}

pub fn flight(air: &InFlightCall, sent: Duration) -> InFlight {
    let name = air.call.name.to_string();
    let keys = || ownership(0).into_keys().collect();
    let mutation = match &air.call.kind {
        Kind::Create { .. } => Mutation::Create { name, arn: None },
        Kind::Delete { life, before, .. } => Mutation::Delete { arn: arn(&name, *life), name, before: status(*before) },
        Kind::Own { life } | Kind::Tidy { life } => {
            Mutation::Tag { arn: arn(&name, *life), name, set: ownership(usize::from(air.call.by)), remove: Vec::new() }
        }
        Kind::Release { life } => Mutation::Tag { arn: arn(&name, *life), name, set: BTreeMap::new(), remove: keys() },
    };
    InFlight::new(mutation, sent)
}
