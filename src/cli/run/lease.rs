//! The settings of leader election.

use std::time::Duration;

use clap::Args as ClapArgs;

use super::values::{self, Interval};
use crate::intervals::{DEFAULTS, LeaseConfig};
use crate::leader::{Identity, LeaseRef};

/// Where the manifests put the operator.
const DEFAULT_NAMESPACE: &str = "fargate-operator";

/// Of several processes the one that holds a Lease acts; the others stand by.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Leader election")]
pub(in crate::cli) struct LeaseArgs {
    /// Namespace of the Lease. Default: the namespace of --own-pod, else fargate-operator.
    #[arg(long, env = "FARGATE_OPERATOR_LEASE_NAMESPACE", value_name = "NAMESPACE", value_parser = values::namespace)]
    lease_namespace: Option<String>,

    /// Name of the Lease.
    #[arg(long, env = "FARGATE_OPERATOR_LEASE_NAME", value_name = "NAME", default_value = "fargate-operator", value_parser = values::lease)]
    lease_name: String,

    /// How long a standby must have seen the Lease unchanged before it takes over.
    #[arg(long, env = "FARGATE_OPERATOR_LEASE_DURATION", value_name = "DURATION", default_value_t = Interval(DEFAULTS.lease.lease_duration))]
    lease_duration: Interval,

    /// How long the leader may go without renewing the Lease before it stops starting new work. Shorter than its duration.
    #[arg(long, env = "FARGATE_OPERATOR_LEASE_RENEW_DEADLINE", value_name = "DURATION", default_value_t = Interval(DEFAULTS.lease.renew_deadline))]
    lease_renew_deadline: Interval,

    /// Time between two renewals by the leader, and between two reads by a standby. Less than a third of the renew deadline.
    #[arg(long, env = "FARGATE_OPERATOR_LEASE_RETRY", value_name = "DURATION", default_value_t = Interval(DEFAULTS.lease.retry_period))]
    lease_retry: Interval,
}

impl LeaseArgs {
    /// Whether the intervals keep two from acting at once.
    pub(super) fn check(&self) -> Result<(), String> {
        let LeaseConfig { lease_duration: duration, renew_deadline: deadline, retry_period: retry } = self.config();
        if duration < Duration::from_secs(1) {
            return Err(format!(
                "--lease-duration (FARGATE_OPERATOR_LEASE_DURATION) is {duration:?}: a Lease counts in full seconds; write 1s or \
                 more"
            ));
        }
        if deadline >= duration {
            return Err(format!(
                "--lease-renew-deadline (FARGATE_OPERATOR_LEASE_RENEW_DEADLINE) is {deadline:?} and --lease-duration \
                 (FARGATE_OPERATOR_LEASE_DURATION) is {duration:?}: the deadline must be shorter, since who holds the Lease must \
                 have stopped before another takes it; lower the one or raise the other"
            ));
        }
        if retry * 3 >= deadline {
            return Err(format!(
                "--lease-retry (FARGATE_OPERATOR_LEASE_RETRY) is {retry:?} and --lease-renew-deadline \
                 (FARGATE_OPERATOR_LEASE_RENEW_DEADLINE) is {deadline:?}: the deadline must be more than three times as long, \
                 so that one lost call stops nothing; lower the one or raise the other"
            ));
        }
        Ok(())
    }

    pub(super) fn config(&self) -> LeaseConfig {
        LeaseConfig {
            lease_duration: self.lease_duration.0,
            renew_deadline: self.lease_renew_deadline.0,
            retry_period: self.lease_retry.0,
        }
    }

    /// Where the Lease is, for a process in this pod.
    pub(super) fn lease_ref(self, own_pod: Option<&str>) -> LeaseRef {
        let of_pod = own_pod.and_then(|pod| pod.split_once('/')).map(|(namespace, _)| namespace.to_owned());
        let namespace = self.lease_namespace.or(of_pod).unwrap_or_else(|| DEFAULT_NAMESPACE.to_owned());
        LeaseRef { namespace, name: self.lease_name }
    }
}

/// A name for this process that no other has: two that start at the same moment on two machines have different ones.
pub(super) fn identity(own_pod: Option<&str>) -> Identity {
    use std::hash::{BuildHasher, RandomState};
    let process = format!("{:016x}", RandomState::new().hash_one(std::process::id()));
    match own_pod {
        Some(pod) => Identity::of_pod(pod, &process),
        None => Identity::on_host(&std::env::var("HOSTNAME").unwrap_or_else(|_| "nameless".to_owned()), &process),
    }
}
