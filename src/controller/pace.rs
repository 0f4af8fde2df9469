//! Every interval of the operator in one place, and the one factor that scales them all.

use std::time::Duration;

use crate::act::TurnPace;
use crate::eks::{Class, Failure};
use crate::report::Rhythm;

/// The intervals of the operator. A run with scale 60 is the same run, sixty times as fast.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// Without its effect in sight, a mutation is waited for so long. At least the operation timeout plus EKS's
    /// visibility lag.
    pub quiet: Duration,
    /// How long a profile is ACTIVE before pods are expected to land on it.
    pub settle: Duration,
    /// How long a pod that was moved may take to become Ready.
    pub progress: Duration,
    /// How long a pod is unscheduled before it counts as pending.
    pub pending_after: Duration,
    /// How long pods that no profile takes are named before their profile is deleted with its object.
    pub notice: Duration,
    /// Between two writes of a status in which nothing but the count of pods has changed.
    pub count_again: Duration,
    /// Between looks at an object that is settled.
    pub resync: Duration,
    /// Between two Describes of a profile whose name stays listed.
    pub describe_again: Duration,
    /// After this long a call to AWS or Kubernetes has failed.
    pub operation_timeout: Duration,
    /// After this long without the beginning of an answer a request to Kubernetes has failed, also one that lists or that
    /// starts a watch. The API server itself gives a request a minute.
    pub request_timeout: Duration,
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
    /// Between passes over an object that waits for something which will wake it.
    pub wait: Duration,
    /// How many times as fast as EKS all this is, for the intervals that objects bring along.
    pub scale: f64,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            quiet: Duration::from_secs(60),
            settle: Duration::from_secs(90),
            progress: Duration::from_secs(600),
            pending_after: Duration::from_secs(60),
            notice: Duration::from_secs(60),
            count_again: Duration::from_secs(30),
            resync: Duration::from_secs(120),
            describe_again: Duration::from_secs(600),
            operation_timeout: Duration::from_secs(30),
            request_timeout: Duration::from_secs(65),
            poll_least: Duration::from_secs(5),
            poll_most: Duration::from_secs(60),
            fresh: Duration::from_secs(10),
            back_off_first: Duration::from_secs(5),
            back_off_most: Duration::from_secs(300),
            back_off_stalled: Duration::from_secs(1800),
            wait: Duration::from_secs(60),
            scale: 1.0,
        }
    }
}

impl Pace {
    /// The same pace, `scale` times as fast. Call time limits keep at least two real seconds, and looks stay fresh for half
    /// a second, since neither the network nor the machine gets faster with it.
    #[must_use]
    pub fn scaled(self, scale: f64) -> Self {
        const LEAST_TIMEOUT: Duration = Duration::from_secs(2);
        const LEAST_REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
        const LEAST_FRESH: Duration = Duration::from_millis(500);
        let faster = |interval: Duration| interval.div_f64(scale);
        let operation_timeout = faster(self.operation_timeout).max(LEAST_TIMEOUT.min(self.operation_timeout));
        Self {
            quiet: faster(self.quiet).max(operation_timeout),
            settle: faster(self.settle),
            progress: faster(self.progress),
            pending_after: faster(self.pending_after),
            notice: faster(self.notice),
            count_again: faster(self.count_again),
            resync: faster(self.resync),
            describe_again: faster(self.describe_again),
            operation_timeout,
            request_timeout: faster(self.request_timeout).max(LEAST_REQUEST_TIMEOUT.min(self.request_timeout)),
            poll_least: faster(self.poll_least),
            poll_most: faster(self.poll_most),
            fresh: faster(self.fresh).max(LEAST_FRESH.min(self.fresh)),
            back_off_first: faster(self.back_off_first),
            back_off_most: faster(self.back_off_most),
            back_off_stalled: faster(self.back_off_stalled),
            wait: faster(self.wait),
            scale: self.scale * scale,
        }
    }

    /// A pass may take so long: looks, one effect, the report.
    #[must_use]
    pub fn longest_pass(&self) -> Duration {
        self.operation_timeout * 6
    }

    /// An interval that an object brings along, in this pace.
    #[must_use]
    pub fn scaled_down(&self, interval: Duration) -> Duration {
        interval.div_f64(self.scale)
    }

    /// Longest back-off after this failure.
    #[must_use]
    pub fn longest(&self, failure: &Failure) -> Duration {
        match failure.class {
            Class::Fix => self.back_off_stalled,
            // A budget that lets a pod go does not say so.
            Class::Wait => self.poll_most,
            Class::Retry | Class::Propagation | Class::Gone => self.back_off_most,
        }
    }

    /// The intervals of passes.
    #[must_use]
    pub fn rhythm(&self) -> Rhythm {
        Rhythm { poll_least: self.poll_least, poll_most: self.poll_most, resync: self.resync, wait: self.wait }
    }

    /// The intervals of turns. Who waits asks again every `wait`, so that three times that is somebody who does not. A look
    /// is asked for when it is at most `fresh` old; until the mutation is sent it may get as old again.
    #[must_use]
    pub fn turn(&self) -> TurnPace {
        TurnPace { quiet: self.quiet, patience: self.wait * 3, fresh: self.fresh * 2 }
    }
}
