//! Texts for people: conditions, events and what a failure says. docs/troubleshooting.md lists every one, and a test compares.

/// `format!` for a text that people read, or for a part of one. Its literal is the catalogue's entry: one sentence or
/// two, what is so, why, and the one next thing to do.
macro_rules! message {
    ($($text:tt)*) => {
        format!($($text)*)
    };
}

pub(crate) use message;
