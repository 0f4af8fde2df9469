//! A client of a query API: a form goes to the service, and XML comes back. It runs on the runtime of the SDK's own
//! clients, so it has their credentials, retries, time limits and connections.

use aws_config::SdkConfig;
use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::invocation_id::InvocationIdInterceptor;
use aws_runtime::request_info::RequestInfoInterceptor;
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_runtime::service_clock_skew::{ServiceClockSkewClassifier, ServiceClockSkewInterceptor};
use aws_runtime::user_agent::{ApiMetadata, UserAgentInterceptor};
use aws_smithy_query::QueryWriter;
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

use super::endpoint::{Endpoint, endpoint};
use super::{Element, Incomplete, Session};
use crate::api::Reason;
use crate::failure::{Class, Failure};
use crate::message::message;

/// So many pages are read of one list. More would be an answer that never ends.
const PAGES: usize = 20;

/// What distinguishes one query API from another.
#[derive(Debug)]
pub(crate) struct Api {
    /// Also the SDK's id of the service, of which `AWS_ENDPOINT_URL_…` is made.
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    pub(crate) signing_name: &'static str,
    /// One for the whole partition, instead of one in each region.
    pub(crate) is_global: bool,
    /// The parameter that asks for the next page, and the element that names it.
    pub(crate) next_page: (&'static str, &'static str),
}

/// Parameters of a request, by name.
pub(crate) type Parameters = Vec<(String, String)>;

pub(crate) struct QueryClient {
    api: &'static Api,
    session: Session,
    operation: Operation<String, Element, Refusal>,
}

impl QueryClient {
    pub(crate) fn new(api: &'static Api, session: &Session) -> Self {
        Self { api, session: session.clone(), operation: operation(api, session.config()) }
    }

    /// The answer to an action, which is named as in an IAM policy: `ec2:DescribeSubnets`.
    pub(crate) async fn call(&self, action: &'static str, parameters: &Parameters) -> Result<Element, Failure> {
        let operation = operation_of(action);
        let mut form = String::new();
        let mut writer = QueryWriter::new(&mut form, operation, self.api.version);
        for (name, value) in parameters {
            writer.prefix(name).string(value);
        }
        writer.finish();
        let answer = self.session.call(self.api.name, operation, self.operation.invoke(form)).await?;
        // IAM puts a result into the answer, and EC2 does not.
        Ok(answer.child(&format!("{operation}Result")).cloned().unwrap_or(answer))
    }

    /// All items of a list, of all pages.
    pub(crate) async fn list<T>(
        &self,
        action: &'static str,
        mut parameters: Parameters,
        list: &'static str,
        read: impl Fn(&Element) -> Result<T, Incomplete>,
    ) -> Result<Vec<T>, Failure> {
        let (parameter, element) = self.api.next_page;
        let mut found = Vec::new();
        for _ in 0..PAGES {
            let page = self.call(action, &parameters).await?;
            // A list that is empty is there nonetheless.
            page.child(list).ok_or_else(|| self.incomplete(action, &Incomplete(list)))?;
            for item in page.items(list) {
                found.push(read(item).map_err(|missing| self.incomplete(action, &missing))?);
            }
            let Some(next) = page.text(element) else { return Ok(found) };
            parameters.retain(|(name, _)| name != parameter);
            parameters.push((parameter.to_owned(), next.to_owned()));
        }
        Err(self.useless(action, message!("the answer has more than {PAGES} pages")))
    }

    /// An answer without something that it has to have.
    pub(crate) fn incomplete(&self, action: &'static str, Incomplete(missing): &Incomplete) -> Failure {
        let service = self.api.name;
        self.useless(action, message!("{service} answered without {missing}"))
    }

    fn useless(&self, action: &'static str, message: String) -> Failure {
        let (class, reason) = (Class::Retry, Reason::EksUnavailable);
        Failure { class, reason, operation: operation_of(action), code: None, message, definite: false }
    }
}

/// `DescribeSubnets` of `ec2:DescribeSubnets`.
fn operation_of(action: &'static str) -> &'static str {
    action.split_once(':').map_or(action, |(_, operation)| operation)
}

/// The same parts as in the `Config` and the operations of the SDK's generated clients, such as aws-sdk-sts.
fn operation(api: &'static Api, config: &SdkConfig) -> Operation<String, Element, Refusal> {
    let Endpoint { url, signing_region } = endpoint(config, api);
    let mut layer = Layer::new("query");
    layer.store_put(AuthSchemeOptionResolverParams::new(()));
    layer.store_put(SigV4OperationSigningConfig::default());
    layer.store_put(SigningName::from_static(api.signing_name));
    layer.store_put(SigningRegion::from(Region::new(signing_region)));
    layer.store_put(ApiMetadata::new(api.signing_name, env!("CARGO_PKG_VERSION")));
    if let Some(name) = config.app_name() {
        layer.store_put(name.clone());
    }
    let mut components = RuntimeComponentsBuilder::new("query")
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
        .operation_name("query")
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

fn request(form: String) -> Result<HttpRequest, BoxError> {
    let length = form.len();
    let mut request = HttpRequest::new(SdkBody::from(form));
    request.set_method("POST")?;
    request.set_uri("/")?;
    request.headers_mut().insert("content-type", "application/x-www-form-urlencoded");
    request.headers_mut().insert("content-length", length.to_string());
    Ok(request)
}

fn answer(response: &HttpResponse) -> Result<Element, OrchestratorError<Refusal>> {
    let body = String::from_utf8_lossy(response.body().bytes().unwrap_or_default());
    let parsed = Element::parse(&body);
    if response.status().is_success() {
        return parsed.map_err(|error| OrchestratorError::response(error.into()));
    }
    // Whoever stands in between may refuse a call without XML.
    Err(OrchestratorError::operation(Refusal::read(&parsed.unwrap_or_default())))
}

/// The service's code and text of an error.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Refusal(ErrorMetadata);

impl Refusal {
    /// From `<Response><Errors><Error>`, which is EC2's form, or `<ErrorResponse><Error>`, which is IAM's.
    fn read(answer: &Element) -> Self {
        let mut metadata = ErrorMetadata::builder();
        if let Some(error) = answer.child("Errors").unwrap_or(answer).child("Error") {
            if let Some(code) = error.text("Code") {
                metadata = metadata.code(code);
            }
            // A text that differs each time would be written into the status each time.
            let id = ["RequestID", "RequestId"].into_iter().find_map(|name| answer.text(name));
            if let Some(message) = error.text("Message") {
                metadata = metadata.message(id.map_or_else(|| message.to_owned(), |id| message.replace(id, "…")));
            }
        }
        Self(metadata.build())
    }
}

impl ProvideErrorMetadata for Refusal {
    fn meta(&self) -> &ErrorMetadata {
        &self.0
    }
}

#[cfg(test)]
mod tests;
