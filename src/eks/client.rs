//! EKS through the AWS SDK.

use std::collections::BTreeMap;
use std::future::Future;

use async_trait::async_trait;
use aws_sdk_eks::config::http::HttpResponse;
use aws_sdk_eks::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_eks::types::{FargateProfileSelector, ResolveConflicts};

use super::answers::{access_entry, addon, cluster, empty_answer, profile};
use super::{AccessEntry, Addon, Cluster, Eks, NewAccessEntry, NewProfile, Profile};
use crate::aws::{EKS, Session, Unread};
use crate::failure::{Class, Failure};

/// [`Eks`] through the AWS SDK.
pub struct SdkEks {
    reads: aws_sdk_eks::Client,
    /// It makes one attempt per call, see [`Eks`].
    mutations: aws_sdk_eks::Client,
    sts: aws_sdk_sts::Client,
    session: Session,
}

impl SdkEks {
    pub fn new(session: &Session) -> Self {
        let shared = session.config();
        Self {
            reads: aws_sdk_eks::Client::new(shared),
            mutations: aws_sdk_eks::Client::new(session.without_retries().config()),
            sts: aws_sdk_sts::Client::new(shared),
            session: session.clone(),
        }
    }

    /// The ARN of whom the credentials are of.
    ///
    /// # Errors
    /// The classified failure of the call.
    pub(crate) async fn caller(&self) -> Result<String, Failure> {
        let output = self.call("GetCallerIdentity", self.sts.get_caller_identity().send()).await?;
        output.arn.ok_or_else(|| empty_answer("GetCallerIdentity"))
    }

    async fn call<T, E>(
        &self,
        operation: &'static str,
        call: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<T, Failure>
    where
        E: std::error::Error + ProvideErrorMetadata + 'static,
    {
        self.session.call(EKS, operation, call).await
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

    async fn describe_cluster(&self, name: &str) -> Result<Cluster, Failure> {
        let output = self.call("DescribeCluster", self.reads.describe_cluster().name(name).send()).await?;
        cluster(name, output.cluster)
    }

    async fn access_entry(&self, cluster: &str, role: &str) -> Result<Option<AccessEntry>, Unread> {
        let request = self.reads.describe_access_entry().cluster_name(cluster).principal_arn(role);
        let output = self.call("DescribeAccessEntry", request.send()).await;
        Unread::unless_gone("eks:DescribeAccessEntry", output.and_then(|output| access_entry(output.access_entry)))
    }

    async fn addon(&self, cluster: &str, name: &str) -> Result<Option<Addon>, Unread> {
        let request = self.reads.describe_addon().cluster_name(cluster).addon_name(name);
        let output = self.call("DescribeAddon", request.send()).await;
        Unread::unless_gone("eks:DescribeAddon", output.and_then(|output| addon(output.addon)))
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

    async fn create_access_entry(&self, cluster: &str, wanted: &NewAccessEntry) -> Result<(), Failure> {
        let request = self
            .mutations
            .create_access_entry()
            .cluster_name(cluster)
            .principal_arn(&wanted.principal)
            .r#type(&wanted.kind)
            .set_tags(Some(wanted.tags.clone().into_iter().collect()));
        self.call("CreateAccessEntry", request.send()).await.map(drop)
    }

    async fn delete_access_entry(&self, cluster: &str, principal: &str) -> Result<(), Failure> {
        let request = self.mutations.delete_access_entry().cluster_name(cluster).principal_arn(principal);
        match self.call("DeleteAccessEntry", request.send()).await {
            Err(failure) if failure.class == Class::Gone => Ok(()),
            answer => answer.map(drop),
        }
    }

    async fn configure_addon(&self, cluster: &str, name: &str, configuration: &str) -> Result<(), Failure> {
        let request = self
            .mutations
            .update_addon()
            .cluster_name(cluster)
            .addon_name(name)
            .configuration_values(configuration)
            .resolve_conflicts(ResolveConflicts::Preserve);
        self.call("UpdateAddon", request.send()).await.map(drop)
    }

    fn region(&self) -> &str {
        self.session.region()
    }
}
