//! HTTP on a port that anybody in the cluster can reach.
//!
//! # Guarantees
//! - A client that does not send the head of a request in time is cut off.
//! - With too many connections, the oldest is closed, so a new one is always answered.
//! - On shutdown, no client is waited for longer than a grace period.

use std::collections::VecDeque;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::serve::Listener;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::AbortHandle;

#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// How long the head of a request may take after the previous answer.
    pub(super) head: Duration,
    /// The most connections at a time.
    pub(super) connections: usize,
    /// How long requests in flight get to finish after shutdown has begun.
    pub(super) grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { head: Duration::from_secs(10), connections: 64, grace: Duration::from_secs(2) }
    }
}

pub(super) async fn serve(
    mut listener: TcpListener,
    routes: Router,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.head);
    let (closing, closed) = watch::channel(());
    let mut open: VecDeque<AbortHandle> = VecDeque::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let (stream, _) = tokio::select! {
            accepted = Listener::accept(&mut listener) => accepted,
            () = &mut shutdown => break,
        };
        open.retain(|connection| !connection.is_finished());
        if open.len() >= limits.connections
            && let Some(oldest) = open.pop_front()
        {
            oldest.abort();
        }
        let service = TowerToHyperService::new(routes.clone());
        let mut connection = Box::pin(http.serve_connection(TokioIo::new(stream), service));
        let mut closed = closed.clone();
        let conversation = async move {
            tokio::select! {
                _ = &mut connection => return,
                _ = closed.changed() => connection.as_mut().graceful_shutdown(),
            }
            let _ = connection.await;
        };
        open.push_back(tokio::spawn(conversation).abort_handle());
    }
    drop((listener, closed));
    let _ = closing.send(());
    // A client that never finishes its request would hold up the shutdown without end.
    let _ = tokio::time::timeout(limits.grace, closing.closed()).await;
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tokio::sync::oneshot;
    use tokio::task::JoinHandle;

    use super::*;

    const BOTH: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    const LONG: Duration = Duration::from_secs(3600);
    /// Limits that no test reaches.
    const NONE: Limits = Limits { head: LONG, connections: 1000, grace: LONG };

    struct Served {
        address: SocketAddr,
        stop: oneshot::Sender<()>,
        done: JoinHandle<()>,
    }

    async fn served(at: IpAddr, limits: Limits) -> Served {
        let listener = TcpListener::bind((at, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let routes = Router::new().route("/", get(async || "ok"));
        let done = tokio::spawn(serve(listener, routes, limits, async { drop(stopped.await) }));
        Served { address, stop, done }
    }

    impl Served {
        async fn sends(&self, text: &str) -> TcpStream {
            let mut stream = TcpStream::connect(self.address).await.unwrap();
            stream.write_all(text.as_bytes()).await.unwrap();
            stream
        }

        async fn answers(&self) {
            let mut stream = self.sends("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
            let answer = rest(&mut stream).await;
            assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("\r\n\r\nok"), "{answer}");
        }

        async fn ends(self) {
            self.stop.send(()).unwrap();
            soon(self.done).await.unwrap();
        }
    }

    /// The awaited result comes at once, or never.
    async fn soon<T>(awaited: impl Future<Output = T>) -> T {
        tokio::time::timeout(Duration::from_secs(60), awaited).await.unwrap()
    }

    /// Reads until the connection is closed.
    async fn rest(stream: &mut TcpStream) -> String {
        let mut bytes = Vec::new();
        // A reset ends the connection as well.
        let _ = soon(stream.read_to_end(&mut bytes)).await;
        String::from_utf8(bytes).unwrap()
    }

    #[tokio::test]
    async fn a_client_that_takes_its_time_is_cut_off() {
        for at in BOTH {
            let served = served(at, Limits { head: Duration::from_millis(20), ..NONE }).await;
            let [mut half, mut silent] = [served.sends("GET / HTTP/1.1\r\nho").await, served.sends("").await];
            let mut kept = served.sends("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
            assert!(rest(&mut kept).await.ends_with("ok"), "it is answered, and closed when no more comes");
            assert!(!rest(&mut half).await.contains("200") && rest(&mut silent).await.is_empty());
            served.answers().await;
            served.ends().await;
        }
    }

    #[tokio::test]
    async fn however_many_connections_are_half_open_a_new_one_is_answered() {
        for at in BOTH {
            let served = served(at, Limits { connections: 4, ..NONE }).await;
            let mut open = Vec::new();
            for _ in 0..20 {
                open.push(served.sends("GET / HTTP/1.1\r\nho").await);
            }
            served.answers().await;
            // The oldest were closed. Of the last four, one was closed for the new one.
            for (n, stream) in open.iter_mut().enumerate() {
                if n < 17 {
                    assert_eq!(rest(stream).await, "", "connection {n} is closed");
                } else {
                    stream.write_all(b"st: x\r\nconnection: close\r\n\r\n").await.unwrap();
                    assert!(rest(stream).await.ends_with("ok"), "connection {n} is open");
                }
            }
            served.ends().await;
        }
    }

    #[tokio::test]
    async fn shutdown_closes_idle_connections_at_once() {
        let served = served(BOTH[0], NONE).await;
        let _silent = served.sends("").await;
        let mut kept = served.sends("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
        assert!(kept.read(&mut [0; 1024]).await.unwrap() > 0);
        served.ends().await;
    }

    #[tokio::test]
    async fn shutdown_does_not_wait_for_a_request_that_never_ends() {
        let served = served(BOTH[0], Limits { grace: Duration::from_millis(20), ..NONE }).await;
        let _half = served.sends("GET / HTTP/1.1\r\nho").await;
        served.answers().await; // by now the half request has been read
        served.ends().await;
    }
}
