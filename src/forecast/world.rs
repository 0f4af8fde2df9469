//! Everything that the passes over an EKS cluster's objects read, in a form that can be saved to a file.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::api::FargateProfile;
use crate::eks::{Cluster, Profile};
use crate::placement::{ClusterDns, Pod};
use crate::prerequisites::{Evidence, Read};
use crate::state::{Defaults, Pods, PodsUnavailable};

/// One EKS cluster and the objects that are for it, at one moment.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct World {
    /// The name of the EKS cluster.
    pub(crate) name: String,
    pub(crate) wall: Timestamp,
    /// The uid of the namespace kube-system.
    pub(crate) installation: String,
    /// Region that the operator works in.
    pub(crate) region: String,
    pub(crate) defaults: Defaults,
    /// The EKS profile of the operator's own pod.
    pub(crate) own_profile: Option<String>,
    /// `namespace/name` of the operator's own pod.
    pub(crate) own_pod: Option<String>,
    /// None if EKS says that it does not exist.
    pub(crate) cluster: Option<Cluster>,
    /// The account that was asked.
    pub(crate) account: String,
    pub(crate) profiles: Vec<Profile>,
    /// How many profiles the account may have in a cluster, as far as is known.
    pub(crate) quota: Option<usize>,
    pub(crate) objects: Vec<FargateProfile>,
    /// None if they cannot be seen.
    pub(crate) pods: Option<Vec<Pod>>,
    /// Why they cannot be seen.
    pub(crate) unseen: Option<String>,
    /// By their uids, the pods whose budgets allow no eviction, and which budget that is.
    pub(crate) held: BTreeMap<String, String>,
    /// By the uids of their controllers, the EKS profiles that pod templates name by label.
    pub(crate) pinned: BTreeMap<String, String>,
    pub(crate) dns: Read<ClusterDns>,
    /// What was asked of AWS and the cluster for all objects, about prerequisites and what is to be mended.
    pub(crate) evidence: Evidence,
}

impl World {
    /// These pods as a pass sees them, or why it sees none.
    pub(crate) fn seen(&self, pods: Option<Vec<Arc<Pod>>>) -> Pods {
        match pods {
            Some(pods) => Pods::Known(pods),
            None => Pods::Unknown(PodsUnavailable::lasting(self.unseen.clone().unwrap_or_default())),
        }
    }

    /// Replaces the object of the same name, or adds it.
    pub(crate) fn put(&mut self, object: FargateProfile) {
        match self.objects.iter_mut().find(|old| old.metadata.name == object.metadata.name) {
            Some(old) => *old = object,
            None => self.objects.push(object),
        }
    }
}
