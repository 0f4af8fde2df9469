//! How often AWS is asked, by an EC2 and an IAM that count.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex as Locked;

use async_trait::async_trait;

use super::*;
use crate::aws::Unread;
use crate::ec2::{NatGateway, RouteTable, SecurityGroup, Subnet, Tags, VpcDns, VpcEndpoint};
use crate::eks::ProfileStatus;
use crate::failure::Failure;
use crate::iam::{NewRole, Role};
use crate::intervals::DEFAULTS;
use crate::observe::profiles::tests::Counting;
use crate::placement::Pod;
use crate::prerequisites::{InsideReads, Read, Reads, Severity};
use crate::quotas::Quota;
use crate::state::fixture::owned;

const NEVER: Duration = Duration::from_secs(100_000);

/// Everything is sound, but that DNS host names may be off and IAM may deny everything.
#[derive(Default)]
struct Aws {
    calls: Locked<Vec<String>>,
    dns_is_off: Locked<bool>,
    denies: Locked<bool>,
    vcpu: Locked<u64>,
}

impl Aws {
    fn count(&self, call: &str) {
        self.calls.lock().unwrap().push(call.to_owned());
    }

    /// What was asked since the last time.
    fn asked(&self) -> BTreeSet<String> {
        let calls = std::mem::take(&mut *self.calls.lock().unwrap());
        let all: BTreeSet<String> = calls.iter().cloned().collect();
        assert_eq!(calls.len(), all.len(), "asked twice: {calls:?}");
        all
    }
}

#[async_trait]
impl Ec2 for Aws {
    async fn subnets(&self, ids: &BTreeSet<String>) -> Result<BTreeMap<String, Subnet>, Unread> {
        self.count("subnets");
        tokio::task::yield_now().await;
        let (vpc, zone) = ("vpc-1".into(), "us-west-2d".into());
        let subnet = Subnet { vpc, zone, free_addresses: 1000, ..Subnet::default() };
        Ok(ids.iter().map(|id| (id.clone(), subnet.clone())).collect())
    }

    async fn subnets_of(&self, vpc: &str, _: &Tags) -> Result<BTreeMap<String, Subnet>, Unread> {
        self.count(&format!("subnets of {vpc}"));
        tokio::task::yield_now().await;
        if *self.denies.lock().unwrap() {
            return Err(Unread::Denied { action: "ec2:DescribeSubnets".into() });
        }
        let subnet = Subnet { vpc: vpc.into(), zone: "us-west-2d".into(), ..Subnet::default() };
        Ok([("subnet-1".to_owned(), subnet)].into())
    }

    async fn route_tables(&self, _: &str) -> Result<Vec<RouteTable>, Unread> {
        self.count("route tables");
        Ok(Vec::new())
    }

    async fn dns(&self, _: &str) -> Result<VpcDns, Unread> {
        self.count("DNS");
        Ok(VpcDns { support: true, hostnames: !*self.dns_is_off.lock().unwrap() })
    }

    async fn endpoints(&self, _: &str) -> Result<Vec<VpcEndpoint>, Unread> {
        self.count("endpoints");
        Ok(Vec::new())
    }

    async fn nat_gateways(&self, _: &str) -> Result<BTreeMap<String, NatGateway>, Unread> {
        self.count("NAT gateways");
        Ok(BTreeMap::new())
    }

    async fn dns_servers(&self, _: &str) -> Result<Vec<String>, Unread> {
        self.count("DNS servers");
        Ok(vec!["AmazonProvidedDNS".into()])
    }

    async fn security_groups(&self, _: &BTreeSet<String>) -> Result<BTreeMap<String, SecurityGroup>, Unread> {
        self.count("security groups");
        Ok(BTreeMap::new())
    }
}

#[async_trait]
impl Iam for Aws {
    async fn role(&self, name: &str) -> Result<Option<Role>, Unread> {
        self.count(name);
        if *self.denies.lock().unwrap() {
            return Err(Unread::Denied { action: "iam:GetRole".into() });
        }
        Ok(Some(Role {
            trust_policy: r#"{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"eks-fargate-pods.amazonaws.com"}}}"#.into(),
            ..Role::default()
        }))
    }

    async fn attached_policies(&self, role: &str) -> Result<BTreeSet<String>, Unread> {
        self.count(&format!("policies of {role}"));
        Ok(["arn:aws:iam::aws:policy/AmazonEKSFargatePodExecutionRolePolicy".to_owned()].into())
    }

