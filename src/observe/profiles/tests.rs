//! How often EKS is asked, by an EKS that counts.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use super::*;
use crate::api::Reason;
use crate::aws::Unread;
use crate::eks::{AccessEntry, Addon, NewAccessEntry, NewProfile};
use crate::state::fixture::owned;

#[derive(Default)]
pub(in crate::observe) struct Counting {
    profiles: Mutex<Vec<Profile>>,
    calls: Mutex<BTreeMap<String, usize>>,
    /// The next list fails like this.
    fails: Mutex<Option<Failure>>,
    cluster_gone: Mutex<bool>,
    /// Describes of this profile fail.
    hidden: Mutex<Option<String>>,
}

impl Counting {
    fn with(profiles: &[Profile]) -> Arc<Self> {
        Arc::new(Self { profiles: Mutex::new(profiles.to_vec()), ..Self::default() })
    }

    fn count(&self, what: &str) {
        *self.calls.lock().unwrap_or_else(PoisonError::into_inner).entry(what.to_owned()).or_default() += 1;
    }

    pub(in crate::observe) fn calls(&self, what: &str) -> usize {
        self.calls.lock().unwrap().get(what).copied().unwrap_or_default()
    }

    fn set(&self, profiles: &[Profile]) {
        *self.profiles.lock().unwrap() = profiles.to_vec();
    }
}

fn gone(operation: &'static str) -> Failure {
    Failure {
        class: Class::Gone,
        reason: Reason::ClusterNotFound,
        operation,
        code: None,
        message: String::new(),
        definite: true,
    }
}

fn denied() -> Failure {
    Failure {
        class: Class::Fix,
        reason: Reason::AccessDenied,
        message: "not authorized".into(),
        ..gone("DescribeFargateProfile")
    }
}

#[async_trait]
impl Eks for Counting {
    async fn list(&self, _: &str) -> Result<Vec<String>, Failure> {
        self.count("list");
        tokio::task::yield_now().await;
        if let Some(failure) = self.fails.lock().unwrap().take() {
            return Err(failure);
        }
        Ok(self.profiles.lock().unwrap().iter().map(|profile| profile.name.clone()).collect())
    }

    async fn describe(&self, _: &str, name: &str) -> Result<Profile, Failure> {
        self.count(name);
        if self.hidden.lock().unwrap().as_deref() == Some(name) {
            return Err(denied());
        }
        let profiles = self.profiles.lock().unwrap();
        profiles.iter().find(|profile| profile.name == name).cloned().ok_or_else(|| gone("DescribeFargateProfile"))
    }

    async fn describe_cluster(&self, name: &str) -> Result<Cluster, Failure> {
        self.count("cluster");
        if *self.cluster_gone.lock().unwrap() {
            return Err(gone("DescribeCluster"));
        }
        let arn = format!("arn:aws:eks:us-west-2:111122223333:cluster/{name}");
        Ok(Cluster { name: name.into(), arn, ..Cluster::default() })
    }

    async fn access_entry(&self, _: &str, _: &str) -> Result<Option<AccessEntry>, Unread> {
        self.count("entry");
        Ok(None)
    }

    async fn addon(&self, _: &str, _: &str) -> Result<Option<Addon>, Unread> {
        Ok(None)
    }

    async fn account(&self) -> Result<String, Failure> {
        Ok("111122223333".into())
    }

    async fn create(&self, _: &NewProfile) -> Result<Profile, Failure> {
        Err(gone("a look changes nothing"))
    }

    async fn delete(&self, _: &str, _: &str) -> Result<(), Failure> {
        Err(gone("a look changes nothing"))
    }

    async fn tag(&self, _: &str, _: &BTreeMap<String, String>) -> Result<(), Failure> {
        Err(gone("a look changes nothing"))
    }

    async fn untag(&self, _: &str, _: &[String]) -> Result<(), Failure> {
        Err(gone("a look changes nothing"))
    }

    async fn create_access_entry(&self, _: &str, _: &NewAccessEntry) -> Result<(), Failure> {
        Err(gone("a look changes nothing"))
    }

