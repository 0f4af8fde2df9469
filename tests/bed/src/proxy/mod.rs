//! What lies between the operator and its two APIs: proxies on loopback that count the operator's effects and do one
//! thing at the n-th of a kind. Only the operator's own traffic goes through them, and it knows nothing of it.
//!
//! - [`effect`]: which requests are effects.
//! - [`fault`]: what can be done to one.
//! - [`link`]: what can be done to all requests alike.
//! - `effect_counter`: the count, and what is to be done when.
//! - `refused`: how each API says no.
//! - `server`: carries requests, and carries out faults.
//! - [`supervisor`]: owns the operator's process, kills it when a proxy asks for that, and starts it again.

mod effect;
mod effect_counter;
mod fault;
mod link;
mod refused;
mod server;
mod supervisor;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::SystemTime;

use tokio::sync::mpsc;
use tokio::task::JoinSet;

pub use effect::Effect;
pub use fault::{Fault, Refusal};
pub use link::{Api, Link};
pub use supervisor::Supervisor;

use crate::operator::OperatorSettings;
use effect_counter::{EffectCounter, Order};
use link::ApiState;
use server::{Proxy, Upstream};

/// The two proxies. They end when this is dropped.
pub struct Proxies {
    counter: Arc<EffectCounter>,
    kubernetes: Arc<ApiState>,
    eks: Arc<ApiState>,
    kill: mpsc::UnboundedSender<supervisor::Kill>,
    _tasks: JoinSet<()>,
}

impl Proxies {
    /// Puts proxies before the two APIs of an operator that is started with `settings`. Returns its supervisor, too.
    ///
    /// Towards the operator both speak plain HTTP. Its kubeconfig keeps the certificate authority, by which it knows
    /// the cluster that it runs in.
    ///
    /// # Errors
    /// If a port cannot be had or the kubeconfig cannot be read or written.
    pub async fn supervised(settings: &OperatorSettings) -> anyhow::Result<(Self, Supervisor)> {
        let (kill, kills) = mpsc::unbounded_channel();
        let (proxies, settings) = Self::before(settings, kill).await?;
        Ok((proxies, Supervisor::new(settings, kills)))
    }

    /// The same for an operator that nobody keeps running: it is started with the settings that are returned, and no fault
    /// may kill it.
    ///
    /// # Errors
    /// As [`Proxies::supervised`].
    pub async fn unsupervised(settings: &OperatorSettings) -> anyhow::Result<(Self, OperatorSettings)> {
        Self::before(settings, mpsc::unbounded_channel().0).await
    }

    async fn before(
        settings: &OperatorSettings,
        kill: mpsc::UnboundedSender<supervisor::Kill>,
    ) -> anyhow::Result<(Self, OperatorSettings)> {
        let counter = Arc::new(EffectCounter::default());
        let mut tasks = JoinSet::new();
        let proxy = |upstream| Proxy::new(upstream, Arc::clone(&counter), kill.clone());
        let to_kubernetes = proxy(Upstream::kubernetes(&settings.kubeconfig).await?);
        let to_eks = proxy(Upstream::eks(&settings.aws));
        let (kubernetes, eks) = (to_kubernetes.state(), to_eks.state());
        let url = to_kubernetes.listen(&mut tasks).await?;
        let kubeconfig = server::kubeconfig_through(&settings.kubeconfig, &url)?;
        let aws = to_eks.listen(&mut tasks).await?;
        let settings = OperatorSettings { kubeconfig, aws, ..settings.clone() };
        Ok((Self { counter, kubernetes, eks, kill, _tasks: tasks }, settings))
    }

    /// From now on, this is the link to that API.
    pub fn set(&self, api: Api, link: Link) {
        self.state(api).traffic.send_modify(|traffic| traffic.link = link);
    }

    /// Closes all connections that lead there, watches included. New ones are welcome.
    pub fn cut(&self, api: Api) {
        self.state(api).traffic.send_modify(|traffic| traffic.cuts += 1);
    }

    /// How many requests the operator has made there, answered or not; a connection that is turned away counts as one.
    #[must_use]
    pub fn requests(&self, api: Api) -> u64 {
        *self.state(api).come.borrow()
    }

    fn state(&self, api: Api) -> &ApiState {
        match api {
            Api::Kubernetes => &self.kubernetes,
            Api::Eks => &self.eks,
        }
    }

    /// Counts from anew, and does `fault` to the n-th effect of this kind from now on, counted from 1.
    pub fn at(&self, kind: Effect, n: usize, fault: Fault) {
        self.counter.begin(Some(Order { kind, n, fault }));
    }

    /// Kills the operator without warning. Its supervisor starts another one.
    pub async fn kill_operator(&self) {
        supervisor::kill(&self.kill).await;
    }

    /// Counts from anew and does nothing.
    pub fn undisturbed(&self) {
        self.counter.begin(None);
    }

    /// The effects so far, in order.
    #[must_use]
    pub fn effects(&self) -> Vec<Effect> {
        self.counter.effects()
    }

    /// When the operator last asked for an effect of this kind.
    #[must_use]
    pub fn last(&self, kind: Effect) -> Option<SystemTime> {
        self.counter.last(kind)
    }

    /// Whether the fault has begun.
    #[must_use]
    pub fn has_struck(&self) -> bool {
        self.counter.has_struck()
    }

    /// Returns when the fault begins.
    pub async fn strikes(&self) {
        self.counter.strikes().await;
    }

    /// Whether a request that is to be forwarded late has not been answered yet.
    #[must_use]
    pub fn is_late(&self) -> bool {
        self.counter.is_late()
    }
}
