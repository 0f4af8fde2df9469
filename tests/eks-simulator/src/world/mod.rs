//! All that the simulated service knows, and how it moves on with time.
//!
//! Nothing here runs by itself: whoever comes to the world first has it catch up ([`World::catch_up`]), which
//! carries out what was due in the meantime, in order and stamped with the time it was due.

pub(crate) mod agenda;
pub(crate) mod chance;
pub(crate) mod changes;
pub(crate) mod cluster;
pub(crate) mod identity;
pub(crate) mod ordered;
pub(crate) mod past;
pub(crate) mod record;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::{Notify, watch};

use crate::{
    ApiError, Choices, Role, RoleSettings, Settings,
    clock::{Clock, Time},
    role::is_service_linked,
    rules::token::Tokens,
};
use agenda::Agenda;
use chance::Chance;
use cluster::Cluster;
use identity::Identity;
use ordered::OrderedFaults;
use past::Past;
use record::Record;

/// Clusters by name, cheap to copy.
pub(crate) type Clusters = BTreeMap<String, Arc<Cluster>>;

/// The state of the service.
pub(crate) struct World {
    /// What it is now, in the service's time.
    pub(crate) now: Time,
    pub(crate) clock: Arc<Clock>,
    pub(crate) clusters: Clusters,
    pub(crate) past: Past,
    pub(crate) agenda: Agenda,
    pub(crate) record: Record,
    pub(crate) faults: OrderedFaults,
    /// What was said of roles, by ARN; None is a role that does not exist.
    pub(crate) roles: BTreeMap<String, Option<Role>>,
    pub(crate) role_settings: RoleSettings,
    pub(crate) tokens: Tokens,
    pub(crate) identity: Identity,
    pub(crate) choices: Choices,
    pub(crate) chance: Chance,
}

impl World {
    /// The cluster of this name, whoever it belongs to.
    pub(crate) fn cluster(&self, name: &str) -> Result<&Arc<Cluster>, ApiError> {
        self.clusters.get(name).ok_or_else(|| ApiError::no_cluster(name))
    }

    /// The role of this ARN. One that nothing was said about exists, and is as it should be, unless there are to be none.
    pub(crate) fn role(&self, arn: &str) -> Option<Role> {
        let exists = !self.role_settings.only_known || is_service_linked(arn);
        self.roles.get(arn).cloned().unwrap_or_else(|| exists.then(|| Role::usual(arn)))
    }

    /// A role that is made now, as the User Guide has it made. Its ARN may be an old one's; it is another role.
    pub(crate) fn new_role(&mut self) -> Role {
        Role { id: self.chance.role_id(), created_at: self.clock.wall(self.now), ..Role::default() }
    }

    /// The role of this ARN, or a new one.
    pub(crate) fn role_or_new(&mut self, arn: &str) -> Role {
        self.role(arn).unwrap_or_else(|| self.new_role())
    }

    /// Forgets what was said of roles of this name in the caller's account, whatever their paths.
    pub(crate) fn forget_role(&mut self, name: &str) {
        let of_account = self.identity.role("");
        self.roles.retain(|arn, _| !arn.starts_with(&of_account) || arn.rsplit('/').next() != Some(name));
    }

    /// Changes a cluster and remembers how everything looked from then on.
    pub(crate) fn edit<R>(&mut self, name: &str, edit: impl FnOnce(&mut Cluster) -> R) -> Result<R, ApiError> {
        let cluster = self.clusters.get_mut(name).ok_or_else(|| ApiError::no_cluster(name))?;
        let result = edit(Arc::make_mut(cluster));
        self.past.remember(self.now, &self.clusters);
        Ok(result)
    }

    /// Carries out everything that was due up to `now`.
    pub(crate) fn catch_up(&mut self, now: Time) {
        while let Some((at, due)) = self.agenda.take_due(now) {
            self.now = self.now.max(at);
            self.carry_out(due);
        }
        self.now = self.now.max(now);
    }
}

/// The world behind its lock, and who has to hear when it moves.
pub(crate) struct Shared {
    world: Mutex<World>,
    pub(crate) clock: Arc<Clock>,
    pub(crate) grown: watch::Sender<u64>,
    pub(crate) rescheduled: Notify,
}

impl Shared {
    pub(crate) fn new(settings: &Settings) -> Self {
        let clock = Arc::new(Clock::new(settings.time_scale));
        Self {
            world: Mutex::new(World {
                now: Time::ZERO,
                clock: Arc::clone(&clock),
                clusters: Clusters::new(),
                past: Past::default(),
                agenda: Agenda::default(),
                record: Record::default(),
                faults: OrderedFaults::default(),
                roles: BTreeMap::new(),
                role_settings: RoleSettings::default(),
                tokens: Tokens::default(),
                identity: Identity::operator(&settings.account, &settings.region),
                choices: settings.choices.clone(),
                chance: Chance::new(settings.seed),
            }),
            clock,
            grown: watch::Sender::new(0),
            rescheduled: Notify::new(),
        }
    }

    /// Has the world catch up and does something with it.
    pub(crate) fn with<R>(&self, act: impl FnOnce(&mut World) -> R) -> R {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        let next = world.agenda.next();
        world.catch_up(self.clock.now());
        let result = act(&mut world);
        let length = world.record.len();
        if world.agenda.next() != next {
            self.rescheduled.notify_one();
        }
        drop(world);
        self.grown.send_if_modified(|seen| {
            let grew = *seen < length;
            *seen = length.max(*seen);
            grew
        });
        result
    }

    /// Keeps the world abreast of time, so that those who wait for a change hear of it when it is due.
    pub(crate) async fn tick(self: Arc<Self>) {
        loop {
            match self.with(|world| world.agenda.next()) {
                None => self.rescheduled.notified().await,
                Some(at) => tokio::select! {
                    () = self.clock.sleep_until(at) => {}
                    () = self.rescheduled.notified() => {}
                },
            }
        }
    }
}
