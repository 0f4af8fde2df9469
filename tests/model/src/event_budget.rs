//! What may happen only so often, so that the states of a configuration can all be visited.

/// What happens a bounded number of times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    Edit,
    Suspend,
    Delete,
    Crash,
    Lost,
    ReplyLost,
    Late,
    Refused,
    Unwritten,
    Lag,
    CreateFails,
    DeleteFails,
    Outsider,
    Squatter,
    Strip,
    Busy,
    Pod,
    Blind,
    Switch,
    Approve,
    Retag,
    /// The longer interval passes although pods could start within it.
    Slow,
    /// The time for a drain is over.
    Timeout,
    Restart,
    Scale,
    /// A pod lands where it should not.
    Astray,
    Budget,
    PodLag,
    /// Somebody writes the label of one of our profiles into a pod of his own.
    Forge,
    /// An object is created later.
    Apply,
    /// A person edits a Deployment's template.
    Rollout,
}

/// How often each may still happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct EventBudget([u8; 31]);

impl EventBudget {
    pub fn of(these: &[(Event, u8)]) -> Self {
        let mut left = Self::default();
        for (event_budget, times) in these {
            left.0[*event_budget as usize] = *times;
        }
        left
    }

    pub fn has(&self, event_budget: Event) -> bool {
        self.0[event_budget as usize] > 0
    }

    /// Whether nothing but these may happen.
    pub fn has_only(&self, these: &[Event]) -> bool {
        let is_one = |index: usize| these.iter().any(|event_budget| *event_budget as usize == index);
        self.0.iter().enumerate().all(|(index, times)| *times == 0 || is_one(index))
    }

    pub fn grant(&mut self, event_budget: Event) {
        self.0[event_budget as usize] += 1;
    }

    /// A trace that is printed has it to spend, whoever granted it.
    pub fn spend(&mut self, event_budget: Event) {
        self.0[event_budget as usize] = self.0[event_budget as usize].saturating_sub(1);
    }
}
