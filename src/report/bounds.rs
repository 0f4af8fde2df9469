//! How long a status may be. An object may have 1.5 MB, and its spec may appear in it twice.

use crate::message::cut;

/// The limit of a condition's message (`metav1.Condition`).
const MESSAGE: usize = 32 * 1024;
/// The limit of a list, and of each of its lines.
const LINES: usize = 50;
const FEW: usize = 10;
const WORD: usize = 63;
/// The limit of a message inside another one.
const CLAUSE: usize = 100;
const LINE: usize = 1000;

pub(super) fn message(text: &str) -> String {
    cut(text, MESSAGE)
}

/// A message inside another one.
pub(super) fn clause(text: &str) -> String {
    cut(text, CLAUSE)
}

/// A word that somebody else wrote, such as the value of an annotation. Quotes and angle brackets are left out: a status
/// is read as JSON too.
pub(super) fn word(text: &str) -> String {
    cut(&text.chars().filter(|c| !c.is_control() && !"<>&\"\\".contains(*c)).collect::<String>(), WORD)
}

/// Lines for people. If some are left out, the last line counts them.
pub(super) fn lines(mut lines: Vec<String>) -> Vec<String> {
    if lines.len() > LINES {
        let more = lines.len() - (LINES - 1);
        lines.truncate(LINES - 1);
        lines.push(format!("and {more} more"));
    }
    lines.iter().map(|line| cut(line, LINE)).collect()
}

/// Lines of one kind that must not crowd out the others. The one that counts the rest begins as they do.
pub(super) fn few(mut lines: Vec<String>, beginning: &str) -> Vec<String> {
    if lines.len() > FEW {
        let more = lines.len() - (FEW - 1);
        lines.truncate(FEW - 1);
        lines.push(format!("{beginning}list goes on: {more} more"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_cut_and_what_was_cut_stays_as_it_is() {
        for letter in ["a", "é", "𝄞"] {
            let long = letter.repeat(MESSAGE + 1);
            let short = message(&long);
            assert!(short.len() <= MESSAGE && short.len() > MESSAGE - 8 && short.ends_with('…'), "{}", short.len());
            assert_eq!(message(&short), short);
        }
        let fitting = "a".repeat(MESSAGE);
        assert_eq!(message(&fitting), fitting);
    }

    #[test]
    fn of_many_lines_the_first_are_told_and_the_others_counted() {
        let many = |n: usize| (0..n).map(|n| format!("selectors: + {n}")).collect::<Vec<_>>();
        assert_eq!(lines(many(50)), many(50));
        let told = lines(many(51));
        assert_eq!((told.len(), told[48].as_str(), told[49].as_str()), (50, "selectors: + 48", "and 2 more"));
        assert_eq!(lines(told.clone()), told);
        assert_eq!(lines(vec!["x".repeat(2000)])[0].len(), LINE);
    }
}
