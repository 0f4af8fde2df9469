//! The settings of `run`: what they are called, what they mean, what they are when nobody says.

use std::net::SocketAddr;

use clap::Args as ClapArgs;

use super::iam;
use super::lease::LeaseArgs;
use super::mending::MendingArgs;
use super::subnets::{self, SubnetTerm};
use super::values::{self, Interval};
use crate::api::Prerequisites;
use crate::intervals::{DEFAULTS, Intervals, LeaseConfig};
use crate::telemetry::logs::LogFormat;

const EXAMPLES: &str = "\
Every setting is a flag and an environment variable; the flag wins. An empty variable counts as not set, except for \
FARGATE_OPERATOR_ADMIN_LISTEN. On an invalid value the operator exits with code 2 and says which value is wrong, why, and what is \
valid. It logs a warning for unknown variables FARGATE_OPERATOR_….

Write durations as 90s, 2m or 1h30m.

AWS credentials come from the SDK's default chain (IRSA, Pod Identity, AWS_PROFILE, …), Kubernetes from the pod's service account, \
else from KUBECONFIG or ~/.kube/config.

Examples:
  In a cluster, with the defaults:
    fargate-operator run --cluster-name prod --region eu-central-1
  With a role and subnets for profiles that name none:
    FARGATE_OPERATOR_CLUSTER_NAME=prod AWS_REGION=eu-central-1 fargate-operator run \\
      --default-pod-execution-role-arn arn:aws:iam::111122223333:role/fargate-pods \\
      --default-subnets subnet-0a1b2c3d4e5f67890,subnet-0f9e8d7c6b5a43210
  Log at level debug, without a restart:
    kubectl -n fargate-operator port-forward POD 8081 & curl -X PUT -d info,fargate_operator=debug localhost:8081/log-level

Exit codes:
  0  stopped by SIGTERM or SIGINT, after the passes in progress ended
  1  it could not start or continue, or it lost the Lease to another process: the last line on stderr says why
  2  a setting is missing or invalid";

/// Settings. Each is a flag and an environment variable.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Args {
    /// Name of the EKS cluster that the operator runs in; the default of spec.clusterName.
    #[arg(long, env = "FARGATE_OPERATOR_CLUSTER_NAME", value_name = "NAME", value_parser = values::cluster_name)]
    #[arg(help_heading = "Cluster")]
    pub(super) cluster_name: String,

    /// AWS region of the EKS clusters, such as eu-central-1.
    #[arg(long, env = "AWS_REGION", value_name = "REGION", value_parser = values::region, help_heading = "Cluster")]
    pub(super) region: String,

    /// Pod execution role of profiles whose spec has none. If not set, every spec must have one.
    #[arg(long, env = "FARGATE_OPERATOR_DEFAULT_POD_EXECUTION_ROLE_ARN", value_name = "ARN", value_parser = iam::role_arn)]
    #[arg(help_heading = "Defaults for profiles")]
    pub(super) default_pod_execution_role_arn: Option<String>,

    /// Subnets of profiles whose spec has none: ids, separated by commas; or auto, the private subnets of the cluster with a
    /// route out, or of its VPC if the cluster has no private one; or tag:KEY=VALUE or tag:KEY, the subnets of the VPC with this
    /// tag, or with all of several tags. auto and tag: need the permissions in deploy/iam/checks.json. If not set, EKS chooses.
    #[arg(long, env = "FARGATE_OPERATOR_DEFAULT_SUBNETS", value_name = "SUBNET,…", value_delimiter = ',', value_parser = subnets::term)]
    #[arg(help_heading = "Defaults for profiles")]
    pub(super) default_subnets: Vec<SubnetTerm>,

    /// What to do if prerequisites are not met, for profiles without spec.prerequisites: Enforce, Warn or Ignore.
    #[arg(long, env = "FARGATE_OPERATOR_DEFAULT_PREREQUISITES", value_name = "RULE", default_value = "Enforce", value_parser = values::prerequisites)]
    #[arg(help_heading = "Defaults for profiles")]
    pub(super) default_prerequisites: Prerequisites,

    /// EKS profile that the operator's own pod runs on, if any. No DeleteFirst replacement deletes it. The manifests set it
    /// from the pod's label eks.amazonaws.com/fargate-profile.
    #[arg(long, env = "FARGATE_OPERATOR_OWN_PROFILE", value_name = "NAME", value_parser = values::profile_name)]
    #[arg(help_heading = "The operator's own pod")]
    pub(super) own_profile: Option<String>,

    /// The operator's own pod. It is moved only to an EKS profile on which another pod has become Ready. The manifests set it.
    #[arg(long, env = "FARGATE_OPERATOR_OWN_POD", value_name = "NAMESPACE/NAME", value_parser = values::pod)]
    #[arg(help_heading = "The operator's own pod")]
    pub(super) own_pod: Option<String>,

    /// Address of /healthz, /readyz and /metrics. The default is all addresses, IPv4 and IPv6.
    #[arg(long, env = "FARGATE_OPERATOR_LISTEN", value_name = "ADDRESS:PORT", default_value = "[::]:8080", value_parser = values::address)]
    #[arg(help_heading = "Endpoints")]
    pub(super) listen: SocketAddr,

    /// Address of /log-level, which must be a loopback address: use kubectl port-forward. GET returns the log filter, PUT
    /// changes it until the next start. Empty turns it off.
    #[arg(long, env = "FARGATE_OPERATOR_ADMIN_LISTEN", value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8081", value_parser = values::admin_address)]
    #[arg(help_heading = "Endpoints")]
    pub(super) admin_listen: values::Switched<SocketAddr>,

    /// Log filter: a level (off, error, warn, info, debug, trace), or target=level pairs, separated by commas.
    #[arg(long, env = "FARGATE_OPERATOR_LOG", value_name = "FILTER", default_value = "info", value_parser = values::log_filter)]
    #[arg(help_heading = "Logs and traces")]
    pub(super) log: String,

    /// Format of the log on standard error.
    #[arg(long, env = "FARGATE_OPERATOR_LOG_FORMAT", value_name = "FORMAT", value_enum, default_value_t = LogFormat::Auto)]
    #[arg(help_heading = "Logs and traces")]
    pub(super) log_format: LogFormat,

    /// OpenTelemetry collector to send traces to, by OTLP over HTTP, such as http://collector:4318. If not set, there are no
    /// traces. OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES, OTEL_TRACES_SAMPLER and OTEL_EXPORTER_OTLP_HEADERS have their
    /// usual meaning.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_name = "URL", value_parser = values::url)]
    #[arg(help_heading = "Logs and traces")]
    pub(super) otlp_endpoint: Option<String>,

    #[command(flatten)]
    pub(super) mending: MendingArgs,

    #[command(flatten)]
    pub(super) lease: LeaseArgs,

    #[command(flatten)]
    pub(super) intervals: IntervalArgs,
}

