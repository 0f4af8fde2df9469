//! Nothing to do, nothing written: neither to EKS nor to Kubernetes.

mod held;

use std::time::Duration;

use bed::{Bed, Options};
use eks_simulator::log::CallRecord;
use eks_simulator::{ClusterSettings, Operation};
use fargate_operator::api::{ConditionType, FargateProfile, FargateProfileStatus};
use k8s_openapi::api::events::v1::Event;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::ResourceExt;
use kube::api::{Api, ListParams};
use serde_json::{Value, json};

use crate::support::{BedExt, LIMIT, counted, message, observed, profile, reason, scrape, total, until_async};

/// Ten minutes are worth something only with so many passes over each object in them,
const PASSES: u64 = 20;
/// and so many looks at EKS.
const LOOKS: usize = 5;
const TEN_MINUTES: Duration = Duration::from_secs(600);
/// What all settled objects of a cluster share an hour: a look for each coming round, every 20 s here, and what a look describes
/// again; watches that are started again, and the lease.
const SETTLED: (f64, f64) = (400.0, 400.0);

/// For an operator that comes round often: twenty seconds scale to a third of one. A call has half a minute of the machine's
/// time: one that takes longer on a busy machine would be told of, which is no calm.
fn often() -> Vec<(String, String)> {
    let setting = |(name, value): (&str, &str)| (format!("FARGATE_OPERATOR_{name}"), value.to_owned());
    [("RESYNC", "20s"), ("OPERATION_TIMEOUT", "30m"), ("QUIET", "31m")].map(setting).into()
}

/// A quick EKS, and an operator that comes round often.
async fn busy_bed() -> Bed {
    let cluster = ClusterSettings::named("").creating(Duration::from_secs(30));
    Bed::start(Options { environment: often(), cluster, ..Options::default() }).await.unwrap()
}

async fn passes(bed: &mut Bed) -> u64 {
    let address = bed.operator().unwrap().address();
    total(&scrape(address, "/metrics").await, "controller_runtime_reconcile_total", |_| true)
}

/// Waits for a moment in which no pass runs: the events of a pass follow its write of the status.
async fn no_pass_runs(bed: &mut Bed) {
    let address = bed.operator().unwrap().address();
    let none = r#"controller_runtime_active_workers{controller="fargateprofile"} 0"#;
    until_async("no pass runs", async || scrape(address, "/metrics").await.lines().any(|line| line == none)).await;
}

/// Waits until no object tells of a moment at which its wait ends: that is news when it comes.
async fn no_end_is_near(bed: &Bed) {
    let tells_of_an_end = |object: &FargateProfile| {
        object.status.as_ref().is_some_and(|it| it.waiting.iter().any(|it| it.until.is_some()))
    };
    until_async("no wait is to end", async || !objects(bed).await.iter().any(tells_of_an_end)).await;
}

fn looks(bed: &Bed) -> usize {
    bed.eks().calls(&[Operation::ListFargateProfiles]).len()
}

/// Mutations of EKS, but for creates for which it has no slot: only by asking can one see that the quota was raised.
fn mutations(bed: &Bed) -> Vec<CallRecord> {
    let mut all = bed.eks().calls(&Operation::MUTATIONS);
    all.retain(|call| call.error.as_deref() != Some("ResourceLimitExceededException"));
    all
}

fn eks_calls(bed: &Bed) -> usize {
    bed.eks().calls(&[&Operation::LOOKS[..], &Operation::MUTATIONS[..]].concat()).len()
}

