//! Pods that Fargate takes and cannot run.

use bed::testing::{TestNamespace, pod_condition, until_async};
use data_plane::SCHEDULER;
use k8s_openapi::api::core::v1::{Event, PersistentVolume, PersistentVolumeClaim, Pod};
use kube::ResourceExt;
use kube::api::{Api, ListParams, Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use crate::setup::{node, scheduler, shared, taken_by};

#[test]
fn an_unfit_pod_is_taken_and_stays_pending_with_the_schedulers_words_and_an_event() {
    shared(async |ns| {
        let profile = ns.profile("p", &[]);
        for (name, spec, words) in [
            ("host-network", json!({ "hostNetwork": true }), "fields not supported: HostNetwork"),
            (
                "host-port",
                container(json!({ "ports": [{ "containerPort": 80, "hostPort": 80 }] })),
                "port contains HostIP or HostPort",
            ),
            (
                "privileged",
                container(json!({ "securityContext": { "privileged": true } })),
                "invalid SecurityContext fields: Privileged",
            ),
            ("gpu", container(json!({ "resources": { "limits": { "nvidia.com/gpu": "1" } } })), "nvidia.com/gpu"),
            (
                "host-path",
                volume(json!({ "hostPath": { "path": "/" } })),
                "volumes not supported: data is of an unsupported volume Type",
            ),
            ("claim", volume(json!({ "persistentVolumeClaim": { "claimName": "none" } })), "PVC none not bound"),
        ] {
            let pod: Pod = ns.create(with(&ns, name, &spec)).await;
            assert_eq!((taken_by(&pod), scheduler(&pod)), (Some(&*profile), SCHEDULER), "{name}");
            let pod = ns.pending(name, words).await;
            let message = pod_condition(&pod, "PodScheduled").unwrap().2;
            assert!(message.starts_with("Pod not supported on Fargate: "), "{message}");
            let events: Api<Event> = ns.api();
            let told = async || {
                let of_it = ListParams::default().fields(&format!("involvedObject.uid={}", pod.uid().unwrap()));
                let all = events.list(&of_it).await.unwrap().items;
                all.iter().any(|event| {
                    event.message.as_deref() == Some(&*message) && event.reason.as_deref() == Some("FailedScheduling")
                })
            };
            until_async("there is an event", told).await;
            assert_eq!(node(&pod), None);
        }
    });
}

#[test]
fn a_claim_bound_to_a_file_system_is_fit_and_one_bound_to_a_disk_is_not() {
    shared(async |ns| {
        ns.profile("p", &[]);
        for (claim, driver) in [("files", "efs.csi.aws.com"), ("disk", "ebs.csi.aws.com")] {
            let spec = volume(json!({ "persistentVolumeClaim": { "claimName": claim } }));
            ns.create::<Pod>(with(&ns, claim, &spec)).await;
            ns.pending(claim, &format!("PVC {claim} not bound")).await;
            let name = format!("{}-{claim}", ns.name);
            let size = json!({ "storage": "1Gi" });
            let made = json!({
                "metadata": { "name": name },
                "spec": {
                    "capacity": size, "accessModes": ["ReadWriteOnce"], "csi": { "driver": driver, "volumeHandle": name },
                },
            });
            let volumes: Api<PersistentVolume> = Api::all(ns.bed.client());
            volumes.create(&PostParams::default(), &serde_json::from_value(made).unwrap()).await.unwrap();
            ns.create::<PersistentVolumeClaim>(json!({
                "metadata": { "name": claim },
                "spec": {
                    "storageClassName": "", "volumeName": name, "accessModes": ["ReadWriteOnce"],
                    "resources": { "requests": size },
                },
            }))
            .await;
        }
        ns.ready("files").await;
        ns.pending("disk", "data is of an unsupported volume Type").await;
    });
}

#[test]
fn a_pod_for_a_profile_that_is_not_there_stays_pending_until_it_is() {
    shared(async |ns| {
        let profile = format!("{}-later", ns.name);
        let mut pod = with(&ns, "early", &json!({ "schedulerName": SCHEDULER }));
        pod["metadata"]["labels"] = json!({ data_plane::PROFILE_LABEL: profile });
        ns.create::<Pod>(pod).await;
        ns.pending("early", "is not active").await;
        ns.profile("later", &[]);
        ns.ready("early").await;
        ns.bed.eks().outsider().vanish_profile(bed::CLUSTER, &profile).unwrap();
        ns.gone::<Pod>("early").await;
    });
}

#[test]
fn a_pod_that_is_mended_is_run() {
    shared(async |ns| {
        ns.profile("p", &[]);
        // The one part of a pod's fitness that can be changed is what its volumes are bound to; the label is another.
        let mut pod = with(&ns, "nameless", &json!({ "schedulerName": SCHEDULER }));
        pod["metadata"]["annotations"] = json!({ "eks.amazonaws.com/compute-type": "ec2" });
        ns.create::<Pod>(pod).await;
        ns.pending("nameless", "names no Fargate profile").await;
        let label = json!({ "metadata": { "labels": { data_plane::PROFILE_LABEL: format!("{}-p", ns.name) } } });
        ns.api::<Pod>().patch("nameless", &PatchParams::default(), &Patch::Merge(label)).await.unwrap();
        ns.ready("nameless").await;
    });
}

fn container(more: Value) -> Value {
    let mut container = json!({ "name": "main", "image": "web:1" });
    container.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ "containers": [container] })
}

fn volume(mut source: Value) -> Value {
    source["name"] = json!("data");
    json!({ "volumes": [source] })
}

fn with(ns: &TestNamespace<'_>, name: &str, spec: &Value) -> Value {
    let mut pod = ns.plain(name);
    pod["spec"].as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
    pod
}
