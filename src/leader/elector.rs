//! Sends what [`decide`](super::decide) asks for to the Lease in Kubernetes.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use kube::api::{Api, ObjectMeta, PostParams};
use kube::{Client, ResourceExt};
use tokio::sync::oneshot;

use super::decide::{Answer, Candidate, LeaseView, Next, Request};
use super::{Identity, Leadership};
use crate::api::{INSTALLATION_ANNOTATION, SETTLED_ANNOTATION};
use crate::intervals::LeaseConfig;
use crate::kubernetes::call;
use crate::telemetry::health::Health;
use crate::telemetry::metrics::Metrics;
use crate::time::Clock;

/// A standby that finds a released Lease takes it at once.
const RELEASED_SECONDS: i32 = 1;

/// A readiness gate: the Lease can be read.
pub(crate) const GATE_LEASE: &str = "lease";

#[derive(Clone, Debug)]
pub(crate) struct LeaseRef {
    pub namespace: String,
    pub name: String,
}

/// Another process holds the Lease, so this one has to end.
#[derive(Debug, thiserror::Error)]
#[error("the lease {namespace}/{name} is held by {holder} now: this process ends, and starts again to stand by")]
pub(crate) struct Lost {
    namespace: String,
    name: String,
    holder: String,
}

pub(crate) struct Settings {
    pub config: LeaseConfig,
    pub clock: Clock,
    /// Learns of progress and of who leads.
    pub health: Health,
    pub metrics: Metrics,
    /// What the Lease says of its holder, as JSON.
    pub record: String,
}

/// This process's part in leader election.
pub(crate) struct LeaderElector {
    leases: Api<Lease>,
    lease_ref: LeaseRef,
    config: LeaseConfig,
    clock: Clock,
    health: Health,
    metrics: Metrics,
    record: String,
    leadership: Leadership,
    candidate: Candidate,
    /// As last read or written.
    lease: Option<Lease>,
    /// Why the last call failed, so an outage is logged only once.
    trouble: Option<String>,
}

impl LeaderElector {
    /// Takes part in the election for the Lease at `place`.
    pub(crate) fn new(client: Client, lease_ref: LeaseRef, me: Identity, settings: Settings) -> Self {
        let Settings { config, clock, health, metrics, record } = settings;
        metrics.leading(&lease_ref.name, false);
        Self {
            leases: Api::namespaced(client, &lease_ref.namespace),
            lease_ref,
            config,
            clock,
            health,
            metrics,
            record,
            leadership: Leadership::default(),
            candidate: Candidate::new(me, config),
            lease: None,
            trouble: None,
        }
    }

    /// The right to act, which passes check before each effect.
    pub(crate) fn leadership(&self) -> Leadership {
        self.leadership.clone()
    }

    /// Once `warm`, takes the Lease as soon as it is free and renews it until `end`, which says whether nothing is in
    /// flight. If so, the next leader need not wait. If `end` is dropped, the Lease is not released.
    ///
    /// # Errors
    /// [`Lost`]: another process has taken the Lease.
    pub(crate) async fn run(
        mut self,
        warm: impl Future<Output = ()> + Send,
        mut end: oneshot::Receiver<bool>,
    ) -> Result<(), Lost> {
        // A process that cannot work yet leaves the Lease to others.
        tokio::select! {
            () = warm => {}
            _ = &mut end => return Ok(()),
        }
        loop {
            if let Some(holder) = self.round().await {
                self.leadership.stop();
                let LeaseRef { namespace, name } = self.lease_ref;
                return Err(Lost { namespace, name, holder });
            }
            let settled = tokio::select! {
                () = tokio::time::sleep(self.config.retry_period) => continue,
                settled = &mut end => settled,
            };
            if let Ok(settled) = settled {
                self.hand_over(settled).await;
            }
            return Ok(());
        }
    }

    /// Sends calls until it is time to wait. Returns the new holder if this process lost the Lease.
    async fn round(&mut self) -> Option<String> {
        let mut request = self.candidate.begin();
        loop {
            let sent = self.clock.now();
            let answer = self.call(request).await;
            let answered = matches!(answer, Answer::Is(_));
            let had = self.candidate.leadership().is_some();
            let next = self.candidate.learn(request, answer, sent, self.clock.now());
            match self.candidate.leadership() {
                Some((until, takeover)) => {
                    if !had {
                        tracing::info!(lease = %self.path(), me = self.candidate.me().text(), ?takeover, "leading");
                    }
                    self.leadership.renew(until, takeover);
                }
                // A standby makes no passes, so reading the Lease is its progress.
                None => self.health.heartbeat(),
            }
            let leads = self.leadership.is_valid(self.clock.now());
            self.health.leads(leads);
            self.metrics.leading(&self.lease_ref.name, leads);
            match next {
                Next::Send(another) => request = another,
                Next::Rest => {
                    if answered {
                        self.log_recovery();
                    }
                    return None;
                }
                Next::Lost(holder) => return Some(holder),
            }
        }
    }

