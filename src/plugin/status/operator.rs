//! Whether an operator is at work, by its Lease, and how fast it runs.

use jiff::Timestamp;
use kube::Client;
use serde::Serialize;

use crate::plugin::cluster::refusal;
use crate::plugin::installation::{self, operators};
use crate::plugin::times::age;
use crate::time::elapsed;

/// The operator, as its Lease shows it.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::plugin) struct Operator {
    pub(in crate::plugin) at_work: bool,
    holder: Option<String>,
    renewed: Option<Timestamp>,
    version: Option<String>,
    #[serde(skip)]
    scale: Option<f64>,
    /// What is wrong with it, if something is.
    problem: Option<String>,
}

impl Operator {
    /// Two calls, at the same time. Without the right to it, a line on standard error, and nothing is known of the operator.
    pub(in crate::plugin) async fn look(client: &Client) -> Option<Self> {
        match operators(client).await {
            Ok(found) => Some(Self::of(&found, Timestamp::now())),
            Err(error) => {
                anstream::eprintln!("whether an operator is at work is not shown: {}", refusal(&error));
                None
            }
        }
    }

    /// The one that is at work; without one, that which was last.
    fn of(found: &[installation::Operator], now: Timestamp) -> Self {
        let Some(last) = found.iter().max_by_key(|found| (found.is_alive, found.installation.renewed)) else {
            let problem = "no operator is at work: it has no Lease in this cluster, so nothing goes on".to_owned();
            return Self { problem: Some(problem), ..Self::default() };
        };
        let (at_work, last) = (last.is_alive, &last.installation);
        let silent = last.renewed.filter(|_| last.holder.is_some()).map(|renewed| elapsed(renewed, now));
        let since = silent.map(|silent| format!("no operator has been at work for {}", age(silent)));
        let since = since.unwrap_or_else(|| "no operator is at work".to_owned());
        let problem = format!("{since}, so nothing goes on: see kubectl -n {} get pods", last.namespace);
        Self {
            at_work,
            holder: last.holder.clone(),
            renewed: last.renewed,
            version: last.record.as_ref().map(|record| record.version.clone()),
            scale: last.record.as_ref().map(|record| record.time_scale),
            problem: (!at_work).then_some(problem),
        }
    }

    pub(in crate::plugin) fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }
}

/// How many times as fast as EKS the operator runs: 1, except in demonstrations and tests.
pub(in crate::plugin) fn scale(operator: Option<&Operator>) -> f64 {
    operator.and_then(|operator| operator.scale).filter(|scale| *scale >= 1.0).unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::installation::Installation;

    fn operator(holder: Option<&str>, renewed: Option<i64>, is_alive: bool) -> installation::Operator {
        let installation = Installation {
            namespace: "fargate-operator".to_owned(),
            lease: "fargate-operator".to_owned(),
            holder: holder.map(str::to_owned),
            renewed: renewed.map(|at| Timestamp::from_second(at).unwrap()),
            duration: std::time::Duration::from_secs(15),
            record: None,
        };
        installation::Operator { installation, is_alive }
    }

    #[test]
    fn what_is_said_of_an_operator_that_is_not_at_work() {
        let now = Timestamp::from_second(1000).unwrap();
        let gone = "so nothing goes on: see kubectl -n fargate-operator get pods";
        for (found, problem) in [
            (vec![], Some("no operator is at work: it has no Lease in this cluster, so nothing goes on".to_owned())),
            (vec![operator(Some("a"), Some(990), true)], None),
            (vec![operator(Some("a"), Some(995), false), operator(Some("b"), Some(990), true)], None),
            (vec![operator(None, Some(990), false)], Some(format!("no operator is at work, {gone}"))),
            (
                vec![operator(Some("a"), Some(400), false)],
                Some(format!("no operator has been at work for 10m, {gone}")),
            ),
            (vec![operator(None, None, false)], Some(format!("no operator is at work, {gone}"))),
        ] {
            let operator = Operator::of(&found, now);
            assert_eq!(operator.problem(), problem.as_deref());
            assert_eq!(operator.at_work, problem.is_none());
        }
    }
}
