//! The front of the house: listening, reading calls, letting faults befall them, sending answers.

pub(crate) mod aws;
pub(crate) mod call;
mod control;
mod delivery;
mod ordered_error;
mod outsider;

use std::{io, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::Request, response::Response};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use tokio::{net::TcpListener, task::JoinSet};

use crate::{Control, world::Shared};

/// Marks a response that must not be sent: the connection closes in its place.
#[derive(Clone)]
pub(crate) struct Unsent;

/// Accepts connections until it is dropped, and every connection with it: none outlives the simulator, idle or not.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let router = Router::new()
        .nest("/_simulator", control::routes().merge(outsider::routes()))
        .with_state(Control::of(Arc::clone(&shared)))
        .fallback(move |request: Request| aws::serve(Arc::clone(&shared), request));
    let service = TowerToHyperService::new(router);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // Out of file descriptors, or the connection is gone already: the next may fare better.
                let Ok((stream, _)) = accepted else {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    continue;
                };
                let _ = stream.set_nodelay(true);
                let service = service.clone();
                connections.spawn(async move {
                    let answer = service_fn(move |request| answer(service.clone(), request));
                    let _ = http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), answer)
                        .await;
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// An error here makes hyper close the connection without a reply.
async fn answer(service: TowerToHyperService<Router>, request: hyper::Request<Incoming>) -> io::Result<Response> {
    use hyper::service::Service;
    let response = match service.call(request.map(Body::new)).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    if response.extensions().get::<Unsent>().is_some() {
        return Err(io::Error::other("a fault on order closes this connection"));
    }
    Ok(response)
}
