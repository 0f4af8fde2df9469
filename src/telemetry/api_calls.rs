//! Counts requests to the Kubernetes API and their answers, beneath all callers.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use axum::http::{Method, Request, Response, StatusCode, Uri};
use http_body_util::BodyExt;
use http_body_util::combinators::InspectFrame;
use kube::client::Body;
use tokio::sync::watch;
use tower::{Layer, Service};

use super::metrics::{EvictionOutcome, Metrics};

/// The plural of FargateProfile.
const OBJECTS: &str = "fargateprofiles";

/// A layer for [`kube::client::ClientBuilder`] that counts requests, evictions, and signs of life of watches.
#[derive(Clone, Debug)]
pub struct CountCalls {
    metrics: Metrics,
    host: String,
    heard: watch::Sender<Instant>,
}

impl CountCalls {
    /// Counts in `metrics` the requests to the API server at `server`. Requests do not contain its address at this
    /// layer yet.
    pub fn new(metrics: Metrics, server: &Uri) -> Self {
        let host = server.authority().map(|host| host.as_str().to_owned()).unwrap_or_default();
        Self { metrics, host, heard: watch::Sender::new(Instant::now()) }
    }

    /// When a watch of FargateProfiles last received data, or else when this was created.
    pub fn heard(&self) -> watch::Receiver<Instant> {
        self.heard.subscribe()
    }
}

impl<S> Layer<S> for CountCalls {
    type Service = Counted<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Counted { inner, calls: self.clone() }
    }
}

/// The service that [`CountCalls`] wraps around another.
#[derive(Clone, Debug)]
pub struct Counted<S> {
    inner: S,
    calls: CountCalls,
}

type OnFrame<D> = Box<dyn FnMut(&http_body::Frame<D>) + Send>;

impl<S, B> Service<Request<Body>> for Counted<S>
where
    S: Service<Request<Body>, Response = Response<B>>,
    S::Future: Send + 'static,
    B: http_body::Body + 'static,
{
    type Response = Response<InspectFrame<B, OnFrame<B::Data>>>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let mut call = Call::new(&request, self.calls.clone());
        let watched = watched(request.uri());
        let CountCalls { metrics, heard, .. } = self.calls.clone();
        let answer = self.inner.call(request);
        Box::pin(async move {
            let response = answer.await?;
            call.code = Some(response.status());
            drop(call);
            let watched = watched.filter(|_| response.status().is_success());
            Ok(response.map(|body| {
                body.inspect_frame(Box::new(move |_: &_| {
                    if let Some(resource) = watched {
                        metrics.watch_heard(resource);
                        if resource == OBJECTS {
                            heard.send_replace(Instant::now());
                        }
                    }
                }) as OnFrame<B::Data>)
            }))
        })
    }
}

/// A request in flight. A caller that gives up drops it, which counts as no answer.
struct Call {
    counted: CountCalls,
    method: Method,
    evicts: bool,
    began: Instant,
    code: Option<StatusCode>,
}

impl Call {
    fn new(request: &Request<Body>, counted: CountCalls) -> Self {
        Self {
            counted,
            method: request.method().clone(),
            evicts: request.method() == Method::POST && request.uri().path().ends_with("/eviction"),
            began: Instant::now(),
            code: None,
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let code = self.code.map(|code| code.as_u16());
        let CountCalls { metrics, host, .. } = &self.counted;
        metrics.kubernetes_call(code, self.method.as_str(), host, self.began.elapsed());
        if self.evicts {
            metrics.evicted(eviction(code));
        }
    }
}

fn eviction(code: Option<u16>) -> EvictionOutcome {
    match code {
        Some(200..300) => EvictionOutcome::Evicted,
        Some(404 | 409) => EvictionOutcome::Outdated,
        Some(429) => EvictionOutcome::Blocked,
        Some(400..500) => EvictionOutcome::Refused,
        _ => EvictionOutcome::Error,
    }
}

/// The resource that a request watches, if it is one that the operator watches.
fn watched(uri: &Uri) -> Option<&'static str> {
    let watches =
        uri.query().is_some_and(|query| query.split('&').any(|pair| pair == "watch=true" || pair == "watch=1"));
    let resource = uri.path().rsplit('/').next().filter(|_| watches)?;
    [OBJECTS, "pods"].into_iter().find(|known| *known == resource)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::metrics::Format;

