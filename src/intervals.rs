//! Every interval of the operator, its default, and the one factor that divides them.

use std::time::Duration;

/// The intervals of the operator. A run with scale 60 is the same run, sixty times as fast.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Intervals {
    // Settings of `run`; the chart's `intervals`.
    /// How long the effect of a mutation is waited for before anything else is concluded. At least the operation timeout
    /// plus EKS's visibility lag.
    pub quiet: Duration,
    /// How long a profile is ACTIVE before pods are expected to land on it.
    pub settle: Duration,
    /// How long a pod that was moved may take to become Ready.
    pub progress_deadline: Duration,
    /// Time between looks at an object that is settled.
    pub resync: Duration,
    /// Time between two Describes of a profile whose name stays listed.
    pub describe_again: Duration,
    /// Time limit of a call to AWS or Kubernetes.
    pub operation_timeout: Duration,
    pub lease: LeaseConfig,

    // No settings.
    /// How long a pod is unscheduled before it counts as pending.
    pub pending_after: Duration,
    /// How long pods that no profile takes are named before their profile is deleted with its object.
    pub notice: Duration,
    /// Time between two writes of a status in which only the count of pods has changed.
    pub status_counts_every: Duration,
    /// How long a pod does not work before status says why.
    pub pod_issue_after: Duration,
    /// Time between two counts of the pods that run outside of Fargate.
    pub outside_count_every: Duration,
    /// Time between two checks of prerequisites, if nothing is wrong.
    pub prerequisites_again: Duration,
    /// Time between two checks of prerequisites while a change waits for one.
    pub prerequisites_soon: Duration,
    /// Time between two looks at the account's quotas, as long as they suffice.
    pub quotas_again: Duration,
    /// Shortest interval of polling an operation.
    pub poll_least: Duration,
    /// Longest interval of polling an operation.
    pub poll_most: Duration,
    /// A mutation follows a look no older than this.
    pub fresh: Duration,
    /// First back-off after a failure; doubles with each further one.
    pub back_off_first: Duration,
    /// Longest back-off after a failure that may pass by itself.
    pub back_off_most: Duration,
    /// Longest back-off after a failure that a person has to mend.
    pub back_off_stalled: Duration,
    /// Time between passes over an object that will be woken by what it waits for.
    pub wait: Duration,
    /// Time limit of a request to Kubernetes until its answer begins, also of one that lists or that starts a watch. The API
    /// server itself gives a request a minute.
    pub request_timeout: Duration,

    // Not divided: they are the API server's pace, which does not get faster.
    /// How long the API server keeps a watch of pods open; then it is opened again where it ended. In whole seconds, at
    /// least one: the API counts so. Opening it costs the API server less than the heartbeats of a node do.
    pub watch: Duration,
    /// First pause after a watch of pods has failed; doubles with each further failure.
    pub watch_retry_least: Duration,
    /// Longest pause after a watch of pods has failed.
    pub watch_retry_most: Duration,
    /// How long nothing may be heard of FargateProfiles while the API server is reached. It says something about every
    /// minute, ends each watch after five, and the next one has begun a minute later or failed.
    pub silence: Duration,

    /// How many times as fast as EKS all this is, for the intervals that objects bring along.
    pub scale: f64,
}

/// The intervals of leader election, under client-go's names.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeaseConfig {
    /// How long a standby sees the Lease unchanged before it takes over.
    pub lease_duration: Duration,
    /// How long after its last renewal the leader still acts.
    pub renew_deadline: Duration,
    /// Time between two renewals, and between two reads by a standby.
    pub retry_period: Duration,
}

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// The defaults, of settings too.
pub const DEFAULTS: Intervals = Intervals {
    quiet: seconds(60),
    settle: seconds(90),
    progress_deadline: seconds(600),
    resync: seconds(120),
    describe_again: seconds(300),
    operation_timeout: seconds(30),
    lease: LeaseConfig { lease_duration: seconds(15), renew_deadline: seconds(10), retry_period: seconds(2) },
    pending_after: seconds(60),
    notice: seconds(60),
    status_counts_every: seconds(30),
    pod_issue_after: seconds(120),
    outside_count_every: seconds(600),
    prerequisites_again: seconds(1800),
    prerequisites_soon: seconds(60),
    quotas_again: seconds(24 * 3600),
    poll_least: seconds(5),
    poll_most: seconds(60),
    fresh: seconds(10),
    back_off_first: seconds(5),
    back_off_most: seconds(300),
    back_off_stalled: seconds(1800),
    wait: seconds(60),
    request_timeout: seconds(65),
    watch: seconds(60),
    watch_retry_least: seconds(1),
    watch_retry_most: seconds(30),
    silence: seconds(900),
    scale: 1.0,
};

