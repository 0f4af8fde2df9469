//! A service for tests of clients: over HTTP on this machine, with the answers that it is given.

use std::collections::BTreeMap;
use std::future::IntoFuture;
use std::sync::Arc;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_eks::config::retry::RetryConfig;
use aws_sdk_eks::config::timeout::TimeoutConfig;
use aws_sdk_eks::config::{Credentials, SharedCredentialsProvider};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::Session;
use crate::telemetry::metrics::{Format, Metrics};

/// No test waits so long.
const NEVER: Duration = Duration::from_secs(60);

/// A request, by its parameters if it is a form.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) body: String,
    pub(crate) form: BTreeMap<String, String>,
    pub(crate) headers: HeaderMap,
}

impl Asked {
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.form.get(name).map(String::as_str)
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// Answers in turn, the last one again and again.
pub(crate) struct Service {
    url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    metrics: Metrics,
    serving: JoinHandle<std::io::Result<()>>,
}

type Answers = Arc<(Vec<(u16, String)>, Arc<Mutex<Vec<Asked>>>)>;

impl Service {
    pub(crate) async fn answering(answers: &[(u16, &str)]) -> Self {
        let answers = answers.iter().map(|(status, body)| (*status, (*body).to_owned())).collect();
        let asked = Arc::default();
        let all: Answers = Arc::new((answers, Arc::clone(&asked)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let serving = tokio::spawn(axum::serve(listener, Router::new().fallback(answer).with_state(all)).into_future());
        Self { url, asked, metrics: Metrics::new("0"), serving }
    }

    pub(crate) fn session(&self) -> Session {
        let credentials = Credentials::new("AKIDEXAMPLE", "secret", Some("token".to_owned()), None, "test");
        self.session_with(Some(SharedCredentialsProvider::new(credentials)), NEVER)
    }

    pub(crate) fn session_with(&self, credentials: Option<SharedCredentialsProvider>, patience: Duration) -> Session {
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .endpoint_url(&self.url)
            .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(1)))
            .timeout_config(TimeoutConfig::builder().operation_timeout(patience).build());
        config.set_credentials_provider(credentials);
        Session::new(config.build(), self.metrics.clone())
    }

    /// All requests so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().clone()
    }

    /// The counters of calls that are not zero, such as `{operation="GetRole",outcome="ok"} 1`.
    pub(crate) fn counted(&self) -> Vec<String> {
        let page = self.metrics.render(Format::Classic);
        let counters = page.lines().filter_map(|line| line.strip_prefix("fargate_operator_eks_requests_total"));
        counters.filter(|line| !line.ends_with(" 0")).map(str::to_owned).collect()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn answer(State(all): State<Answers>, headers: HeaderMap, asked_for: String) -> (StatusCode, String) {
    let (answers, asked) = &*all;
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8().unwrap().into_owned();
    let form = asked_for.split('&').filter_map(|pair| pair.split_once('='));
    let form = form.map(|(name, value)| (decoded(name), decoded(value))).collect();
    let mut asked = asked.lock();
    let (status, body) = answers.get(asked.len()).or(answers.last()).cloned().unwrap();
    asked.push(Asked { body: asked_for, form, headers });
    (StatusCode::from_u16(status).unwrap(), body)
}
