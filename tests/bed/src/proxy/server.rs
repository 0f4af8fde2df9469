//! Carries requests to an API and its answers back, watches included, and carries out faults.

use std::io;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use http::{Request, Response, Uri, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use kube::config::Kubeconfig;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::effect_counter::EffectCounter;
use super::link::{ApiState, Traffic};
use super::refused::{RefusingApi, refused};
use super::supervisor::{Kill, kill};
use super::{Effect, Fault, Link, Refusal};
use crate::control_plane;

type Body = UnsyncBoxBody<Bytes, Box<dyn std::error::Error + Send + Sync>>;

/// The API behind a proxy.
#[derive(Clone)]
pub(super) enum Upstream {
    /// By the operator's own kubeconfig.
    Kubernetes(kube::Client),
    /// At this URL.
    Eks(Box<Client<HttpConnector, Full<Bytes>>>, String),
}

impl Upstream {
    pub(super) async fn kubernetes(kubeconfig: &Path) -> anyhow::Result<Self> {
        Ok(Self::Kubernetes(control_plane::client(kubeconfig).await?))
    }

    pub(super) fn eks(url: &str) -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self::Eks(Box::new(client), url.trim_end_matches('/').to_owned())
    }

    fn effect(&self, request: &Request<Bytes>) -> Option<Effect> {
        let (method, path) = (request.method(), request.uri().path());
        match self {
            Self::Kubernetes(_) => Effect::in_kubernetes(method, path),
            Self::Eks(..) => Effect::in_aws(method, path, request.body()),
        }
    }

    async fn send(&self, request: Request<Bytes>) -> io::Result<Response<Body>> {
        match self {
            Self::Kubernetes(client) => {
                let request = request.map(kube::client::Body::from);
                let response = client.send(request).await.map_err(io::Error::other)?;
                Ok(response.map(|body| body.map_err(Into::into).boxed_unsync()))
            }
            Self::Eks(client, url) => {
                let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
                let uri: Uri = format!("{url}{path}").parse().map_err(io::Error::other)?;
                let (mut parts, body) = request.into_parts();
                parts.uri = uri;
                let request = Request::from_parts(parts, Full::new(body));
                let response = client.request(request).await.map_err(io::Error::other)?;
                Ok(response.map(|body| body.map_err(Into::into).boxed_unsync()))
            }
        }
    }

    fn refusal(&self, request: &Request<Bytes>, refusal: Refusal) -> io::Result<Response<Body>> {
        let api = match self {
            Self::Kubernetes(_) => RefusingApi::Kubernetes,
            // EKS has no such path, and the query APIs have no other.
            Self::Eks(..) if request.uri().path() == "/" => RefusingApi::Iam,
            Self::Eks(..) => RefusingApi::Eks,
        };
        let answer = refused(api, refusal).map_err(io::Error::other)?;
        Ok(answer.map(|body| Full::from(body).map_err(|never| match never {}).boxed_unsync()))
    }
}

/// One proxy.
#[derive(Clone)]
pub(super) struct Proxy {
    upstream: Upstream,
    counter: Arc<EffectCounter>,
    kill: mpsc::UnboundedSender<Kill>,
    state: Arc<ApiState>,
}

impl Proxy {
    pub(super) fn new(upstream: Upstream, counter: Arc<EffectCounter>, kill: mpsc::UnboundedSender<Kill>) -> Self {
        Self { upstream, counter, kill, state: Arc::default() }
    }

    /// What it counts and heeds.
    pub(super) fn state(&self) -> Arc<ApiState> {
        Arc::clone(&self.state)
    }

