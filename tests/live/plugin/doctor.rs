//! `kubectl fargate doctor`: nothing to say of what is sound, and a line for each thing that is broken on purpose.
//!
//! Whoever waits for the plugin holds up a thread, and the simulator that is to answer the plugin needs one.

use std::process::Stdio;

use bed::{Bed, CLUSTER};
use eks_simulator::{Effect, Fault, Operation, ProfileStatus, RoleTrust};
use fargate_operator::api::{FargateProfile, FargateProfileSpec, Phase, TAG_INSTALLATION, TAG_OWNER};
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{Namespace, Node, Pod};
use k8s_openapi::api::rbac::v1::ClusterRoleBinding;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use super::{fargate, person};
use crate::prerequisites::with_checks;
use crate::support::objects::{manual, selecting, serving, spec, stalled};
use crate::support::{BedExt, profile, quick, until_async};

const CRD: &str = "fargateprofiles.fargate-operator.dev";

/// What it says, line by line, as JSON.
fn lines(bed: &Bed, code: i32) -> Vec<Value> {
    let typed = fargate(bed, &["doctor", "-o", "json"], "");
    assert_eq!(typed.code, code, "{}{}", typed.out, typed.err);
    let answer: Value = serde_json::from_str(&typed.out).unwrap();
    answer["lines"].as_array().unwrap().clone()
}

/// Asserts that one of the lines has this level, and these words in what it is about and in its detail.
#[track_caller]
fn says(lines: &[Value], level: &str, about: &str, detail: &str) {
    let has = |line: &Value, key: &str, words: &str| line[key].as_str().is_some_and(|text| text.contains(words));
    let is = |line: &&Value| line["level"] == level && has(line, "about", about) && has(line, "detail", detail);
    assert!(lines.iter().any(|line| is(&line)), "no {level} {about}: {detail} in\n{lines:#?}");
}

