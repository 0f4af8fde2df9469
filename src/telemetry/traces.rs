//! Traces over OTLP (HTTP, protobuf): the spans of passes, calls to EKS and requests to Kubernetes. They are off unless
//! an endpoint is set. Spans go to a separate thread through a bounded queue, so a collector that is slow or away costs
//! spans but never a pass.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Bytes;
use axum::http::{Request, Response, Uri};
use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::hyper::HyperClient;
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::runtime::Handle;
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::Layer;

use super::logs::ExtraLayer;

/// A batch that takes longer is dropped.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long shutdown waits for the last batch.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Why traces could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TracesError {
    /// TLS needs certificate authorities.
    #[error("the certificate authorities of this machine, for an https --otlp-endpoint: {0}")]
    Authorities(#[from] std::io::Error),
    /// The exporter refused its settings, which include those of the environment (`OTEL_…`).
    #[error("the OTLP exporter: {0}")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
}

pub struct Traces(SdkTracerProvider);

/// Sends traces to the collector at `endpoint`, an http or https URL without the path `/v1/traces`. The returned layer
/// collects them.
///
/// # Errors
/// [`TracesError`]. An unreachable collector is no error.
pub fn start(endpoint: &str, version: &'static str, runtime: Handle) -> Result<(Traces, ExtraLayer), TracesError> {
    start_within(PATIENCE, endpoint, version, runtime)
}

fn start_within(
    patience: Duration,
    endpoint: &str,
    version: &'static str,
    runtime: Handle,
) -> Result<(Traces, ExtraLayer), TracesError> {
    let endpoint = endpoint.trim_end_matches('/');
    let client: Box<dyn HttpClient> = if endpoint.starts_with("https:") {
        let roots = hyper_rustls::HttpsConnectorBuilder::new().with_native_roots()?;
        Box::new(HyperClient::new(roots.https_only().enable_http1().build(), patience, None))
    } else {
        Box::new(HyperClient::with_default_connector(patience, None))
    };
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(RuntimeClient { client: client.into(), runtime, failing: AtomicBool::new(false) })
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(format!("{endpoint}/v1/traces"))
        .with_timeout(patience)
        .build()?;
    let mut about = Resource::builder().with_attribute(KeyValue::new("service.version", version));
    if std::env::var_os("OTEL_SERVICE_NAME").is_none_or(|name| name.is_empty()) {
        about = about.with_service_name("fargate-operator");
    }
    let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(about.build()).build();
    let tracer = provider.tracer("fargate-operator");
    // kube's client creates a span for each request.
    let traced = Targets::new().with_target("fargate_operator", Level::DEBUG).with_target("kube_client", Level::DEBUG);
    let layer = tracing_opentelemetry::layer().with_tracer(tracer).with_filter(traced).boxed();
    Ok((Traces(provider), layer))
}

impl Traces {
    /// Sends the remaining spans, for a short time at most.
    pub async fn end(self) {
        // The call blocks, and this runtime sends the batch.
        let last = tokio::task::spawn_blocking(move || self.0.shutdown_with_timeout(LAST_WORDS));
        if let Ok(Err(error)) = last.await {
            tracing::debug!(%error, "the last traces were not sent");
        }
    }
}

/// Sends batches. The exporter's thread has no runtime, which the connection needs.
#[derive(Debug)]
struct RuntimeClient {
    client: std::sync::Arc<dyn HttpClient>,
    runtime: Handle,
    failing: AtomicBool,
}

#[async_trait]
impl HttpClient for RuntimeClient {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = std::sync::Arc::clone(&self.client);
        let to = request.uri().clone();
        let result = self.runtime.spawn(async move { client.send_bytes(request).await }).await?;
        self.tell(&to, &result);
        result
    }
}

impl RuntimeClient {
    /// Logs once that traces are lost, and once that they arrive again.
    fn tell(&self, to: &Uri, result: &Result<Response<Bytes>, HttpError>) {
        let trouble = match result {
            Ok(response) if response.status().is_success() => None,
            Ok(response) => Some(format!("it answers {}", response.status())),
            Err(error) => Some(error.to_string()),
        };
        let was_failing = self.failing.swap(trouble.is_some(), Ordering::Relaxed);
        match trouble {
            Some(why) if !was_failing => {
                tracing::warn!(collector = %to, why, "traces are lost; the work goes on without")
            }
            None if was_failing => tracing::info!(collector = %to, "traces are delivered again"),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::routing::post;
    use tracing_subscriber::layer::SubscriberExt;

    /// No wait of a healthy run comes near this, not even on a loaded machine.
    const LIMIT: Duration = Duration::from_secs(60);

    /// A pass with a call in it, under the layer.
    fn pass(layer: ExtraLayer) {
        let subscriber = tracing_subscriber::registry().with(layer);
        tracing::subscriber::with_default(subscriber, || {
            let _pass =
                tracing::info_span!(target: "fargate_operator::controller", "reconcile", object = "shop").entered();
            let _call =
                tracing::debug_span!(target: "fargate_operator::eks", "EKS", "otel.name" = "TagResource").entered();
            let _else = tracing::info_span!(target: "hyper", "poll").entered();
        });
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn spans_reach_the_collector_with_the_name_of_the_service_and_what_was_done() {
        let (sent, mut received) = tokio::sync::mpsc::unbounded_channel();
        let take = async move |body: Bytes| sent.send(body).unwrap();
        let collector = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}/", collector.local_addr().unwrap());
        let serving = tokio::spawn(axum::serve(collector, Router::new().route("/v1/traces", post(take))).into_future());
        let (traces, layer) = start(&endpoint, "1.2.3", Handle::current()).unwrap();
        pass(layer);
        traces.end().await;
        let batch = tokio::time::timeout(LIMIT, received.recv()).await.unwrap().unwrap();
        // Protobuf contains text as it is.
        let text = String::from_utf8_lossy(&batch);
        for part in ["service.name", "fargate-operator", "1.2.3", "reconcile", "shop", "TagResource"] {
            assert!(text.contains(part), "{part} is missing in {text:?}");
        }
        assert!(!text.contains("poll"), "{text:?}");
        serving.abort();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_collector_that_is_away_or_never_answers_keeps_nobody_waiting() {
        let away = bed::Port::free().unwrap();
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        for address in [away.address(), silent.local_addr().unwrap()] {
            let (traces, layer) = start_within(LIMIT, &format!("http://{address}"), "0", Handle::current()).unwrap();
            let began = std::time::Instant::now();
            pass(layer);
            traces.end().await;
            // Far more than a busy machine adds to the shutdown, and far less than the full time limit.
            assert!(began.elapsed() < LIMIT / 2, "{address}: {:?}", began.elapsed());
        }
    }
}
