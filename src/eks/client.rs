//! EKS through the AWS SDK.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use aws_sdk_eks::config::http::HttpResponse;
use aws_sdk_eks::config::retry::RetryConfig;
use aws_sdk_eks::config::timeout::TimeoutConfig;
use aws_sdk_eks::config::{BehaviorVersion, Region};
use aws_sdk_eks::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_eks::types::{FargateProfile, FargateProfileSelector};
use jiff::Timestamp;
use tracing::Instrument;
use tracing::field::Empty;

use super::{Cluster, Eks, HealthIssue, NewProfile, Profile, ProfileStatus, Selector};
use crate::api::Reason;
use crate::failure::{Class, Failure};
use crate::telemetry::metrics::{CallOutcome, Metrics};

#[derive(Clone, Debug)]
pub(crate) struct SdkSettings {
    pub region: String,
    /// A call fails after this long, retries included.
    pub operation_timeout: Duration,
    /// The first back-off between two attempts of a read.
    pub retry_backoff: Duration,
}

/// [`Eks`] through the AWS SDK.
pub(crate) struct SdkEks {
    reads: aws_sdk_eks::Client,
    /// It makes one attempt per call, see [`Eks`].
    mutations: aws_sdk_eks::Client,
    sts: aws_sdk_sts::Client,
    region: String,
    metrics: Metrics,
}

impl SdkEks {
    /// A client with the default credential chain. `AWS_ENDPOINT_URL_EKS` and `AWS_ENDPOINT_URL_STS` can set endpoints.
    /// They are trusted inputs: they receive signed requests.
    pub(crate) async fn new(settings: &SdkSettings, metrics: Metrics) -> Self {
        let timeouts = TimeoutConfig::builder()
            .operation_timeout(settings.operation_timeout)
            .operation_attempt_timeout(settings.operation_timeout)
            .build();
        let retries = RetryConfig::standard().with_max_attempts(3).with_initial_backoff(settings.retry_backoff);
        let shared = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(settings.region.clone()))
            .timeout_config(timeouts)
            .retry_config(retries)
            .load()
            .await;
        let once = aws_sdk_eks::config::Builder::from(&shared).retry_config(RetryConfig::disabled()).build();
        Self {
            reads: aws_sdk_eks::Client::new(&shared),
            mutations: aws_sdk_eks::Client::from_conf(once),
            sts: aws_sdk_sts::Client::new(&shared),
            region: settings.region.clone(),
            metrics,
        }
    }

    /// Runs one call, classifies its error and counts it.
    async fn call<T, E>(
        &self,
        operation: &'static str,
        call: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<T, Failure>
    where
        E: std::error::Error + ProvideErrorMetadata + 'static,
    {
        let started = Instant::now();
        // Traces take names and kinds from these fields.
        let span = tracing::debug_span!("EKS", otel.name = operation, otel.kind = "client", otel.status_code = Empty);
        let result = call.instrument(span.clone()).await.map_err(|error| Failure::from_sdk(operation, &error));
        if result.is_err() {
            span.record("otel.status_code", "ERROR");
        }
        self.metrics.eks_call(operation, outcome(result.as_ref().err()), started.elapsed());
        match &result {
            Ok(_) => tracing::debug!(operation, "EKS answered"),
            Err(failure) => {
                tracing::debug!(operation, code = failure.code, class = ?failure.class, message = %failure.message, "EKS call failed")
            }
        }
        result
    }
}

#[async_trait]
impl Eks for SdkEks {
    async fn list(&self, cluster: &str) -> Result<Vec<String>, Failure> {
        let pages = self.reads.list_fargate_profiles().cluster_name(cluster).into_paginator().items().send();
        self.call("ListFargateProfiles", pages.collect::<Result<Vec<_>, _>>()).await
    }

    async fn describe(&self, cluster: &str, name: &str) -> Result<Profile, Failure> {
        let request = self.reads.describe_fargate_profile().cluster_name(cluster).fargate_profile_name(name);
        let output = self.call("DescribeFargateProfile", request.send()).await?;
        profile("DescribeFargateProfile", output.fargate_profile)
    }

    async fn describe_cluster(&self, cluster: &str) -> Result<Cluster, Failure> {
        let output = self.call("DescribeCluster", self.reads.describe_cluster().name(cluster).send()).await?;
        let found = output.cluster.ok_or_else(|| empty_answer("DescribeCluster"))?;
        Ok(Cluster {
            name: cluster.to_owned(),
            arn: found.arn.unwrap_or_default(),
            certificate_authority: found.certificate_authority.and_then(|authority| authority.data),
        })
    }

