//! How often each event may happen. The bounds keep the number of states small enough to visit them all.

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
    /// A drain reaches its time limit.
    Timeout,
    Restart,
    Scale,
    /// A pod lands on the wrong profile.
    Astray,
    Budget,
    PodLag,
    /// Somebody writes the label of one of our profiles into a pod.
    Forge,
    Apply,
    Rollout,
}

/// How often each event may still happen.
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

    /// Whether only these events may happen.
    pub fn has_only(&self, these: &[Event]) -> bool {
        let is_one = |index: usize| these.iter().any(|event_budget| *event_budget as usize == index);
        self.0.iter().enumerate().all(|(index, times)| *times == 0 || is_one(index))
    }

    pub fn grant(&mut self, event_budget: Event) {
        self.0[event_budget as usize] += 1;
    }

    /// A printed trace may spend an event whoever granted it.
    pub fn spend(&mut self, event_budget: Event) {
        self.0[event_budget as usize] = self.0[event_budget as usize].saturating_sub(1);
    }
}
