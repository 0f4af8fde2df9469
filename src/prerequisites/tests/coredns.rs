use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::aws::Unread;
use crate::eks::{Addon, Selector};
use crate::placement::{ClusterDns, Pod};
use crate::prerequisites::fixture::*;
use crate::prerequisites::{CoreDns, Evidence, NameService, Read};

/// What makes CoreDNS of the Helm chart known by its Service alone.
fn helm() -> BTreeMap<String, String> {
    BTreeMap::from([("app.kubernetes.io/name".into(), "coredns".into())])
}

/// CoreDNS of the Helm chart, in a namespace of its own.
fn moved(evidence: &mut Evidence, available: u32) -> &mut Pod {
    let name = ("dns".to_owned(), "names-coredns".to_owned());
    let template = Pod { namespace: "dns".into(), labels: helm(), ..Pod::default() };
    evidence.names = NameService { dns: dns_of("dns", helm()), deployments: BTreeSet::from([name.clone()]) };
    evidence.coredns =
        BTreeMap::from([(name, Read::Known(Some(CoreDns { template, available, ..CoreDns::default() })))]);
    &mut coredns_mut(evidence).template
}

fn held(evidence: &mut Evidence) {
    let coredns = coredns_mut(evidence);
    (coredns.available, coredns.template.wants_ec2) = (0, true);
}

fn held_with(evidence: &mut Evidence, addon: Read<Option<Addon>>) {
    held(evidence);
    evidence.coredns_addon = addon;
}

fn held_behind(evidence: &mut Evidence, dns: Read<ClusterDns>) {
    held(evidence);
    evidence.names.dns = dns;
}

fn addon(configuration: &str) -> Read<Option<Addon>> {
    Read::Known(Some(Addon { configuration: Some(configuration.into()), ..Addon::default() }))
}

const SET_IT: &str = "Advisory CoreDns: no pod of CoreDNS is available, and its template holds it on EC2: set \
    computeType to Fargate in the configuration of the add-on coredns (aws eks update-addon)";
const APPLY_IT: &str = "Advisory CoreDns: no pod of CoreDNS is available: its add-on has computeType Fargate, but the \
    template still holds it on EC2: apply it anew (aws eks update-addon --resolve-conflicts OVERWRITE)";
const TAKE_IT_OUT: &str = "Advisory CoreDns: no pod of CoreDNS is available, and its template holds it on EC2: take \
    eks.amazonaws.com/compute-type out of Deployment kube-system/coredns";

#[test]
fn coredns_can_run() {
    check_all(&[
        (|_, e| held(e), &[TAKE_IT_OUT]),
        (
            |_, e| coredns_mut(e).available = 0,
            &["Advisory CoreDns: no pod of CoreDNS is available, and no profile selects it: select \
                 namespace kube-system with label k8s-app=kube-dns, unless EC2 nodes are to run it"],
        ),
        // It is about to run.
        (
            |_, e| {
                coredns_mut(e).available = 0;
                e.selectors.insert(Selector { namespace: "kube-*".into(), labels: BTreeMap::new() });
            },
            &[],
        ),
        // It runs on EC2 nodes.
        (|_, e| coredns_mut(e).template.wants_ec2 = true, &[]),
        (|_, e| *e.coredns.values_mut().next().unwrap() = Read::Known(None), &[]),
    ]);
}

#[test]
fn the_add_on_is_told_to_run_coredns_on_fargate() {
    check_all(&[
        (|_, e| held_with(e, Read::Known(Some(Addon::default()))), &[SET_IT]),
        (|_, e| held_with(e, addon(r#"{"computeType":"EC2"}"#)), &[SET_IT]),
        (|_, e| held_with(e, addon("not: [yaml")), &[SET_IT]),
        // It was told, but its template has not followed.
        (|_, e| held_with(e, addon(r#"{"computeType":"Fargate","replicaCount":2}"#)), &[APPLY_IT]),
        (|_, e| held_with(e, addon("replicaCount: 2\ncomputeType: fargate\n")), &[APPLY_IT]),
        (|_, e| held_with(e, Read::Known(None)), &[TAKE_IT_OUT]),
        (|_, e| e.coredns_addon = addon("{}"), &[]),
    ]);
}

#[test]
fn coredns_is_what_is_behind_the_service_whatever_its_labels_and_namespace() {
    check_all(&[
        (|_, e| moved(e, 1).wants_ec2 = true, &[]),
        (
            |_, e| moved(e, 0).wants_ec2 = true,
            &["Advisory CoreDns: no pod of CoreDNS is available, and its template holds it on EC2: take \
                 eks.amazonaws.com/compute-type out of Deployment dns/names-coredns"],
        ),
        // It is not the add-on's, whatever that says.
        (
            |_, e| {
                moved(e, 0).wants_ec2 = true;
                e.coredns_addon = addon("{}");
            },
            &["Advisory CoreDns: no pod of CoreDNS is available, and its template holds it on EC2: take \
                 eks.amazonaws.com/compute-type out of Deployment dns/names-coredns"],
        ),
        (
            |_, e| moved(e, 0).wants_ec2 = false,
            &["Advisory CoreDns: no pod of CoreDNS is available, and no profile selects it: select \
                 namespace dns with label app.kubernetes.io/name=coredns, unless EC2 nodes are to run it"],
        ),
        (
            |q, e| {
                moved(e, 0).wants_ec2 = false;
                q.selectors.insert(Selector { namespace: "dns".into(), labels: BTreeMap::new() });
            },
            &[],
        ),
        // What is left over from before serves nobody, and may stand still.
        (|_, e| held_behind(e, dns_of("kube-system", helm())), &[]),
        (|_, e| held_behind(e, dns_of("dns", helm())), &[]),
        // One of two Deployments behind the Service is enough.
        (
            |_, e| {
                held(e);
                let name = ("kube-system".to_owned(), "another".to_owned());
                let other = CoreDns { available: 1, ..coredns_mut(e).clone() };
                e.names.deployments.insert(name.clone());
                e.coredns.insert(name, Read::Known(Some(other)));
            },
            &[],
        ),
        // Without the Service it is known by its name.
        (|_, e| held_behind(e, Read::NotAsked), &[TAKE_IT_OUT]),
        (
            |_, e| held_behind(e, Read::Unread(Unread::Denied { action: "get services/kube-dns".into() })),
            &[
                TAKE_IT_OUT,
                "Unknown CoreDns: the operator may not get services/kube-dns, so it cannot tell whether the \
                 cluster's DNS can be reached: allow it by RBAC (see deploy/rbac)",
            ],
        ),
        // The nodes serve names.
        (|_, e| held_behind(e, Read::Known(ClusterDns::Nowhere)), &[]),
    ]);
}

#[test]
fn kube_dns_has_the_address_that_pods_ask() {
    check_all(&[(
        |_, e| {
            held(e);
            let wanted = IpAddr::from([10, 100, 0, 10]);
            e.names.dns = Read::Known(ClusterDns::Elsewhere { address: "10.100.7.7".into(), wanted });
        },
        &["Advisory CoreDns: Service kube-system/kube-dns has address 10.100.7.7, but pods ask 10.100.0.10 for \
             names and find none: recreate it with that clusterIP"],
    )]);
}