    async fn inline_policies(&self, role: &str) -> Result<BTreeSet<String>, Unread> {
        self.count(&format!("inline policies of {role}"));
        Ok(BTreeSet::new())
    }

    async fn create_role(&self, _: &NewRole) -> Result<(), Failure> {
        unreachable!("a check changes nothing")
    }

    async fn attach_policy(&self, _: &str, _: &str) -> Result<(), Failure> {
        unreachable!("a check changes nothing")
    }

    async fn detach_policy(&self, _: &str, _: &str) -> Result<(), Failure> {
        unreachable!("a check changes nothing")
    }

    async fn delete_role(&self, _: &str) -> Result<(), Failure> {
        unreachable!("a check changes nothing")
    }
}

#[async_trait]
impl Quotas for Aws {
    async fn value(&self, quota: Quota) -> Result<Option<u64>, Unread> {
        self.count(&format!("quota of {}", quota.service));
        if *self.denies.lock().unwrap() {
            return Err(Unread::Denied { action: "servicequotas:GetServiceQuota".into() });
        }
        Ok(Some(*self.vcpu.lock().unwrap()))
    }
}

fn cluster() -> Cluster {
    Cluster {
        name: "prod".into(),
        arn: "arn:aws:eks:us-west-2:111122223333:cluster/prod".into(),
        vpc: Some("vpc-1".into()),
        subnets: ["subnet-1".to_owned()].into(),
        private_access: true,
        ..Cluster::default()
    }
}

fn question(role: &str) -> Question {
    Question { role: format!("arn:aws:iam::111122223333:role/{role}"), ..Question::default() }
}

/// With lifetimes of no time before a change, and of a very long one otherwise.
fn cache(aws: &Arc<Aws>) -> PrerequisiteCache {
    let intervals = Intervals {
        fresh: Duration::ZERO,
        prerequisites_soon: NEVER,
        prerequisites_again: NEVER,
        describe_again: NEVER,
        ..DEFAULTS
    };
    let (ec2, iam): (Arc<dyn Ec2>, Arc<dyn Iam>) = (Arc::<Aws>::clone(aws), Arc::<Aws>::clone(aws));
    let quotas = Arc::<Aws>::clone(aws);
    let eks = Arc::new(Counting::default());
    PrerequisiteCache::new(eks, ec2, iam, quotas, InCluster::nowhere(), Clock::start(), intervals)
}

async fn look(cache: &PrerequisiteCache, role: &str, urgency: Urgency) -> Vec<Finding> {
    cache.findings(&cluster(), &[], NameService::default(), &question(role), urgency).await.findings
}

fn names(of: &[&str]) -> BTreeSet<String> {
    of.iter().map(|name| (*name).to_owned()).collect()
}

const OF_NETWORK: [&str; 4] = ["subnets", "route tables", "DNS", "DNS servers"];
const OF_ROLE: [&str; 3] = ["pods", "policies of pods", "inline policies of pods"];
/// Of a cluster without a profile.
const OF_EKS: [&str; 1] = ["AWSServiceRoleForAmazonEKSForFargate"];

#[tokio::test]
async fn objects_share_what_was_asked_and_ask_only_for_what_is_new() {
    let aws = Arc::new(Aws::default());
    let cache = cache(&aws);
    futures::join!(look(&cache, "pods", Urgency::Settled), look(&cache, "pods", Urgency::Soon));
    assert_eq!(aws.asked(), names(&[&OF_NETWORK[..], &OF_ROLE, &OF_EKS].concat()));
    look(&cache, "other", Urgency::Soon).await;
    assert_eq!(aws.asked(), names(&["other", "policies of other", "inline policies of other"]));
    look(&cache, "pods", Urgency::Stalled).await;
    assert_eq!(aws.asked(), names(&[]));
}

