//! What kind of world it is.

use std::time::Duration;

use eks_simulator::Pattern;

/// How a data plane starts.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The EKS cluster whose profiles it runs.
    pub cluster: String,
    /// The region in the names of nodes.
    pub region: String,
    /// The webhook's state to begin with; later [`crate::Control::webhook`].
    pub webhook: Webhook,
    /// What the API server does when the webhook fails; later [`crate::Control::failure_policy`]. EKS's is not documented;
    /// pods that slipped through while it was down (aws/karpenter-provider-aws 7455) speak for `Ignore`, the default.
    pub failure_policy: FailurePolicy,
    /// The API server's patience with the webhook, in real seconds, 1 to 30. EKS's is not documented. Default 10, as
    /// Kubernetes has it.
    pub webhook_timeout: i32,
    /// How many ordinary nodes there are; later [`crate::Control::ec2`]. Default none.
    pub ec2: usize,
    /// All that can be changed at any moment.
    pub switches: Switches,
}

/// What can be changed at any moment, by [`crate::Control::change`].
#[derive(Clone, Debug)]
pub struct Switches {
    /// How long after ACTIVE the webhook matches a profile. That there is a delay is known of clusters that have just become
    /// active (eksctl PR 3615). Default 0.
    pub webhook_learns_after: Duration,
    /// How long a profile that is no longer ACTIVE is still matched. Not documented. Default 0.
    pub webhook_forgets_after: Duration,
    /// How long after ACTIVE the scheduler runs a profile's pods. Default 0.
    pub scheduler_learns_after: Duration,
    /// What "alphanumeric order" (UG) means.
    pub order: Order,
    /// Whether pods get the priority class `system-node-critical`, as EKS's do. Default yes.
    pub priority_class: bool,
    /// From a pod that can run to its node. Default 30 s.
    pub provisioning: Duration,
    /// From its node to Ready. Default 15 s.
    pub starting: Duration,
    /// The longest that a pod takes to stop; shorter if its grace is. Default 5 s.
    pub stopping: Duration,
    /// How long pods of Jobs run that do not say it themselves ([`crate::RUNS_FOR`]); `None` is for ever, the default.
    pub jobs_run_for: Option<Duration>,
    /// Whether the deletion of a profile also deletes its pods that never got a node. The User Guide tells only of
    /// running ones; pods that stayed Pending after a replacement are known (terraform-aws-eks 3374). Default yes.
    pub pending_pods_go: bool,
    /// Whether the annotation that CoreDNS's add-on writes is the lower case of the `computeType` that it is configured with.
    /// What it writes is not known; `fargate` is what eksctl writes (eksctl 2268), and documents for the add-on have had both
    /// (terraform-aws-eks 2922). Default yes.
    pub addon_lowers_compute_type: bool,
    /// Whether an add-on without `computeType` holds CoreDNS on EC2, as it long did (eksctl 2268); newer ones do not
    /// (gruntwork-io/kubergrunt 223). Default yes.
    pub addon_holds_coredns: bool,
    /// Whether an update of the add-on leaves the Deployment as it is, until it does so no more. How long EKS takes to begin is not
    /// documented. Default no.
    pub addon_waits: bool,
    /// Profiles whose pods cannot start. The first that matches counts.
    pub troubles: Vec<Trouble>,
    /// Pods that take longer to go.
    pub refusals: Vec<Refusal>,
}

/// The state of the webhook.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Webhook {
    /// It answers.
    #[default]
    Present,
    /// Its configuration does not exist.
    Absent,
    /// It answers after so much real time.
    Slow(Duration),
    /// It answers 500.
    Failing,
}

/// A webhook's `failurePolicy`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FailurePolicy {
    /// The pod is created as if there were no webhook.
    #[default]
    Ignore,
    /// The pod is not created.
    Fail,
}

impl FailurePolicy {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Ignore => "Ignore",
            Self::Fail => "Fail",
        }
    }
}

