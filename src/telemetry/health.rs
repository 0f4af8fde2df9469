//! Two questions Kubernetes asks over HTTP, kept apart: is the process still getting somewhere (`/healthz`, a restart helps if
//! not), and has it all it needs to work (`/readyz`, a restart does not help). `/metrics` is served beside them.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, StatusCode, header};
use axum::{Router, routing::get};

use tokio::sync::Mutex;

use super::metrics::{Format, Metrics};
use super::server::{self, Limits};

/// The state of health of this process. Clones share it.
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
    /// Ready once all `gates` are open (they start closed); alive while the last [`beat`](Self::beat) is younger than `limit`.
    /// Being made counts as a beat.
    pub fn new(gates: &[&'static str], limit: Duration) -> Self {
        Self::with_clock(gates, limit, Instant::now)
    }

    /// As [`Health::new`], with the time taken from `clock`.
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

    /// What `name` stands for is there.
    pub fn open(&self, name: &str) {
        self.set(name, true);
    }

    /// What `name` stands for is gone again.
    pub fn close(&self, name: &str) {
        self.set(name, false);
    }

    fn set(&self, name: &str, open: bool) {
        match self.0.gates.iter().find(|gate| gate.name == name) {
            Some(gate) => gate.open.store(open, Ordering::Relaxed),
            None => tracing::error!(gate = name, "there is no readiness gate of this name"),
        }
    }

    /// Whether this process acts now. If not, it stands by; it is ready all the same, so that an update can go on.
    pub fn leads(&self, leads: bool) {
        self.0.leads.store(leads, Ordering::Relaxed);
    }

    /// Marks progress. A process that only waits, such as a standby for the lease, has to beat too.
    pub fn heartbeat(&self) {
        self.0.last_beat.fetch_max(self.age(), Ordering::Relaxed);
    }

    /// Whether the process gets anywhere; if not, a sentence that says since when.
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

    /// The gates, one a line; if some are closed, a last line names what is waited for, else it says who acts.
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

/// Serves `/healthz`, `/readyz` and `/metrics` until `shutdown` completes. Idle connections are closed at once then, and
/// requests in flight get two seconds, so that no client can hold up the end of the process.
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
    // All objects are counted for a page: it is not made twice at a time.
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
mod tests {
    use axum::body::Body;
    use axum::http::{HeaderValue, Request};
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;
    use crate::telemetry::metrics::ObjectCounts;

    const LIMIT: Duration = Duration::from_secs(60);

    /// A clock that stands still until it is moved.
    fn still(gates: &[&'static str], limit: Duration) -> (Health, impl Fn(Duration)) {
        let start = Instant::now();
        let passed = Arc::new(AtomicU64::new(0));
        let hand = passed.clone();
        let clock = move || start + Duration::from_millis(passed.load(Ordering::Relaxed));
        let advance = move |by: Duration| {
            hand.fetch_add(by.as_millis().try_into().unwrap(), Ordering::Relaxed);
        };
        (Health::with_clock(gates, limit, clock), advance)
    }

    #[test]
    fn it_is_alive_until_the_last_beat_is_as_old_as_the_limit() {
        let (health, advance) = still(&[], Duration::from_secs(60));
        advance(Duration::from_millis(59_999));
        assert_eq!(health.alive(), Ok(()));
        health.clone().heartbeat();
        advance(Duration::from_millis(59_999));
        assert_eq!(health.alive(), Ok(()));
        advance(Duration::from_secs(31));
        assert_eq!(health.alive(), Err("no progress for 90 s; the limit is 60 s".to_owned()));
        health.heartbeat();
        assert_eq!(health.alive(), Ok(()));
    }

    #[test]
    fn it_is_ready_when_every_gate_is_open_and_names_those_it_waits_for() {
        let health = Health::new(&["store", "lease"], LIMIT);
        assert_eq!(health.ready(), Err("[-] store\n[-] lease\nwaiting for store, lease".to_owned()));
        health.open("lease");
        assert_eq!(health.ready(), Err("[-] store\n[+] lease\nwaiting for store".to_owned()));
        health.open("store");
        assert_eq!(health.ready(), Ok("[+] store\n[+] lease\nready: standing by".to_owned()));
        health.leads(true);
        assert_eq!(health.ready(), Ok("[+] store\n[+] lease\nready: leading".to_owned()));
        health.close("lease");
        assert_eq!(health.ready(), Err("[+] store\n[-] lease\nwaiting for lease".to_owned()));
    }

    #[test]
    fn a_gate_nobody_declared_opens_nothing() {
        let health = Health::new(&["store"], LIMIT);
        health.open("stor");
        assert!(health.ready().is_err());
    }

    async fn get_as(router: &Router, path: &str, accept: &str) -> (StatusCode, HeaderMap, String) {
        let request = Request::get(path).header(header::ACCEPT, accept).body(Body::empty()).unwrap();
        let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        (parts.status, parts.headers, String::from_utf8(bytes.to_vec()).unwrap())
    }

    async fn get(router: &Router, path: &str) -> (u16, String) {
        let (status, _, text) = get_as(router, path, "*/*").await;
        (status.as_u16(), text)
    }

    #[tokio::test]
    async fn each_path_answers_its_own_question() {
        let (health, advance) = still(&["store"], LIMIT);
        let router = routes(health.clone(), Metrics::new("0"));
        assert_eq!(get(&router, "/healthz").await, (200, "ok".into()));
        assert_eq!(get(&router, "/readyz").await, (503, "[-] store\nwaiting for store".into()));
        health.open("store");
        advance(LIMIT);
        assert_eq!(get(&router, "/readyz").await, (200, "[+] store\nready: standing by".into()));
        assert_eq!(get(&router, "/healthz").await, (503, "no progress for 60 s; the limit is 60 s".into()));
        for (accept, content_type, is_open) in [
            (
                "application/openmetrics-text; version=1.0.0",
                "application/openmetrics-text; version=1.0.0; charset=utf-8",
                true,
            ),
            ("*/*", "text/plain; version=0.0.4; charset=utf-8", false),
        ] {
            let (status, headers, page) = get_as(&router, "/metrics", accept).await;
            assert_eq!(
                (status, &headers[header::CONTENT_TYPE]),
                (StatusCode::OK, &HeaderValue::from_static(content_type))
            );
            assert_eq!((page.ends_with("# EOF\n"), page.contains("# EOF")), (is_open, is_open), "{page}");
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn of_many_who_ask_for_metrics_one_is_served_at_a_time() {
        let metrics = Metrics::new("0");
        let (inside, most) = (AtomicU64::new(0), Arc::new(AtomicU64::new(0)));
        let seen = Arc::clone(&most);
        metrics.count_objects_with(move || {
            seen.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            // The others get every chance.
            (0..1000).for_each(|_| std::thread::yield_now());
            inside.fetch_sub(1, Ordering::SeqCst);
            ObjectCounts::default()
        });
        let router = routes(Health::new(&[], LIMIT), metrics);
        let asks = (0..32).map(|_| {
            let router = router.clone();
            tokio::spawn(async move { get(&router, "/metrics").await.0 })
        });
        for answer in futures::future::join_all(asks).await {
            assert_eq!(answer.unwrap(), 200);
        }
        assert_eq!(most.load(Ordering::SeqCst), 1);
    }
}