#[tokio::test]
async fn subnets_are_looked_for_once_for_all_objects_and_the_checks_ask_for_none_of_it_again() {
    let aws = Arc::new(Aws::default());
    let cache = cache(&aws);
    let find = async |urgency| cache.subnets(&cluster(), &Search::Auto, urgency).await;
    let (first, second) = futures::join!(find(Urgency::Soon), find(Urgency::Settled));
    // No route table is shown, so nothing speaks against it.
    assert_eq!((first, second), (Ok(names(&["subnet-1"])), Ok(names(&["subnet-1"]))));
    assert_eq!(aws.asked(), names(&["subnets of vpc-1", "route tables"]));
    look(&cache, "pods", Urgency::Soon).await;
    assert_eq!(aws.asked(), names(&[&["DNS", "DNS servers"], &OF_ROLE[..], &OF_EKS].concat()));
    *aws.denies.lock().unwrap() = true;
    assert!(find(Urgency::Settled).await.is_ok());
    assert!(find(Urgency::Now).await.unwrap_err().contains("may not ec2:DescribeSubnets"));
    aws.asked();
    assert!(find(Urgency::Soon).await.is_err());
    assert_eq!(aws.asked(), names(&[]), "what is denied is not asked again before its time");
}

#[tokio::test]
async fn before_a_change_it_is_asked_afresh() {
    let aws = Arc::new(Aws::default());
    let cache = cache(&aws);
    let blocks = |found: Vec<Finding>| found.iter().any(|finding| finding.severity == Severity::Blocking);
    assert!(!blocks(look(&cache, "pods", Urgency::Soon).await));
    *aws.dns_is_off.lock().unwrap() = true;
    assert!(!blocks(look(&cache, "pods", Urgency::Soon).await), "it is not asked all the time");
    aws.asked();
    assert!(blocks(look(&cache, "pods", Urgency::Now).await));
    assert_eq!(aws.asked(), names(&[&OF_NETWORK[..], &OF_ROLE, &OF_EKS].concat()));
}

#[tokio::test]
async fn what_is_denied_is_not_asked_again_before_its_time() {
    let aws = Arc::new(Aws::default());
    let cache = cache(&aws);
    *aws.denies.lock().unwrap() = true;
    for _ in 0..3 {
        let found = look(&cache, "pods", Urgency::Soon).await;
        assert!(found.iter().any(|finding| finding.message.contains("may not iam:GetRole")), "{found:?}");
    }
    assert_eq!(aws.asked(), names(&[&OF_NETWORK[..], &["pods"], &OF_EKS].concat()));
}

#[tokio::test]
async fn quotas_that_suffice_are_not_asked_again_before_a_change() {
    let aws = Arc::new(Aws::default());
    let cache = cache(&aws);
    let asks = async |millicpu: u32| {
        let pod = Arc::new(Pod { namespace: "shop".into(), millicpu, ..Pod::default() });
        let question = Question { pods: vec![pod], ..question("pods") };
        let found = cache.findings(&cluster(), &[], NameService::default(), &question, Urgency::Now).await;
        (
            aws.asked().contains("quota of fargate"),
            found.findings.iter().any(|finding| finding.check == Check::FargateVcpu),
        )
    };
    *aws.vcpu.lock().unwrap() = 6;
    assert_eq!(asks(250).await, (true, false));
    assert_eq!(asks(6000).await, (false, false));
    assert_eq!(asks(6250).await, (true, true), "AWS may have raised it since");
    *aws.vcpu.lock().unwrap() = 20;
    assert_eq!(asks(6250).await, (true, false));
    assert_eq!(asks(6250).await, (false, false));
}

#[tokio::test]
async fn a_quota_that_was_denied_is_asked_again_whoever_comes_first() {
    let aws = Arc::new(Aws::default());
    let cache = cache(&aws);
    (*aws.vcpu.lock().unwrap(), *aws.denies.lock().unwrap()) = (6, true);
    let pod = Arc::new(Pod { namespace: "shop".into(), millicpu: 250, ..Pod::default() });
    let with_pods = Question { pods: vec![pod], ..question("pods") };
    let is_unknown = async || {
        let found = cache.findings(&cluster(), &[], NameService::default(), &with_pods, Urgency::Settled).await;
        found.findings.iter().any(|finding| finding.message.contains("servicequotas:GetServiceQuota"))
    };
    assert!(is_unknown().await);
    *aws.denies.lock().unwrap() = false;
    // It has no pods, and its answers are new.
    look(&cache, "pods", Urgency::Now).await;
    assert!(!is_unknown().await);
}

#[tokio::test]
async fn what_was_said_of_a_zone_outlasts_all_answers() {
    let aws = Arc::new(Aws::default());
    let cache = cache(&aws);
    let said = async |text: &str| cache.learn_refusals(&cluster(), std::iter::once(text)).await;
    let is_told = async || {
        let found = look(&cache, "pods", Urgency::Now).await;
        found.iter().any(|finding| finding.message.contains("Fargate is not in us-west-2d"))
    };
    said("ImagePullBackOff: no route").await;
    assert!(!is_told().await);
    said("Fargate is not supported in the requested availability zone: us-west-2d").await;
    for _ in 0..2 {
        aws.asked();
        assert!(is_told().await);
        assert!(aws.asked().contains("subnets"), "all of it was asked afresh");
    }
}

