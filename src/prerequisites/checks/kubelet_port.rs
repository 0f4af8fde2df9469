//! On Fargate the kubelet serves at the pod's own address, at port 10250. Who asks a webhook or the metrics server there meets the
//! kubelet, with its certificate (EKS user guide, metrics server; external-secrets/external-secrets#1306).

use std::collections::BTreeSet;

use crate::message::{cut, message};
use crate::prerequisites::evidence::{Evidence, Question};
use crate::prerequisites::finding::{Check, Finding};

/// As long as namespace and name of a pod usually get.
const POD: usize = 63;

pub(super) fn kubelet_port(question: &Question, _: &Evidence) -> Vec<Finding> {
    let serving: BTreeSet<String> =
        question.pods.iter().filter(|pod| pod.serves_kubelet_port).map(|pod| pod.path()).collect();
    let Some(first) = serving.first() else { return Vec::new() };
    let example = cut(first, POD);
    let message = match serving.len() {
        1 => message!(
            "pod {example} serves at port 10250, where Fargate's kubelet answers with its own certificate: use another port, such as 10251"
        ),
        count => message!(
            "{count} pods such as {example} serve at port 10250, where Fargate's kubelet answers with its own certificate: use another \
             port, such as 10251"
        ),
    };
    vec![Finding::advisory(Check::KubeletPort, message)]
}
