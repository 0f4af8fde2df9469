use crate::eks::HealthIssue;
use crate::placement::{Issue, IssueCause, Pod};
use crate::prerequisites::fixture::*;

#[test]
fn the_cluster_is_healthy_and_in_the_region() {
    fn issue(code: &str) -> HealthIssue {
        HealthIssue { code: code.into(), message: "The VPC vpc-1 is gone".into(), resource_ids: vec!["vpc-1".into()] }
    }
    check_all(&[
        (
            |_, e| e.cluster.issues = vec![issue("VpcNotFound")],
            &["Advisory ClusterHealth: EKS reports of the cluster: VpcNotFound: The VPC vpc-1 is gone \
                 (vpc-1); see aws eks describe-cluster"],
        ),
        (
            |_, e| e.cluster.issues = vec![issue("VpcNotFound"), issue("IamRoleNotFound")],
            &["Advisory ClusterHealth: EKS reports of the cluster: VpcNotFound: The VPC vpc-1 is gone \
                 (vpc-1); 1 more by aws eks describe-cluster"],
        ),
        (
            |_, e| e.cluster.is_local = true,
            &["Blocking LocalCluster: cluster prod runs on an Outpost or outside AWS, where EKS has no \
                 Fargate: run the operator for a cluster in the region"],
        ),
    ]);
}

#[test]
fn nothing_serves_at_the_port_of_the_kubelet() {
    check_all(&[
        (
            |q, _| q.pods = pods(&["metrics-1"], |pod| pod.serves_kubelet_port = true),
            &[
                "Advisory KubeletPort: pod shop/metrics-1 serves at port 10250, where Fargate's kubelet answers with its own \
                 certificate: use another port, such as 10251",
            ],
        ),
        (
            |q, _| q.pods = pods(&["metrics-2", "metrics-1"], |pod| pod.serves_kubelet_port = true),
            &[
                "Advisory KubeletPort: 2 pods such as shop/metrics-1 serve at port 10250, where Fargate's kubelet answers with \
                 its own certificate: use another port, such as 10251",
            ],
        ),
    ]);
}

#[test]
fn nothing_makes_fargate_skip_a_pod_or_keeps_it_from_starting() {
    fn steered(pod: &mut Pod) {
        pod.steering = Some("nodeSelector pool=gpu".into());
    }
    fn failing(pod: &mut Pod) {
        pod.unequal_limits = Some("requests.cpu 1, limits.cpu 2 in container app".into());
        pod.issue = Some(Issue { cause: IssueCause::CpuLimit, message: "StartError".into(), since: None, ended: None });
        pod.node = Some("fargate-ip-10-0-0-1".into());
    }
    check_all(&[
        (
            |q, _| q.pods = pods(&["web-1"], steered),
            &[
                "Advisory PodSteering: pod shop/web-1 has nodeSelector pool=gpu, for which Fargate may skip it: take that \
                 out of the pod's template",
            ],
        ),
        (
            |q, _| q.pods = pods(&["web-2", "web-1"], steered),
            &[
                "Advisory PodSteering: 2 pods such as shop/web-1 with nodeSelector pool=gpu have fields for which Fargate \
                 may skip them: take nodeSelector and schedulerName out",
            ],
        ),
        (
            |q, _| q.pods = pods(&["web-1"], failing),
            &[
                "Advisory PodLimits: pod shop/web-1 fails with requests.cpu 1, limits.cpu 2 in container app: make request \
                 and limit equal, as Fargate wants them",
            ],
        ),
        (
            |q, _| q.pods = pods(&["web-1", "web-2"], failing),
            &[
                "Advisory PodLimits: 2 pods fail, such as shop/web-1 with requests.cpu 1, limits.cpu 2 in container app: \
                 make request and limit equal, as Fargate wants them",
            ],
        ),
    ]);
}
