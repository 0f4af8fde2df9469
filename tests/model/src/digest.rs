//! Digests, by which states and situations are found again: they are many, and too large to be kept as keys.

use std::hash::{BuildHasher, Hash, Hasher};

use foldhash::quality::FixedState;

/// What is found by its digest.
pub type ByDigest<T> = std::collections::HashMap<u128, T, foldhash::fast::FixedState>;

/// 128 bits; that two of some million states agree in them is out of the question.
pub fn digest(it: &impl Hash) -> u128 {
    let [one, other] = [1, 2].map(|seed| FixedState::with_seed(seed).build_hasher());
    let mut both = Both(one, other);
    it.hash(&mut both);
    (u128::from(both.0.finish()) << 64) | u128::from(both.1.finish())
}

/// Two hashers that are fed at once.
struct Both<H>(H, H);

macro_rules! feed_both {
    ($($write:ident: $type:ty),*) => {
        $(fn $write(&mut self, it: $type) {
            self.0.$write(it);
            self.1.$write(it);
        })*
    };
}

impl<H: Hasher> Hasher for Both<H> {
    feed_both!(write: &[u8], write_u8: u8, write_u16: u16, write_u32: u32, write_u64: u64, write_usize: usize);

    fn finish(&self) -> u64 {
        self.0.finish()
    }
}