async fn namespace(bed: &Bed, name: &str) {
    let namespaces: Api<Namespace> = Api::all(bed.client());
    let made = serde_json::from_value(json!({ "metadata": { "name": name } })).unwrap();
    // An earlier test may have left it.
    let _ = namespaces.create(&PostParams::default(), &made).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_sound_installation_it_finds_nothing_wrong() {
    let bed = Bed::start(with_checks(quick(240.0))).await.unwrap();
    namespace(&bed, "web").await;
    serving(&bed, &profile("web", "web")).await;
    let typed = fargate(&bed, &["doctor"], "");
    assert_eq!(typed.code, 0, "{}{}", typed.out, typed.err);
    println!("{}", typed.out);
    for line in lines(&bed, 0) {
        assert!(["OK", "SKIP"].contains(&line["level"].as_str().unwrap()), "{line:#}");
    }
    for (about, detail) in [
        ("CustomResourceDefinition", "equals that of version"),
        ("operator", "leads in namespace fargate-operator"),
        ("version", "operator and plugin are"),
        ("operator's rights", "has them"),
        ("your rights", "you may do what the other commands do"),
        ("AWS", "you are arn:aws:"),
        ("EKS cluster prod", "with 1 Fargate profile"),
        ("FargateProfiles", "1 object, 1 Ready"),
        ("EKS profiles of prod", "1 of this operator, none of others"),
        ("pods of Fargate", "none is Pending"),
        ("kubelets on Fargate", "0 nodes"),
    ] {
        says(&lines(&bed, 0), "OK", about, detail);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_of_objects_pods_and_profiles_is_found() {
    let bed = Bed::start(with_checks(quick(240.0))).await.unwrap();
    for name in ["web", "ask", "ask-2", "slow"] {
        namespace(&bed, name).await;
    }
    serving(&bed, &profile("web", "web")).await;
    serving(&bed, &manual(profile("ask", "ask"))).await;
    serving(&bed, &profile("slow", "slow")).await;

    // 1, 2: what the profile needs is missing, and so it is Stalled.
    let nobody = "arn:aws:iam::111122223333:role/nobody";
    bed.eks().set_role(nobody, RoleTrust::Missing);
    let mut blocked = profile("blocked", "ask");
    blocked["spec"]["podExecutionRoleArn"] = json!(nobody);
    bed.create(&blocked).await;
    // 3, 4: a person has suspended it, or has to approve.
    bed.patch("slow", spec(json!({ "suspend": true }))).await;
    bed.patch("ask", selecting("ask-2")).await;
    // 5: its pods go to another.
    bed.create(&profile("zweb", "web")).await;
    // 6: an EKS cluster that is not there.
    let mut elsewhere = profile("elsewhere", "web");
    elsewhere["spec"]["clusterName"] = json!("nowhere");
    bed.create(&elsewhere).await;
    // 7: somebody else's finalizer keeps it.
    let mut kept = profile("kept", "web");
    kept["metadata"]["finalizers"] = json!(["example.com/hold"]);
    bed.create(&kept).await;
    bed.delete("kept").await;
    // 8, 9: EKS profiles that were left over, or are of another installation.
    let gone = FargateProfile::new("gone", FargateProfileSpec::default());
    let orphan = orphan(&bed, &gone).await;
    bed.eks().outsider().place_profile(CLUSTER, orphan, ProfileStatus::Active).unwrap();
    let theirs = eks_simulator::ProfileSpec::named("theirs-9999").selecting("x", &[]);
    let theirs = theirs.tagged(TAG_OWNER, "theirs").tagged(TAG_INSTALLATION, "another");
    bed.eks().outsider().place_profile(CLUSTER, theirs, ProfileStatus::Active).unwrap();
    // 10: Fargate refuses a pod.
    bed.pod("refused", "web-9999").await;
    refuse(&bed, "web", "refused").await;
    // 11: a node that is far behind.
    old_node(&bed).await;

    stalled(&bed, "blocked", "PrerequisitesNotMet").await;
    let awaits = |object: &FargateProfile| {
        let replacement = object.status.as_ref().and_then(|status| status.replacement.as_ref());
        replacement.is_some_and(|replacement| replacement.phase == Phase::AwaitingApproval)
    };
    bed.wait("ask", "awaiting approval", awaits).await;
    bed.wait("zweb", "warned of", |object| object.status.as_ref().is_some_and(|status| !status.warnings.is_empty()))
        .await;
    until_async("it has been deleted for long", async || {
        lines(&bed, 1).iter().any(|line| line["about"] == "FargateProfile kept")
    })
    .await;

    let found = lines(&bed, 1);
    println!("{}", fargate(&bed, &["doctor"], "").out);
    says(&found, "FAIL", "prerequisites in prod", "RoleExists: ");
    says(&found, "FAIL", "FargateProfile blocked", "Stalled, PrerequisitesNotMet: ");
    says(&found, "WARN", "FargateProfile slow", "suspended");
    says(&found, "WARN", "FargateProfile ask", "waits for approval");
    says(&found, "WARN", "FargateProfile zweb", "");
    says(&found, "FAIL", "EKS cluster nowhere", "there is none of this name");
    says(&found, "WARN", "FargateProfile kept", "it has been in deletion for");
    says(&found, "WARN", "EKS profile gone-9999", "made for FargateProfile gone");
    says(&found, "WARN", "EKS profile theirs-9999", "of another installation");
    says(
        &found,
        "FAIL",
        "pods of Fargate that do not start",
        "PodNotSupported: 1 pod, such as web/refused: Pod not supported",
    );
    says(&found, "FAIL", "kubelets on Fargate", "1 node of 1.20");
    let approve = found.iter().find(|line| line["about"] == "FargateProfile ask").unwrap();
    assert_eq!(approve["command"], "kubectl fargate approve ask");
    let nodes: Api<Node> = Api::all(bed.client());
    nodes.delete("fargate-old", &DeleteParams::default()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_of_the_installation_is_found() {
    let mut bed = Bed::start(quick(240.0)).await.unwrap();
    namespace(&bed, "web").await;
    serving(&bed, &profile("web", "web")).await;
    let leases: Api<Lease> = Api::namespaced(bed.client(), "fargate-operator");

    // 12: an operator that was uninstalled has left its Lease.
    let old: Api<Lease> = Api::namespaced(bed.client(), "default");
    let left = json!({ "metadata": { "name": "fargate-operator" }, "spec": { "holderIdentity": "old", "leaseDurationSeconds": 1 } });
    old.create(&PostParams::default(), &serde_json::from_value(left).unwrap()).await.unwrap();
    // 13: a pod of it ends again and again.
    let pods: Api<Pod> = Api::namespaced(bed.client(), "fargate-operator");
    crashing(&pods).await;
    // 14: it lacks a right.
    let bindings: Api<ClusterRoleBinding> = Api::all(bed.client());
    bindings.delete("fargate-operator-pods", &DeleteParams::default()).await.unwrap();
    // 15: whoever types may not see EKS.
    let denied = bed.eks().add_fault(Fault::new(Effect::AccessDenied).on([Operation::DescribeCluster]));
    until_async("the binding's end is known", async || {
        lines(&bed, 1).iter().any(|line| line["about"] == "operator's rights" && line["level"] == "WARN")
    })
    .await;
    let found = lines(&bed, 1);
    println!("{}", fargate(&bed, &["doctor"], "").out);
    says(&found, "WARN", "installations", "Lease default/fargate-operator was left by an operator that no longer runs");
    says(&found, "FAIL", "operator pod crashing", "is not Ready: CrashLoopBackOff");
    says(&found, "WARN", "operator's rights", "ServiceAccount fargate-operator/fargate-operator may not list pods");
    says(&found, "SKIP", "EKS cluster prod", "your AWS credentials do not allow eks:DescribeCluster");
    bed.eks().remove_fault(denied);
    old.delete("fargate-operator", &DeleteParams::default()).await.unwrap();
    pods.delete("crashing", &DeleteParams::default().grace_period(0)).await.unwrap();

    // 16: without credentials of AWS that part is skipped.
    let mut command = bed.plugin().unwrap();
    command.args(["doctor", "-o", "json"]).env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    let output = command.stdin(Stdio::null()).output().unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    says(answer["lines"].as_array().unwrap(), "SKIP", "AWS", "no usable AWS credentials");

    // 17, 18, 19: the operator is dead, of another version, and has not seen an object.
    bed.kill_operator().unwrap();
    bed.create(&profile("unseen", "web")).await;
    let lease = leases.get("fargate-operator").await.unwrap();
    let record = &lease.metadata.annotations.unwrap()["fargate-operator.dev/installation"];
    let mut record: Value = serde_json::from_str(record).unwrap();
    record["version"] = json!("9.9.9");
    let other = json!({ "metadata": { "annotations": { "fargate-operator.dev/installation": record.to_string() } } });
    leases.patch("fargate-operator", &PatchParams::default(), &Patch::Merge(other)).await.unwrap();
    // 20: the CRD is that of an older version.
    let crds: Api<CustomResourceDefinition> = Api::all(bed.client());
    let path = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/suspend";
    let older = json!([{ "op": "remove", "path": path }]);
    let older: Patch<CustomResourceDefinition> = Patch::Json(serde_json::from_value(older).unwrap());
    crds.patch(CRD, &PatchParams::default(), &older).await.unwrap();
    until_async("its Lease has run out", async || {
        lines(&bed, 1).iter().any(|line| line["about"] == "operator" && line["level"] == "FAIL")
    })
    .await;
    let found = lines(&bed, 1);
    says(&found, "FAIL", "operator", "does not renew it");
    says(&found, "WARN", "version", "the operator is 9.9.9");
    says(&found, "FAIL", "FargateProfile unseen", "the operator has not looked at it");
    says(&found, "WARN", "CustomResourceDefinition", "older than this plugin");
    // 21: no operator has ever been there.
    leases.delete("fargate-operator", &DeleteParams::default()).await.unwrap();
    says(&lines(&bed, 1), "FAIL", "operator", "there is no Lease fargate-operator");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_see_little_is_told_so_line_by_line() {
    let bed = Bed::start(quick(240.0)).await.unwrap();
    let nobody = person::kubeconfig(&bed, "nobody", &[]);
    let typed = fargate(&bed, &["--kubeconfig", nobody.to_str().unwrap(), "doctor", "-o", "json"], "");
    let answer: Value = serde_json::from_str(&typed.out).unwrap();
    assert_eq!(typed.code, 0, "{answer:#}");
    let found = answer["lines"].as_array().unwrap();
    says(found, "SKIP", "FargateProfiles", "you may not list resource fargateprofiles");
    says(found, "SKIP", "pods of Fargate", "you may not list resource pods at the cluster scope");
    says(found, "OK", "your rights", "you may not watch fargateprofiles, patch fargateprofiles");
}

/// What is left of an EKS profile whose object somebody has removed by its finalizer.
async fn orphan(bed: &Bed, gone: &FargateProfile) -> eks_simulator::ProfileSpec {
    let mut gone = gone.clone();
    gone.metadata.uid = Some("00000000-0000-0000-0000-000000000000".to_owned());
    crate::support::objects::of_object(bed, &gone, "gone-9999", "gone").await
}

/// What Fargate's scheduler says of a pod, long ago.
async fn refuse(bed: &Bed, namespace: &str, name: &str) {
    let pods: Api<Pod> = Api::namespaced(bed.client(), namespace);
    let condition = json!({
        "type": "PodScheduled",
        "status": "False",
        "reason": "Unschedulable",
        "message": "Pod not supported on Fargate: fields not supported: HostNetwork",
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    });
    let status = json!({ "status": { "conditions": [condition] } });
    pods.patch_status(name, &PatchParams::default(), &Patch::Merge(status)).await.unwrap();
}

/// A node of Fargate whose kubelet nobody has restarted for years.
async fn old_node(bed: &Bed) {
    let nodes: Api<Node> = Api::all(bed.client());
    let node = json!({
        "metadata": { "name": "fargate-old", "labels": { "eks.amazonaws.com/compute-type": "fargate" } },
        "status": { "nodeInfo": {
            "kubeletVersion": "v1.20.4-eks-6b7464",
            "architecture": "amd64", "bootID": "", "containerRuntimeVersion": "", "kernelVersion": "", "kubeProxyVersion": "",
            "machineID": "", "operatingSystem": "linux", "osImage": "", "systemUUID": "",
        } },
    });
    let node: Node = serde_json::from_value(node).unwrap();
    nodes.create(&PostParams::default(), &node).await.unwrap();
    nodes
        .patch_status("fargate-old", &PatchParams::default(), &Patch::Merge(json!({ "status": node.status })))
        .await
        .unwrap();
}

/// A pod that looks like the operator's, and ends again and again.
async fn crashing(pods: &Api<Pod>) {
    let pod = json!({
        "metadata": { "name": "crashing", "labels": { "app.kubernetes.io/name": "fargate-operator" } },
        "spec": {
            "serviceAccountName": "fargate-operator",
            "securityContext": { "runAsNonRoot": true, "seccompProfile": { "type": "RuntimeDefault" } },
            "containers": [{
                "name": "operator",
                "image": "none",
                "securityContext": { "allowPrivilegeEscalation": false, "capabilities": { "drop": ["ALL"] } },
            }],
        },
    });
    let pod: Pod = serde_json::from_value(pod).unwrap();
    until_async("a pod can be made", async || pods.create(&PostParams::default(), &pod).await.is_ok()).await;
    let waiting = json!({ "waiting": { "reason": "CrashLoopBackOff" } });
    let container = json!({ "name": "operator", "image": "none", "imageID": "", "ready": false, "restartCount": 7, "state": waiting });
    let status = json!({ "status": { "phase": "Running", "containerStatuses": [container] } });
    pods.patch_status("crashing", &PatchParams::default(), &Patch::Merge(status)).await.unwrap();
}
