//! What a drain waits for, pod by pod.

use std::collections::BTreeSet;

use crate::state::Successor;

/// A drain at which nothing can be done just now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drain {
    /// The profile that is to go.
    pub name: String,
    /// What is waited for.
    pub stage: Stage,
    /// What holds each pod that is left, by its path.
    pub held: Vec<(String, Blocker)>,
    /// The time for it is over.
    pub overdue: bool,
}

impl Drain {
    /// The FargateProfiles that pods wait for, each once.
    pub fn successors(&self) -> impl Iterator<Item = &str> {
        let awaited = self.held.iter().filter_map(|(_, blocker)| blocker.successor()).map(|it| it.object.as_str());
        awaited.collect::<BTreeSet<&str>>().into_iter()
    }

    /// The plan that a person may approve.
    pub fn plan(&self) -> Option<&String> {
        match &self.stage {
            Stage::Losing(plan) | Stage::HandingOver(plan) => Some(plan),
            Stage::Probing(_) | Stage::Pods | Stage::Unanswered(_) | Stage::Bounced(..) | Stage::Unhealthy(_) => None,
        }
    }
}

/// What a drain waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The first pod was evicted; its replacement is to become Ready on this profile.
    Probing(String),
    /// The pods that are left.
    Pods,
    /// The first pod was evicted for this profile, and none has become Ready there in time.
    Unanswered(String),
    /// This pod came back to the profile that is to go, although this one should have taken it.
    Bounced(String, String),
    /// Only pods are left that no other profile takes; a person may approve this plan.
    Losing(String),
    /// Pods wait for another FargateProfile to take them over; a person may approve this plan, by which they end.
    HandingOver(String),
    /// This pod does not become Ready, and nothing is Ready beside it, for this reason.
    Unhealthy(String),
}

/// What holds a pod on a profile that is to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Blocker {
    /// It is the operator itself, which moves only to where another pod has become Ready.
    Operator,
    Ending,
    /// Another pod of its controller is on its way.
    Moving,
    /// It waits until the first one moved is Ready.
    Probe,
    /// Its eviction was refused for now, with this text.
    Blocked(String),
    /// Its eviction was refused for good, with this text.
    Refused(String),
    /// Nobody makes it again.
    Bare,
    /// It belongs to a Job, which ends.
    Job,
    /// It belongs to this kind of controller, which may not make it again.
    Controller(String),
    /// It asks not to be disrupted.
    DoNotDisrupt,
    /// Its template names the profile by label.
    Pinned,
    /// No other profile takes it.
    NoProfile,
    /// This profile takes it only once its own is gone.
    Behind(String),
    /// This FargateProfile is to take it over.
    Awaiting(Successor),
    /// The profile that takes it has only just become ACTIVE.
    Settling,
    /// This profile may take it, of which nobody knows.
    Unsure(String),
}

/// What a blocked pod waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Awaits {
    /// Its own end: nobody moves it.
    End,
    /// A profile that takes it.
    Profile,
    /// A person, who mends what Kubernetes refuses.
    Person,
    /// Something that passes by itself.
    Time,
}

impl Blocker {
    fn awaits(&self) -> Awaits {
        match self {
            Self::Bare | Self::Job | Self::Controller(_) | Self::DoNotDisrupt | Self::Operator => Awaits::End,
            Self::Pinned | Self::NoProfile | Self::Behind(_) => Awaits::Profile,
            Self::Refused(_) => Awaits::Person,
            Self::Ending | Self::Moving | Self::Probe | Self::Blocked(_) => Awaits::Time,
            Self::Awaiting(_) | Self::Settling | Self::Unsure(_) => Awaits::Time,
        }
    }

    /// Nothing but the pod's own end is waited for.
    pub(crate) fn is_waited_for(&self) -> bool {
        matches!(self.awaits(), Awaits::End | Awaits::Profile)
    }

    /// No other profile takes the pod as it is.
    pub(crate) fn is_losing(&self) -> bool {
        self.awaits() == Awaits::Profile
    }

    /// Kubernetes will not let it be evicted until a person mends something.
    pub(crate) fn is_refused(&self) -> bool {
        self.awaits() == Awaits::Person
    }

    /// The FargateProfile that the pod waits for.
    pub(crate) fn successor(&self) -> Option<&Successor> {
        if let Self::Awaiting(successor) = self { Some(successor) } else { None }
    }
}
