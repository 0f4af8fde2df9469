//! Who calls: the account, region and principal that every call is taken to come from.

use serde::{Deserialize, Serialize};

use crate::role::SERVICE_LINKED;

/// The caller, since signatures are not looked at. A call sees the clusters of its own account and region only,
/// as in the real service; changing the identity therefore makes clusters "not found" that still exist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// The account that GetCallerIdentity names.
    pub account: String,
    /// The region that the endpoint stands for.
    pub region: String,
    /// The principal that GetCallerIdentity and access-denied messages name.
    pub arn: String,
}

impl Identity {
    /// An assumed role of this account.
    #[must_use]
    pub fn operator(account: &str, region: &str) -> Self {
        Self {
            account: account.to_owned(),
            region: region.to_owned(),
            arn: format!("arn:{}:sts::{account}:assumed-role/fargate-operator/session", partition(region)),
        }
    }

    /// The ARN of a role of the account, at the path `/`.
    pub(crate) fn role(&self, name: &str) -> String {
        format!("arn:{}:iam::{}:role/{name}", partition(&self.region), self.account)
    }

    /// The ARN of the account's service-linked role for Fargate. It exists, until a test says that it is missing.
    #[must_use]
    pub fn service_linked_role(&self) -> String {
        let Self { account, region, .. } = self;
        let path = "aws-service-role/eks-fargate.amazonaws.com";
        format!("arn:{}:iam::{account}:role/{path}/{SERVICE_LINKED}", partition(region))
    }
}

/// The partition that a region belongs to (AWS General Reference, ARNs).
pub(crate) fn partition(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}
