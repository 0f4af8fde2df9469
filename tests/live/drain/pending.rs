//! Pods that were made before their profile was there, and those among them that nobody may touch.

use std::collections::BTreeMap;
use std::time::Duration;

use bed::testing::{TestNamespace, deployment, template};
use bed::{Bed, CLUSTER};
use data_plane::{PROFILE_LABEL, Record, TroubleKind, Webhook, What};
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, StatefulSet};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Node, Pod};
use k8s_openapi::api::events::v1::Event;
use kube::ResourceExt;
use kube::api::{Api, ListParams, Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use crate::support::drains::{fargate, foreign};
use crate::support::{BedExt, profile, until, until_async};

/// What is special about the template of a Deployment.
type Special = fn(&mut Value);

/// Pods that are as they were, however long: what they are called, and what is special about their Deployment.
const UNTOUCHED: [(&str, Special); 8] = [
    ("gated", |template| template["spec"]["schedulingGates"] = json!([{ "name": "test/gate" }])),
    ("nominated", |_| {}),
    ("for-ec2", |template| template["metadata"]["annotations"] = json!({ "eks.amazonaws.com/compute-type": "ec2" })),
    ("other-scheduler", |template| template["spec"]["schedulerName"] = json!("theirs")),
    ("ours", |template| template["metadata"]["annotations"] = json!({ "fargate-operator.dev/do-not-disrupt": "true" })),
    ("karpenter", |template| template["metadata"]["annotations"] = json!({ "karpenter.sh/do-not-disrupt": "true" })),
    ("unfit", |template| template["spec"]["hostNetwork"] = json!(true)),
    ("labelled", |template| template["metadata"]["labels"][PROFILE_LABEL] = json!("other")),
];

/// A Job that may fail so often.
fn job(name: &str, retries: u32) -> Value {
    let mut template = template(name);
    template["spec"]["restartPolicy"] = json!("Never");
    json!({ "metadata": { "name": name }, "spec": { "backoffLimit": retries, "template": template } })
}

/// All that waits, in a namespace that no profile selects yet.
async fn waiting(ns: &TestNamespace<'_>) {
    for (name, special) in UNTOUCHED {
        let mut made = deployment(name, 1);
        special(&mut made["spec"]["template"]);
        ns.create::<Deployment>(made).await;
    }
    ns.create::<Job>(job("last-try", 0)).await;
    let mut undisturbed = job("undisturbed", 4);
    let evicted = json!([{ "type": "DisruptionTarget", "status": "True" }]);
    undisturbed["spec"]["podFailurePolicy"] = json!({ "rules": [{ "action": "FailJob", "onPodConditions": evicted }] });
    ns.create::<Job>(undisturbed).await;
    let mut bare = template("bare");
    bare["metadata"]["name"] = json!("bare");
    ns.create::<Pod>(bare).await;
    let mut on_nodes = template("of-nodes");
    // For the one node only, which nobody has called ready.
    on_nodes["spec"]["tolerations"] = json!([{ "operator": "Exists" }]);
    on_nodes["spec"]["nodeSelector"] = json!({ "lonely": "yes" });
    let of_nodes = json!({
        "metadata": { "name": "of-nodes" },
        "spec": { "selector": { "matchLabels": { "app": "of-nodes" } }, "template": on_nodes },
    });
    ns.create::<DaemonSet>(of_nodes).await;

    ns.create::<Deployment>(deployment("web", 2)).await;
    let set = json!({
        "metadata": { "name": "db" },
        "spec": {
            "serviceName": "db",
            "selector": { "matchLabels": { "app": "db" } },
            "template": template("db"),
        },
    });
    ns.create::<StatefulSet>(set).await;
    ns.create::<Job>(job("batch", 4)).await;
    // The eight, the two Jobs that one eviction would end, the bare one and the DaemonSet's; two, one and one; the one that is there already.
    until_async("all pods exist", async || ns.pods().await.len() == 8 + 4 + 4 + 1).await;
    assert!(ns.pods().await.iter().all(|pod| pod.spec.as_ref().unwrap().node_name.is_none()));
    let nominated = named(ns, "nominated").await;
    let patch = Patch::Merge(json!({ "status": { "nominatedNodeName": "somewhere" } }));
    ns.api::<Pod>().patch_status(&nominated[0].name_any(), &PatchParams::default(), &patch).await.unwrap();
}

/// Pods whose names begin so.
async fn named(ns: &TestNamespace<'_>, prefix: &str) -> Vec<Pod> {
    let mut pods = ns.pods().await;
    pods.retain(|pod| pod.name_any().starts_with(prefix));
    pods
}

async fn uids(ns: &TestNamespace<'_>, prefixes: &[&str]) -> BTreeMap<String, String> {
    let pods = ns.pods().await.into_iter();
    let meant = pods.filter(|pod| prefixes.iter().any(|prefix| pod.name_any().starts_with(prefix)));
    meant.map(|pod| (pod.name_any(), pod.uid().unwrap())).collect()
}

/// How many pods of a workload were created, and how many have gone.
fn made_and_gone(record: &Record, namespace: &str, workload: &str) -> (usize, usize) {
    let prefix = format!("{workload}-");
    let count = |what| {
        let here = record.entries.iter().filter(|line| line.namespace == namespace && line.what == what);
        here.filter(|line| line.pod.starts_with(&prefix)).count()
    };
    (count(What::Created), count(What::Gone))
}

/// A profile that somebody deletes while a pod of it still waits for its node.
async fn stray(ns: &TestNamespace<'_>) {
    foreign(ns.bed, "gone", &ns.name, &[("app", "stray")]);
    ns.fargate.trouble("gone", TroubleKind::Provisioning { retried: false }, None);
    ns.fargate.change(|switches| switches.pending_pods_go = false);
    ns.create::<Deployment>(deployment("stray", 1)).await;
    ns.told("the stray one is there", |record| record.of("gone", What::Created).count() == 1).await;
    ns.bed.eks().outsider().vanish_profile(CLUSTER, "gone").unwrap();
}

#[tokio::test]
async fn pods_older_than_their_profile_are_made_again_once_and_nothing_else_is_touched() {
    let bed = Bed::start(fargate(60.0)).await.unwrap();
    let (late, ignored) = (TestNamespace::new(&bed, "late").await, TestNamespace::new(&bed, "ignored").await);
    foreign(&bed, "other", "elsewhere", &[]);
    // Nothing but a DaemonSet's pods comes to a node that nobody schedules to.
    let nodes: Api<Node> = Api::all(bed.client());
    let node =
        serde_json::from_value(json!({ "metadata": { "name": "lonely", "labels": { "lonely": "yes" } } })).unwrap();
    nodes.create(&PostParams::default(), &node).await.unwrap();
    stray(&late).await;
    waiting(&late).await;
    ignored.create::<Deployment>(deployment("web", 1)).await;
    until_async("it waits", async || ignored.pods().await.len() == 1).await;
    let names: Vec<&str> =
        UNTOUCHED.iter().map(|(name, _)| *name).chain(["last-try", "undisturbed", "bare", "of-nodes"]).collect();
    let before = uids(&late, &names).await;
    assert_eq!(before.len(), names.len(), "{before:?}");
    let left_alone = uids(&ignored, &["web"]).await;

    bed.create(&profile("late", "late")).await;
    let mut object = profile("ignored", "ignored");
    object["spec"]["pendingPods"] = json!("Ignore");
    bed.create(&object).await;
    for name in ["web", "stray"] {
        late.complete(name).await;
    }
    late.ready("db-0").await;
    late.until("batch", "running", |job: &Job| job.status.as_ref().is_some_and(|status| status.ready == Some(1))).await;
    bed.settled("late").await;
    bed.settled("ignored").await;

    // Slipped past the webhook later: not the operator's doing, and not made again.
    late.fargate.webhook(Webhook::Absent).await.unwrap();
    late.create::<Deployment>(deployment("younger", 1)).await;
    until_async("it is there", async || !named(&late, "younger").await.is_empty()).await;
    late.fargate.webhook(Webhook::Present).await.unwrap();
    let younger = uids(&late, &["younger"]).await;
    let then = late.fargate.now() + Duration::from_secs(200);
    until("it has waited for longer than pods may", || late.fargate.now() > then).await;
    bed.looks(3).await;

    assert_eq!(uids(&late, &names).await, before);
    assert_eq!(uids(&late, &["younger"]).await, younger);
    assert_eq!(uids(&ignored, &["web"]).await, left_alone);
    let record = late.fargate.record();
    for (workload, pods) in [("web", 2), ("db", 1), ("batch", 1), ("stray", 1)] {
        assert_eq!(made_and_gone(&record, "late", workload), (pods * 2, pods), "{workload}");
    }
    let events = late.api::<Event>().list(&ListParams::default()).await.unwrap().items;
    let told = events.iter().filter(|event| event.reason.as_deref() == Some("Recreated"));
    let told: Vec<&str> = told.filter_map(|event| event.note.as_deref()).collect();
    let text = "evicted so that its controller recreates it: it is older than EKS profile late-9999, and EKS gives a pod its profile only when it is created";
    assert_eq!(told, [text; 5]);
}
