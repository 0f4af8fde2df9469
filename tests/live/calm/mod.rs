//! Nothing to do, nothing written: neither to EKS nor to Kubernetes.

mod held;

use std::time::Duration;

use bed::{Bed, Options};
use eks_simulator::{ClusterSettings, Operation};
use fargate_operator::api::{ConditionType, FargateProfile};
use kube::ResourceExt;
use kube::api::ListParams;
use serde_json::{Value, json};

use crate::support::{LIMIT, Use, observed, profile, reason, scrape, total};

/// Ten minutes are worth something only with so many passes over each object in them,
const PASSES: u64 = 20;
/// and so many looks at EKS.
const LOOKS: usize = 5;
const TEN_MINUTES: Duration = Duration::from_secs(600);

/// A quick EKS, and an operator that comes round often: twenty seconds scale to a third of one.
async fn busy_bed() -> Bed {
    let environment = vec![("FARGATE_OPERATOR_RESYNC".to_owned(), "20s".to_owned())];
    let cluster = ClusterSettings::named("").creating(Duration::from_secs(30));
    Bed::start(Options { environment, cluster, ..Options::default() }).await.unwrap()
}

async fn passes(bed: &mut Bed) -> u64 {
    let address = bed.operator().unwrap().address();
    total(&scrape(address, "/metrics").await, "controller_runtime_reconcile_total", |_| true)
}

fn looks(bed: &Bed) -> usize {
    bed.eks().calls(&[Operation::ListFargateProfiles]).len()
}

fn eks_calls(bed: &Bed) -> usize {
    bed.eks().calls(&[&Operation::LOOKS[..], &Operation::MUTATIONS[..]].concat()).len()
}

/// Requests by the API server's own count, refused and empty ones included, of these resources and verbs.
fn requests(bed: &Bed, resources: &[&str], verbs: impl Fn(&str) -> bool) -> u64 {
    let metrics = bed.kubectl().run("get --raw /metrics").unwrap();
    let value = |line: &str, label: &str| {
        let (_, rest) = line.split_once(&format!("{label}=\""))?;
        rest.split('"').next().map(str::to_owned)
    };
    total(&metrics, "apiserver_request_total", |line| {
        value(line, "resource").is_some_and(|resource| resources.contains(&resource.as_str()))
            && value(line, "verb").is_some_and(|verb| verbs(&verb))
    })
}

/// Requests that write FargateProfiles or events.
fn kubernetes_writes(bed: &Bed) -> u64 {
    requests(bed, &["fargateprofiles", "events"], |verb| !["GET", "LIST", "WATCH", "CONNECT"].contains(&verb))
}

/// Lists of pods, by whomever.
fn pod_lists(bed: &Bed) -> u64 {
    requests(bed, &["pods"], |verb| verb == "LIST")
}

/// What the operator has asked of Kubernetes.
async fn asked(bed: &mut Bed) -> u64 {
    let address = bed.operator().unwrap().address();
    total(&scrape(address, "/metrics").await, "rest_client_requests_total", |_| true)
}

async fn objects(bed: &Bed) -> Vec<FargateProfile> {
    bed.profiles().list(&ListParams::default()).await.unwrap().items
}

/// Lets ten minutes pass with enough passes and looks in them, in which nothing may be written.
async fn nothing_happens(bed: &mut Bed) {
    let before = objects(bed).await;
    let (passes_before, looks_before, writes_before) = (passes(bed).await, looks(bed), kubernetes_writes(bed));
    let mutations_before = bed.eks().calls(&Operation::MUTATIONS).len();
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

    let mutations = bed.eks().calls(&Operation::MUTATIONS);
    assert_eq!(mutations.len(), mutations_before, "{:?}", mutations.last());
    assert_eq!(kubernetes_writes(bed), writes_before);
    for (then, now) in before.iter().zip(objects(bed).await) {
        assert_eq!(now.managed_fields(), then.managed_fields());
        assert_eq!(now.resource_version(), then.resource_version(), "{} was written", now.name_any());
    }
    let (asked, hours) = (asked(bed).await - asked_before, (bed.eks().now() - began).as_secs_f64() / 3600.0);
    let lists = pod_lists(bed) - lists_before;
    let an_hour = |calls: usize| calls as f64 / hours;
    println!(
        "{} objects: {} passes, {} looks, no write; an hour: {:.0} calls to EKS, {:.0} to Kubernetes, {:.0} lists of pods",
        before.len(),
        passes(bed).await - passes_before,
        looks(bed) - looks_before,
        an_hour(eks_calls(bed) - calls_before),
        an_hour(usize::try_from(asked).unwrap()),
        an_hour(usize::try_from(lists).unwrap()),
    );
}

#[tokio::test]
async fn a_settled_object_is_left_alone() {
    let mut bed = busy_bed().await;
    let mut object = profile("web", "web");
    object["spec"]["tags"] = json!({ "team": "a" });
    bed.apply(&object);
    bed.settled("web").await;
    nothing_happens(&mut bed).await;
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
    nothing_happens(&mut bed).await;
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
    nothing_happens(&mut bed).await;
    assert_eq!(bed.eks().calls(&Operation::MUTATIONS).len(), calls);
    assert_eq!(bed.eks().profiles("prod").len(), 1);
}