/// How often the operator has written to an object, and how often it has told something. By its own count, which has every
/// request that was answered: the API server counts one at some moment after its answer.
async fn kubernetes_writes(bed: &mut Bed) -> (u64, i64) {
    let is_ours = |event: &Event| {
        let kind = event.regarding.as_ref().and_then(|regarding| regarding.kind.as_deref());
        kind == Some("FargateProfile")
            || event.reporting_controller.as_deref().is_some_and(|by| by.contains("fargate-operator"))
    };
    let times = |event: &Event| 1 + event.series.as_ref().map_or(0, |series| i64::from(series.count));
    let events = Api::<Event>::all(bed.client()).list(&ListParams::default()).await.unwrap();
    let address = bed.operator().unwrap().address();
    // A POST makes an event, which is told, or tries an eviction; the Lease is renewed by PUT.
    let is_patch = |line: &str| line.contains(r#"method="PATCH""#);
    let writes = total(&scrape(address, "/metrics").await, "rest_client_requests_total", is_patch);
    (writes, events.iter().filter(|event| is_ours(event)).map(times).sum())
}

/// Lists of pods, by whomever.
fn pod_lists(bed: &Bed) -> u64 {
    counted(bed, "apiserver_request_total", &["pods"], |verb| verb == "LIST")
}

/// What the operator has asked of Kubernetes.
async fn asked(bed: &mut Bed) -> u64 {
    let address = bed.operator().unwrap().address();
    total(&scrape(address, "/metrics").await, "rest_client_requests_total", |_| true)
}

async fn objects(bed: &Bed) -> Vec<FargateProfile> {
    bed.profiles().list(&ListParams::default()).await.unwrap().items
}

/// When the operator tries again what failed.
fn next_try(object: &FargateProfile) -> Option<Time> {
    object.status.as_ref()?.waiting.as_ref()?.next_try.clone()
}

/// What the status says apart from the next try.
fn untimed(object: &FargateProfile) -> Option<FargateProfileStatus> {
    let mut status = object.status.clone()?;
    status.waiting = None;
    for (condition, kind) in status.conditions.iter_mut().zip(ConditionType::ALL) {
        condition.message = message(object, kind);
    }
    Some(status)
}

/// Lets ten minutes pass with enough passes and looks in them, in which nothing may be written, and no more asked an hour of EKS
/// and of Kubernetes than `most`.
async fn nothing_happens(bed: &mut Bed, most: (f64, f64)) {
    no_end_is_near(bed).await;
    no_pass_runs(bed).await;
    let before = objects(bed).await;
    let (passes_before, looks_before, writes_before) = (passes(bed).await, looks(bed), kubernetes_writes(bed).await);
    let mutations_before = mutations(bed).len();
    let (asked_before, lists_before) = (asked(bed).await, pod_lists(bed));
    let calls_before = eks_calls(bed);
    let began = bed.eks().now();
    let waiting = async {
        while bed.eks().now() < began + TEN_MINUTES
            || passes(bed).await < passes_before + PASSES * before.len() as u64
            || looks(bed) < looks_before + LOOKS
        {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(LIMIT, waiting).await.expect("enough passes and looks in ten minutes");

    let mutations = mutations(bed);
    assert_eq!(mutations.len(), mutations_before, "{:?}", mutations.last());
    let mut tried = 0;
    for (then, now) in before.iter().zip(objects(bed).await) {
        assert_eq!(untimed(&now), untimed(then), "{} was written", now.name_any());
        // A try that failed again announces the next one.
        if next_try(&now) != next_try(then) {
            tried += 1;
            continue;
        }
        assert_eq!(now.status, then.status, "{} was written", now.name_any());
        assert_eq!(now.managed_fields(), then.managed_fields());
        assert_eq!(now.resource_version(), then.resource_version(), "{} was written", now.name_any());
    }
    let (requests, told) = kubernetes_writes(bed).await;
    assert_eq!(told, writes_before.1);
    let requests = requests - writes_before.0;
    assert!(requests <= 2 * tried, "{requests} requests to write for {tried} tries");
    let hours = (bed.eks().now() - began).as_secs_f64() / 3600.0;
    let an_hour = |calls: u64| calls as f64 / hours;
    let eks = an_hour((eks_calls(bed) - calls_before) as u64);
    let (kubernetes, lists) = (an_hour(asked(bed).await - asked_before), an_hour(pod_lists(bed) - lists_before));
    println!(
        "{} objects: {} passes, {} looks, no write; an hour: {eks:.0} calls to EKS, {kubernetes:.0} to Kubernetes, {lists:.0} lists of pods",
        before.len(),
        passes(bed).await - passes_before,
        looks(bed) - looks_before,
    );
    assert!(eks < most.0 && kubernetes < most.1, "{eks} calls to EKS, {kubernetes} to Kubernetes: {most:?}");
}

#[tokio::test]
async fn a_settled_object_is_left_alone() {
    let mut bed = busy_bed().await;
    let mut object = profile("web", "web");
    object["spec"]["tags"] = json!({ "team": "a" });
    bed.apply(&object);
    bed.settled("web").await;
    nothing_happens(&mut bed, SETTLED).await;
}

#[tokio::test]
async fn five_settled_objects_and_suspended_ones_are_left_alone() {
    let mut bed = busy_bed().await;
    let names = ["one", "two", "three", "four", "five"];
    for name in names {
        bed.create(&profile(name, name)).await;
    }
    for name in names {
        bed.settled(name).await;
    }
    bed.patch("four", json!({ "spec": { "suspend": true } })).await;
    bed.patch("five", json!({ "spec": { "suspend": true, "selectors": [{ "namespace": "other" }] } })).await;
    let mut new = profile("six", "six");
    new["spec"]["suspend"] = json!(true);
    bed.create(&new).await;
    bed.settled("four").await;
    for name in ["five", "six"] {
        bed.wait(name, "suspended with a change pending", |object| {
            observed(object) && reason(object, ConditionType::Ready).as_deref() == Some("Suspended")
        })
        .await;
    }
    nothing_happens(&mut bed, SETTLED).await;
}

#[tokio::test]
async fn another_order_of_selectors_labels_and_subnets_is_no_change() {
    let mut bed = busy_bed().await;
    let subnets = ClusterSettings::default().private_subnets;
    let spec = |turned: bool| -> Value {
        let turn = |mut list: Vec<Value>| {
            if turned {
                list.reverse();
            }
            list
        };
        let labels = if turned { r#"{"b":"2","a":"1"}"# } else { r#"{"a":"1","b":"2"}"# };
        let selectors = vec![
            json!({ "namespace": "web", "labels": serde_json::from_str::<Value>(labels).unwrap() }),
            json!({ "namespace": "jobs" }),
            // Without labels and with empty ones is the same to EKS.
            if turned { json!({ "namespace": "mail", "labels": {} }) } else { json!({ "namespace": "mail" }) },
        ];
        json!({ "selectors": turn(selectors), "subnets": turn(subnets.iter().map(|id| json!(id)).collect()) })
    };
    let mut object = profile("web", "web");
    object["spec"] = spec(false);
    bed.apply(&object);
    let settled = bed.settled("web").await;
    let calls = bed.eks().calls(&Operation::MUTATIONS).len();

    object["spec"] = spec(true);
    bed.apply(&object);
    let turned = bed
        .wait("web", "looked at again", |web| web.metadata.generation > settled.metadata.generation && observed(web))
        .await;
    assert_ne!(turned.spec, settled.spec);
    let status = turned.status.unwrap();
    assert_eq!(status.profile, settled.status.unwrap().profile);
    assert_eq!(status.replacement, None);
    nothing_happens(&mut bed, SETTLED).await;
    assert_eq!(bed.eks().calls(&Operation::MUTATIONS).len(), calls);
    assert_eq!(bed.eks().profiles("prod").len(), 1);
}
