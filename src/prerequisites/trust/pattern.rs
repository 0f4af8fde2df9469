//! Patterns of IAM: `*` stands for any characters, `?` for one.

/// Whether a pattern matches a text.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    after(pattern, text).contains(&pattern.len())
}

/// Whether a pattern matches everything that begins with this. None if it matches some of it.
pub(super) fn starts_with(pattern: &str, prefix: &str) -> Option<bool> {
    let places = after(pattern, prefix);
    let takes_the_rest = |place: &usize| {
        let rest = &pattern[*place..];
        !rest.is_empty() && rest.chars().all(|c| c == '*')
    };
    match places {
        places if places.iter().any(takes_the_rest) => Some(true),
        // Something always follows the prefix, and nothing is left of the pattern for it.
        places if places.iter().all(|place| *place == pattern.len()) => Some(false),
        _ => None,
    }
}

/// The places in the pattern at which a match of the whole text may be.
fn after(pattern: &str, text: &str) -> Vec<usize> {
    let mut places = skip(pattern, vec![0]);
    for c in text.chars() {
        let step = |place: usize| match pattern[place..].chars().next() {
            Some('*') => Some(place),
            Some(own) if own == '?' || own == c => Some(place + own.len_utf8()),
            Some(_) | None => None,
        };
        let mut next: Vec<usize> = places.into_iter().filter_map(step).collect();
        next.dedup();
        places = skip(pattern, next);
    }
    places
}

/// These places, and those behind an asterisk, which may stand for nothing.
fn skip(pattern: &str, places: Vec<usize>) -> Vec<usize> {
    let mut all = std::collections::BTreeSet::new();
    for mut place in places {
        while all.insert(place) && pattern[place..].starts_with('*') {
            place += 1;
        }
    }
    all.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_a_whole_text() {
        for (pattern, text, is) in [
            ("sts:*", "sts:AssumeRole", true),
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abbcd", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*a*a", "aaa", true),
            ("ü?", "üx", true),
            ("abc", "ab", false),
        ] {
            assert_eq!(matches(pattern, text), is, "{pattern} {text}");
        }
    }

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
