//! What each pod of a drain waits for.

use std::collections::BTreeSet;

use crate::state::Successor;

/// A drain that can do nothing at the moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drain {
    /// The profile that is to go.
    pub name: String,
    pub stage: Stage,
    /// What holds each remaining pod, by its path.
    pub held: Vec<(String, Blocker)>,
    /// Its time limit has passed.
    pub overdue: bool,
}

impl Drain {
    /// The FargateProfiles that pods wait for, without duplicates.
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

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The first pod was evicted. Its replacement has to become Ready on this profile.
    Probing(String),
    Pods,
    /// The first pod was evicted for this profile, but no pod became Ready there in time.
    Unanswered(String),
    /// This pod came back to the old profile, although this other profile should have taken it.
    Bounced(String, String),
    /// Only pods that no other profile takes are left. A person may approve this plan.
    Losing(String),
    /// Pods wait for another FargateProfile to take them over. A person may approve this plan, which ends them.
    HandingOver(String),
    /// This pod does not become Ready, for this reason, and no other pod on the profile is Ready.
    Unhealthy(String),
}

/// What holds a pod on a profile that is to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Blocker {
    /// The operator's own pod moves only to a profile on which another pod has become Ready.
    Operator,
    Ending,
    /// Another pod of its controller is being replaced.
    Moving,
    /// It waits until the probe's replacement is Ready.
    Probe,
    /// Its eviction was refused for now, with this message.
    Blocked(String),
    /// Its eviction was refused until a person acts, with this message.
    Refused(String),
    /// No controller recreates it.
    Bare,
    /// It belongs to a Job, which will end.
    Job,
    /// This kind of controller may not recreate it.
    Controller(String),
    DoNotDisrupt,
    /// Its pod template names the old profile by label.
    Pinned,
    NoProfile,
    /// This profile takes it only once the old profile is gone.
    Behind(String),
    /// This FargateProfile is to take it over.
    Awaiting(Successor),
    /// The profile that takes it has only just become ACTIVE.
    Settling,
    /// This profile may take it, but its state is unknown.
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

    /// The pod goes as soon as others have moved.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(self, Self::Ending | Self::Moving | Self::Probe | Self::Settling)
    }

    /// Whether the eviction stays refused until a person acts.
    pub(crate) fn is_refused(&self) -> bool {
        self.awaits() == Awaits::Person
    }

    /// The FargateProfile that the pod waits for.
    pub(crate) fn successor(&self) -> Option<&Successor> {
        if let Self::Awaiting(successor) = self { Some(successor) } else { None }
    }
}
