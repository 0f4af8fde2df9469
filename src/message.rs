//! Texts for people: conditions, events and what a failure says. docs/troubleshooting.md lists every one, and a test compares.

/// `format!` for a text that people read, or for a part of one. Its literal is the catalogue's entry: one sentence or
/// two, what is so, why, and the one next thing to do.
macro_rules! message {
    ($($text:tt)*) => {
        format!($($text)*)
    };
}

pub(crate) use message;

/// As much of a text as fits into this many bytes.
pub(crate) fn cut(text: &str, bytes: usize) -> String {
    const MARK: &str = "…";
    if text.len() <= bytes {
        return text.to_owned();
    }
    format!("{}{MARK}", &text[..text.floor_char_boundary(bytes - MARK.len())])
}
