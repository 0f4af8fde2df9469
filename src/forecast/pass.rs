//! One pass over one object, as [`controller`](crate::controller) makes it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use kube::ResourceExt;

use super::run::{Rest, Run};
use crate::act::Outcome;
use crate::api::FargateProfile;
use crate::observe::{self, EksSnapshot, Found, retry_of};
use crate::plan::{Step, Wait, needs_the_next_turn, plan};
use crate::report::{Report, report};
use crate::state::{Facts, Pods, Snapshot};

/// What came of a pass.
pub(super) struct Passed {
    /// Something was done, or others may see a difference.
    pub(super) is_news: bool,
    /// Set if another pass does nothing unless something else happens first.
    pub(super) rests: Option<Rest>,
    /// When the next pass is due.
    pub(super) after: Duration,
    /// Objects to pass at once.
    pub(super) woken: Vec<String>,
}

impl Run {
    /// What a pass over this object rests on.
    pub(super) fn look(&mut self, object: &FargateProfile) -> Snapshot {
        let name = object.name_any();
        let objects: Vec<Arc<FargateProfile>> = self.world.objects.iter().cloned().map(Arc::new).collect();
        let look = self.eks_snapshot();
        let (installation, intervals) = (&self.installation, &self.intervals);
        let mut snapshot =
            observe::snapshot(object, &objects, &look, installation, intervals, self.now, self.world.wall);
        snapshot.quiet = self.turn.is_quiet();
        (snapshot.pods, snapshot.dns) = (self.pods(&name), self.world.dns.clone());
        snapshot.able_since = self.began;
        let memory = self.memories.entry(name).or_default();
        memory.meet(snapshot.object.generation, retry_of(object));
        memory.ability.able(self.now);
        memory.recall(&mut snapshot);
        observe::known(&mut snapshot, &look, &mut self.world.evidence);
        memory.learn(&Facts::of(&snapshot), intervals, 0.0);
        snapshot.full_at = memory.full_at();
        memory.tell_attempts(&mut snapshot);
        snapshot
    }

    /// The pods, as a pass over this object sees them.
    fn pods(&self, object: &str) -> Pods {
        let of_object = |pods: &Vec<_>| self.reach.pods(object, &self.world.profiles, pods);
        self.world.seen(self.fargate.pods.as_ref().map(of_object))
    }

    fn eks_snapshot(&self) -> EksSnapshot {
        EksSnapshot {
            began: self.now,
            cluster: match &self.world.cluster {
                Some(cluster) => Found::Cluster(Box::new(cluster.clone())),
                None => Found::Missing { account: self.world.account.clone() },
            },
            profiles: self.world.profiles.clone(),
            undescribed: BTreeMap::new(),
            status_since: self.eks.since.clone(),
        }
    }

    /// Plans, acts and reports.
    pub(super) fn pass(&mut self, object: &FargateProfile) -> Passed {
        let name = object.name_any();
        let (profiles, now) = (self.world.profiles.clone(), self.now);
        let mut woken: Vec<String> = self.turn.learn(&profiles, now, now).into_iter().collect();
        let mut snapshot = self.look(object);
        let step = plan(&Facts::of(&snapshot));
        if !snapshot.quiet {
            woken.extend(self.turn.reserve(&name, needs_the_next_turn(&snapshot, &step), now));
        }
        let outcome = self.act(&step, &snapshot);
        let gives_way = !matches!(outcome, Outcome::NotOurTurn(_))
            && !matches!(step, Step::Wait(Wait::Quiet | Wait::Doubtful { .. }));
        if gives_way {
            woken.extend(self.turn.leave(&name, now));
        }
        if let Some(memory) = self.memories.get_mut(&name) {
            memory.note(&step, &outcome, profiles.len(), now, &self.intervals, 0.0);
            memory.tell_attempts(&mut snapshot);
        }
        let told = report(&Facts::of(&snapshot), &step, &outcome, &self.intervals);
        let said = self.write(&name, &snapshot, &told);
        woken.extend(told.concerns);
        Passed {
            is_news: said || outcome.is_done() || matches!(step, Step::Checkpoint(_)),
            rests: rests(&step),
            after: told.requeue.after,
            woken,
        }
    }

    /// Stores the status. Returns whether its conditions changed.
    fn write(&mut self, name: &str, snapshot: &Snapshot, told: &Report) -> bool {
        let objects = &mut self.world.objects;
        let Some(object) = objects.iter_mut().find(|it| it.name_any() == name).filter(|_| told.writes) else {
            return false;
        };
        if let Some(memory) = self.memories.get_mut(name) {
            memory.written(snapshot);
        }
        let claims = |status: &crate::api::FargateProfileStatus| {
            status
                .conditions
                .iter()
                .map(|it| (it.type_.clone(), it.status.clone(), it.reason.clone()))
                .collect::<Vec<_>>()
        };
        let before = object.status.replace(told.status.clone());
        before.as_ref().map(claims) != object.status.as_ref().map(claims)
    }
}

/// Set if nothing changes by the passing of time alone.
fn rests(step: &Step) -> Option<Rest> {
    let Step::Wait(wait) = step else { return None };
    match wait {
        Wait::Settled => Some(Rest::Settled),
        Wait::AwaitingApproval { .. } | Wait::Suspended { .. } | Wait::Stalled { .. } | Wait::NoFreeSlot { .. } => {
            Some(Rest::Held)
        }
        Wait::Quiet
        | Wait::Doubtful { .. }
        | Wait::UnderWay { .. }
        | Wait::Settling { .. }
        | Wait::Draining(_)
        | Wait::Notice { .. }
        | Wait::Unread { .. }
        | Wait::DnsLeaves { .. }
        | Wait::OutOfSight { .. }
        | Wait::PodsUnknown { .. }
        | Wait::BackOff { .. } => None,
    }
}
