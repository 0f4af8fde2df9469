//! Keeps the record, and takes away what pods leave behind.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;

use futures::StreamExt;
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::ResourceExt;
use kube::api::{Api, DeleteParams};
use kube::runtime::{WatchStreamExt, watcher};

use crate::names::PROFILE_LABEL;
use crate::plane::Plane;
use crate::record::{Entry, What};
use crate::{kubelet, node};

/// What a pod was like when it was last seen.
struct Seen {
    pod: Pod,
    ready: bool,
    finished: bool,
    asked: bool,
    bound: bool,
}

/// Watches until it is dropped.
pub(crate) async fn run(plane: Arc<Plane>) {
    let pods: Api<Pod> = Api::all(plane.client.clone());
    let mut events = pin!(watcher(pods, watcher::Config::default()).default_backoff());
    let mut known: BTreeMap<String, Seen> = BTreeMap::new();
    let mut missed: Option<BTreeMap<String, Seen>> = None;
    let mut listed = Vec::new();
    while let Some(event) = events.next().await {
        // The watcher tries again by itself.
        let Ok(event) = event else { continue };
        match event {
            watcher::Event::Init => {
                let mut before = missed.take().unwrap_or_default();
                before.append(&mut known);
                missed = Some(before);
            }
            watcher::Event::InitApply(pod) => {
                let uid = pod.uid().unwrap_or_default();
                let before = missed.as_mut().and_then(|missed| missed.remove(&uid));
                let (seen, news) = notice(&plane, before, pod);
                listed.extend(news);
                known.insert(uid, seen);
            }
            watcher::Event::InitDone => {
                in_a_possible_order(&mut listed);
                listed.drain(..).for_each(|entry| plane.write(entry));
                for (_, seen) in missed.take().unwrap_or_default() {
                    gone(&plane, &seen.pod);
                }
            }
            watcher::Event::Apply(pod) => {
                let uid = pod.uid().unwrap_or_default();
                let before = known.remove(&uid);
                let (seen, news) = notice(&plane, before, pod);
                news.into_iter().for_each(|entry| plane.write(entry));
                known.insert(uid, seen);
            }
            watcher::Event::Delete(pod) => {
                let before = known.remove(&pod.uid().unwrap_or_default());
                // The last words may have been said together with the deletion.
                let (_, news) = notice(&plane, before, pod.clone());
                news.into_iter().for_each(|entry| plane.write(entry));
                gone(&plane, &pod);
            }
        }
    }
}

/// What happened while nobody watched is listed by name. A pod that is Ready now may have been so before another one was asked to
/// go.
fn in_a_possible_order(news: &mut [Entry]) {
    news.sort_by_key(|entry| match entry.what {
        What::Created | What::Bound | What::Ready => 0,
        What::DeletionAsked | What::Unready | What::Finished | What::Gone => 1,
    });
}

/// How the pod is now, and what has changed.
fn notice(plane: &Plane, before: Option<Seen>, pod: Pod) -> (Seen, Vec<Entry>) {
    let seen = Seen {
        ready: kubelet::is_ready(&pod),
        finished: kubelet::has_finished(&pod),
        asked: pod.metadata.deletion_timestamp.is_some(),
        bound: pod.spec.as_ref().is_some_and(|spec| spec.node_name.is_some()),
        pod,
    };
    let (new, was_ready) = (before.is_none(), before.as_ref().is_some_and(|before| before.ready));
    let was = |what: fn(&Seen) -> bool| before.as_ref().is_some_and(what);
    let news = [
        (What::Created, new),
        (What::Bound, seen.bound && !was(|seen| seen.bound)),
        (What::Ready, seen.ready && !was_ready),
        (What::DeletionAsked, seen.asked && !was(|seen| seen.asked)),
        (What::Unready, was_ready && !seen.ready),
        (What::Finished, seen.finished && !was(|seen| seen.finished)),
    ];
    let news = news.into_iter().filter(|(_, so)| *so).map(|(what, _)| entry(plane, &seen.pod, what)).collect();
    (seen, news)
}

fn entry(plane: &Plane, pod: &Pod, what: What) -> Entry {
    Entry {
        at: plane.eks.now(),
        namespace: pod.namespace().unwrap_or_default(),
        pod: pod.name_any(),
        uid: pod.uid().unwrap_or_default(),
        profile: pod.labels().get(PROFILE_LABEL).cloned(),
        node: pod.spec.as_ref().and_then(|spec| spec.node_name.clone()),
        what,
    }
}

/// A pod's node goes with it, whoever removed the pod.
fn gone(plane: &Arc<Plane>, pod: &Pod) {
    plane.write(entry(plane, pod, What::Gone));
    plane.lives.end(&pod.uid().unwrap_or_default());
    let Some(name) = pod.spec.as_ref().and_then(|spec| spec.node_name.clone()) else { return };
    if node::is_fargate(&name) {
        let nodes: Api<Node> = Api::all(plane.client.clone());
        tokio::spawn(async move {
            // Nobody minds a node that is gone already; one that stays is removed with the next bed.
            let _ = nodes.delete(&name, &DeleteParams::default()).await;
        });
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn of_what_happened_unwatched_nobody_is_said_to_be_missing_who_may_have_been_there() {
        let line = |pod: &str, what| {
            let (namespace, pod, uid) = ("web".to_owned(), pod.to_owned(), pod.to_owned());
            Entry { at: Duration::ZERO, namespace, pod, uid, profile: None, node: None, what }
        };
        let mut news = vec![
            line("a", What::DeletionAsked),
            line("b", What::Created),
            line("b", What::Ready),
            line("b", What::Finished),
            line("c", What::Ready),
        ];
        in_a_possible_order(&mut news);
        let told: Vec<_> = news.iter().map(|entry| (entry.pod.as_str(), entry.what)).collect();
        let gains = [("b", What::Created), ("b", What::Ready), ("c", What::Ready)];
        assert_eq!(told, [&gains[..], &[("a", What::DeletionAsked), ("b", What::Finished)]].concat());
    }
}
