//! Rounds of the same trouble, each at another moment of a replacement.

use std::time::{Duration, Instant};

use bed::CLUSTER;
use serde_json::json;

use super::pair::Pair;
use super::seconds;
use crate::support::oracle::{created, served_without_a_gap, story};
use crate::support::{BedExt, profile, until};

/// How many rounds there are: so many, or what the environment says, for those who want to know it exactly.
const ROUNDS: &str = "FARGATE_OPERATOR_TEST_ROUNDS";

/// A replacement takes about so long on this bed, without trouble.
const REPLACEMENT: Duration = Duration::from_secs(4);

/// One round.
pub struct Round {
    number: usize,
    of: usize,
}

pub fn rounds(usually: usize) -> impl Iterator<Item = Round> {
    let of = std::env::var(ROUNDS).map_or(usually, |text| text.parse().unwrap());
    (0..of).map(move |number| Round { number, of })
}

impl Round {
    fn namespace(&self) -> String {
        format!("round-{}", self.number)
    }

    /// Begins a replacement, and lets a part of it pass: another one in each round.
    pub async fn in_a_replacement(&self, pair: &Pair) {
        if self.number == 0 {
            pair.bed.create(&profile("web", "web")).await;
            pair.bed.settled("web").await;
        }
        let selectors = json!([{ "namespace": self.namespace() }]);
        pair.bed.patch("web", json!({ "spec": { "selectors": selectors } })).await;
        // The moment is what is tried here, whatever it is.
        tokio::time::sleep(REPLACEMENT.mul_f64(self.number as f64 / self.of as f64)).await;
    }

    /// Whoever leads now has brought the replacement to its end.
    pub async fn until_it_has_gone_on(&self, pair: &Pair) {
        let namespace = self.namespace();
        until("the replacement has gone on", || {
            let profiles = pair.bed.eks().profiles(CLUSTER);
            profiles.len() == 1 && profiles[0].selectors[0].namespace.as_deref() == Some(&namespace)
        })
        .await;
    }

    /// All is as if nothing had happened: one profile, as specified; none was created twice; somebody served all along.
    pub async fn ends_well(&self, pair: &Pair) {
        pair.bed.settled("web").await;
        self.until_it_has_gone_on(pair).await;
        assert_eq!(created(&pair.bed, "web").len(), self.number + 2, "{}", story(&pair.bed));
        served_without_a_gap(&pair.bed, "web");
    }
}

/// How long it takes until another one leads.
pub struct Tally {
    trouble: &'static str,
    began: Instant,
    takeovers: Vec<Duration>,
}

impl Tally {
    pub fn of(trouble: &'static str) -> Self {
        Self { trouble, began: Instant::now(), takeovers: Vec::new() }
    }

    pub fn begins(&mut self) {
        self.began = Instant::now();
    }

    pub fn ends(&mut self, _leader: String) {
        self.takeovers.push(self.began.elapsed());
    }

    /// Prints it.
    pub fn tell(mut self) {
        self.takeovers.sort();
        let [least, median, most] =
            [0, self.takeovers.len() / 2, self.takeovers.len() - 1].map(|n| seconds(self.takeovers[n]));
        println!(
            "leader {}: another one led after {least} at the least, {median} in the middle, {most} at the most, of {} rounds",
            self.trouble,
            self.takeovers.len()
        );
    }
}
