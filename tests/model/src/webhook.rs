//! Which profile takes a new pod: EKS's webhook, and how its knowledge may be wrong.

use crate::config::Config;
use crate::real::namespaces;
use crate::world::{ModelProfile, Status, World};

/// What the webhook knows about profiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Webhook {
    /// It knows a profile at the latest after the settle time. Until then, pods land either way.
    InTime,
    /// It learns of a profile at any time, for good.
    Late,
    /// It takes the profile that sorts last.
    Reversed,
    /// It knows only profiles of the first spec.
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

    /// Whether it learns of profiles by itself.
    pub fn learns(self) -> bool {
        self == Self::Late
    }

    /// Whether a settled profile takes the pods that it should.
    pub fn is_sound(self) -> bool {
        self == Self::InTime
    }
}

/// ACTIVE profiles that match pods of a namespace, in EKS's documented order.
pub fn matching<'a>(world: &'a World, namespace: &str) -> Vec<(usize, &'a ModelProfile)> {
    let all = world.profiles.iter().enumerate();
    all.filter(|(_, it)| it.status == Status::Active && namespaces(it).contains(&namespace)).collect()
}

/// Where a new pod of the namespace may land. `None` is no profile at all.
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
