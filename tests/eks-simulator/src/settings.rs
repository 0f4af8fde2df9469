//! What is set once, at the start of a simulator.

use std::net::{Ipv4Addr, SocketAddr};

use crate::Choices;

/// How a simulator starts. Everything that may change while it runs is on [`crate::Control`].
///
/// The simulator is a test tool without authentication: signatures are not checked, and whoever reaches the
/// port can use the control endpoint. Keep it on loopback.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Where to listen; port 0 takes a free one. Default `127.0.0.1:0`.
    pub listen: SocketAddr,
    /// How much faster than the wall clock the service's time runs: 60 makes a minute pass in a second.
    /// 0 makes time stand still, so that only [`crate::Control::advance`] moves it. Default 1.
    pub time_scale: f64,
    /// The account that STS names and that owns the clusters. Default `111122223333`, the example account of AWS's guides.
    pub account: String,
    /// The region in ARNs and OIDC issuers. Default `eu-central-1`.
    pub region: String,
    /// Seed of identifiers and of the spread of durations, so that a run can be repeated. Default 1.
    pub seed: u64,
    /// Behaviours that the real service does not document. See [`Choices`].
    pub choices: Choices,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            time_scale: 1.0,
            account: "111122223333".to_owned(),
            region: "eu-central-1".to_owned(),
            seed: 1,
            choices: Choices::default(),
        }
    }
}

impl Settings {
    /// The defaults with another time scale.
    #[must_use]
    pub fn scaled(time_scale: f64) -> Self {
        Self { time_scale, ..Self::default() }
    }
}