/// Which of several matching profiles takes a pod: the first in this order of names (UG: "alphanumeric").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// By bytes.
    #[default]
    Ascii,
    /// By bytes of the lower-case name.
    CaseInsensitive,
    /// Runs of digits count as numbers.
    Natural,
    /// By bytes, the last first: a world that is not EKS's, for tests that must fail in it.
    Reversed,
}

/// Why pods of a profile cannot start.
#[derive(Clone, Debug)]
pub struct Trouble {
    /// Whose pods.
    pub profile: Pattern,
    /// What it looks like.
    pub kind: TroubleKind,
    /// When it is over, in the simulator's time; `None` is never.
    pub until: Option<Duration>,
}

/// What the pods look like that cannot start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TroubleKind {
    /// They get a node, and stay in ImagePullBackOff: no way out of the subnets (UG: NAT or VPC endpoints are needed).
    ImagePull,
    /// They get no node: `Pod provisioning timed out (will retry)` (eksctl 2690, containers-roadmap 1890, 768).
    Provisioning {
        /// Whether they are tried again when it is over. Pending for ever is known as well (containers-roadmap 2654).
        retried: bool,
    },
    /// They get no node, and the scheduler says this of it, or nothing. Its texts are in public reports only, and each test
    /// says where it has its own from.
    Says(&'static str),
    /// They get a node, and their containers wait for this.
    Stuck {
        /// The kubelet's reason, such as `CrashLoopBackOff`.
        reason: &'static str,
        /// The kubelet's message.
        message: &'static str,
        /// How the last try has ended.
        ended: Option<Ended>,
    },
    /// They run, and do not become ready: a probe fails, as where a security group keeps the kubelet out
    /// (aws/containers-roadmap 625).
    NeverReady,
    /// They run well, with this in their annotation `Logging` (UG: Fargate logging; containers-roadmap 2165).
    Logging(&'static str),
}

/// How a container has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The kubelet's reason, such as `StartError` (containers-roadmap 1864).
    pub reason: &'static str,
    /// What the container ended with.
    pub exit_code: i32,
    /// The kubelet's message.
    pub message: &'static str,
}

/// Pods that take longer to go than they should.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// Names of pods.
    pub pods: Pattern,
    /// How much longer.
    pub by: Duration,
}

impl Settings {
    /// The defaults for this cluster.
    pub fn of(cluster: impl Into<String>) -> Self {
        Self { cluster: cluster.into(), ..Self::default() }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            cluster: "prod".to_owned(),
            region: "eu-central-1".to_owned(),
            webhook: Webhook::default(),
            failure_policy: FailurePolicy::default(),
            webhook_timeout: 10,
            ec2: 0,
            switches: Switches::default(),
        }
    }
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            webhook_learns_after: Duration::ZERO,
            webhook_forgets_after: Duration::ZERO,
            scheduler_learns_after: Duration::ZERO,
            order: Order::default(),
            priority_class: true,
            provisioning: Duration::from_secs(30),
            starting: Duration::from_secs(15),
            stopping: Duration::from_secs(5),
            jobs_run_for: None,
            pending_pods_go: true,
            addon_lowers_compute_type: true,
            addon_holds_coredns: true,
            addon_waits: false,
            troubles: Vec::new(),
            refusals: Vec::new(),
        }
    }
}

impl Switches {
    /// What keeps pods of a profile from starting at this moment.
    pub(crate) fn trouble(&self, profile: &str, now: Duration) -> Option<&Trouble> {
        let lasts = |trouble: &&Trouble| trouble.until.is_none_or(|until| now < until);
        self.troubles.iter().filter(lasts).find(|trouble| trouble.profile.matches(Some(profile)))
    }

    /// How much longer a pod takes to go.
    pub(crate) fn refusal(&self, pod: &str) -> Duration {
        let first = self.refusals.iter().find(|refusal| refusal.pods.matches(Some(pod)));
        first.map_or(Duration::ZERO, |refusal| refusal.by)
    }
}
