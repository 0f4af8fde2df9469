//! All conditions of an object as text, compared to the letter.

use std::fmt;

use fargate_operator::api::{ConditionType, FargateProfile, Reason};

use crate::support::condition;

/// What the conditions say: all of them, in their order, one a line. `<…>` stands for something generated, without blanks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Expected(Vec<String>);

/// As much of AWS's own text as a message has room for.
pub fn shortened(text: &str) -> String {
    shortened_to(text, 150)
}

/// As much of a text as fits into this many bytes.
pub fn shortened_to(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(bytes - '…'.len_utf8())])
}

const NO_PROFILE: &str = "Available=False NotActive: no EKS profile of this object is ACTIVE";

/// A first profile that waits for a person.
pub fn stalled(reason: Reason, message: impl AsRef<str>) -> Expected {
    let cause = cause(reason, message.as_ref());
    Expected(vec![nothing_serves(reason, "Stalled"), NO_PROFILE.to_owned(), format!("Stalled=True {cause}")])
}

/// A change that waits for a person while this profile serves the old spec.
pub fn stalled_beside(profile: &str, reason: Reason, message: impl AsRef<str>) -> Expected {
    let cause = cause(reason, message.as_ref());
    Expected(vec![earlier_serves(profile, reason, "Stalled"), available(profile), format!("Stalled=True {cause}")])
}

/// Something that waits for a person while this profile serves the spec.
pub fn ready_but_stalled(profile: &str, reason: Reason, message: impl AsRef<str>) -> Expected {
    Expected(vec![ready(profile), available(profile), format!("Stalled=True {}", cause(reason, message.as_ref()))])
}

/// A first profile that a person holds back.
pub fn held(reason: Reason, message: impl AsRef<str>) -> Expected {
    Expected(vec![format!("Ready=False {}", cause(reason, message.as_ref())), NO_PROFILE.to_owned()])
}

/// A change that a person holds back while this profile serves the old spec.
pub fn held_beside(profile: &str, reason: Reason, message: impl AsRef<str>) -> Expected {
    Expected(vec![format!("Ready=False {}", cause(reason, message.as_ref())), available(profile)])
}

/// A first profile that is not there yet.
pub fn busy(reason: Reason, message: impl AsRef<str>) -> Expected {
    let cause = cause(reason, message.as_ref());
    Expected(vec![nothing_serves(reason, "Reconciling"), NO_PROFILE.to_owned(), format!("Reconciling=True {cause}")])
}

/// A change that is not there yet while this profile serves the old spec.
pub fn busy_beside(profile: &str, reason: Reason, message: impl AsRef<str>) -> Expected {
    let cause = cause(reason, message.as_ref());
    let ready = earlier_serves(profile, reason, "Reconciling");
    Expected(vec![ready, available(profile), format!("Reconciling=True {cause}")])
}

/// Something that is not done yet while this profile serves the spec.
pub fn ready_but_busy(profile: &str, reason: Reason, message: impl AsRef<str>) -> Expected {
    Expected(vec![ready(profile), available(profile), format!("Reconciling=True {}", cause(reason, message.as_ref()))])
}

/// Nobody has ever seen anything, and a person has to act.
pub fn blind_and_stalled(reason: Reason, message: impl AsRef<str>) -> Expected {
    let unseen = cause(reason, "EKS could not be looked at yet");
    let cause = cause(reason, message.as_ref());
    Expected(vec![
        format!("Ready=Unknown {unseen}"),
        format!("Available=Unknown {unseen}"),
        format!("Stalled=True {cause}"),
    ])
}

/// Nobody has ever seen anything, but that will pass.
pub fn blind(reason: Reason, message: impl AsRef<str>) -> Expected {
    let unseen = cause(reason, "EKS could not be looked at yet");
    let cause = cause(reason, message.as_ref());
    Expected(vec![
        format!("Ready=Unknown {unseen}"),
        format!("Available=Unknown {unseen}"),
        format!("Reconciling=True {cause}"),
    ])
}

/// The object is Ready with this profile.
pub fn served(profile: &str) -> Expected {
    Expected(vec![ready(profile), available(profile)])
}

