//! Which profile takes a new pod: EKS's webhook, and what may be wrong with what it knows.

use crate::config::Config;
use crate::real::namespaces;
use crate::world::{ModelProfile, Status, World};

/// What the webhook knows of profiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Webhook {
    /// At the latest when the settle time has passed. Until then one pod lands so and the next one otherwise.
    InTime,
    /// At any time, once for all.
    Late,
    /// It takes the one that sorts last.
    Reversed,
    /// Only those of the first spec, ever.
    Never,
}

impl Webhook {
    fn knows(self, profile: &ModelProfile) -> bool {
        match self {
            Self::Reversed => true,
            Self::InTime => profile.settled,
            Self::Late => profile.known,
            Self::Never => profile.spec == 0,
        }
    }

    /// Whether what it is to know comes by itself.
    pub fn learns(self) -> bool {
        self == Self::Late
    }

    /// Whether a profile that has had its time takes the pods that it should.
    pub fn is_sound(self) -> bool {
        self == Self::InTime
    }
}

/// ACTIVE profiles that match pods of a namespace, the one first that is documented to take them.
pub fn matching<'a>(world: &'a World, namespace: &str) -> Vec<(usize, &'a ModelProfile)> {
    let all = world.profiles.iter().enumerate();
    all.filter(|(_, it)| it.status == Status::Active && namespaces(it).contains(&namespace)).collect()
}

/// Where a new pod of the namespace may land; `None` is on no profile at all.
pub fn landings(world: &World, namespace: &str, config: &Config) -> Vec<Option<usize>> {
    let webhook = config.webhook;
    let mut matching = matching(world, namespace);
    if webhook == Webhook::Reversed {
        matching.reverse();
    }
    let mut landings = Vec::new();
    for (index, profile) in matching {
        if webhook.knows(profile) {
            landings.push(Some(index));
            return landings;
        }
        if webhook == Webhook::InTime {
            landings.push(Some(index));
        }
    }
    landings.push(None);
    landings
}
