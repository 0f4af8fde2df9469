//! Name patterns with `*` (any run of characters) and `?` (exactly one), for faults and planned outcomes.

use serde::{Deserialize, Serialize};

/// A glob over cluster or profile names. The default, `*`, also matches a call that names none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pattern(String);

impl Pattern {
    /// Whether `name` matches; an absent name is matched by `*` alone.
    #[must_use]
    pub fn matches(&self, name: Option<&str>) -> bool {
        match name {
            None => self.0 == "*",
            Some(name) => glob(self.0.as_bytes(), name.as_bytes()),
        }
    }
}

impl Default for Pattern {
    fn default() -> Self {
        Self("*".to_owned())
    }
}

impl<T: Into<String>> From<T> for Pattern {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

fn glob(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern.first(), name.first()) {
        (None, None) => true,
        (Some(b'*'), _) => glob(&pattern[1..], name) || (!name.is_empty() && glob(pattern, &name[1..])),
        (Some(b'?'), Some(_)) => glob(&pattern[1..], &name[1..]),
        (Some(a), Some(b)) if a == b => glob(&pattern[1..], &name[1..]),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn a_star_matches_any_run_and_a_question_mark_one_character() {
        let matches = |pattern: &str, name| Pattern::from(pattern).matches(Some(name));
        assert!(matches("*", "") && matches("web-*", "web-") && matches("*-99?9", "web-9989"));
        assert!(!matches("web", "web-1") && !matches("web-?", "web-") && !matches("", "a"));
    }

    #[test]
    fn only_the_bare_star_matches_a_call_without_a_name() {
        assert!(Pattern::default().matches(None));
        assert!(!Pattern::from("a*").matches(None));
    }
}
