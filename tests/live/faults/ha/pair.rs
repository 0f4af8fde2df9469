//! A bed with two operators, as two replicas of the Deployment.

use std::collections::BTreeMap;
use std::path::PathBuf;

use bed::{Bed, Operator, OperatorSettings};
use k8s_openapi::api::coordination::v1::Lease;
use kube::api::{Api, DeleteParams};

use super::relay::Relay;
use crate::support::{quick, scrape, until, until_async};

const NAMESPACE: &str = "fargate-operator";

/// Two operators, `a` and `b`.
pub struct Pair {
    pub bed: Bed,
    members: BTreeMap<String, Member>,
}

struct Member {
    settings: OperatorSettings,
    relay: Relay,
    operator: Option<Operator>,
}

impl Pair {
    /// Both run, and one of them leads.
    pub async fn start() -> Self {
        let mut pair = Self::without_operators().await;
        for name in ["a", "b"] {
            pair.begin(name).await;
        }
        pair
    }

    /// Neither runs yet.
    pub async fn without_operators() -> Self {
        let mut bed = Bed::without_operator(quick(60.0)).await.unwrap();
        let leases: Api<Lease> = Api::namespaced(bed.client(), NAMESPACE);
        // An earlier test's.
        let _ = leases.delete(NAMESPACE, &DeleteParams::default()).await;
        let mut members = BTreeMap::new();
        for name in ["a", "b"] {
            let relay = Relay::to(bed.control_plane().url()).await;
            let settings = bed.operator_settings();
            let kubeconfig = beside(&settings.kubeconfig, name);
            let text = std::fs::read_to_string(&settings.kubeconfig).unwrap();
            let log = beside(&settings.log, name);
            let mut settings = OperatorSettings { kubeconfig: kubeconfig.clone(), log, ..settings.clone() };
            let pod = ("FARGATE_OPERATOR_OWN_POD".to_owned(), format!("{NAMESPACE}/{name}"));
            settings.environment.push(pod);
            std::fs::write(kubeconfig, text.replace(bed.control_plane().url(), relay.url())).unwrap();
            members.insert(name.to_owned(), Member { settings, relay, operator: None });
        }
        Self { bed, members }
    }

    /// Starts one, and waits until it is ready.
    pub async fn begin(&mut self, name: &str) {
        let member = self.members.get_mut(name).unwrap();
        let operator = Operator::start(&member.settings).await.unwrap();
        member.operator = Some(operator);
    }

    /// Starts one anew that has ended, and waits until it stands by.
    pub async fn restart(&mut self, name: &str) {
        self.end(name).await;
        self.begin(name).await;
        let address = self.operator(name).address();
        until_async(&format!("{name} is ready"), async || scrape(address, "/readyz").await.contains("ready:")).await;
    }

    /// Asks one to end, and waits for that.
    pub async fn end(&mut self, name: &str) {
        let operator = self.members.get_mut(name).unwrap().operator.take();
        // Elsewhere, since its line to the API server is held here.
        tokio::task::spawn_blocking(|| drop(operator)).await.unwrap();
    }

    pub fn operator(&mut self, name: &str) -> &mut Operator {
        self.members.get_mut(name).unwrap().operator.as_mut().unwrap()
    }

    /// What lies between one and the API server.
    pub fn relay(&self, name: &str) -> &Relay {
        &self.members[name].relay
    }

    /// What one has logged.
    pub fn log(&self, name: &str) -> String {
        std::fs::read_to_string(&self.members[name].settings.log).unwrap_or_default()
    }

    pub fn other(&self, name: &str) -> String {
        self.members.keys().find(|other| *other != name).unwrap().clone()
    }

    pub async fn lease(&self) -> Lease {
        self.try_lease().await.unwrap()
    }

    pub async fn try_lease(&self) -> Option<Lease> {
        let leases: Api<Lease> = Api::namespaced(self.bed.client(), NAMESPACE);
        leases.get_opt(NAMESPACE).await.unwrap()
    }

    /// Who leads, as soon as somebody does.
    pub async fn leader(&self) -> String {
        self.leader_other_than("nobody").await
    }

    /// Who leads, as soon as that is not this one.
    pub async fn leader_other_than(&self, name: &str) -> String {
        let leases: Api<Lease> = Api::namespaced(self.bed.client(), NAMESPACE);
        let mut found = None;
        until_async(&format!("somebody leads who is not {name}"), async || {
            let lease = leases.get_opt(NAMESPACE).await.unwrap();
            let holder = lease.and_then(|lease| lease.spec?.holder_identity);
            let member = holder.as_deref().and_then(|it| it.strip_prefix("fargate-operator/")?.split('_').next());
            found = member.filter(|member| *member != name).map(str::to_owned);
            found.is_some()
        })
        .await;
        found.unwrap()
    }

    /// The process of this one ends by itself, since another holds the lease.
    pub async fn ends_for_want_of_the_lease(&mut self, name: &str) {
        let process = self.operator(name).process();
        let mut code = None;
        until(&format!("{name} has ended"), || {
            code = process.ended().unwrap();
            code.is_some()
        })
        .await;
        let log = self.log(name);
        assert_eq!(code, Some(1), "{log}");
        assert!(log.contains("the lease fargate-operator/fargate-operator is held by fargate-operator/"), "{log}");
    }
}

/// A file of this name with a word more.
fn beside(file: &std::path::Path, word: &str) -> PathBuf {
    file.with_extension(format!("{word}.{}", file.extension().unwrap_or_default().display()))
}