/// The object is being deleted, this profile is still there, and a person has to act.
pub fn deleting_but_stalled(available: &str, reason: Reason, message: impl AsRef<str>) -> Expected {
    Expected(vec![
        "Ready=False Deleting: the object is being deleted".to_owned(),
        format!("Available={available}"),
        format!("Stalled=True {}", cause(reason, message.as_ref())),
    ])
}

fn cause(reason: Reason, message: &str) -> String {
    format!("{}: {message}", reason.name())
}

fn ready(profile: &str) -> String {
    format!("Ready=True Active: EKS profile {profile} is ACTIVE and equals the spec")
}

fn nothing_serves(reason: Reason, why: &str) -> String {
    unserved(reason, "no EKS profile is ACTIVE", why)
}

fn earlier_serves(profile: &str, reason: Reason, why: &str) -> String {
    unserved(reason, &format!("EKS profile {profile} serves an earlier spec"), why)
}

fn unserved(reason: Reason, what: &str, why: &str) -> String {
    // Whether a profile serves does not matter then.
    let set_up_wrongly =
        [Reason::OwnershipLost, Reason::NameTaken, Reason::ClusterNotFound, Reason::DefaultMissing].contains(&reason);
    let reason = reason.name();
    match why {
        "Stalled" if set_up_wrongly => format!("Ready=False {reason}: see Stalled"),
        "Stalled" => format!("Ready=False {reason}: {what}: see Stalled"),
        _ => format!("Ready=False {reason}: {what}"),
    }
}

fn available(profile: &str) -> String {
    format!("Available=True Active: EKS profile {profile} is ACTIVE")
}

impl Expected {
    /// These lines.
    pub fn of(lines: &[&str]) -> Self {
        Self(lines.iter().map(|line| (*line).to_owned()).collect())
    }

    /// Whether an object's conditions say this and nothing else.
    pub fn fits(&self, object: &FargateProfile) -> bool {
        let said = conditions(object);
        said.len() == self.0.len() && said.iter().zip(&self.0).all(|(said, expected)| matches(said, expected))
    }

    /// The reason why a person has to act, if one has to.
    pub fn stall(&self) -> Option<&str> {
        let line = self.0.iter().find_map(|line| line.strip_prefix("Stalled=True "))?;
        line.split_once(':').map(|(reason, _)| reason)
    }

    /// Whether this stays so until a person does something.
    pub fn lasts(&self) -> bool {
        !self.0.iter().any(|line| line.starts_with("Reconciling="))
    }

    /// Whether some profile of the object serves.
    pub fn is_available(&self) -> bool {
        self.0.iter().any(|line| line.starts_with("Available=True"))
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n        "))
    }
}

/// The conditions that an object has.
pub fn conditions(object: &FargateProfile) -> Vec<String> {
    let line = |kind: ConditionType| {
        let (status, reason, message) = condition(object, kind)?;
        Some(format!("{}={status} {reason}: {message}", kind.name()))
    };
    // Nothing is checked beforehand, and that is said all the time.
    let told = ConditionType::ALL.into_iter().filter(|kind| *kind != ConditionType::PrerequisitesMet);
    told.filter_map(line).collect()
}

/// Whether `text` is `pattern`, in which `<…>` stands for one or more characters other than blanks.
fn matches(text: &str, pattern: &str) -> bool {
    let Some((before, (_, after))) =
        pattern.split_once('<').and_then(|(before, rest)| Some((before, rest.split_once('>')?)))
    else {
        return text == pattern;
    };
    let Some(rest) = text.strip_prefix(before) else { return false };
    let word = rest.find(' ').unwrap_or(rest.len());
    (1..=word).filter(|end| rest.is_char_boundary(*end)).any(|end| matches(&rest[end..], after))
}

#[test]
fn generated_parts_are_one_word_and_the_rest_is_to_the_letter() {
    assert!(matches("profile a (arn:1) is gone", "profile a (<arn>) is gone"));
    assert!(matches("a=1,b=2", "a=<uid>,b=<uid>"));
    assert!(!matches("profile a (arn 1) is gone", "profile a (<arn>) is gone"));
    assert!(!matches("profile a () is gone", "profile a (<arn>) is gone"));
    assert!(!matches("profile a (arn:1) is gone!", "profile a (<arn>) is gone"));
}
