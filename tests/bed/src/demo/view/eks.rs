//! The profiles that EKS has.

use std::collections::BTreeMap;
use std::time::Duration;

use bed::bed::CLUSTER;
use eks_simulator::log::ProfileChange;
use eks_simulator::{Control, ProfileStatus};

use super::super::page::Page;

/// Tags that the operator keeps for itself.
const OWN_TAGS: &str = "fargate-operator.dev/";

/// All of them at each change of one, and the tags of one when they change. Ends when nobody reads.
pub(super) async fn show(eks: Control, page: Page) {
    let mut known = BTreeMap::new();
    let mut seen = 0;
    loop {
        eks.wait_for(|eks| !eks.log_since(seen).is_empty()).await;
        for entry in eks.log_since(seen) {
            seen = entry.seq;
            let Some(change) = entry.change().filter(|change| change.cluster == CLUSTER) else {
                continue;
            };
            let text = line(&mut known, change);
            if page.seen_at(Duration::from_secs_f64(entry.unscaled), "EKS", &text).is_err() {
                return;
            }
        }
    }
}

fn line(known: &mut BTreeMap<String, ProfileStatus>, change: &ProfileChange) -> String {
    if change.from == change.to {
        let tags = change.tags.iter().filter(|(key, _)| !key.starts_with(OWN_TAGS));
        let tags: Vec<String> = tags.map(|(key, value)| format!("{key}={value}")).collect();
        let tags = if tags.is_empty() { "none".to_owned() } else { tags.join(", ") };
        return format!("tags of {}: {tags}", change.profile);
    }
    match change.to {
        Some(status) => {
            known.insert(change.profile.clone(), status);
        }
        None => {
            known.remove(&change.profile);
        }
    }
    let all: Vec<String> = known.iter().map(|(name, status)| format!("{name} {}", status.as_str())).collect();
    match change.to {
        Some(_) => all.join(", "),
        None if all.is_empty() => format!("no profile ({} is gone)", change.profile),
        None => format!("{} ({} is gone)", all.join(", "), change.profile),
    }
}