#[test]
fn the_worse_it_is_and_the_sooner_it_matters_the_younger_the_answers() {
    let finding = |severity| Finding { severity, check: crate::prerequisites::Check::VpcDns, message: String::new() };
    let minutes = |found: &[Severity], urgency: Urgency| {
        let findings: Vec<Finding> = found.iter().map(|severity| finding(*severity)).collect();
        urgency.lifetime(Trouble::of(&findings), &DEFAULTS).as_secs_f64() / 60.0
    };
    use Severity::{Advisory, Blocking, Unknown};
    assert_eq!(minutes(&[], Urgency::Settled), 30.0);
    assert_eq!(minutes(&[Unknown], Urgency::Soon), 30.0);
    assert_eq!(minutes(&[Advisory], Urgency::Settled), 5.0);
    assert_eq!(minutes(&[Blocking], Urgency::Settled), 5.0);
    assert_eq!(minutes(&[], Urgency::Stalled), 5.0);
    assert_eq!(minutes(&[Blocking], Urgency::Soon), 1.0);
    assert!(minutes(&[], Urgency::Now) < 1.0);
}

#[tokio::test]
async fn what_the_cluster_alone_can_mend_is_no_reason_to_ask_aws_again() {
    let aws = Arc::new(Aws::default());
    let intervals = Intervals { prerequisites_again: NEVER, describe_again: Duration::ZERO, ..DEFAULTS };
    let cache = PrerequisiteCache { intervals, ..cache(&aws) };
    let serving = Pod { namespace: "shop".into(), serves_kubelet_port: true, ..Pod::default() };
    let question = Question { pods: vec![Arc::new(serving)], ..question("pods") };
    let profiles = [owned("web-9999", ProfileStatus::Active)];
    let found = async || {
        let found = cache.findings(&cluster(), &profiles, NameService::default(), &question, Urgency::Settled).await;
        (found.findings.into_iter().map(|finding| finding.check).collect::<Vec<_>>(), aws.asked().is_empty())
    };
    assert_eq!(found().await, (vec![Check::KubeletPort], false));
    assert_eq!(found().await, (vec![Check::KubeletPort], true), "it is a port of a pod");
    *aws.dns_is_off.lock().unwrap() = true;
    cache.known.lock().await.evidence.dns = Read::NotAsked;
    assert_eq!(found().await, (vec![Check::VpcDns, Check::KubeletPort], false));
    assert_eq!(found().await, (vec![Check::VpcDns, Check::KubeletPort], false), "it may have been mended");
}

#[tokio::test]
async fn our_own_cluster_is_not_asked_about_another() {
    let wanted = Reads {
        subnets: names(&["subnet-1"]),
        map_roles: true,
        coredns: [("kube-system".to_owned(), "coredns".to_owned())].into(),
        inside: InsideReads { logging: true, budgets: [None].into(), ..InsideReads::default() },
        ..Reads::default()
    };
    let expected = Reads { subnets: names(&["subnet-1"]), ..Reads::default() };
    assert_eq!(InCluster::nowhere().answerable(&cluster(), wanted), expected);
}

#[tokio::test]
async fn an_entry_that_was_missing_before_its_role_served_is_asked_for_again() {
    let (aws, eks) = (Arc::new(Aws::default()), Arc::new(Counting::default()));
    let cache = cache(&aws);
    let ports = Ports { eks: Arc::<Counting>::clone(&eks), ..cache.ports };
    let cache = PrerequisiteCache { ports, ..cache };
    let cluster = Cluster { authentication_mode: "API".into(), ..cluster() };
    let asks = async |role_serves: bool| {
        let question = Question { role_serves, ..question("pods") };
        let found = cache.findings(&cluster, &[], NameService::default(), &question, Urgency::Settled).await;
        (eks.calls("entry"), found.entry)
    };
    assert_eq!(asks(false).await, (1, None));
    assert_eq!(asks(false).await, (1, None));
    assert_eq!(asks(true).await, (2, Some(EntryTrouble::Missing)), "EKS makes it with the profile");
    assert_eq!(asks(true).await, (2, Some(EntryTrouble::Missing)));
}
