//! EKS is out of reach.

use bed::proxy::{Api, Link};

use super::scene::{Scene, minutes};

/// Calls in a minute. Four objects share their looks, and each asks ever more rarely: 5, 10, 20, 40, … seconds after it last
/// failed to get an answer.
const MOST: f64 = 24.0;

#[tokio::test]
async fn ten_minutes_without_eks_are_waited_out() {
    let scene = Scene::set().await;
    for link in [Link::Cut, Link::Silent] {
        let traffic = scene.traffic();
        scene.proxies.set(Api::Eks, link);
        tokio::time::sleep(minutes(5)).await;
        let during = scene.rate(&traffic, &format!("EKS {link:?}"));
        assert!(during.eks < MOST, "{link:?}: {during:?}");
    }
    scene.proxies.set(Api::Eks, Link::Open);
    let after = scene.ends_well().await;
    assert!(after.eks < MOST, "{after:?}");
}
