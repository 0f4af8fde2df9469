//! What the checks judge, read by few calls that run at the same time.
//!
//! Of Kubernetes: one list each of Leases, FargateProfiles, pods of the operator, Pending pods of Fargate and Fargate's
//! nodes, in pages; the CRD, the version and the namespace kube-system; and a question for each right. Of
//! AWS: who asks, and for each EKS cluster itself, its profiles, and each of them.

mod aws;
mod kubernetes;
mod rights;

use jiff::Timestamp;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::Client;

use super::super::cluster::cause;
use super::super::installation::operators;
use crate::intervals::{DEFAULTS, Intervals};
use crate::kubernetes::CallError;
use crate::placement::Pod;
use crate::state::InstallationRecord;

#[cfg(test)]
pub(super) use self::aws::Caller;
pub(super) use self::aws::{Aws, EksCluster, Seen};
pub(super) use self::kubernetes::{Kubelet, OperatorPod};
pub(super) use self::rights::{Right, Rights};
pub(super) use super::super::installation::Operator;
pub(super) use super::super::objects::Objects;

/// What came of a read.
pub(super) type Read<T> = Result<T, Missed>;

/// Why a read gave nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Missed {
    /// Whether the user lacks the right to read it.
    pub(super) is_refused: bool,
    pub(super) why: String,
}

impl From<CallError> for Missed {
    fn from(error: CallError) -> Self {
        Self { is_refused: error.is_refused(), why: cause(&error) }
    }
}

/// Everything that is judged.
#[derive(Debug)]
pub(super) struct Gathered {
    /// When it was gathered.
    pub(super) at: Timestamp,
    /// Minor version of the control plane.
    pub(super) control_plane: Read<u32>,
    /// The CRD, if it is there.
    pub(super) crd: Read<Option<CustomResourceDefinition>>,
    pub(super) operators: Read<Vec<Operator>>,
    pub(super) operator_pods: Read<Vec<OperatorPod>>,
    /// What the user may do.
    pub(super) your_rights: Read<Rights>,
    /// What the operator's service account may do.
    pub(super) operator_rights: Read<Rights>,
    pub(super) objects: Read<Objects>,
    /// Pods that EKS has taken for a Fargate profile and that have not started.
    pub(super) pending: Read<Vec<Pod>>,
    /// Fargate's nodes.
    pub(super) kubelets: Read<Vec<Kubelet>>,
    pub(super) aws: Aws,
}

impl Gathered {
    /// # Errors
    /// The API server cannot be asked at all.
    pub(super) async fn gather(client: &Client) -> anyhow::Result<Self> {
        // If this fails, nothing else can be read.
        let control_plane = kubernetes::control_plane(client).await?;
        let operators = operators(client).await.map_err(Missed::from);
        let known = operators.as_deref().unwrap_or_default().iter().map(|operator| &operator.installation);
        let first = known.max_by_key(|installation| installation.renewed);
        let with_eks = async {
            let objects = kubernetes::objects(client).await;
            let aws = aws::look(client, first, objects.as_ref().ok()).await;
            (objects, aws)
        };
        let of_operator = async {
            let Some(first) = first else {
                let none = Missed { is_refused: true, why: "no operator was found".to_owned() };
                return (Err(none.clone()), Err(none));
            };
            let pods = kubernetes::operator_pods(client, &first.namespace).await;
            let account = pods.iter().flatten().find_map(|pod| pod.account.clone());
            let rights = rights::of_operator(client, first, account.as_deref()).await;
            (pods, rights)
        };
        let ((objects, aws), (operator_pods, operator_rights), crd, your_rights, pending, kubelets) = futures::join!(
            with_eks,
            of_operator,
            kubernetes::crd(client),
            rights::yours(client),
            kubernetes::pending(client),
            kubernetes::kubelets(client),
        );
        Ok(Self {
            at: Timestamp::now(),
            control_plane,
            crd,
            operators,
            operator_pods,
            your_rights,
            operator_rights,
            objects,
            pending,
            kubelets,
            aws,
        })
    }
}

impl Gathered {
    /// What the operator runs with, if a Lease says so.
    fn record(&self) -> Option<&InstallationRecord> {
        let known = self.operators.as_deref().unwrap_or_default();
        known.iter().max_by_key(|operator| operator.installation.renewed)?.installation.record.as_ref()
    }

    /// The EKS cluster of objects that name none.
    pub(super) fn own_cluster(&self) -> &str {
        self.record().map_or("", |record| record.defaults.cluster_name.as_str())
    }

    /// The operator's.
    pub(super) fn intervals(&self) -> Intervals {
        let scale = self.record().map(|record| record.time_scale).filter(|scale| *scale > 0.0);
        DEFAULTS.scaled(scale.unwrap_or(1.0))
    }
}
