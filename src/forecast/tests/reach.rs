use std::collections::BTreeSet;
use std::sync::Arc;

use crate::api::TAG_OWNER;
use crate::eks::Profile;
use crate::forecast::fixture::{edited, pod, profile, selecting, world};
use crate::forecast::reach::Reach;
use crate::placement::{ClusterDns, DnsService, Issue, IssueCause, Pod};
use crate::prerequisites::Read;

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn an_object_reaches_those_that_select_what_it_selects_or_has_selected() {
    let before = world(&[("api", "api"), ("shop", "shop"), ("web", "web")], &[]);
    // `shop` is to have the namespace of `api`, and its profile still has its own.
    let reach = Reach::of(&edited(&before, "shop", selecting(&["a*"])));
    assert_eq!(reach.of_object("api"), names(&["api", "shop"]));
    assert_eq!(reach.of_object("shop"), names(&["api", "shop"]));
    assert_eq!(reach.of_object("web"), names(&["web"]));
    assert_eq!(reach.of_object("gone"), names(&["gone"]));
    assert_eq!(reach.of_profile(&profile("shop", "shop")), names(&["shop"]));
    assert_eq!(reach.of_profile(&profile("web", "api")), names(&["api", "shop", "web"]));
}

#[test]
fn an_object_sees_the_pods_of_its_namespaces_and_profiles_those_of_dns_and_those_that_say_why_they_wait() {
    let mut world = world(&[("shop", "shop"), ("web", "web")], &[]);
    let service = DnsService { namespace: "dns".to_owned(), selector: [("app".to_owned(), "dns".to_owned())].into() };
    world.dns = Read::Known(ClusterDns::Service(service));
    let mut foreign = profile("stack", "other");
    foreign.tags.remove(TAG_OWNER);
    world.profiles.push(Profile { name: "foreign".to_owned(), ..foreign });
    let message = "Fargate is not offered there".to_owned();
    let issue = Issue { cause: IssueCause::ZoneNotSupported, message, since: None, ended: None };
    let refused = Pod { issue: Some(issue), ..pod("shop-9999", "refused", 1) };
    let pods = [
        pod("web-9999", "elsewhere", 1),
        pod("shop-9999", "web", 1),
        pod("shop-9999", "shop", 1),
        pod("foreign", "other", 1),
        pod("shop-9999", "dns", 1),
        pod("shop-9999", "kube-system", 1),
        refused,
    ];
    let pods: Vec<Arc<Pod>> = pods.into_iter().map(Arc::new).collect();
    let seen = Reach::of(&world).pods("web", &world.profiles, &pods);
    let namespaces: Vec<&str> = seen.iter().map(|pod| pod.namespace.as_str()).collect();
    assert_eq!(namespaces, ["elsewhere", "web", "other", "dns", "kube-system", "refused"]);
}
