//! Whether an operator is at work: it renews its Lease while we look. No clock but our own is asked, which need not agree
//! with that of the operator.

use std::time::Duration;

use kube::Client;

use super::Operator;
use crate::plugin::installation::{Installation, again};

/// Between two looks at a Lease.
const PAUSE: Duration = Duration::from_millis(500);
/// For a renewal that is late by a call.
const GRACE: Duration = Duration::from_secs(2);

pub(super) async fn watched(client: &Client, known: &[Installation]) -> Vec<Operator> {
    futures::future::join_all(known.iter().map(|installation| watch(client, installation))).await
}

/// Until the Lease is renewed, or would have run out.
async fn watch(client: &Client, known: &Installation) -> Operator {
    let renewed = async {
        loop {
            tokio::time::sleep(PAUSE).await;
            // What cannot be read at the moment may be read at the next one.
            if let Ok(Some(now)) = again(client, known).await
                && now.holder.is_some()
                && now.renewed != known.renewed
            {
                return now;
            }
        }
    };
    match tokio::time::timeout(known.duration + GRACE, renewed).await {
        Ok(installation) => Operator { installation, is_alive: true },
        Err(_) => Operator { installation: known.clone(), is_alive: false },
    }
}