    /// Sends a request to an API server that always answers like this, or never. Returns what was counted.
    async fn counted(method: &str, uri: &str, answer: Option<u16>) -> Vec<String> {
        let metrics = Metrics::new("0");
        let before = lines(&metrics);
        let server = tower::service_fn(move |_: Request<Body>| async move {
            let Some(code) = answer else { std::future::pending().await };
            Ok::<_, std::io::Error>(Response::builder().status(code).body(Body::from(vec![1])).unwrap())
        });
        let mut client = CountCalls::new(metrics.clone(), &Uri::from_static("https://api:6443")).layer(server);
        let request = Request::builder().method(method).uri(uri).body(Body::empty()).unwrap();
        let call = client.call(request);
        if let Ok(response) = tokio::time::timeout(std::time::Duration::from_millis(20), call).await {
            response.unwrap().into_body().collect().await.unwrap();
        }
        lines(&metrics).into_iter().filter(|line| !before.contains(line)).collect()
    }

    fn lines(metrics: &Metrics) -> Vec<String> {
        let wanted = ["rest_client_requests_total", "fargate_operator_evictions", "fargate_operator_watch"];
        let page = metrics.render(Format::Classic);
        page.lines().filter(|line| wanted.iter().any(|name| line.starts_with(name))).map(str::to_owned).collect()
    }

    #[tokio::test]
    async fn a_request_is_counted_by_its_answer_or_the_want_of_one() {
        let request = |code| format!(r#"rest_client_requests_total{{code="{code}",method="GET",host="api:6443"}} 1"#);
        let uri = "/api/v1/pods?limit=200";
        assert_eq!(counted("GET", uri, Some(200)).await, [request("200")]);
        assert_eq!(counted("GET", uri, Some(503)).await, [request("503")]);
        assert_eq!(counted("GET", uri, None).await, [request("<error>")]);
    }

    #[tokio::test]
    async fn an_eviction_is_counted_by_what_became_of_it() {
        let uri = "/api/v1/namespaces/shop/pods/web-0/eviction";
        for (answer, outcome) in [
            (Some(201), "evicted"),
            (Some(429), "blocked"),
            (Some(404), "outdated"),
            (Some(409), "outdated"),
            (Some(403), "refused"),
            (Some(500), "error"),
            (None, "error"),
        ] {
            let line = format!(r#"fargate_operator_evictions_total{{outcome="{outcome}"}} 1"#);
            let lines = counted("POST", uri, answer).await;
            assert!(lines.contains(&line), "{answer:?}: {lines:?}");
            assert!(lines.iter().all(|line| !line.contains("web-0")), "no name of an object: {lines:?}");
        }
    }

    #[tokio::test]
    async fn what_a_watch_says_shows_that_it_lives() {
        let path = "/apis/fargate-operator.dev/v1alpha1/fargateprofiles";
        let heard = |lines: &[String]| {
            let line = lines.iter().find(|line| line.starts_with("fargate_operator_watch"))?;
            line.strip_prefix(r#"fargate_operator_watch_last_event_timestamp_seconds{resource="fargateprofiles"} "#)?
                .parse::<f64>()
                .ok()
        };
        let lines = counted("GET", &format!("{path}?watch=true&timeoutSeconds=290"), Some(200)).await;
        assert!(heard(&lines).unwrap() > 1.7e9, "{lines:?}");
        assert_eq!(heard(&counted("GET", &format!("{path}?limit=500"), Some(200)).await), None);
        assert_eq!(
            heard(&counted("GET", &format!("{path}?watch=true"), Some(403)).await),
            None,
            "a refusal is no life"
        );
    }
}
