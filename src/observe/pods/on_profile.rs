//! How many pods run on an EKS profile, by a fresh list.

use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, ListParams, PartialObjectMeta};

use super::{PodSight, own, trouble};
use crate::api::POD_PROFILE_LABEL;
use crate::eks::Cluster;
use crate::plan::Pods;

impl PodSight {
    /// The pods on a profile that have not ended.
    pub async fn on_profile(&self, cluster: &Cluster, profile: &str) -> Pods {
        if !own::is_own(&self.authorities, cluster) {
            return Pods::Unknown(own::foreign(cluster));
        }
        let pods: Api<PartialObjectMeta<Pod>> = Api::all(self.client.clone());
        let running = ListParams::default()
            .labels(&format!("{POD_PROFILE_LABEL}={profile}"))
            .fields("status.phase!=Succeeded,status.phase!=Failed");
        match tokio::time::timeout(self.pace.timeout, pods.list(&running)).await {
            Ok(Ok(list)) => Pods::Known(list.items.len()),
            Ok(Err(error)) => Pods::Unknown(trouble::failed("listing", &error)),
            Err(_) => Pods::Unknown(trouble::too_long("listing")),
        }
    }
}
