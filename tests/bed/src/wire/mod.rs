//! What lies between the operator and its two APIs: proxies on loopback that count the operator's effects and do one
//! thing at the n-th of a kind. Only the operator's own traffic goes through them, and it knows nothing of it.
//!
//! - [`effect`]: which requests are effects.
//! - [`deed`]: what can be done to one.
//! - [`way`]: what can be done to all requests alike.
//! - `ledger`: the count, and what is to be done when.
//! - `proxy`: carries requests, and carries out deeds.
//! - [`keeper`]: owns the operator's process, kills it at a word of the wire, and starts it again.

mod deed;
mod effect;
mod keeper;
mod ledger;
mod proxy;
#[cfg(test)]
mod tests;
mod way;

use std::sync::Arc;
use std::time::SystemTime;

use tokio::sync::mpsc;
use tokio::task::JoinSet;

pub use deed::{Deed, Refusal};
pub use effect::Effect;
pub use keeper::Keeper;
pub use way::{Direction, Way};

use crate::operator::OperatorSettings;
use ledger::{Ledger, Order};
use proxy::{Proxy, Upstream};
use way::Side;

/// The two proxies. They end when this is dropped.
pub struct Wire {
    ledger: Arc<Ledger>,
    kubernetes: Arc<Side>,
    eks: Arc<Side>,
    _tasks: JoinSet<()>,
}

impl Wire {
    /// Puts proxies before the two APIs of an operator that is started with `settings`. Returns its keeper, too.
    ///
    /// Towards the operator both speak plain HTTP. Its kubeconfig keeps the certificate authority, by which it knows
    /// the cluster that it runs in.
    ///
    /// # Errors
    /// If a port cannot be had or the kubeconfig cannot be read or written.
    pub async fn lay(settings: &OperatorSettings) -> anyhow::Result<(Self, Keeper)> {
        let (kill, kills) = mpsc::unbounded_channel();
        let (wire, settings) = Self::before(settings, kill).await?;
        Ok((wire, Keeper::new(settings, kills)))
    }

    /// The same for an operator that nobody keeps running: it is started with the settings that are returned, and no deed
    /// may kill it.
    ///
    /// # Errors
    /// As [`Wire::lay`].
    pub async fn beside(settings: &OperatorSettings) -> anyhow::Result<(Self, OperatorSettings)> {
        Self::before(settings, mpsc::unbounded_channel().0).await
    }

    async fn before(
        settings: &OperatorSettings,
        kill: mpsc::UnboundedSender<keeper::Kill>,
    ) -> anyhow::Result<(Self, OperatorSettings)> {
        let ledger = Arc::new(Ledger::default());
        let mut tasks = JoinSet::new();
        let proxy = |upstream| Proxy::new(upstream, Arc::clone(&ledger), kill.clone());
        let to_kubernetes = proxy(Upstream::kubernetes(&settings.kubeconfig).await?);
        let to_eks = proxy(Upstream::eks(&settings.aws));
        let (kubernetes, eks) = (to_kubernetes.side(), to_eks.side());
        let url = to_kubernetes.listen(&mut tasks).await?;
        let kubeconfig = proxy::kubeconfig_through(&settings.kubeconfig, &url)?;
        let aws = to_eks.listen(&mut tasks).await?;
        let settings = OperatorSettings { kubeconfig, aws, ..settings.clone() };
        Ok((Self { ledger, kubernetes, eks, _tasks: tasks }, settings))
    }

    /// From now on, requests fare so on their way there.
    pub fn set(&self, direction: Direction, way: Way) {
        self.side(direction).traffic.send_modify(|traffic| traffic.way = way);
    }

    /// Closes all connections that lead there, watches included. New ones are welcome.
    pub fn cut(&self, direction: Direction) {
        self.side(direction).traffic.send_modify(|traffic| traffic.cuts += 1);
    }

    /// How many requests the operator has made there, answered or not; a connection that is turned away counts as one.
    #[must_use]
    pub fn requests(&self, direction: Direction) -> u64 {
        *self.side(direction).come.borrow()
    }

    fn side(&self, direction: Direction) -> &Side {
        match direction {
            Direction::Kubernetes => &self.kubernetes,
            Direction::Eks => &self.eks,
        }
    }

    /// Counts from anew, and does `deed` to the n-th effect of this kind from now on, counted from 1.
    pub fn at(&self, kind: Effect, n: usize, deed: Deed) {
        self.ledger.begin(Some(Order { kind, n, deed }));
    }

    /// Counts from anew and does nothing.
    pub fn undisturbed(&self) {
        self.ledger.begin(None);
    }

    /// The effects so far, in order.
    #[must_use]
    pub fn effects(&self) -> Vec<Effect> {
        self.ledger.effects()
    }

    /// When the operator last asked for an effect of this kind.
    #[must_use]
    pub fn last(&self, kind: Effect) -> Option<SystemTime> {
        self.ledger.last(kind)
    }

    /// Whether the deed has begun.
    #[must_use]
    pub fn has_struck(&self) -> bool {
        self.ledger.has_struck()
    }

    /// Returns when the deed begins.
    pub async fn strikes(&self) {
        self.ledger.strikes().await;
    }

    /// Whether a request that is to be forwarded late has not been answered yet.
    #[must_use]
    pub fn is_late(&self) -> bool {
        self.ledger.is_late()
    }
}
