//! Made-up identifiers and the spread of durations, repeatable by their seed.

use std::time::Duration;

/// A seeded source of chance.
#[derive(Debug)]
pub(crate) struct Chance(fastrand::Rng);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    /// A uuid of version 4's form.
    pub(crate) fn uuid(&mut self) -> String {
        let bits = self.0.u128(..);
        let hex = format!("{bits:032x}");
        format!("{}-{}-4{}-a{}-{}", &hex[0..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
    }

    /// 32 capital hexadecimal digits, the form of the identifiers in EKS endpoints and OIDC issuers.
    pub(crate) fn cluster_id(&mut self) -> String {
        format!("{:032X}", self.0.u128(..))
    }

    /// `AROA` and 17 capital letters and digits, the form of a role's unique identifier (IAM User Guide, "IAM identifiers").
    pub(crate) fn role_id(&mut self) -> String {
        let rest = (0..17).map(|_| self.0.choice(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567").copied().unwrap_or(b'A'));
        format!("AROA{}", rest.map(char::from).collect::<String>())
    }

    /// Whether something of this probability happens.
    pub(crate) fn comes_true(&mut self, probability: f64) -> bool {
        self.0.f64() < probability
    }

    /// A duration within the fraction `spread` around `middle`.
    pub(crate) fn around(&mut self, middle: Duration, spread: f64) -> Duration {
        if spread <= 0.0 {
            return middle;
        }
        let factor = 1.0 + spread.min(1.0) * (2.0 * self.0.f64() - 1.0);
        middle.mul_f64(factor)
    }
}

#[cfg(test)]
mod tests {
    use super::{Chance, Duration};

    #[test]
    fn the_same_seed_makes_the_same_identifiers_and_no_two_are_alike() {
        let (mut a, mut b) = (Chance::new(7), Chance::new(7));
        let first = a.uuid();
        assert_eq!(first, b.uuid());
        assert_ne!(first, a.uuid());
        assert_eq!(first.len(), 36);
    }

    #[test]
    fn a_spread_duration_stays_within_its_fraction() {
        let mut chance = Chance::new(1);
        let middle = Duration::from_secs(100);
        for _ in 0..1000 {
            let seconds = chance.around(middle, 0.25).as_secs_f64();
            assert!((75.0..=125.0).contains(&seconds), "{seconds}");
        }
        assert_eq!(chance.around(middle, 0.0), middle);
    }
}
