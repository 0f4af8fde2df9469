//! Digests identify states and situations, of which there are too many to keep as keys.

use std::hash::{BuildHasher, Hash};

use foldhash::quality::FixedState;

pub type ByDigest<T> = std::collections::HashMap<u64, T, foldhash::fast::FixedState>;

/// 64 bits. In a configuration with the most states, a collision is expected once in some hundred million searches.
pub fn digest(it: &impl Hash) -> u64 {
    FixedState::with_seed(0).hash_one(it)
}
