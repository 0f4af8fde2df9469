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
        assert_eq!((status, &headers[header::CONTENT_TYPE]), (StatusCode::OK, &HeaderValue::from_static(content_type)));
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
        // The other tasks get every chance to run.
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
