//! Idempotency tokens.

use std::collections::BTreeMap;

use crate::{Profile, ProfileSpec, TokenReplay, world::cluster::Cluster};

struct Used {
    spec: ProfileSpec,
    first_reply: Profile,
}

/// The tokens used so far, by cluster and token.
#[derive(Default)]
pub(crate) struct Tokens(BTreeMap<(String, String), Used>);

/// What a token makes of a request.
pub(crate) enum Replay {
    /// Nothing: carry on.
    New,
    /// The reply.
    Same(Box<Profile>),
    /// The token came with another request before.
    Mismatch,
}

impl Tokens {
    /// Remembers a successful creation.
    pub(crate) fn remember(&mut self, cluster: &str, spec: &ProfileSpec, reply: &Profile) {
        if let Some(token) = &spec.client_request_token {
            self.0.insert((cluster.to_owned(), token.clone()), Used { spec: spec.clone(), first_reply: reply.clone() });
        }
    }

    pub(crate) fn forget_cluster(&mut self, cluster: &str) {
        self.0.retain(|(of, _), _| of != cluster);
    }

    /// How the service treats a repeated token is not known: [`TokenReplay`].
    pub(crate) fn replay(&self, choice: TokenReplay, cluster: &Cluster, spec: &ProfileSpec) -> Replay {
        let Some(token) = &spec.client_request_token else {
            return Replay::New;
        };
        let key = (cluster.settings.name.clone(), token.clone());
        let Some(used) = self.0.get(&key) else {
            return Replay::New;
        };
        let alive = cluster.profiles.values().find(|profile| profile.arn == used.first_reply.arn);
        match (choice, alive) {
            (TokenReplay::Ignored, _) | (TokenReplay::WhileItExists, None) => Replay::New,
            _ if used.spec != *spec => Replay::Mismatch,
            (TokenReplay::WhileItExists, Some(profile)) => Replay::Same(Box::new(profile.as_ref().clone())),
            (TokenReplay::ForEver, _) => Replay::Same(Box::new(used.first_reply.clone())),
        }
    }
}
