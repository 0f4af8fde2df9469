//! Receives reviews over TLS and lets the ordered state befall them.

use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, PoisonError};

use anyhow::Context;
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::{Endpoint, Manner, certificate, review};
use crate::plane::Plane;
use crate::settings::Settings;

/// Listens already, and answers as soon as it runs.
pub(crate) struct Server {
    listener: TcpListener,
    tls: TlsAcceptor,
}

/// Finds a port and makes a certificate.
///
/// # Errors
/// If there is none, or it cannot be made.
pub(crate) async fn prepare(settings: &Settings) -> anyhow::Result<(Endpoint, Server)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("finding a free port")?;
    let (authority, tls) = certificate::make().context("making a certificate")?;
    let url = format!("https://{}/mutate", listener.local_addr()?);
    Ok((Endpoint::new(url, authority, settings), Server { listener, tls: TlsAcceptor::from(tls) }))
}

impl Server {
    /// Serves until it is dropped.
    pub(crate) async fn run(self, plane: Arc<Plane>) {
        let mut connections = JoinSet::new();
        loop {
            // Only of a connection that is gone again.
            let Ok((stream, _)) = self.listener.accept().await else { continue };
            let _ = stream.set_nodelay(true);
            let (tls, plane) = (self.tls.clone(), Arc::clone(&plane));
            connections.spawn(async move {
                let Ok(stream) = tls.accept(stream).await else { return };
                let answer = service_fn(move |request| answer(request, Arc::clone(&plane)));
                let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
            });
            while connections.try_join_next().is_some() {}
        }
    }
}

/// An error makes hyper close the connection without a reply.
async fn answer(request: Request<Incoming>, plane: Arc<Plane>) -> io::Result<Response<Full<Bytes>>> {
    let body = request.into_body().collect().await.map_err(io::Error::other)?.to_bytes();
    let review = serde_json::from_slice(&body)?;
    review::note_probe(&review, &plane);
    let manner = *plane.webhook.manner.lock().unwrap_or_else(PoisonError::into_inner);
    match manner {
        Manner::Well => {}
        Manner::After(by) => tokio::time::sleep(by).await,
        Manner::Badly => return reply(StatusCode::INTERNAL_SERVER_ERROR, Vec::new()),
    }
    reply(StatusCode::OK, serde_json::to_vec(&review::answer(&review, &plane)?)?)
}

fn reply(status: StatusCode, body: Vec<u8>) -> io::Result<Response<Full<Bytes>>> {
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::from(body))
        .map_err(io::Error::other)
}
