//! Somebody else does the same, the opposite, or deletes the thing, just before the operator's call arrives: it ends right or says what
//! is left, and what they did stays.

mod access_entry;
mod coredns;
mod role;

use std::sync::Arc;

use bed::proxy::Effect;
use bed::{Bed, Fault, Proxies};

use super::staged;
use crate::support::BedExt;

/// A test on a bed whose operator is kept running, at the end of which the object goes without trouble if it is still there.
async fn on_stage(test: impl AsyncFnOnce(&Bed, &Proxies)) {
    let play = async |bed: &Bed, proxies: &Proxies| {
        test(bed, proxies).await;
        if bed.profiles().get_opt("web").await.unwrap().is_some() {
            bed.delete("web").await;
            bed.gone("web").await;
        }
    };
    staged().await.play(play).await;
}

/// Does this just before the n-th mend from now on.
fn before(proxies: &Proxies, n: usize, deed: impl Fn() + Send + Sync + 'static) {
    proxies.at(Effect::Mend, n, Fault::First(Arc::new(deed)));
}