    async fn delete_access_entry(&self, _: &str, _: &str) -> Result<(), Failure> {
        Err(gone("a look changes nothing"))
    }

    async fn configure_addon(&self, _: &str, _: &str, _: &str) -> Result<(), Failure> {
        Err(gone("a look changes nothing"))
    }

    fn region(&self) -> &str {
        "us-west-2"
    }
}

const NEVER: Duration = Duration::from_secs(100_000);

fn view(eks: &Arc<Counting>, describe_again: Duration) -> (ProfileCache, Clock) {
    let clock = Clock::start();
    let eks: Arc<dyn Eks> = Arc::<Counting>::clone(eks);
    (ProfileCache::new("prod".into(), eks, clock, describe_again), clock)
}

#[tokio::test]
async fn callers_that_come_together_share_one_look() {
    let eks = Counting::with(&[owned("a", ProfileStatus::Active), owned("b", ProfileStatus::Active)]);
    let (view, clock) = view(&eks, NEVER);
    let now = clock.now();
    let looks = futures::future::join_all((0..12).map(|_| view.get(now, &[]))).await;
    assert!(looks.iter().all(|look| look.as_ref().unwrap().profiles.len() == 2));
    assert_eq!((eks.calls("list"), eks.calls("a"), eks.calls("b"), eks.calls("cluster")), (1, 1, 1, 1));
}

#[tokio::test]
async fn a_look_that_is_too_old_is_not_reused() {
    let eks = Counting::with(&[]);
    let (view, clock) = view(&eks, NEVER);
    let first = view.get(Duration::ZERO, &[]).await.unwrap();
    assert_eq!(view.get(first.began, &[]).await.unwrap().began, first.began);
    let second = view.get(clock.now(), &[]).await.unwrap();
    assert!(second.began > first.began);
    assert_eq!(eks.calls("list"), 2);
}

#[tokio::test]
async fn an_active_profile_is_not_described_again_but_one_that_changes_is() {
    let eks = Counting::with(&[owned("a", ProfileStatus::Active), owned("b", ProfileStatus::Creating)]);
    let (view, clock) = view(&eks, NEVER);
    for _ in 0..5 {
        view.get(clock.now(), &[]).await.unwrap();
    }
    assert_eq!((eks.calls("a"), eks.calls("b")), (1, 5));
    eks.set(&[owned("a", ProfileStatus::Active), owned("b", ProfileStatus::Active)]);
    for _ in 0..5 {
        view.get(clock.now(), &[]).await.unwrap();
    }
    assert_eq!((eks.calls("a"), eks.calls("b"), eks.calls("cluster")), (1, 6, 1));
}

#[tokio::test]
async fn a_close_look_and_doubt_and_age_describe_again() {
    let eks = Counting::with(&[owned("a", ProfileStatus::Active), owned("b", ProfileStatus::Active)]);
    let (slow, clock) = view(&eks, NEVER);
    slow.get(clock.now(), &[]).await.unwrap();
    let now = clock.now();
    slow.get(now, &["a".to_owned()]).await.unwrap();
    assert_eq!((eks.calls("a"), eks.calls("b")), (2, 1));
    slow.get(now, &["a".to_owned()]).await.unwrap();
    assert_eq!(eks.calls("a"), 2, "described since then already");
    slow.get(now, &["b".to_owned()]).await.unwrap();
    assert_eq!(eks.calls("b"), 2, "the look is new enough, but not close enough");
    slow.invalidate().await;
    slow.get(clock.now(), &[]).await.unwrap();
    assert_eq!((eks.calls("a"), eks.calls("b")), (3, 3));

    let (quick, clock) = view(&eks, Duration::ZERO);
    quick.get(clock.now(), &[]).await.unwrap();
    quick.get(clock.now(), &[]).await.unwrap();
    assert_eq!(eks.calls("a"), 5);
}

