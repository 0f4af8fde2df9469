//! Writing XML, as much as the query protocol needs.

use std::fmt::Display;

/// An element with a text.
pub(crate) fn text(name: &str, text: impl Display) -> String {
    format!("<{name}>{}</{name}>", escape(&text.to_string()))
}

/// An element with a text, or nothing.
pub(crate) fn maybe(name: &str, value: Option<impl Display>) -> String {
    value.map(|value| text(name, value)).unwrap_or_default()
}

/// An element with others in it.
pub(crate) fn group(name: &str, inside: impl AsRef<str>) -> String {
    format!("<{name}>{}</{name}>", inside.as_ref())
}

/// A list: each member in an element of its own, `item` in EC2 and `member` in IAM.
pub(crate) fn list(name: &str, member: &str, members: impl IntoIterator<Item = String>) -> String {
    let members: String = members.into_iter().map(|inside| group(member, inside)).collect();
    group(name, members)
}

/// A text inside XML.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