    async fn account(&self) -> Result<String, Failure> {
        let output = self.call("GetCallerIdentity", self.sts.get_caller_identity().send()).await?;
        output.account.ok_or_else(|| empty_answer("GetCallerIdentity"))
    }

    async fn create(&self, wanted: &NewProfile) -> Result<Profile, Failure> {
        let selectors = wanted.selectors.iter().map(|selector| {
            let labels = (!selector.labels.is_empty()).then(|| selector.labels.clone().into_iter().collect());
            FargateProfileSelector::builder().namespace(&selector.namespace).set_labels(labels).build()
        });
        let request = self
            .mutations
            .create_fargate_profile()
            .cluster_name(&wanted.cluster)
            .fargate_profile_name(&wanted.name)
            .pod_execution_role_arn(&wanted.role)
            .set_subnets(wanted.subnets.as_ref().map(|subnets| subnets.iter().cloned().collect()))
            .set_selectors(Some(selectors.collect()))
            .set_tags(Some(wanted.tags.clone().into_iter().collect()));
        let output = self.call("CreateFargateProfile", request.send()).await?;
        profile("CreateFargateProfile", output.fargate_profile)
    }

    async fn delete(&self, cluster: &str, name: &str) -> Result<(), Failure> {
        let request = self.mutations.delete_fargate_profile().cluster_name(cluster).fargate_profile_name(name);
        self.call("DeleteFargateProfile", request.send()).await.map(drop)
    }

    async fn tag(&self, arn: &str, tags: &BTreeMap<String, String>) -> Result<(), Failure> {
        let request =
            self.mutations.tag_resource().resource_arn(arn).set_tags(Some(tags.clone().into_iter().collect()));
        self.call("TagResource", request.send()).await.map(drop)
    }

    async fn untag(&self, arn: &str, keys: &[String]) -> Result<(), Failure> {
        let request = self.mutations.untag_resource().resource_arn(arn).set_tag_keys(Some(keys.to_vec()));
        self.call("UntagResource", request.send()).await.map(drop)
    }

    fn region(&self) -> &str {
        &self.region
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

fn empty_answer(operation: &'static str) -> Failure {
    Failure {
        class: Class::Retry,
        reason: Reason::EksUnavailable,
        operation,
        code: None,
        message: "AWS answered without the thing asked for".to_owned(),
        definite: false,
    }
}

fn profile(operation: &'static str, found: Option<FargateProfile>) -> Result<Profile, Failure> {
    let found = found.filter(is_complete).ok_or_else(|| empty_answer(operation))?;
    let mut issues = found.health.and_then(|health| health.issues).unwrap_or_default();
    // Sorted, since another order would look like a change.
    issues.sort_by(|a, b| (a.code.as_ref(), &a.message).cmp(&(b.code.as_ref(), &b.message)));
    Ok(Profile {
        name: found.fargate_profile_name.unwrap_or_default(),
        arn: found.fargate_profile_arn.unwrap_or_default(),
        status: ProfileStatus::from(found.status.as_ref().map_or("", |status| status.as_str())),
        role: found.pod_execution_role_arn.unwrap_or_default(),
        subnets: found.subnets.unwrap_or_default().into_iter().collect(),
        selectors: found.selectors.unwrap_or_default().into_iter().map(selector).collect::<BTreeSet<_>>(),
        tags: found.tags.unwrap_or_default().into_iter().collect(),
        issues: issues
            .into_iter()
            .map(|issue| HealthIssue {
                code: issue.code.map(|code| code.as_str().to_owned()).unwrap_or_default(),
                message: issue.message.unwrap_or_default(),
                resource_ids: issue.resource_ids.unwrap_or_default(),
            })
            .collect(),
        created_at: found.created_at.and_then(|at| Timestamp::from_second(at.secs()).ok()),
    })
}

/// Whether an answer is complete for an ACTIVE profile. Without tags it would look foreign, and without selectors it
/// would seem to take no pods.
fn is_complete(found: &FargateProfile) -> bool {
    let has_all = found.fargate_profile_arn.is_some()
        && found.pod_execution_role_arn.is_some()
        && found.selectors.as_ref().is_some_and(|selectors| !selectors.is_empty())
        && found.tags.is_some();
    has_all || found.status.as_ref().is_none_or(|status| ProfileStatus::from(status.as_str()) != ProfileStatus::Active)
}

fn selector(found: FargateProfileSelector) -> Selector {
    Selector {
        namespace: found.namespace.unwrap_or_default(),
        labels: found.labels.unwrap_or_default().into_iter().collect(),
    }
}