    async fn call(&mut self, request: Request) -> Answer {
        let limit = self.config.call_timeout();
        let params = PostParams::default();
        let result = match request {
            Request::Read => call("reading it", limit, self.leases.get_opt(&self.lease_ref.name)).await,
            Request::Create => {
                let lease = self.claimed(None);
                call("creating it", limit, self.leases.create(&params, &lease)).await.map(Some)
            }
            Request::Take | Request::Renew => {
                let lease = self.claimed(self.lease.clone());
                call("writing it", limit, self.leases.replace(&self.lease_ref.name, &params, &lease)).await.map(Some)
            }
        };
        match result {
            Ok(Some(lease)) => {
                let seen = seen(&lease);
                self.lease = Some(lease);
                Answer::Is(seen)
            }
            Ok(None) => {
                self.lease = None;
                Answer::Absent
            }
            Err(error) => match error.code() {
                Some(409) => Answer::Conflict,
                Some(404) if request != Request::Create => Answer::Conflict,
                Some(404) => {
                    self.log_failure(format!(
                        "{error}: the namespace of the lease is missing; create it, or set --lease-namespace"
                    ));
                    Answer::Failed
                }
                _ => {
                    self.log_failure(error.to_string());
                    Answer::Failed
                }
            },
        }
    }

    /// The Lease, held by this process from now on.
    fn claimed(&self, lease: Option<Lease>) -> Lease {
        let now = Some(MicroTime(Timestamp::now()));
        let fresh = || Lease {
            metadata: ObjectMeta { name: Some(self.lease_ref.name.clone()), ..ObjectMeta::default() },
            spec: None,
        };
        let mut lease = lease.unwrap_or_else(fresh);
        let annotations = lease.annotations_mut();
        annotations.remove(SETTLED_ANNOTATION);
        annotations.insert(INSTALLATION_ANNOTATION.to_owned(), self.record.clone());
        let spec = lease.spec.get_or_insert_default();
        let me = self.candidate.me().text();
        if spec.holder_identity.as_deref() != Some(me) {
            spec.holder_identity = Some(me.to_owned());
            spec.acquire_time.clone_from(&now);
            spec.lease_transitions = Some(spec.lease_transitions.map_or(0, |count| count.saturating_add(1)));
        }
        spec.lease_duration_seconds = i32::try_from(self.config.lease_duration.as_secs_f64().ceil() as u64).ok();
        spec.renew_time = now;
        lease
    }

    /// Releases the Lease.
    async fn hand_over(&self, settled: bool) {
        let (Some(lease), Some(_)) = (&self.lease, self.candidate.leadership()) else { return };
        let mut lease = lease.clone();
        if settled {
            lease.annotations_mut().insert(SETTLED_ANNOTATION.to_owned(), "true".to_owned());
        }
        let spec = lease.spec.get_or_insert_default();
        spec.holder_identity = None;
        spec.lease_duration_seconds = Some(RELEASED_SECONDS);
        spec.renew_time = Some(MicroTime(Timestamp::now()));
        let params = PostParams::default();
        let released = self.leases.replace(&self.lease_ref.name, &params, &lease);
        match call("handing the lease over", self.config.call_timeout(), released).await {
            Ok(_) => tracing::info!(lease = %self.path(), settled, "handed the lease over"),
            Err(error) => tracing::warn!("{error}; it expires"),
        }
    }

    fn path(&self) -> String {
        format!("{}/{}", self.lease_ref.namespace, self.lease_ref.name)
    }

    fn log_recovery(&mut self) {
        self.health.open(GATE_LEASE);
        if self.trouble.take().is_some() {
            tracing::info!(lease = %self.path(), "the lease is as it should be again");
        }
    }

    fn log_failure(&mut self, why: String) {
        if self.trouble.as_ref() == Some(&why) {
            return;
        }
        let role = if self.candidate.leadership().is_some() {
            "nothing is begun until it has been renewed"
        } else {
            "standing by"
        };
        tracing::warn!(lease = %self.path(), "the lease cannot be looked at or renewed, {role}: {why}");
        self.trouble = Some(why);
    }
}

fn seen(lease: &Lease) -> LeaseView {
    let spec = lease.spec.as_ref();
    let seconds = spec.and_then(|spec| spec.lease_duration_seconds).unwrap_or_default();
    LeaseView {
        version: lease.resource_version().unwrap_or_default(),
        holder: spec.and_then(|spec| spec.holder_identity.clone()).unwrap_or_default(),
        duration: Duration::from_secs(u64::try_from(seconds).unwrap_or_default()),
        settled: lease.annotations().contains_key(SETTLED_ANNOTATION),
    }
}
