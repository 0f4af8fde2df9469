use super::*;

const BOUND: Duration = Duration::from_secs(60);

fn pod(uid: &str, version: &str) -> Pod {
    Pod { uid: uid.to_owned(), name: uid.to_owned(), resource_version: version.to_owned(), ..Pod::default() }
}

fn uids<'a>(pods: impl IntoIterator<Item = &'a Arc<Pod>>) -> Vec<&'a str> {
    pods.into_iter().map(|pod| pod.uid.as_str()).collect()
}

fn known(store: &PodCache, now: Instant) -> Vec<&str> {
    uids(store.pods(now, BOUND).unwrap().values())
}

#[test]
fn nothing_is_known_before_the_first_list() {
    let now = Instant::now();
    let mut store = PodCache::default();
    store.apply(pod("a", "1"), now);
    store.heard(now);
    assert!(store.is_starting());
    assert_eq!(
        store.pods(now, BOUND).unwrap_err(),
        PodsUnavailable::transient("the first list of pods is not there yet")
    );
    store.replace(Vec::new(), now);
    assert!(!store.is_starting());
    assert!(known(&store, now).is_empty(), "what came before the list is not in it");
}

#[test]
fn changes_are_told_unless_only_the_version_changed() {
    let now = Instant::now();
    let mut store = PodCache::default();
    assert_eq!(uids(&store.replace(vec![pod("a", "1"), pod("b", "1")], now)), ["a", "b"]);
    assert!(store.apply(pod("a", "2"), now).is_none());
    assert_eq!(store.pods(now, BOUND).unwrap()["a"].resource_version, "2");
    assert!(store.apply(Pod { ready: true, ..pod("a", "3") }, now).is_some());
    assert!(store.apply(pod("c", "1"), now).is_some());
    assert!(store.remove("b", now).is_some());
    assert!(store.remove("b", now).is_none());
    assert_eq!(known(&store, now), ["a", "c"]);
}

#[test]
fn a_list_takes_the_place_of_what_was_known() {
    let now = Instant::now();
    let mut store = PodCache::default();
    store.replace(vec![pod("a", "1"), pod("b", "1"), pod("c", "1")], now);
    assert!(store.is_kept());
    let listing = || PodsUnavailable::transient("listing pods failed");
    assert!(store.lose(listing()) && !store.lose(listing()), "it is news once");
    let watching = PodsUnavailable::transient("watching pods failed");
    assert!(store.lose(watching.clone()) && !store.is_kept());
    assert_eq!(store.pods(now, BOUND).unwrap_err(), watching);
    store.apply(pod("d", "1"), now);
    assert!(store.pods(now, BOUND).is_err(), "only a list mends it");
    let changed = store.replace(vec![pod("b", "2"), Pod { ready: true, ..pod("c", "2") }, pod("e", "1")], now);
    assert_eq!(uids(&changed), ["a", "d", "c", "e"], "gone, gone, changed, new");
    assert_eq!(known(&store, now), ["b", "c", "e"]);
}

#[test]
fn a_refusal_lasts_when_it_comes_again() {
    let now = Instant::now();
    let mut store = PodCache::default();
    let refused = || PodsUnavailable::lasting("listing pods was refused");
    let mut lost = |unavailable| (store.lose(unavailable), store.pods(now, BOUND).unwrap_err().transient);
    assert_eq!(lost(refused()), (true, true), "the API server may not know the roles yet");
    assert_eq!(lost(refused()), (true, false));
    assert_eq!(lost(refused()), (false, false));
    assert_eq!(lost(PodsUnavailable::transient("listing pods took too long")), (true, true));
    assert_eq!(lost(refused()), (true, true));
}

#[test]
fn what_nobody_has_confirmed_for_long_is_not_known() {
    let now = Instant::now();
    let mut store = PodCache::default();
    store.replace(vec![pod("a", "1")], now);
    assert_eq!(known(&store, now + BOUND), ["a"]);
    let late = now + BOUND + Duration::from_secs(1);
    assert_eq!(
        store.pods(late, BOUND).unwrap_err(),
        PodsUnavailable::transient("watching pods has brought no news for 61 s")
    );
    for news in 0..3 {
        let mut store = PodCache::default();
        store.replace(vec![pod("a", "1")], now);
        match news {
            0 => store.heard(late),
            1 => drop(store.apply(pod("a", "2"), late)),
            _ => drop(store.remove("b", late)),
        }
        assert_eq!(known(&store, late + BOUND), ["a"], "{news}");
    }
}