#[tokio::test]
async fn a_profile_that_goes_between_list_and_describe_is_gone() {
    let eks = Counting::with(&[owned("a", ProfileStatus::Active)]);
    let (view, clock) = view(&eks, NEVER);
    assert_eq!(view.get(clock.now(), &[]).await.unwrap().profiles.len(), 1);
    eks.set(&[]);
    assert_eq!(view.get(clock.now(), &[]).await.unwrap().profiles.len(), 0);
    assert_eq!(view.get(clock.now(), &[]).await.unwrap().status_since.len(), 0);
}

#[tokio::test]
async fn how_long_a_status_has_been_seen_survives_looks_but_not_another_incarnation() {
    let eks = Counting::with(&[owned("a", ProfileStatus::Creating)]);
    let (view, clock) = view(&eks, NEVER);
    let first = view.get(clock.now(), &[]).await.unwrap();
    let second = view.get(clock.now(), &[]).await.unwrap();
    assert_eq!(second.status_since["arn:a"], first.began);
    eks.set(&[Profile { arn: "another".into(), ..owned("a", ProfileStatus::Creating) }]);
    let third = view.get(clock.now(), &[]).await.unwrap();
    assert_eq!(third.status_since["another"], third.began);
}

#[tokio::test]
async fn a_failed_look_is_shared_and_the_next_one_tries_again() {
    let eks = Counting::with(&[]);
    let (view, clock) = view(&eks, NEVER);
    let throttled = Failure { class: Class::Retry, reason: Reason::Throttled, ..gone("ListFargateProfiles") };
    *eks.fails.lock().unwrap() = Some(throttled.clone());
    let now = clock.now();
    for look in futures::future::join_all((0..12).map(|_| view.get(now, &[]))).await {
        assert_eq!(look.unwrap_err(), throttled);
    }
    assert_eq!(eks.calls("list"), 1);
    view.get(clock.now(), &[]).await.unwrap();
}

#[tokio::test]
async fn only_describe_cluster_decides_that_a_cluster_is_gone() {
    let eks = Counting::with(&[]);
    let (view, clock) = view(&eks, NEVER);
    view.get(clock.now(), &[]).await.unwrap();
    *eks.fails.lock().unwrap() = Some(gone("ListFargateProfiles"));
    assert_eq!(view.get(clock.now(), &[]).await.unwrap_err().class, Class::Retry);
    *eks.cluster_gone.lock().unwrap() = true;
    let look = view.get(clock.now(), &[]).await.unwrap();
    assert!(matches!(&look.cluster, Found::Missing { account } if account == "111122223333"));
}

#[tokio::test]
async fn a_profile_that_cannot_be_described_is_shown_as_such_and_the_others_as_they_are() {
    let eks = Counting::with(&[owned("a", ProfileStatus::Active), owned("b", ProfileStatus::Active)]);
    let (view, clock) = view(&eks, NEVER);
    *eks.hidden.lock().unwrap() = Some("b".into());
    let shown = |look: &EksSnapshot| -> Vec<(String, String, bool)> {
        let tell = |profile: &Profile| (profile.name.clone(), profile.status.name().to_owned(), profile.arn.is_empty());
        look.profiles.iter().map(tell).collect()
    };
    let active = |name: &str| (name.to_owned(), "ACTIVE".to_owned(), false);
    let look = view.get(clock.now(), &[]).await.unwrap();
    assert_eq!(shown(&look), [active("a"), ("b".into(), UNDESCRIBED.into(), true)]);
    assert_eq!(look.undescribed["b"].message, "not authorized");

    *eks.hidden.lock().unwrap() = None;
    let look = view.get(clock.now(), &[]).await.unwrap();
    assert_eq!((shown(&look), look.undescribed.len()), (vec![active("a"), active("b")], 0));

    // What was known of it stays known, but for how it stands.
    *eks.hidden.lock().unwrap() = Some("b".into());
    let look = view.get(clock.now(), &["b".to_owned()]).await.unwrap();
    assert_eq!(shown(&look), [active("a"), ("b".into(), UNDESCRIBED.into(), false)]);
    let asked = eks.calls("b");
    view.get(clock.now(), &[]).await.unwrap();
    assert_eq!((eks.calls("b"), eks.calls("a")), (asked + 1, 1), "it is asked about again");
}
