//! A proxy before the API server that takes down what the operator asks for, as RBAC sees it, and what was denied.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, Uri, header};
use axum::response::Response;
use k8s_openapi::api::rbac::v1::PolicyRule;
use kube::Client;
use kube::config::{KubeConfigOptions, Kubeconfig};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// A request as RBAC sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    pub verb: &'static str,
    pub group: String,
    /// With its subresource.
    pub resource: String,
    pub namespace: Option<String>,
    pub name: Option<String>,
}

impl Asked {
    fn of(method: &Method, uri: &Uri) -> Option<Self> {
        let mut parts = uri.path().trim_matches('/').split('/');
        let group = match parts.next()? {
            "api" => String::new(),
            "apis" => parts.next()?.to_owned(),
            _ => return None,
        };
        parts.next()?;
        let parts: Vec<&str> = parts.collect();
        let (namespace, parts) = match &parts[..] {
            ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (Some((*namespace).to_owned()), rest),
            rest => (None, rest),
        };
        let (resource, name, part) = match parts {
            [resource] => (resource, None, None),
            [resource, name] => (resource, Some(name), None),
            [resource, name, part] => (resource, Some(name), Some(part)),
            _ => return None,
        };
        let verb = match *method {
            Method::GET if name.is_some() => "get",
            Method::GET if uri.query().is_some_and(|query| query.contains("watch=true")) => "watch",
            Method::GET => "list",
            Method::POST => "create",
            Method::PUT => "update",
            Method::PATCH => "patch",
            Method::DELETE => "delete",
            _ => return None,
        };
        let resource = part.map_or((*resource).to_owned(), |part| format!("{resource}/{part}"));
        Some(Self { verb, group, resource, namespace, name: name.map(|name| (*name).to_owned()) })
    }

    /// Whether this rule allows it.
    pub fn is_allowed_by(&self, rule: &PolicyRule) -> bool {
        let has = |list: &Option<Vec<String>>, wanted: &str| list.iter().flatten().any(|one| one == wanted);
        let named = rule.resource_names.as_deref().unwrap_or_default();
        rule.verbs.iter().any(|verb| verb == self.verb)
            && has(&rule.api_groups, &self.group)
            && has(&rule.resources, &self.resource)
            && (named.is_empty() || self.name.as_ref().is_some_and(|name| named.contains(name)))
    }
}

/// What was asked for, each once, and what of it was denied.
#[derive(Clone, Default)]
pub struct Record(Arc<Mutex<Page>>);

#[derive(Default)]
struct Page {
    asked: Vec<Asked>,
    denied: Vec<Asked>,
}

impl Record {
    pub fn asked(&self) -> Vec<Asked> {
        self.0.lock().unwrap().asked.clone()
    }

    pub fn denied(&self) -> Vec<Asked> {
        self.0.lock().unwrap().denied.clone()
    }
}

/// The proxy. It ends when this is dropped.
pub struct Recorder {
    pub record: Record,
    /// Leads through it.
    pub kubeconfig: PathBuf,
    _serves: JoinSet<()>,
}

impl Recorder {
    /// Before the API server of this kubeconfig, with its identity.
    pub async fn before(kubeconfig: &Path) -> Self {
        let mut file = Kubeconfig::read_from(kubeconfig).unwrap();
        let mut config =
            kube::Config::from_custom_kubeconfig(file.clone(), &KubeConfigOptions::default()).await.unwrap();
        config.default_retry = false;
        config.proxy_url = None;
        let client = Client::try_from(config).unwrap();
        let record = Record::default();
        let router = Router::new().fallback(carry).with_state((client, record.clone()));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let mut serves = JoinSet::new();
        serves.spawn(async move { axum::serve(listener, router).await.unwrap() });
        for cluster in file.clusters.iter_mut().filter_map(|named| named.cluster.as_mut()) {
            // The certificate authority stays: by it the operator knows the cluster that it runs in.
            cluster.server = Some(url.clone());
        }
        let through = kubeconfig.with_extension("recorded.kubeconfig");
        std::fs::write(&through, serde_json::to_string(&file).unwrap()).unwrap();
        Self { record, kubeconfig: through, _serves: serves }
    }
}

async fn carry(State((client, record)): State<(Client, Record)>, request: Request) -> Response {
    let asked = Asked::of(request.method(), request.uri());
    let (mut parts, body) = request.into_parts();
    parts.headers.remove(header::HOST);
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let answer = client.send(Request::from_parts(parts, kube::client::Body::from(body.to_vec()))).await;
    let answer = answer.map_or_else(
        |error| {
            let mut bad = Response::new(Body::from(error.to_string()));
            *bad.status_mut() = StatusCode::BAD_GATEWAY;
            bad
        },
        |answer| answer.map(Body::new),
    );
    if let Some(asked) = asked {
        let mut page = record.0.lock().unwrap();
        if answer.status() == StatusCode::FORBIDDEN && !page.denied.contains(&asked) {
            page.denied.push(asked.clone());
        }
        if !page.asked.contains(&asked) {
            page.asked.push(asked);
        }
    }
    answer
}
