//! Whether an operator is at work, by its Lease, and how fast it runs.

use std::time::Duration;

use jiff::Timestamp;
use kube::Client;
use serde::Serialize;

use crate::plugin::cluster::refusal;
use crate::plugin::installation::{Installation, installations};
use crate::plugin::times::age;
use crate::time::elapsed;

/// A leader renews its Lease every two seconds; after fifteen another one takes over.
const ALIVE: Duration = Duration::from_secs(60);

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
    /// One call. Without the right to it, a line on standard error, and nothing is known of the operator.
    pub(in crate::plugin) async fn look(client: &Client) -> Option<Self> {
        match installations(client).await {
            Ok(found) => Some(Self::of(&found, Timestamp::now())),
            Err(error) => {
                anstream::eprintln!("whether an operator is at work is not shown: {}", refusal(&error));
                None
            }
        }
    }

    /// The one that is renewed last.
    fn of(found: &[Installation], now: Timestamp) -> Self {
        let Some(last) = found.iter().max_by_key(|found| found.renewed) else {
            let problem = "no operator is at work: it has no Lease in this cluster, so nothing goes on".to_owned();
            return Self { problem: Some(problem), ..Self::default() };
        };
        let silent = last.renewed.map(|renewed| elapsed(renewed, now));
        let at_work = last.holder.is_some() && silent.is_some_and(|silent| silent < ALIVE);
        let place = format!("kubectl -n {} get pods", last.namespace);
        let problem = match silent.filter(|silent| *silent >= ALIVE) {
            _ if at_work => None,
            Some(silent) => {
                Some(format!("no operator has been at work for {}, so nothing goes on: see {place}", age(silent)))
            }
            None => Some(format!("no operator is at work, so nothing goes on: see {place}")),
        };
        Self {
            at_work,
            holder: last.holder.clone(),
            renewed: last.renewed,
            version: last.record.as_ref().map(|record| record.version.clone()),
            scale: last.record.as_ref().map(|record| record.time_scale),
            problem,
        }
    }

    pub(in crate::plugin) fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }
}

/// How many times as fast as EKS the operator runs: once, but for demonstrations and tests.
pub(in crate::plugin) fn scale(operator: Option<&Operator>) -> f64 {
    operator.and_then(|operator| operator.scale).filter(|scale| *scale >= 1.0).unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn installation(holder: Option<&str>, renewed: Option<i64>) -> Installation {
        Installation {
            namespace: "fargate-operator".to_owned(),
            lease: "fargate-operator".to_owned(),
            holder: holder.map(str::to_owned),
            renewed: renewed.map(|at| Timestamp::from_second(at).unwrap()),
            duration: std::time::Duration::from_secs(15),
            record: None,
        }
    }

    #[test]
    fn an_operator_is_at_work_while_its_lease_is_renewed() {
        let now = Timestamp::from_second(1000).unwrap();
        let gone = "so nothing goes on: see kubectl -n fargate-operator get pods";
        for (found, problem) in [
            (vec![], Some("no operator is at work: it has no Lease in this cluster, so nothing goes on".to_owned())),
            (vec![installation(Some("a"), Some(990))], None),
            (vec![installation(Some("a"), Some(10)), installation(Some("b"), Some(990))], None),
            (vec![installation(None, Some(990))], Some(format!("no operator is at work, {gone}"))),
            (vec![installation(Some("a"), Some(400))], Some(format!("no operator has been at work for 10m, {gone}"))),
            (vec![installation(None, None)], Some(format!("no operator is at work, {gone}"))),
        ] {
            let operator = Operator::of(&found, now);
            assert_eq!(operator.problem(), problem.as_deref());
            assert_eq!(operator.at_work, problem.is_none());
        }
    }
}
