//! IAM roles, as much of them as bears on pods.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const FARGATE: &str = "eks-fargate-pods.amazonaws.com";

/// The role with which EKS starts pods (User Guide, "Using roles for Amazon EKS Fargate profiles").
pub(crate) const SERVICE_LINKED: &str = "AWSServiceRoleForAmazonEKSForFargate";

/// Whether it is that one's ARN.
pub(crate) fn is_service_linked(arn: &str) -> bool {
    arn.rsplit('/').next() == Some(SERVICE_LINKED)
}

/// A role; its ARN is the key under which it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Role {
    /// What tells it from an earlier role of the same ARN (IAM User Guide, "IAM identifiers").
    pub id: String,
    /// The trust policy.
    pub trust_policy: Value,
    /// Seconds since the epoch.
    pub created_at: f64,
    /// The text that describes it.
    pub description: Option<String>,
    /// The ARN of the policy that bounds its permissions.
    pub permissions_boundary: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// The ARNs of its managed policies.
    pub attached_policies: BTreeSet<String>,
    /// The names of its inline policies.
    pub inline_policies: BTreeSet<String>,
    /// The service's time (unscaled seconds) until which EKS has not heard of the trust policy. IAM shows it at once.
    #[serde(with = "crate::seconds::option")]
    pub unknown_until: Option<Duration>,
    /// Whether the caller has `iam:PassRole` for it.
    pub may_be_passed: bool,
}

/// As the User Guide has it made ("Amazon EKS Pod execution IAM role").
impl Default for Role {
    fn default() -> Self {
        let policy = "arn:aws:iam::aws:policy/AmazonEKSFargatePodExecutionRolePolicy";
        Self {
            id: "AROAEXAMPLEEXAMPLE000".to_owned(),
            trust_policy: Self::trusting(FARGATE),
            created_at: 1_700_000_000.0,
            description: None,
            permissions_boundary: None,
            tags: BTreeMap::new(),
            attached_policies: BTreeSet::from([policy.to_owned()]),
            inline_policies: BTreeSet::new(),
            unknown_until: None,
            may_be_passed: true,
        }
    }
}

/// The usual ways in which EKS may or may not use a role. Roles that nothing was said about are trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoleTrust {
    /// The trust policy names `eks-fargate-pods.amazonaws.com`.
    Trusted,
    /// It does not, and will not.
    Untrusted,
    /// It does, but IAM has not yet spread the news: refused until so long after the order (unscaled seconds in JSON).
    /// Terraform retries on just this (terraform-provider-aws `fargate_profile.go`).
    TrustedAfter(#[serde(with = "crate::seconds")] Duration),
    /// The caller lacks `iam:PassRole` for it.
    MayNotBePassed,
    /// There is no such role.
    Missing,
}

impl Role {
    /// A trust policy that lets one service assume the role.
    #[must_use]
    pub fn trusting(service: &str) -> Value {
        json!({
            "Version": "2012-10-17",
            "Statement": [{ "Effect": "Allow", "Principal": { "Service": service }, "Action": "sts:AssumeRole" }],
        })
    }

    /// The role of this ARN as it is made, if nothing was said about it.
    pub(crate) fn usual(arn: &str) -> Self {
        if !is_service_linked(arn) {
            return Self::default();
        }
        let policy = "arn:aws:iam::aws:policy/aws-service-role/AmazonEKSForFargateServiceRolePolicy";
        Self {
            trust_policy: Self::trusting("eks-fargate.amazonaws.com"),
            attached_policies: BTreeSet::from([policy.to_owned()]),
            ..Self::default()
        }
    }

    /// Changes what `trust` speaks of and leaves the rest. None is no role.
    pub(crate) fn with(mut role: Self, trust: RoleTrust, now: Duration) -> Option<Self> {
        role.trust_policy = Self::trusting(if trust == RoleTrust::Untrusted { "ec2.amazonaws.com" } else { FARGATE });
        role.unknown_until = None;
        role.may_be_passed = trust != RoleTrust::MayNotBePassed;
        match trust {
            RoleTrust::Missing => return None,
            RoleTrust::TrustedAfter(delay) => role.unknown_until = Some(now + delay),
            RoleTrust::Trusted | RoleTrust::Untrusted | RoleTrust::MayNotBePassed => {}
        }
        Some(role)
    }
}
