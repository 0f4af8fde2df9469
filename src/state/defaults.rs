//! What the operator was told for fields that a spec leaves out.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::api::{FargateProfileSpec, Prerequisites};
use crate::mending;
use crate::prerequisites::Search;

/// Values for the fields that a spec leaves out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Defaults {
    /// The operator's own cluster.
    pub cluster_name: String,
    pub pod_execution_role_arn: Option<String>,
    pub subnets: DefaultSubnets,
    pub prerequisites: Prerequisites,
    pub mending: mending::Settings,
}

/// The subnets of profiles whose spec names none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum DefaultSubnets {
    /// EKS takes the private ones of those that the cluster was created with.
    #[default]
    OfEks,
    Named(BTreeSet<String>),
    /// They are to be looked for, and have not been.
    Sought(Search),
    Found(BTreeSet<String>),
    /// They were looked for in vain: why, for people.
    Missing(String),
}

impl Defaults {
    /// The EKS cluster that a spec is for.
    pub fn cluster_of<'a>(&'a self, spec: &'a FargateProfileSpec) -> &'a str {
        spec.cluster_name.as_deref().unwrap_or(&self.cluster_name)
    }
}
