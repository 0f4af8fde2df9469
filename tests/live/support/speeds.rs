//! How fast beds run, and how soon their EKS is done.

use std::time::Duration;

use bed::{CLUSTER, Options};
use eks_simulator::ClusterSettings;

/// A bed whose EKS creates a profile in a minute and deletes it in half of one.
pub fn quick(time_scale: f64) -> Options {
    let cluster = ClusterSettings::named(CLUSTER).creating(Duration::from_secs(60)).deleting(Duration::from_secs(30));
    Options { time_scale, cluster, ..Options::default() }
}

/// One that is quicker still and has a long quiet time, for tests in which effects come late: quiet time ends when the
/// effect is seen, so that these tests last no longer than the lateness, and whoever does not wait has long gone on.
pub fn quiet(time_scale: f64) -> Options {
    let cluster = ClusterSettings::named(CLUSTER).creating(Duration::from_secs(20)).deleting(Duration::from_secs(10));
    let environment = vec![("FARGATE_OPERATOR_QUIET".to_owned(), "10m".to_owned())];
    Options { time_scale, cluster, environment, ..Options::default() }
}

/// How many times as fast as EKS those tests are that see many objects live: as fast as a machine with other work to do can
/// keep it up.
pub const SCALE: f64 = 300.0;
/// The operator's time limit for a call, real: it does not scale below two seconds.
const TIMEOUT: Duration = Duration::from_secs(1);
/// Its quiet time, real: the time limit, and more than a loaded machine is late by.
const QUIET: Duration = Duration::from_millis(1500);
/// How late calls and looks may be, real, so that quiet time covers them.
pub const LATENESS: Duration = Duration::from_millis(400);

/// How long a profile is CREATING, unscaled.
pub const CREATING: Duration = Duration::from_secs(20);

/// What is so long in reality, in the time of EKS and the operator.
pub fn unscaled(real: Duration) -> Duration {
    real.mul_f64(SCALE)
}

/// A bed for them.
pub fn swift() -> Options {
    let cluster = ClusterSettings::named(CLUSTER).creating(CREATING).deleting(Duration::from_secs(10));
    let environment = vec![
        ("FARGATE_OPERATOR_OPERATION_TIMEOUT".to_owned(), format!("{}ms", TIMEOUT.as_millis())),
        ("FARGATE_OPERATOR_QUIET".to_owned(), format!("{}ms", unscaled(QUIET).as_millis())),
        // The cluster learns of a profile at once here.
        ("FARGATE_OPERATOR_SETTLE".to_owned(), "30s".to_owned()),
    ];
    Options { time_scale: SCALE, cluster, environment, ..Options::default() }
}
