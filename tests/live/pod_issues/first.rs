//! Of a first profile: the column REASON, status, event and metric.

use bed::Bed;
use data_plane::Webhook;
use fargate_operator::api::{FargateProfile, PodIssueRecord};
use fargate_operator::placement::IssueCause;
use futures::future::join_all;
use serde_json::json;

use super::ways::{How, WAYS, Way};
use super::{begins, namespaces, paths, web};
use crate::support::drains::{event, fargate};
use crate::support::objects::status;
use crate::support::{BedExt, profile, scrape, total};

/// The only issue of the object.
fn issue(object: &FargateProfile) -> Option<PodIssueRecord> {
    <[_; 1]>::try_from(status(object).pod_issues).ok().map(|[issue]| issue)
}

async fn is_told(bed: &Bed, way: &Way, paths: &[String]) {
    let has = |object: &FargateProfile| issue(object).is_some_and(|it| it.reason == way.cause.name() && it.pods == 2);
    let object = bed.wait(way.name, &format!("told: {}", way.cause.name()), has).await;
    let issue = issue(&object).unwrap();
    assert_eq!(issue.message, way.said);
    assert!(paths.contains(&issue.example), "{issue:?}: {paths:?}");
    // The event came with whichever pod was first.
    event(bed, &object, &format!("{}: ", way.cause.name())).await;
    // `kubectl get` shows why, unless the pods serve.
    let reason = if way.cause == IssueCause::LoggingDisabled { "Active" } else { way.cause.name() };
    let row = bed.kubectl().run(&format!("get fp {} --no-headers", way.name)).unwrap();
    assert!(row.contains("True") && row.contains("ACTIVE") && row.contains(reason), "{row}");
    let described = bed.kubectl().run(&format!("describe fp {}", way.name)).unwrap();
    for part in [way.cause.name(), &issue.advice, "PodsNotWorking"] {
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words(&described).contains(&words(part)), "{part}: {described}");
    }
}

#[tokio::test]
async fn each_way_in_which_pods_do_not_work_is_told_on_the_object_with_the_way_out() {
    let mut bed = Bed::start(fargate(120.0)).await.unwrap();
    let address = bed.operator().unwrap().address();
    let ways: Vec<&Way> = WAYS.iter().collect();
    let namespaces = namespaces(&bed, &ways).await;
    for way in &ways {
        let mut object = profile(way.name, way.name);
        object["spec"]["pendingPods"] = json!("Ignore");
        bed.create(&object).await;
        begins(&namespaces[0], way, &format!("{}-*", way.name));
    }
    join_all(ways.iter().map(|way| bed.settled(way.name))).await;
    let made = async |slipped: bool| {
        let these = ways.iter().zip(&namespaces).filter(|(way, _)| (way.how == How::Slipped) == slipped);
        join_all(these.map(|(way, ns)| web(ns, way))).await;
    };
    made(false).await;
    namespaces[0].fargate.webhook(Webhook::Absent).await.unwrap();
    made(true).await;
    namespaces[0].fargate.webhook(Webhook::Present).await.unwrap();
    for (way, ns) in ways.iter().zip(&namespaces) {
        is_told(&bed, way, &paths(ns).await).await;
    }
    let page = scrape(address, "/metrics").await;
    for way in &ways {
        let alike = ways.iter().filter(|other| other.cause == way.cause).count() as u64;
        let label = format!("reason=\"{}\"", way.cause.name());
        assert_eq!(
            total(&page, "fargate_operator_pods_not_working", |line| line.contains(&label)),
            2 * alike,
            "{label}"
        );
    }

    // Mended, nothing is left to tell.
    namespaces[0].fargate.cure();
    let cured = ways.iter().filter(|way| match way.how {
        How::Fargate(kind) => {
            !matches!(kind, data_plane::TroubleKind::Provisioning { .. } | data_plane::TroubleKind::Logging(_))
        }
        How::Gate | How::Slipped => false,
    });
    for way in cured {
        let is_quiet = |object: &FargateProfile| {
            status(object).pod_issues.is_empty() && status(object).reason.as_deref() == Some("Active")
        };
        bed.wait(way.name, "quiet again", is_quiet).await;
    }
}