/// A poll every 25th of an operation's age notices its end within about 4% of its duration.
const POLLS_PER_AGE: u32 = 25;

impl Intervals {
    /// The same intervals, divided by `scale`. A floor stays where the network and the machine, which do not get faster, could
    /// not keep up.
    pub fn scaled(self, scale: f64) -> Self {
        let faster = |interval: Duration| interval.div_f64(scale);
        let floored = |interval: Duration, floor: Duration| faster(interval).max(floor.min(interval));
        let operation_timeout = floored(self.operation_timeout, seconds(2));
        let LeaseConfig { lease_duration, renew_deadline, retry_period } = self.lease;
        Self {
            quiet: faster(self.quiet).max(operation_timeout),
            settle: faster(self.settle),
            progress_deadline: faster(self.progress_deadline),
            resync: faster(self.resync),
            describe_again: faster(self.describe_again),
            operation_timeout,
            lease: LeaseConfig {
                lease_duration: floored(lease_duration, seconds(4)),
                renew_deadline: floored(renew_deadline, seconds(3)),
                // Five tries before the deadline, as unscaled.
                retry_period: floored(retry_period, Duration::from_millis(600)),
            },
            pending_after: faster(self.pending_after),
            notice: faster(self.notice),
            status_counts_every: faster(self.status_counts_every),
            pod_issue_after: faster(self.pod_issue_after),
            outside_count_every: faster(self.outside_count_every),
            prerequisites_again: faster(self.prerequisites_again),
            prerequisites_soon: faster(self.prerequisites_soon),
            quotas_again: faster(self.quotas_again),
            poll_least: faster(self.poll_least),
            poll_most: faster(self.poll_most),
            fresh: floored(self.fresh, Duration::from_millis(500)),
            back_off_first: faster(self.back_off_first),
            back_off_most: faster(self.back_off_most),
            back_off_stalled: faster(self.back_off_stalled),
            wait: faster(self.wait),
            request_timeout: floored(self.request_timeout, seconds(10)),
            watch: self.watch,
            watch_retry_least: self.watch_retry_least,
            watch_retry_most: self.watch_retry_most,
            silence: self.silence,
            scale: self.scale * scale,
        }
    }

    /// An interval that an object brings along, divided like these.
    pub fn scale_down(&self, interval: Duration) -> Duration {
        interval.div_f64(self.scale)
    }

    /// Upper bound on the length of a pass: looks, one effect, the report.
    pub fn longest_pass(&self) -> Duration {
        self.operation_timeout * 6
    }

    /// A waiting object asks again every `wait`; after three missed rounds it no longer counts as waiting.
    pub fn patience(&self) -> Duration {
        self.wait * 3
    }

    /// A look is asked for when it is at most `fresh` old; until the mutation is sent it may get as old again.
    pub fn stale(&self) -> Duration {
        self.fresh * 2
    }

    /// How long until an operation of this age is polled again.
    pub fn poll(&self, age: Duration) -> Duration {
        (age / POLLS_PER_AGE).clamp(self.poll_least, self.poll_most)
    }

    /// The API server is silent no longer than this while a watch of pods is in order.
    pub fn watch_silence(&self) -> Duration {
        self.watch.max(seconds(1)) + self.operation_timeout
    }

    /// Pods are never known by news older than this: two minutes by default. It is what passes until a watch that has gone
    /// silent is noticed, and then until another has been refused or has failed to start.
    pub fn pods_bound(&self) -> Duration {
        self.watch_silence() + self.operation_timeout
    }
}

impl LeaseConfig {
    /// Upper bound on the time between two calls made by a standby.
    pub fn longest_round(&self) -> Duration {
        self.retry_period + self.call_timeout()
    }

    /// Time limit of a call. When one gets no answer, two more fit before the deadline.
    pub fn call_timeout(&self) -> Duration {
        self.renew_deadline / 3
    }
}
