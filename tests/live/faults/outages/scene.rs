//! What every outage finds: objects that have settled, and one in the middle of a replacement.

use std::time::Duration;

use bed::{Bed, CLUSTER, Proxies};
use eks_simulator::ProfileStatus;
use fargate_operator::api::{ConditionType, FargateProfile};
use kube::ResourceExt;

use super::traffic::{PerMinute, Traffic};
use crate::support::objects::selecting;
use crate::support::oracle::{created, served_without_a_gap, story};
use crate::support::recorder::{Recorder, record};
use crate::support::{BedExt, condition, profile, quick, until};

/// How many times as fast as EKS.
const SCALE: f64 = 60.0;
/// They have settled when the outage begins.
const CALM: [&str; 3] = ["calm", "quiet", "still"];
/// Its new EKS profile is CREATING when the outage begins, and ACTIVE before it ends.
const BUSY: &str = "busy";

/// The operator behind its proxies, and a recorder of every object.
pub struct Scene {
    pub bed: Bed,
    pub proxies: Proxies,
    process: u32,
    recorders: Vec<(&'static str, Recorder)>,
}

/// So long in reality.
pub fn minutes(unscaled: u32) -> Duration {
    Duration::from_secs(60).div_f64(SCALE) * unscaled
}

impl Scene {
    pub async fn set() -> Self {
        let mut bed = Bed::without_operator(quick(SCALE)).await.unwrap();
        let (proxies, settings) = Proxies::unsupervised(bed.operator_settings()).await.unwrap();
        *bed.operator_settings() = settings;
        bed.start_operator().await.unwrap();
        let process = bed.operator().unwrap().process().pid();
        let names = || CALM.into_iter().chain([BUSY]);
        for name in names() {
            bed.create(&profile(name, name)).await;
        }
        let mut recorders = Vec::new();
        for name in names() {
            bed.settled(name).await;
            recorders.push((name, record(&bed, name)));
        }
        bed.patch(BUSY, selecting("elsewhere")).await;
        until("the new profile is CREATING", || {
            bed.eks().profile(CLUSTER, "busy-9998").is_some_and(|new| new.status == ProfileStatus::Creating)
        })
        .await;
        Self { bed, proxies, process, recorders }
    }

    /// What is asked of the APIs from now on.
    pub fn traffic(&self) -> Traffic {
        Traffic::count(&self.proxies)
    }

    /// Per minute of the operator's time since then.
    pub fn rate(&self, traffic: &Traffic, when: &str) -> PerMinute {
        let rate = traffic.per_minute(&self.proxies, SCALE);
        println!("{when}, a minute: {:.1} requests to EKS, {:.1} to Kubernetes", rate.eks, rate.kubernetes);
        rate
    }

    /// The outage is over: an edit that comes now is carried out, the replacement ends, and in all that time nothing was
    /// said that was not so. Returns what was asked of the APIs in the ten minutes from now.
    pub async fn ends_well(mut self) -> PerMinute {
        let after = self.traffic();
        let over = tokio::time::Instant::now() + minutes(10);
        let bed = &mut self.bed;
        bed.patch(CALM[0], selecting("edited")).await;
        for name in CALM.into_iter().chain([BUSY]) {
            bed.settled(name).await;
        }
        assert_eq!(created(bed, CALM[0]), ["calm-9999", "calm-9998"], "{}", story(bed));
        assert_eq!(created(bed, BUSY), ["busy-9999", "busy-9998"], "{}", story(bed));
        assert_eq!(bed.names(), ["busy-9998", "calm-9998", "quiet-9999", "still-9999"]);
        for name in CALM.into_iter().chain([BUSY]) {
            served_without_a_gap(bed, name);
        }
        tokio::time::sleep_until(over).await;
        let rate = self.rate(&after, "afterwards");
        let process = self.bed.operator().unwrap().process();
        assert_eq!(process.ended().unwrap(), None, "the operator has ended");
        assert_eq!(process.pid(), self.process);
        for (name, recorder) in &self.recorders {
            let states = recorder.states();
            assert!(!states.is_empty());
            for state in &states {
                nothing_false(name, state);
            }
        }
        rate
    }
}

/// Every profile served all the time; only who was edited may not be Ready for a while.
fn nothing_false(name: &str, state: &FargateProfile) {
    let shown = || serde_json::to_string_pretty(&state.status).unwrap();
    let says = |kind| condition(state, kind).map(|(status, _, _)| status);
    assert_eq!(says(ConditionType::Available).as_deref(), Some("True"), "{}: {}", state.name_any(), shown());
    assert_eq!(says(ConditionType::Stalled), None, "{name}: {}", shown());
    if state.metadata.generation == Some(1) {
        assert_eq!(says(ConditionType::Ready).as_deref(), Some("True"), "{name}: {}", shown());
    }
}