/// Intervals. The defaults suit production; --time-scale is for test beds.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Intervals (the defaults suit production)")]
pub(in crate::cli) struct IntervalArgs {
    /// How long to wait for a call to EKS to take effect before assuming that it had none. Longer than the operation timeout.
    #[arg(long, env = "FARGATE_OPERATOR_QUIET", value_name = "DURATION", default_value_t = Interval(DEFAULTS.quiet))]
    quiet: Interval,

    /// How long a new profile must be ACTIVE before pods are moved to it, since the cluster learns of it with a delay.
    #[arg(long, env = "FARGATE_OPERATOR_SETTLE", value_name = "DURATION", default_value_t = Interval(DEFAULTS.settle))]
    settle: Interval,

    /// How long the first pod moved to a new profile may take to become Ready before the profile counts as failed.
    #[arg(long, env = "FARGATE_OPERATOR_PROGRESS_DEADLINE", value_name = "DURATION", default_value_t = Interval(DEFAULTS.progress_deadline))]
    progress_deadline: Interval,

    /// Time between reconciles of a profile that is settled.
    #[arg(long, env = "FARGATE_OPERATOR_RESYNC", value_name = "DURATION", default_value_t = Interval(DEFAULTS.resync))]
    resync: Interval,

    /// Time between DescribeFargateProfile calls for a profile that stays listed.
    #[arg(long, env = "FARGATE_OPERATOR_DESCRIBE_AGAIN", value_name = "DURATION", default_value_t = Interval(DEFAULTS.describe_again))]
    describe_again: Interval,

    /// Time limit of a call to AWS or Kubernetes.
    #[arg(long, env = "FARGATE_OPERATOR_OPERATION_TIMEOUT", value_name = "DURATION", default_value_t = Interval(DEFAULTS.operation_timeout))]
    operation_timeout: Interval,

    /// Factor, from 1 to 10000, by which every interval is divided, for a test bed that is that much faster than EKS.
    #[arg(long, env = "FARGATE_OPERATOR_TIME_SCALE", value_name = "FACTOR", default_value_t = 1.0, value_parser = values::scale)]
    pub(super) time_scale: f64,
}

impl Args {
    /// Whether the settings fit together.
    ///
    /// # Errors
    /// Which do not, why, and what would do.
    pub(in crate::cli) fn check(&self) -> Result<(), String> {
        subnets::check(&self.default_subnets)?;
        self.mending.check(self.default_pod_execution_role_arn.as_deref())?;
        let IntervalArgs { quiet: Interval(quiet), operation_timeout: Interval(operation_timeout), .. } =
            self.intervals;
        if quiet > operation_timeout {
            return self.lease.check();
        }
        Err(format!(
            "--quiet (FARGATE_OPERATOR_QUIET) is {quiet:?} and --operation-timeout (FARGATE_OPERATOR_OPERATION_TIMEOUT) is \
             {operation_timeout:?}: the quiet time must be longer, since a call may take effect as long as it is under way; raise \
             the one or lower the other"
        ))
    }
}

impl IntervalArgs {
    /// The intervals that these make, of a process that leads by `lease`.
    pub(super) fn intervals(&self, lease: LeaseConfig) -> Intervals {
        let intervals = Intervals {
            quiet: self.quiet.0,
            settle: self.settle.0,
            progress_deadline: self.progress_deadline.0,
            resync: self.resync.0,
            describe_again: self.describe_again.0,
            operation_timeout: self.operation_timeout.0,
            lease,
            ..DEFAULTS
        };
        intervals.scaled(self.time_scale)
    }
}
