//! AWS, asked with the credentials of whoever types.

use std::time::Duration;

use crate::aws::{SdkSettings, Session};
use crate::intervals::DEFAULTS;
use crate::telemetry::metrics::Metrics;

/// A session in this region. Nothing is asked yet.
pub(super) async fn session(region: &str) -> Session {
    let settings = SdkSettings {
        region: region.to_owned(),
        operation_timeout: DEFAULTS.operation_timeout,
        retry_backoff: Duration::from_millis(500),
    };
    Session::load(&settings, Metrics::new(env!("CARGO_PKG_VERSION"))).await
}
