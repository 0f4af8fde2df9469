//! Patterns of IAM: `*` stands for any characters, `?` for one, as in selectors of EKS.

use crate::placement::{have_in_common, is_like};

/// Whether a pattern matches everything that begins with this and goes on. None if it matches some of it.
pub(in crate::prerequisites) fn starts_with(pattern: &str, prefix: &str) -> Option<bool> {
    if is_like(pattern, prefix) && pattern.ends_with('*') {
        return Some(true);
    }
    if have_in_common(pattern, &format!("{prefix}?*")) { None } else { Some(false) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_takes_all_some_or_none_of_what_begins_so() {
        for (pattern, is) in [
            ("profile/prod/*", Some(true)),
            ("profile/*", Some(true)),
            ("*", Some(true)),
            ("profile/p?od/**", Some(true)),
            ("profile/prod/checkout*", None),
            ("profile/*/checkout/*", None),
            ("profile/test/*", Some(false)),
            ("profile/prod/", Some(false)),
            ("profile/prod", Some(false)),
        ] {
            assert_eq!(starts_with(pattern, "profile/prod/"), is, "{pattern}");
        }
    }
}
