use super::*;

const BOUND: Duration = Duration::from_secs(60);

fn pod(uid: &str, version: &str) -> Pod {
    Pod { uid: uid.to_owned(), name: uid.to_owned(), resource_version: version.to_owned(), ..Pod::default() }
}

fn uids<'a>(pods: impl IntoIterator<Item = &'a Arc<Pod>>) -> Vec<&'a str> {
    pods.into_iter().map(|pod| pod.uid.as_str()).collect()
}

fn known(cache: &PodCache, now: Instant) -> Vec<&str> {
    uids(cache.pods(now, BOUND).unwrap().values())
}

#[test]
fn nothing_is_known_before_the_first_list() {
    let now = Instant::now();
    let mut cache = PodCache::default();
    cache.apply(pod("a", "1"), now);
    cache.heard(now);
    assert!(cache.is_starting());
    assert_eq!(
        cache.pods(now, BOUND).unwrap_err(),
        PodsUnavailable::transient("the first list of pods is not there yet")
    );
    cache.replace(Vec::new(), now);
    assert!(!cache.is_starting());
    assert!(known(&cache, now).is_empty(), "what came before the list is not in it");
}

#[test]
fn changes_are_told_unless_only_the_version_changed() {
    let now = Instant::now();
    let mut cache = PodCache::default();
    assert_eq!(uids(&cache.replace(vec![pod("a", "1"), pod("b", "1")], now)), ["a", "b"]);
    assert!(cache.apply(pod("a", "2"), now).is_none());
    assert_eq!(cache.pods(now, BOUND).unwrap()["a"].resource_version, "2");
    assert!(cache.apply(Pod { ready: true, ..pod("a", "3") }, now).is_some());
    assert!(cache.apply(pod("c", "1"), now).is_some());
    assert!(cache.remove("b", now).is_some());
    assert!(cache.remove("b", now).is_none());
    assert_eq!(known(&cache, now), ["a", "c"]);
}

#[test]
fn a_list_takes_the_place_of_what_was_known() {
    let now = Instant::now();
    let mut cache = PodCache::default();
    cache.replace(vec![pod("a", "1"), pod("b", "1"), pod("c", "1")], now);
    assert!(cache.is_kept());
    let listing = || PodsUnavailable::transient("listing pods failed");
    assert!(cache.lose(listing()) && !cache.lose(listing()), "it is news once");
    let watching = PodsUnavailable::transient("watching pods failed");
    assert!(cache.lose(watching.clone()) && !cache.is_kept());
    assert_eq!(cache.pods(now, BOUND).unwrap_err(), watching);
    cache.apply(pod("d", "1"), now);
    assert!(cache.pods(now, BOUND).is_err(), "only a list mends it");
    let changed = cache.replace(vec![pod("b", "2"), Pod { ready: true, ..pod("c", "2") }, pod("e", "1")], now);
    assert_eq!(uids(&changed), ["a", "d", "c", "e"], "gone, gone, changed, new");
    assert_eq!(known(&cache, now), ["b", "c", "e"]);
}

#[test]
fn a_refusal_lasts_when_it_comes_again() {
    let now = Instant::now();
    let mut cache = PodCache::default();
    let refused = || PodsUnavailable::lasting("listing pods was refused");
    let mut lost = |unavailable| (cache.lose(unavailable), cache.pods(now, BOUND).unwrap_err().transient);
    assert_eq!(lost(refused()), (true, true), "the API server may not know the roles yet");
    assert_eq!(lost(refused()), (true, false));
    assert_eq!(lost(refused()), (false, false));
    assert_eq!(lost(PodsUnavailable::transient("listing pods took too long")), (true, true));
    assert_eq!(lost(refused()), (true, true));
}

#[test]
fn what_nobody_has_confirmed_for_long_is_not_known() {
    let now = Instant::now();
    let mut cache = PodCache::default();
    cache.replace(vec![pod("a", "1")], now);
    assert_eq!(known(&cache, now + BOUND), ["a"]);
    let late = now + BOUND + Duration::from_secs(1);
    assert_eq!(
        cache.pods(late, BOUND).unwrap_err(),
        PodsUnavailable::transient("watching pods has brought no news for 61 s")
    );
    for news in 0..3 {
        let mut cache = PodCache::default();
        cache.replace(vec![pod("a", "1")], now);
        match news {
            0 => cache.heard(late),
            1 => drop(cache.apply(pod("a", "2"), late)),
            _ => drop(cache.remove("b", late)),
        }
        assert_eq!(known(&cache, late + BOUND), ["a"], "{news}");
    }
}