    /// Serves until `tasks` is dropped. Returns its URL.
    pub(super) async fn listen(self, tasks: &mut JoinSet<()>) -> anyhow::Result<String> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("finding a free port")?;
        let url = format!("http://{}", listener.local_addr()?);
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let _ = stream.set_nodelay(true);
                let mut traffic = self.state.traffic.subscribe();
                let Traffic { link, cuts } = *traffic.borrow();
                if link == Link::Cut {
                    self.state.count();
                    continue;
                }
                let proxy = self.clone();
                connections.spawn(async move {
                    let answer = service_fn(move |request| proxy.clone().carry(request));
                    let serve = http1::Builder::new().serve_connection(TokioIo::new(stream), answer);
                    tokio::select! {
                        _ = serve => {}
                        _ = traffic.wait_for(|now| now.link == Link::Cut || now.cuts != cuts) => {}
                    }
                });
                while connections.try_join_next().is_some() {}
            }
        });
        Ok(url)
    }

    /// An error makes hyper close the connection without a reply.
    async fn carry(self, request: Request<Incoming>) -> io::Result<Response<Body>> {
        self.state.count();
        let (mut parts, body) = request.into_parts();
        // The client of the API behind names that one.
        parts.headers.remove(header::HOST);
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        let request = Request::from_parts(parts, body);
        if self.state.traffic.borrow().link == Link::Silent {
            std::future::pending::<()>().await;
        }
        let fault = self.upstream.effect(&request).and_then(|effect| self.counter.count(effect));
        let Some(fault) = fault else { return self.upstream.send(request).await };
        self.carry_out(fault, request).await
    }

    async fn carry_out(&self, fault: Fault, request: Request<Bytes>) -> io::Result<Response<Body>> {
        match fault {
            Fault::KillBefore => self.kill().await,
            Fault::KillAfter => {
                self.arrive(request).await;
                self.kill().await;
            }
            Fault::KillWithLate { by } => {
                let proxy = self.clone();
                self.hold(request, async move {
                    proxy.kill().await;
                    // Nobody knows how long a start takes: the lateness counts from the next operator's first request.
                    let _ = proxy.state.come.subscribe().changed().await;
                    tokio::time::sleep(by).await;
                });
                std::future::pending::<()>().await;
            }
            Fault::LoseReply => self.arrive(request).await,
            Fault::Late { by, silent } => {
                self.hold(request, tokio::time::sleep(by));
                if silent {
                    std::future::pending::<()>().await;
                }
            }
            Fault::Refuse(refusal) => return self.upstream.refusal(&request, refusal),
            Fault::Belie => {
                let answer = self.upstream.refusal(&request, Refusal::ServerError);
                self.arrive(request).await;
                return answer;
            }
            Fault::First(first) => {
                first();
                return self.upstream.send(request).await;
            }
        }
        Err(io::Error::other("the answer is lost on the way"))
    }

    /// Forwards a request whose answer nobody gets. It does not die with the operator's connection.
    async fn arrive(&self, request: Request<Bytes>) {
        let upstream = self.upstream.clone();
        let _ = tokio::spawn(async move { drop(upstream.send(request).await) }).await;
    }

    /// Forwards a request after a while, whose answer nobody gets.
    fn hold(&self, request: Request<Bytes>, until: impl Future<Output = ()> + Send + 'static) {
        self.counter.hold();
        let proxy = self.clone();
        tokio::spawn(async move {
            until.await;
            proxy.arrive(request).await;
            proxy.counter.landed();
        });
    }

    /// Returns when the operator is dead.
    async fn kill(&self) {
        kill(&self.kill).await;
    }
}

/// Writes a kubeconfig like `file` that leads to `url`, beside it.
pub(super) fn kubeconfig_through(file: &Path, url: &str) -> anyhow::Result<PathBuf> {
    let mut kubeconfig = Kubeconfig::read_from(file)?;
    for cluster in kubeconfig.clusters.iter_mut().filter_map(|named| named.cluster.as_mut()) {
        cluster.server = Some(url.to_owned());
    }
    let through = file.with_extension("proxy.kubeconfig");
    std::fs::write(&through, serde_json::to_string(&kubeconfig)?).context("writing a kubeconfig")?;
    Ok(through)
}
