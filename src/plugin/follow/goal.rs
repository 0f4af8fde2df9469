//! The condition that a wait is for, and whether it is met or cannot be met. Pure.

use std::collections::BTreeMap;

use crate::api::{ConditionType, FargateProfile};
use crate::plugin::status::{Course, Outlook, Phase};

/// What is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::plugin) enum Goal {
    /// Nothing is in progress, for any object or for the one of this name. Being deleted also meets it.
    Quiet(Option<String>),
    /// The object is settled.
    Settled(String),
    /// An EKS profile serves its spec, whatever else goes on.
    Ready(String),
    /// The object is gone.
    Deleted(String),
}

/// How a wait ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::plugin) enum End {
    Reached(String),
    /// It cannot be met until somebody acts.
    Impossible(String),
}

impl Goal {
    /// The object that it is about; none is all of them.
    pub(in crate::plugin) fn name(&self) -> Option<&str> {
        match self {
            Self::Quiet(name) => name.as_deref(),
            Self::Settled(name) | Self::Ready(name) | Self::Deleted(name) => Some(name),
        }
    }

    /// Whether it is over. `was_there`: the object has been seen.
    pub(in crate::plugin) fn end(&self, courses: &[Course], was_there: bool) -> Option<End> {
        let named = courses.first();
        match (self, named) {
            (Self::Quiet(None), _) => quiet(courses),
            (Self::Deleted(name), None) => Some(End::Reached(format!("FargateProfile {name} is gone"))),
            (Self::Quiet(Some(name)), None) if was_there => {
                Some(End::Reached(format!("FargateProfile {name} is gone")))
            }
            (Self::Quiet(Some(name)) | Self::Settled(name) | Self::Ready(name), None) => {
                Some(End::Impossible(if was_there {
                    format!("FargateProfile {name} is gone")
                } else {
                    format!("there is no FargateProfile {name:?}: kubectl get fp lists those that there are")
                }))
            }
            (Self::Quiet(Some(_)), Some(course)) => match course.outlook {
                Outlook::UnderWay => None,
                Outlook::Settled => Some(End::Reached(format!("{}: settled", course.name))),
                Outlook::Held | Outlook::Stalled => Some(End::Impossible(stuck(course))),
            },
            (Self::Settled(_) | Self::Ready(_), Some(course)) if course.deleting => {
                Some(End::Impossible(format!("FargateProfile {} is being deleted", course.name)))
            }
            (Self::Ready(_), Some(course)) if is_ready(course) => {
                Some(End::Reached(format!("{}: ready: {}", course.name, ready_message(course))))
            }
            (Self::Settled(_) | Self::Ready(_), Some(course)) => match course.outlook {
                Outlook::UnderWay => None,
                Outlook::Settled => Some(End::Reached(format!("{}: settled: {}", course.name, ready_message(course)))),
                Outlook::Held | Outlook::Stalled => Some(End::Impossible(stuck(course))),
            },
            // Somebody may delete it yet, and a person may mend what stalls it only when it is being deleted.
            (Self::Deleted(_), Some(course)) => {
                (course.deleting && course.outlook == Outlook::Stalled).then(|| End::Impossible(stuck(course)))
            }
        }
    }

    /// What is not met yet when the timeout expires.
    pub(in crate::plugin) fn unmet(&self, courses: &[Course]) -> String {
        let open: Vec<String> = courses.iter().filter(|course| self.is_open(course)).map(stands).collect();
        let what = match self {
            Self::Quiet(_) | Self::Settled(_) => "settled",
            Self::Ready(_) => "ready",
            Self::Deleted(_) => "gone",
        };
        match open.as_slice() {
            [] => "nothing has been seen of it".to_owned(),
            [one] => format!("not {what}: {one}"),
            [first, others @ ..] => format!("not {what}: {first}; and {} more", others.len()),
        }
    }

    fn is_open(&self, course: &Course) -> bool {
        match self {
            Self::Deleted(_) | Self::Ready(_) => true,
            Self::Quiet(_) | Self::Settled(_) => course.outlook != Outlook::Settled,
        }
    }
}

/// How it ends if no object has anything in progress.
fn quiet(courses: &[Course]) -> Option<End> {
    if courses.iter().any(|course| course.outlook == Outlook::UnderWay) {
        return None;
    }
    let stopped: Vec<&Course> = courses.iter().filter(|course| course.outlook != Outlook::Settled).collect();
    Some(match stopped.as_slice() {
        [] => End::Reached(match courses.len() {
            0 => "there are no FargateProfiles".to_owned(),
            1 => "1 FargateProfile: settled".to_owned(),
            all => format!("{all} FargateProfiles: all settled"),
        }),
        [one] => End::Impossible(stuck(one)),
        [first, others @ ..] => End::Impossible(format!("{}; and {} more blocked", stuck(first), others.len())),
    })
}

/// Why an object is blocked.
fn stuck(course: &Course) -> String {
    let way_out = match course.phase {
        Phase::AwaitingApproval => format!(": kubectl fargate approve {}", course.name),
        Phase::Suspended => format!(": kubectl fargate resume {}", course.name),
        _ => String::new(),
    };
    match course.outlook {
        Outlook::Held => {
            format!("FargateProfile {} goes on when somebody lets it{way_out} ({})", course.name, stands(course))
        }
        _ => format!("FargateProfile {} is blocked until somebody acts: {}", course.name, stands(course)),
    }
}

/// Object, condition and message.
fn stands(course: &Course) -> String {
    match &course.because {
        Some(because) => {
            format!(
                "{}: {} is {} ({}): {}",
                course.name, because.type_, because.status, because.reason, because.message
            )
        }
        None => format!("{}: {}", course.name, course.message()),
    }
}

/// Whether an EKS profile serves the present generation.
fn is_ready(course: &Course) -> bool {
    course.observed_generation == course.generation && ConditionType::Ready.is_true(&course.conditions)
}

fn ready_message(course: &Course) -> &str {
    ConditionType::Ready.find(&course.conditions).map_or("", |ready| &ready.message)
}

/// The objects that a goal is about.
pub(super) fn chosen<'a>(
    goal: &'a Goal,
    objects: &'a BTreeMap<String, FargateProfile>,
) -> impl Iterator<Item = &'a FargateProfile> {
    objects.values().filter(move |object| goal.name().is_none_or(|name| object.metadata.name.as_deref() == Some(name)))
}
