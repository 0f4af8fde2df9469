//! The largest object that the schema takes has room for its status, all its life.

use bed::{Bed, Options};
use eks_simulator::ClusterSettings;
use fargate_operator::api::ConditionType;
use serde_json::{Value, json};

use crate::messages::refusal::verdict;
use crate::support::{BedExt, condition, is, profile, until};

/// A thousand label pairs, with the longest values and with keys and namespaces of this length; those of another round are others.
fn selectors(round: char, key: usize, namespace: usize) -> Value {
    let pair = |n: usize| (format!("{}/{round}{n:0>62}", "p".repeat(key - 64)), "v".repeat(63) + &"*".repeat(192));
    let labels = |n: usize| (n * 50..(n + 1) * 50).map(pair).collect::<std::collections::BTreeMap<_, _>>();
    let width = namespace - 1;
    (0..20).map(|n| json!({ "namespace": format!("{round}{n:0>width$}"), "labels": labels(n) })).collect()
}

#[tokio::test]
async fn the_largest_spec_leaves_room_for_its_status() {
    let mut cluster = ClusterSettings::named("");
    (cluster.quotas.selectors, cluster.quotas.labels) = (100, 50);
    let bed = Bed::start(Options { cluster, ..Options::default() }).await.unwrap();
    let raised = json!({ "data": { "maxSelectors": "100", "maxLabelPairs": "50" } }).to_string();
    let quotas =
        ["patch", "configmap", "fargate-operator-quotas", "-n", "fargate-operator", "--type=merge", "-p", &raised];
    bed.kubectl().words(&quotas).unwrap();
    for strategy in ["CreateFirst", "DeleteFirst"] {
        let name = strategy.to_lowercase();
        let mut object = profile(&name, "web");
        object["spec"]["replacement"] = json!({ "strategy": strategy });
        // As long as EKS takes them.
        object["spec"]["selectors"] = selectors('a', 127, 63);
        until("the quotas are raised", || verdict(&bed.kubectl(), &["create"], &object) == "accepted").await;
        bed.create(&object).await;
        bed.settled(&name).await;
        bed.patch(&name, json!({ "spec": { "selectors": selectors('b', 127, 63) } })).await;
        bed.settled(&name).await;
        // As long as the schema takes them: EKS refuses them.
        bed.patch(&name, json!({ "spec": { "selectors": selectors('c', 317, 63) } })).await;
        let refused = bed.wait(&name, "refused", |it| is(it, ConditionType::Stalled)).await;
        let (_, _, message) = condition(&refused, ConditionType::Stalled).unwrap();
        assert!(message.contains("a Label of invalid length"), "{message}");
        let told = refused.status.unwrap().replacement.unwrap().changes;
        assert!(told.len() == 40 && told.iter().all(|line| line.len() <= 1000), "{told:?}");
        bed.delete(&name).await;
        bed.gone(&name).await;
    }
    assert_eq!(bed.names(), Vec::<String>::new());
}
