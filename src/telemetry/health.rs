//! Two separate questions of Kubernetes over HTTP. `/healthz`: does the process make progress (if not, a restart
//! helps)? `/readyz`: does it have all that it needs (if not, a restart does not help)? `/metrics` is served beside
//! them.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, StatusCode, header};
use axum::{Router, routing::get};

use tokio::sync::Mutex;

use super::metrics::{Format, Metrics};
use super::server::{self, Limits};

/// The health of this process. Clones share it.
#[derive(Clone)]
pub struct Health(Arc<State>);

struct State {
    gates: Vec<Gate>,
    limit: Duration,
    clock: Box<dyn Fn() -> Instant + Send + Sync>,
    born: Instant,
    /// Milliseconds from `born` to the last beat.
    last_beat: AtomicU64,
    leads: AtomicBool,
}

struct Gate {
    name: &'static str,
    open: AtomicBool,
}

impl Health {
    /// Ready once all `gates` are open (they start closed). Alive while the last [`heartbeat`](Self::heartbeat) is
    /// younger than `limit`. Creation counts as a beat.
    pub fn new(gates: &[&'static str], limit: Duration) -> Self {
        Self::with_clock(gates, limit, Instant::now)
    }

    /// As [`Health::new`], with the time from `clock`.
    pub fn with_clock(
        gates: &[&'static str],
        limit: Duration,
        clock: impl Fn() -> Instant + Send + Sync + 'static,
    ) -> Self {
        let gates = gates.iter().map(|name| Gate { name, open: AtomicBool::new(false) }).collect();
        let born = clock();
        Self(Arc::new(State {
            gates,
            limit,
            clock: Box::new(clock),
            born,
            last_beat: AtomicU64::new(0),
            leads: AtomicBool::new(false),
        }))
    }

    /// The condition behind the gate holds.
    pub fn open(&self, name: &str) {
        self.set(name, true);
    }

    /// The condition behind the gate no longer holds.
    pub fn close(&self, name: &str) {
        self.set(name, false);
    }

    fn set(&self, name: &str, open: bool) {
        match self.0.gates.iter().find(|gate| gate.name == name) {
            Some(gate) => gate.open.store(open, Ordering::Relaxed),
            None => tracing::error!(gate = name, "there is no readiness gate of this name"),
        }
    }

    /// Whether this process leads. A standby is ready too, so a rollout can go on.
    pub fn leads(&self, leads: bool) {
        self.0.leads.store(leads, Ordering::Relaxed);
    }

    /// Marks progress. A process that only waits, such as a standby, has to beat too.
    pub fn heartbeat(&self) {
        self.0.last_beat.fetch_max(self.age(), Ordering::Relaxed);
    }

    /// Whether the process makes progress. If not, a sentence says since when.
    ///
    /// # Errors
    ///
    /// The sentence, when the last beat is as old as the limit or older.
    pub fn alive(&self) -> Result<(), String> {
        let silent = Duration::from_millis(self.age().saturating_sub(self.0.last_beat.load(Ordering::Relaxed)));
        if silent < self.0.limit {
            return Ok(());
        }
        Err(format!("no progress for {} s; the limit is {} s", silent.as_secs(), self.0.limit.as_secs()))
    }

    /// The gates, one per line. A last line names what is missing, or says who leads.
    ///
    /// # Errors
    ///
    /// The same lines, when a gate is closed.
    pub fn ready(&self) -> Result<String, String> {
        let mut lines = String::new();
        let mut closed = Vec::new();
        for gate in &self.0.gates {
            let open = gate.open.load(Ordering::Relaxed);
            if !open {
                closed.push(gate.name);
            }
            // Writing to a String does not fail.
            let _ = writeln!(lines, "[{}] {}", if open { '+' } else { '-' }, gate.name);
        }
        if !closed.is_empty() {
            return Err(format!("{lines}waiting for {}", closed.join(", ")));
        }
        let leads = self.0.leads.load(Ordering::Relaxed);
        Ok(lines + if leads { "ready: leading" } else { "ready: standing by" })
    }

    fn age(&self) -> u64 {
        let age = (self.0.clock)().saturating_duration_since(self.0.born);
        u64::try_from(age.as_millis()).unwrap_or(u64::MAX)
    }
}

/// Serves `/healthz`, `/readyz` and `/metrics` until `shutdown` completes. Then idle connections are closed at once,
/// and requests in flight get two seconds, so no client can hold up the shutdown.
pub async fn serve(
    listener: tokio::net::TcpListener,
    health: Health,
    metrics: Metrics,
    shutdown: impl Future<Output = ()>,
) {
    server::serve(listener, routes(health, metrics), Limits::default(), shutdown).await;
}

fn routes(health: Health, metrics: Metrics) -> Router {
    let liveness = health.clone();
    let alive = async move || liveness.alive().map(|()| "ok").map_err(unavailable);
    let ready = async move || health.ready().map_err(unavailable);
    // Each page counts all objects, so only one is rendered at a time.
    let one = Arc::new(Mutex::new(()));
    let page = async move |headers: HeaderMap| {
        let _one = one.lock().await;
        let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let format = Format::accepted_by(accepted);
        let about = [(header::CONTENT_TYPE, format.content_type()), (header::VARY, header::ACCEPT.as_str())];
        (about, metrics.render(format))
    };
    Router::new().route("/healthz", get(alive)).route("/readyz", get(ready)).route("/metrics", get(page))
}

fn unavailable(why: String) -> (StatusCode, String) {
    (StatusCode::SERVICE_UNAVAILABLE, why)
}

#[cfg(test)]
mod tests;
