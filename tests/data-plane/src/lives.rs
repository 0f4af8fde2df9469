//! What is remembered of a pod and does not stand in its object.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// One pod. Times are the simulator's.
#[derive(Clone, Debug)]
pub(crate) struct Life {
    /// When it was first seen.
    pub(crate) born: Duration,
    /// Its address, also its node's.
    pub(crate) address: Ipv4Addr,
    /// Since when nothing has kept it from a node.
    pub(crate) schedulable: Option<Duration>,
    /// Whether the scheduler has given it up.
    pub(crate) given_up: bool,
    /// Whether the scheduler has given it its node.
    pub(crate) bound: bool,
    /// Since when it has been starting: on its node, with nothing in the way.
    pub(crate) starting: Option<Duration>,
    /// Since when it has run.
    pub(crate) running: Option<Duration>,
    /// Since when it has been to stop.
    pub(crate) stopping: Option<Duration>,
}

/// All pods, by uid.
#[derive(Default)]
pub(crate) struct Lives {
    all: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    lives: BTreeMap<String, Life>,
    addresses: u32,
}

impl Lives {
    /// Does something with what is known of a pod; if it is new, it is born now.
    pub(crate) fn of<R>(&self, uid: &str, now: Duration, act: impl FnOnce(&mut Life) -> R) -> R {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let known = &mut *all;
        let life = known.lives.entry(uid.to_owned()).or_insert_with(|| {
            known.addresses += 1;
            Life {
                born: now,
                address: address(known.addresses),
                schedulable: None,
                given_up: false,
                bound: false,
                starting: None,
                running: None,
                stopping: None,
            }
        });
        act(life)
    }

    /// Forgets a pod that is gone.
    pub(crate) fn end(&self, uid: &str) -> Option<Life> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).lives.remove(uid)
    }
}

/// The n-th address of the private subnets 192.168.0.0/16, without those that end in 0 or 255.
fn address(n: u32) -> Ipv4Addr {
    let [_, _, _, third] = (n / 254).to_be_bytes();
    let [_, _, _, fourth] = (n % 254 + 1).to_be_bytes();
    Ipv4Addr::new(192, 168, third, fourth)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::address;

    #[test]
    fn addresses_do_not_repeat_for_a_long_time() {
        let all: BTreeSet<_> = (1..60_000).map(address).collect();
        assert_eq!(all.len(), 59_999);
        assert!(all.iter().all(|address| ![0, 255].contains(&address.octets()[3])));
    }
}
