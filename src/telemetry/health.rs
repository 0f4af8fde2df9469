//! Two questions Kubernetes asks over HTTP, kept apart: is the process still getting somewhere (`/healthz`, a restart helps if
//! not), and has it all it needs to work (`/readyz`, a restart does not help). `/metrics` is served beside them.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, StatusCode, header};
use axum::{Router, routing::get};

use super::metrics::{Format, Metrics};

/// How long requests in flight get to finish once shutdown has begun.
const GRACE: Duration = Duration::from_secs(2);

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
    pub fn beat(&self) {
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
///
/// # Errors
///
/// When the listener fails.
pub async fn serve(
    listener: tokio::net::TcpListener,
    health: Health,
    metrics: Metrics,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    serve_within(GRACE, listener, health, metrics, shutdown).await
}

async fn serve_within(
    grace: Duration,
    listener: tokio::net::TcpListener,
    health: Health,
    metrics: Metrics,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let (closing, closed) = tokio::sync::oneshot::channel();
    let begin = async move {
        shutdown.await;
        let _ = closing.send(());
    };
    let graceful = axum::serve(listener, routes(health, metrics)).with_graceful_shutdown(begin);
    // A client that never finishes its request would be waited for without end.
    let patience = async {
        let _ = closed.await;
        tokio::time::sleep(grace).await;
    };
    tokio::select! {
        result = graceful => result,
        () = patience => Ok(()),
    }
}

fn routes(health: Health, metrics: Metrics) -> Router {
    let liveness = health.clone();
    let alive = async move || liveness.alive().map(|()| "ok").map_err(unavailable);
    let ready = async move || health.ready().map_err(unavailable);
    let page = async move |headers: HeaderMap| {
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
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::oneshot;
    use tokio::task::JoinHandle;

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
        health.clone().beat();
        advance(Duration::from_millis(59_999));
        assert_eq!(health.alive(), Ok(()));
        advance(Duration::from_secs(31));
        assert_eq!(health.alive(), Err("no progress for 90 s; the limit is 60 s".to_owned()));
        health.beat();
        assert_eq!(health.alive(), Ok(()));
    }

    #[test]
    fn it_is_ready_when_every_gate_is_open_and_names_those_it_waits_for() {
        let health = Health::new(&["store", "lease"], GRACE);
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
        let health = Health::new(&["store"], GRACE);
        health.open("stor");
        assert!(health.ready().is_err());
    }

    struct Served {
        address: std::net::SocketAddr,
        stop: oneshot::Sender<()>,
        done: JoinHandle<std::io::Result<()>>,
    }

    async fn served(grace: Duration, health: Health) -> Served {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async { drop(stopped.await) };
        let done = tokio::spawn(serve_within(grace, listener, health, Metrics::new("0"), shutdown));
        Served { address, stop, done }
    }

    impl Served {
        async fn get(&self, path: &str) -> String {
            self.get_as(path, "*/*").await
        }

        async fn get_as(&self, path: &str, accept: &str) -> String {
            let mut stream = TcpStream::connect(self.address).await.unwrap();
            let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\naccept: {accept}\r\nconnection: close\r\n\r\n");
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut response = String::new();
            stream.read_to_string(&mut response).await.unwrap();
            response
        }

        async fn ends(self) -> bool {
            self.stop.send(()).unwrap();
            matches!(tokio::time::timeout(Duration::from_secs(60), self.done).await, Ok(Ok(Ok(()))))
        }
    }

    fn assert_answer(response: &str, status: &str, ending: &str) {
        assert!(response.starts_with(&format!("HTTP/1.1 {status} ")), "{response}");
        assert!(response.ends_with(ending), "{response}");
    }

    #[tokio::test]
    async fn each_path_answers_its_own_question() {
        let (health, advance) = still(&["store"], Duration::from_secs(60));
        let served = served(GRACE, health.clone()).await;
        assert_answer(&served.get("/healthz").await, "200", "\r\n\r\nok");
        assert_answer(&served.get("/readyz").await, "503", "\r\n\r\n[-] store\nwaiting for store");
        health.open("store");
        advance(Duration::from_secs(60));
        assert_answer(&served.get("/readyz").await, "200", "\r\n\r\n[+] store\nready: standing by");
        assert_answer(&served.get("/healthz").await, "503", "\r\n\r\nno progress for 60 s; the limit is 60 s");
        let open = served.get_as("/metrics", "application/openmetrics-text; version=1.0.0").await;
        assert_answer(&open, "200", "# EOF\n");
        assert!(
            open.contains("content-type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n"),
            "{open}"
        );
        let classic = served.get("/metrics").await;
        assert_answer(&classic, "200", "\n");
        assert!(classic.contains("content-type: text/plain; version=0.0.4; charset=utf-8\r\n"), "{classic}");
        assert!(!classic.contains("# EOF"), "{classic}");
        assert!(served.ends().await);
    }

    #[tokio::test]
    async fn shutdown_closes_idle_connections_at_once() {
        let served = served(Duration::from_secs(3600), Health::new(&[], GRACE)).await;
        let _silent = TcpStream::connect(served.address).await.unwrap();
        let mut kept = TcpStream::connect(served.address).await.unwrap();
        kept.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        assert!(kept.read(&mut [0; 1024]).await.unwrap() > 0);
        assert!(served.ends().await);
    }

    #[tokio::test]
    async fn shutdown_does_not_wait_for_a_request_that_never_ends() {
        let served = served(Duration::from_millis(20), Health::new(&[], GRACE)).await;
        let mut half = TcpStream::connect(served.address).await.unwrap();
        half.write_all(b"GET /healthz HTTP/1.1\r\nho").await.unwrap();
        served.get("/healthz").await; // by now the half request has been read
        assert!(served.ends().await);
    }
}
