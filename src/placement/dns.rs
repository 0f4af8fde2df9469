//! Which pods serve the cluster's DNS: those behind the Service at the address that kubelets tell pods to ask for names. Installers
//! label CoreDNS as they like, and some keep it outside of kube-system (aws-ia/terraform-aws-eks-blueprints#568).

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::Pod;

/// What is at the address that pods ask for names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ClusterDns {
    /// No Service that selects pods. Nodes of EKS Auto Mode serve names themselves.
    #[default]
    Nowhere,
    Service(DnsService),
    /// Nothing: Service kube-system/kube-dns is there, but has another address.
    Elsewhere {
        address: String,
        wanted: IpAddr,
    },
}

/// The Service of the cluster's DNS.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DnsService {
    pub namespace: String,
    /// Labels of its pods, at least one.
    pub selector: BTreeMap<String, String>,
}

impl DnsService {
    pub fn selects(&self, pod: &Pod) -> bool {
        let has = |(key, value)| pod.labels.get(key) == Some(value);
        pod.namespace == self.namespace && self.selector.iter().all(has)
    }
}

impl ClusterDns {
    pub fn service(&self) -> Option<&DnsService> {
        match self {
            Self::Service(service) => Some(service),
            Self::Nowhere | Self::Elsewhere { .. } => None,
        }
    }
}

/// Whether the pod serves the cluster's DNS. Where no Service tells, its labels do.
pub fn serves_dns(dns: Option<&ClusterDns>, pod: &Pod) -> bool {
    match dns.and_then(ClusterDns::service) {
        Some(service) => service.selects(pod),
        None => is_like_coredns(pod),
    }
}

/// CoreDNS as EKS's add-on, EKS without add-ons and CoreDNS's Helm chart label it. Elsewhere than in kube-system it may serve anything.
fn is_like_coredns(pod: &Pod) -> bool {
    const LABELS: [(&str, &str); 4] = [
        ("k8s-app", "kube-dns"),
        ("k8s-app", "coredns"),
        ("app.kubernetes.io/name", "coredns"),
        ("eks.amazonaws.com/component", "coredns"),
    ];
    let has = |(key, value): (&str, &str)| pod.labels.get(key).is_some_and(|found| found == value);
    pod.namespace == "kube-system" && LABELS.into_iter().any(has)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(labels: &[(&str, &str)]) -> BTreeMap<String, String> {
        labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn pod(namespace: &str, of: &[(&str, &str)]) -> Pod {
        Pod { namespace: namespace.into(), labels: labels(of), ..Pod::default() }
    }

    const HELM: &[(&str, &str)] = &[("app.kubernetes.io/name", "coredns"), ("app.kubernetes.io/instance", "names")];

    #[test]
    fn the_service_says_which_pods_serve_names_whatever_their_labels_and_namespace() {
        let selector = labels(&[("app.kubernetes.io/instance", "names")]);
        let dns = ClusterDns::Service(DnsService { namespace: "dns".into(), selector });
        for (pod, expected) in [
            (pod("dns", HELM), true),
            (pod("kube-system", HELM), false),
            (pod("dns", &[("app.kubernetes.io/instance", "other")]), false),
            (pod("dns", &[]), false),
            // Left over from before.
            (pod("kube-system", &[("k8s-app", "kube-dns")]), false),
        ] {
            assert_eq!(serves_dns(Some(&dns), &pod), expected, "{pod:?}");
        }
    }

    #[test]
    fn where_no_service_tells_the_labels_of_coredns_in_kube_system_do() {
        let elsewhere = ClusterDns::Elsewhere { address: "None".into(), wanted: IpAddr::from([10, 0, 0, 10]) };
        for dns in [None, Some(&ClusterDns::Nowhere), Some(&elsewhere)] {
            for of in [
                &[("k8s-app", "kube-dns")][..],
                &[("k8s-app", "coredns")],
                HELM,
                &[("eks.amazonaws.com/component", "coredns")],
            ] {
                assert!(serves_dns(dns, &pod("kube-system", of)), "{of:?}");
                assert!(!serves_dns(dns, &pod("dns", of)), "{of:?}");
            }
            assert!(!serves_dns(dns, &pod("kube-system", &[("k8s-app", "kube-proxy")])));
            assert!(!serves_dns(dns, &pod("kube-system", &[])));
        }
    }
}
