//! Kubelets of Fargate's nodes that are older than the control plane: a pod keeps the version that it was started with.

use std::collections::BTreeMap;

use super::super::gather::{Kubelet, Read};
use super::super::line::{Check, Line};
use super::{count, few};

const CHECK: Check = Check("kubelets", "kubelets on Fargate");

/// How many minor versions a kubelet may be behind the API server (Kubernetes documentation, Version Skew Policy; since 1.28).
const ALLOWED: u32 = 3;

pub(super) fn lines(read: &Read<Vec<Kubelet>>, control_plane: &Read<u32>) -> Vec<Line> {
    CHECK.of(read, |kubelets| {
        let control_plane = match control_plane {
            Ok(control_plane) => *control_plane,
            Err(missed) => return vec![CHECK.missed(missed)],
        };
        let mut other: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
        for kubelet in kubelets {
            if let Some(minor) = minor(&kubelet.version).filter(|minor| *minor != control_plane) {
                other.entry(minor).or_default().push(&kubelet.node);
            }
        }
        if other.is_empty() {
            let nodes = count(kubelets.len(), "node");
            return vec![CHECK.ok(format!("{nodes}, of the control plane's version (1.{control_plane})"))];
        }
        other.into_iter().map(|(minor, nodes)| line(minor, &nodes, control_plane)).collect()
    })
}

fn line(minor: u32, nodes: &[&str], control_plane: u32) -> Line {
    let detail = format!(
        "{} of 1.{minor} with a control plane of 1.{control_plane}: {}",
        count(nodes.len(), "node"),
        few(nodes)
    );
    let line = if minor > control_plane || control_plane - minor > ALLOWED {
        CHECK.fail(format!("{detail}; a kubelet may be {ALLOWED} versions older, and not newer"))
    } else {
        CHECK.warn(format!("{detail}; EKS may refuse the next upgrade of the control plane"))
    };
    let node = nodes.first().copied().unwrap_or_default();
    line.cure("restart the workloads whose pods are on these nodes; to see the pods of one:")
        .command(format!("kubectl get pods -A --field-selector spec.nodeName={node}"))
}

/// The minor version of a version such as `v1.33.1-eks-1a2b3c4`.
fn minor(version: &str) -> Option<u32> {
    version.split('.').nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::super::super::line::Level::{self, Fail, Ok as Good, Warn};
    use super::*;

    #[test]
    fn a_kubelet_may_be_three_versions_behind() {
        let told = |versions: &[&str]| -> Vec<Level> {
            let kubelets =
                versions.iter().map(|it| Kubelet { node: "fargate-1".into(), version: (*it).into() }).collect();
            lines(&Ok(kubelets), &Ok(33)).iter().map(|line| line.level).collect()
        };
        assert_eq!(told(&[]), [Good]);
        assert_eq!(told(&["v1.33.1-eks-1"]), [Good]);
        assert_eq!(told(&["v1.32.9-eks-1", "v1.33.0"]), [Warn]);
        assert_eq!(told(&["v1.30.0"]), [Warn]);
        assert_eq!(told(&["v1.29.0", "v1.34.0"]), [Fail, Fail]);
        assert_eq!(told(&["strange"]), [Good]);
    }
}
