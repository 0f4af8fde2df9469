//! Digests, by which states and situations are found again: they are many, and too large to be kept as keys.

use std::hash::{BuildHasher, Hash};

use foldhash::quality::FixedState;

/// What is found by its digest.
pub type ByDigest<T> = std::collections::HashMap<u64, T, foldhash::fast::FixedState>;

/// 64 bits: that two of as many states as a configuration may have agree in them happens once in some hundred million searches.
pub fn digest(it: &impl Hash) -> u64 {
    FixedState::with_seed(0).hash_one(it)
}
