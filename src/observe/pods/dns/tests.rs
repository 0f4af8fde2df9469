use serde_json::{Value, json};

use super::*;

fn service(namespace: &str, address: &str, selector: &Value) -> Service {
    let spec = json!({ "clusterIP": address, "selector": selector });
    serde_json::from_value(json!({ "metadata": { "name": "names", "namespace": namespace }, "spec": spec })).unwrap()
}

fn dns_of(namespace: &str) -> ClusterDns {
    let selector = [("app".to_owned(), "coredns".to_owned())].into();
    ClusterDns::Service(DnsService { namespace: namespace.to_owned(), selector })
}

#[test]
fn whoever_has_the_address_serves_names_and_kube_dns_without_it_is_astray() {
    let selector = json!({ "app": "coredns" });
    let wanted = IpAddr::from([10, 100, 0, 10]);
    let usual = service("kube-system", "10.100.0.10", &selector);
    let astray = service("kube-system", "10.100.7.7", &selector);
    let headless = service("kube-system", "None", &selector);
    let external = service("kube-system", "", &selector);
    let moved = service("dns", "10.100.0.10", &selector);
    let by_hand = service("kube-system", "10.100.0.10", &json!(null));
    assert!(is_at(&usual, wanted) && !is_at(&astray, wanted) && !is_at(&headless, wanted));
    let elsewhere = |address: &str| ClusterDns::Elsewhere { address: address.to_owned(), wanted };
    for (kube_dns, found, expected) in [
        (None, Some(&usual), dns_of("kube-system")),
        (None, Some(&moved), dns_of("dns")),
        (Some(&astray), Some(&moved), dns_of("dns")),
        (Some(&astray), None, elsewhere("10.100.7.7")),
        (Some(&headless), None, elsewhere("None")),
        (Some(&external), None, elsewhere("None")),
        (None, Some(&by_hand), ClusterDns::Nowhere),
        (None, None, ClusterDns::Nowhere),
    ] {
        assert_eq!(judge(kube_dns, found, wanted), expected);
    }
    // However the address is written.
    let sixth = service("kube-system", "FD12:3456:789A:0::A", &selector);
    assert!(is_at(&sixth, "fd12:3456:789a::a".parse().unwrap()));
}

#[test]
fn what_was_known_outlives_a_failure_but_not_a_missing_right() {
    let failed = Unread::Failed { action: "list services".into(), why: "no answer".into() };
    let denied = Unread::Denied { action: "list services".into() };
    let known = Read::Known(dns_of("dns"));
    assert_eq!(after(failed.clone(), Some(known.clone())), known);
    assert_eq!(after(failed.clone(), None), Read::Unread(failed.clone()));
    assert_eq!(after(failed.clone(), Some(Read::Unread(denied.clone()))), Read::Unread(failed));
    assert_eq!(after(denied.clone(), Some(known)), Read::Unread(denied));
}
