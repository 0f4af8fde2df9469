//! What the clients of all services share: credentials, region, limits, and where their calls are counted.

use std::future::Future;
use std::time::{Duration, Instant};

use aws_config::SdkConfig;
use aws_sdk_eks::config::http::HttpResponse;
use aws_sdk_eks::config::retry::RetryConfig;
use aws_sdk_eks::config::timeout::TimeoutConfig;
use aws_sdk_eks::config::{BehaviorVersion, Region};
use aws_sdk_eks::error::{ProvideErrorMetadata, SdkError};
use tracing::Instrument;
use tracing::field::Empty;

use crate::api::Reason;
use crate::failure::{Class, Failure};
use crate::telemetry::metrics::{CallOutcome, Metrics};

#[derive(Clone, Debug)]
pub struct SdkSettings {
    pub region: String,
    /// A call fails after this long, retries included.
    pub operation_timeout: Duration,
    /// The first back-off between two attempts of a read.
    pub retry_backoff: Duration,
}

/// From one session the clients of all services are made, so that they share credentials.
#[derive(Clone, Debug)]
pub struct Session {
    config: SdkConfig,
    metrics: Metrics,
}

impl Session {
    /// A session with the default credential chain. `AWS_ENDPOINT_URL` can set the endpoint of all services, and
    /// `AWS_ENDPOINT_URL_EKS`, `_STS`, `_EC2`, `_IAM` and `_SERVICE_QUOTAS` that of one. They are trusted inputs: they
    /// receive signed requests.
    pub async fn load(settings: &SdkSettings, metrics: Metrics) -> Self {
        let timeouts = TimeoutConfig::builder()
            .operation_timeout(settings.operation_timeout)
            .operation_attempt_timeout(settings.operation_timeout)
            .build();
        let retries = RetryConfig::standard().with_max_attempts(3).with_initial_backoff(settings.retry_backoff);
        let config = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(settings.region.clone()))
            .timeout_config(timeouts)
            .retry_config(retries)
            .load()
            .await;
        Self::new(config, metrics)
    }

    /// A session with a configuration from elsewhere.
    pub fn new(config: SdkConfig, metrics: Metrics) -> Self {
        Self { config, metrics }
    }

    /// The same for calls that are sent once, whatever comes of them.
    pub(crate) fn without_retries(&self) -> Self {
        let config = self.config.to_builder().retry_config(RetryConfig::disabled()).build();
        Self { config, metrics: self.metrics.clone() }
    }

    pub(crate) fn config(&self) -> &SdkConfig {
        &self.config
    }

    pub(crate) fn region(&self) -> &str {
        self.config.region().map_or("", Region::as_ref)
    }

    /// Runs one call, classifies its error and counts it.
    pub(crate) async fn call<T, E>(
        &self,
        service: &'static str,
        operation: &'static str,
        call: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<T, Failure>
    where
        E: std::error::Error + ProvideErrorMetadata + 'static,
    {
        let started = Instant::now();
        // Traces take names and kinds from these fields.
        let span = tracing::debug_span!("AWS", otel.name = operation, otel.kind = "client", otel.status_code = Empty);
        let result = call.instrument(span.clone()).await.map_err(|error| Failure::from_sdk(service, operation, &error));
        if result.is_err() {
            span.record("otel.status_code", "ERROR");
        }
        self.metrics.aws_call(operation, outcome(result.as_ref().err()), started.elapsed());
        match &result {
            Ok(_) => tracing::debug!(service, operation, "AWS answered"),
            Err(failure) => {
                tracing::debug!(service, operation, code = failure.code, class = ?failure.class, message = %failure.message, "AWS call failed")
            }
        }
        result
    }
}

fn outcome(failure: Option<&Failure>) -> CallOutcome {
    let Some(failure) = failure else { return CallOutcome::Ok };
    match (failure.class, failure.reason) {
        (Class::Wait, _) => CallOutcome::Wait,
        (Class::Gone, _) => CallOutcome::NotFound,
        (_, Reason::Throttled) => CallOutcome::Throttled,
        (_, Reason::AccessDenied | Reason::NoCredentials) => CallOutcome::Denied,
        (Class::Fix | Class::Propagation, _) => CallOutcome::Invalid,
        (Class::Retry, _) => CallOutcome::Error,
    }
}
