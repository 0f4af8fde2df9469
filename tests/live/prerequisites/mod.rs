//! What a profile needs in the VPC, in IAM and in the cluster: what is missing is told before the slow call, holds up what would
//! surely fail and nothing else, and once it is mended from outside, work goes on by itself.

mod budget;
mod denied;
mod hard_way;
mod in_cluster;
mod network;
mod of_pods;
mod quotas;
mod rules;
mod zones;

use bed::testing::dns_service;
use bed::{Bed, CLUSTER, Options};
use eks_simulator::{Addon, ProfileSpec, ProfileStatus, VpcEndpoint};
use fargate_operator::api::{FargateProfile, FindingRecord};
use serde_json::{Value, json};

use crate::support::{BedExt, quick};

/// A bed whose operator checks prerequisites.
async fn checking() -> Bed {
    Bed::start(with_checks(quick(240.0))).await.unwrap()
}

/// The same bed, with an operator that checks.
pub fn with_checks(mut options: Options) -> Options {
    options.environment.push(("FARGATE_OPERATOR_DEFAULT_PREREQUISITES".to_owned(), "Enforce".to_owned()));
    options
}

fn findings(object: &FargateProfile) -> Vec<FindingRecord> {
    object.status.as_ref().map(|status| status.findings.clone()).unwrap_or_default()
}

/// Whether it has a finding of this check and severity.
fn has(object: &FargateProfile, check: &str, severity: &str) -> bool {
    findings(object).iter().any(|finding| finding.check == check && finding.severity == severity)
}

/// Waits until it has one, and returns its message.
async fn found(bed: &Bed, name: &str, check: &str, severity: &str) -> String {
    let object = bed.wait(name, &format!("found wanting: {check}"), |object| has(object, check, severity)).await;
    let of_check = findings(&object).into_iter().find(|finding| finding.check == check && finding.severity == severity);
    of_check.unwrap().message
}

/// A cluster about which everything is asked: a subnet that has endpoints instead of a way out, and CoreDNS that does not run.
pub fn all_is_asked(bed: &Bed) {
    let settings = bed.eks().cluster_settings(CLUSTER).unwrap();
    let (closed, group) = (&settings.private_subnets[0], &settings.security_group);
    let region = bed.eks().identity().region;
    let service = |name: &str| format!("com.amazonaws.{region}.{name}");
    bed.eks()
        .change_network(CLUSTER, |network| {
            network.cut_off(closed);
            let tables: Vec<String> = network.route_tables.keys().cloned().collect();
            network.endpoints.insert("vpce-0000000a".to_owned(), VpcEndpoint::gateway(service("s3"), tables));
            for (n, name) in ["ecr.api", "ecr.dkr", "sts", "logs"].into_iter().enumerate() {
                let endpoint = VpcEndpoint::interface(service(name), [closed.clone()], group);
                network.endpoints.insert(format!("vpce-000000b{n}"), endpoint);
            }
        })
        .unwrap();
    bed.eks()
        .change_cluster(CLUSTER, |cluster| {
            cluster.addons.insert("coredns".to_owned(), Addon::default());
        })
        .unwrap();
    coredns(bed, &json!({}));
}

/// So many profiles of somebody else: with nine, the next one is the last that the default quota allows.
pub fn crowd(bed: &Bed, count: usize) {
    for n in 0..count {
        let name = format!("theirs-{n}");
        let theirs = ProfileSpec::named(&name).selecting(&name, &[]);
        bed.eks().outsider().place_profile(CLUSTER, theirs, ProfileStatus::Active).unwrap();
    }
}

/// CoreDNS behind its Service that runs nowhere, with these annotations on its pods.
fn coredns(bed: &Bed, annotations: &Value) {
    let labels = json!({ "k8s-app": "kube-dns" });
    // Its pods cannot be made, since nobody has made their ServiceAccount.
    let containers = json!([{ "name": "coredns", "image": "coredns" }]);
    let template = json!({
        "metadata": { "labels": labels, "annotations": annotations },
        "spec": { "serviceAccountName": "coredns-of-nobody", "containers": containers },
    });
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "coredns", "namespace": "kube-system" },
        "spec": { "replicas": 2, "selector": { "matchLabels": labels }, "template": template },
    });
    let mut service = dns_service("kube-dns", &labels);
    service["metadata"]["namespace"] = json!("kube-system");
    bed.kubectl().apply(&deployment.to_string()).unwrap();
    bed.kubectl().apply(&service.to_string()).unwrap();
}
