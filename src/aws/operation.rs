//! What the clients of all protocols share. They run on the runtime of the SDK's own clients, so they have their
//! credentials, retries, time limits and connections.

use std::fmt::Debug;

use aws_config::SdkConfig;
use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::invocation_id::InvocationIdInterceptor;
use aws_runtime::request_info::RequestInfoInterceptor;
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_runtime::service_clock_skew::{ServiceClockSkewClassifier, ServiceClockSkewInterceptor};
use aws_runtime::user_agent::{ApiMetadata, UserAgentInterceptor};
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::AuthSchemeOptionResolverParams;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SigningName;
use aws_types::region::{Region, SigningRegion};

use super::Incomplete;
use super::endpoint::{Endpoint, endpoint};
use crate::api::Reason;
use crate::failure::{Class, Failure};
use crate::message::message;

/// What distinguishes one service from another, whatever its protocol.
#[derive(Debug)]
pub(crate) struct Api {
    /// Also the SDK's id of the service, of which `AWS_ENDPOINT_URL_…` is made.
    pub(crate) name: &'static str,
    pub(crate) signing_name: &'static str,
    /// One for the whole partition, instead of one in each region.
    pub(crate) is_global: bool,
}

impl Api {
    /// An answer without something that it has to have.
    pub(super) fn incomplete(&self, action: &'static str, Incomplete(missing): &Incomplete) -> Failure {
        let service = self.name;
        useless(action, message!("{service} answered without {missing}"))
    }
}

/// An answer that says nothing.
pub(super) fn useless(action: &'static str, message: String) -> Failure {
    let (class, reason) = (Class::Retry, Reason::EksUnavailable);
    Failure { class, reason, operation: operation_of(action), code: None, message, definite: false }
}

/// `DescribeSubnets` of `ec2:DescribeSubnets`.
pub(super) fn operation_of(action: &'static str) -> &'static str {
    action.split_once(':').map_or(action, |(_, operation)| operation)
}

/// What the runtime calls it.
const NAME: &str = "operation";

/// The same parts as in the `Config` and the operations of the SDK's generated clients, such as aws-sdk-sts.
pub(super) fn operation<I, O>(
    api: &'static Api,
    config: &SdkConfig,
    request: fn(I) -> Result<HttpRequest, BoxError>,
    answer: fn(&HttpResponse) -> Result<O, OrchestratorError<Refusal>>,
) -> Operation<I, O, Refusal>
where
    I: Debug + Send + Sync + 'static,
    O: Debug + Send + Sync + 'static,
{
    let Endpoint { url, signing_region } = endpoint(config, api);
    let mut layer = Layer::new(NAME);
    layer.store_put(AuthSchemeOptionResolverParams::new(()));
    layer.store_put(SigV4OperationSigningConfig::default());
    layer.store_put(SigningName::from_static(api.signing_name));
    layer.store_put(SigningRegion::from(Region::new(signing_region)));
    layer.store_put(ApiMetadata::new(api.signing_name, env!("CARGO_PKG_VERSION")));
    if let Some(name) = config.app_name() {
        layer.store_put(name.clone());
    }
    let mut components = RuntimeComponentsBuilder::new(NAME)
        .with_auth_scheme_option_resolver(Some(StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID])))
        .with_auth_scheme(SigV4AuthScheme::new())
        .with_interceptor(ServiceClockSkewInterceptor::new())
        .with_interceptor(RequestInfoInterceptor::new())
        .with_interceptor(UserAgentInterceptor::new())
        .with_interceptor(InvocationIdInterceptor::new())
        .with_retry_classifier(HttpStatusCodeClassifier::default())
        .with_retry_classifier(TransientErrorClassifier::<Refusal>::new())
        .with_retry_classifier(AwsErrorCodeClassifier::<Refusal>::new())
        .with_retry_classifier(ServiceClockSkewClassifier::<Refusal>::new())
        .with_time_source(Some(config.time_source().unwrap_or_default()));
    if let Some(cache) = config.identity_cache() {
        components.set_identity_cache(Some(cache));
    }
    if let Some(credentials) = config.credentials_provider() {
        components.set_identity_resolver(SCHEME_ID, credentials);
    }
    let disabled = RetryConfig::disabled();
    let mut builder = Operation::builder()
        .service_name(api.name)
        .operation_name(NAME)
        .endpoint_url(&url)
        .with_connection_poisoning()
        .standard_retry(config.retry_config().unwrap_or(&disabled))
        .timeout_config(config.timeout_config().cloned().unwrap_or_else(TimeoutConfig::disabled))
        .runtime_plugin(StaticRuntimePlugin::new().with_config(layer.freeze()).with_runtime_components(components));
    if let Some(version) = config.behavior_version() {
        builder = builder.behavior_version(version);
    }
    if let Some(client) = config.http_client() {
        builder = builder.http_client(client);
    }
    if let Some(sleep) = config.sleep_impl() {
        builder = builder.sleep_impl(sleep);
    }
    builder.serializer(request).deserializer(answer).build()
}

/// A request with a body of this type. All protocols send everything to the one path.
pub(super) fn post(content_type: &'static str, body: String) -> Result<HttpRequest, BoxError> {
    let length = body.len();
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method("POST")?;
    request.set_uri("/")?;
    request.headers_mut().insert("content-type", content_type);
    request.headers_mut().insert("content-length", length.to_string());
    Ok(request)
}

/// The service's code and text of an error.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Refusal(ErrorMetadata);

impl Refusal {
    pub(super) fn new(code: Option<&str>, message: Option<&str>) -> Self {
        let mut metadata = ErrorMetadata::builder();
        if let Some(code) = code {
            metadata = metadata.code(code);
        }
        if let Some(message) = message {
            metadata = metadata.message(message);
        }
        Self(metadata.build())
    }
}

impl ProvideErrorMetadata for Refusal {
    fn meta(&self) -> &ErrorMetadata {
        &self.0
    }
}
