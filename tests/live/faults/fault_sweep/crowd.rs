//! The pods of a scenario: a Deployment of two, of which one may be missing at any time.

use std::time::Duration;

use bed::testing::is_ready;
use bed::{Bed, Options};
use data_plane::{Record, Switches, What};
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, ListParams};

use crate::support::speeds::{swift, unscaled};
use crate::support::until_async;

/// The namespace that all scenarios select.
const NAMESPACE: &str = "a";
const REPLICAS: usize = 2;

/// The pods.
#[derive(Clone, Copy)]
pub struct Crowd;

/// A bed of the speed of the other scenarios, with Fargate. A pod that takes its time on a loaded machine is no bad profile.
pub fn options() -> Options {
    let switches = Switches {
        provisioning: Duration::from_secs(10),
        starting: Duration::from_secs(10),
        stopping: Duration::from_secs(5),
        ..Switches::default()
    };
    let mut options =
        Options { fargate: Some(data_plane::Settings { switches, ..data_plane::Settings::default() }), ..swift() };
    let deadline = format!("{}s", unscaled(Duration::from_secs(60)).as_secs());
    options.environment.push(("FARGATE_OPERATOR_PROGRESS_DEADLINE".to_owned(), deadline));
    options
}

impl Crowd {
    /// Has them made. Nobody takes them yet.
    pub async fn gather(&self, bed: &Bed) {
        let kubectl = bed.kubectl();
        // A used control plane has it already.
        let _ = kubectl.run(&format!("create namespace {NAMESPACE}"));
        kubectl
            .run(&format!("create deployment web --image=web --replicas={REPLICAS} --namespace={NAMESPACE}"))
            .unwrap();
        kubectl.run(&format!("create pdb web --selector=app=web --max-unavailable=1 --namespace={NAMESPACE}")).unwrap();
    }

    /// Waits until all of them run on a profile, and watches them from then on.
    pub async fn ride(&self, bed: &Bed, profile: &str) -> Ride {
        all_ready_on(bed, profile).await;
        let fargate = bed.fargate().unwrap();
        fargate.wait_for(|record| record.of(profile, What::Ready).count() == REPLICAS).await;
        Ride { old: profile.to_owned(), from: fargate.now() }
    }
}

/// The pods while their profile is replaced.
pub struct Ride {
    old: String,
    from: Duration,
}

impl Ride {
    /// All of them run on the next profile, never more than one was missing, and none was moved twice.
    pub async fn ends_on(self, bed: &Bed, profile: &str) {
        all_ready_on(bed, profile).await;
        let there = |record: &Record| record.of(profile, What::Ready).count() >= REPLICAS;
        let record = bed.fargate().unwrap().wait_for(there).await;
        assert!(record.fewest_ready(NAMESPACE, self.from) + 1 >= REPLICAS, "{:#?}", record.entries);
        assert_eq!(record.of(profile, What::Created).count(), REPLICAS, "{:#?}", record.entries);
        assert_eq!(record.landed_after(&self.old, self.from).count(), 0, "{:#?}", record.entries);
    }
}

async fn all_ready_on(bed: &Bed, profile: &str) {
    let pods: Api<Pod> = Api::namespaced(bed.client(), NAMESPACE);
    let on_it = ListParams::default().labels(&format!("eks.amazonaws.com/fargate-profile={profile}"));
    until_async(&format!("{REPLICAS} pods are Ready on {profile}"), async || {
        let there = pods.list(&on_it).await.map(|list| list.items).unwrap_or_default();
        there.iter().filter(|pod| is_ready(pod)).count() == REPLICAS
    })
    .await;
}
