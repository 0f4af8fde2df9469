//! An answer in XML as a tree. One that is cut off is an error, and not a shorter answer.

use xmlparser::{ElementEnd, Token, Tokenizer};

/// An element with its text and its children, without attributes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    name: String,
    text: String,
    children: Vec<Element>,
}

/// An answer has not what it always has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no {0}")]
pub(crate) struct Incomplete(pub(crate) &'static str);

/// Why a text is no XML.
#[derive(Debug, thiserror::Error)]
pub(super) enum XmlError {
    #[error(transparent)]
    Token(#[from] xmlparser::Error),
    #[error("an element is not closed, or closed twice")]
    Unbalanced,
    #[error("the reference &{0}; is unknown")]
    Reference(String),
}

impl Element {
    pub(super) fn parse(xml: &str) -> Result<Self, XmlError> {
        // The elements that are open, below a root of them all.
        let mut open = vec![Self::default()];
        for token in Tokenizer::from(xml) {
            let current = open.last_mut().ok_or(XmlError::Unbalanced)?;
            match token? {
                Token::ElementStart { local, .. } => {
                    open.push(Self { name: local.as_str().to_owned(), ..Self::default() });
                }
                Token::Text { text } => current.text += &unescape(text.as_str())?,
                Token::Cdata { text, .. } => current.text += text.as_str(),
                Token::ElementEnd { end: ElementEnd::Close(_, name), .. } if name.as_str() != current.name => {
                    return Err(XmlError::Unbalanced);
                }
                Token::ElementEnd { end: ElementEnd::Close(..) | ElementEnd::Empty, .. } => close(&mut open)?,
                _ => {}
            }
        }
        match (open.pop().and_then(|mut root| root.children.pop()), open.is_empty()) {
            (Some(root), true) => Ok(root),
            _ => Err(XmlError::Unbalanced),
        }
    }

    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The children of a child, such as the `item`s of a set.
    pub(crate) fn items(&self, name: &str) -> &[Self] {
        self.child(name).map_or(&[], |list| &list.children)
    }

    /// The element's own text.
    pub(crate) fn value(&self) -> &str {
        self.text.trim()
    }

    /// The text of a child, if there is any.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.child(name).map(Self::value).filter(|text| !text.is_empty())
    }

    /// The text of a child, or nothing.
    pub(crate) fn string(&self, name: &str) -> String {
        self.text(name).unwrap_or_default().to_owned()
    }

    /// The text of a child without which an answer says nothing.
    pub(crate) fn required(&self, name: &'static str) -> Result<&str, Incomplete> {
        self.text(name).ok_or(Incomplete(name))
    }

    /// Whether a child says `true`.
    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.text(name) == Some("true")
    }
}

/// The innermost element has ended.
fn close(open: &mut Vec<Element>) -> Result<(), XmlError> {
    let ended = open.pop().ok_or(XmlError::Unbalanced)?;
    open.last_mut().ok_or(XmlError::Unbalanced)?.children.push(ended);
    Ok(())
}

/// Resolves the references that XML itself defines. AWS declares no others.
fn unescape(text: &str) -> Result<String, XmlError> {
    let mut pieces = text.split('&');
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (name, rest) = piece.split_once(';').ok_or_else(|| XmlError::Reference(piece.to_owned()))?;
        plain.push(character(name).ok_or_else(|| XmlError::Reference(name.to_owned()))?);
        plain += rest;
    }
    Ok(plain)
}

fn character(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        other => {
            let number = other.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_has_texts_lists_and_what_is_empty() {
        let root = Element::parse(
            r#"<?xml version="1.0" encoding="UTF-8"?>
            <DescribeThings xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
                <requestId>1</requestId> <!-- as AWS's examples have it -->
                <thingSet>
                    <item><name> a &amp; b&#60;&#x3e;</name><on>true</on></item>
                    <item><name><![CDATA[<c>]]></name><off>false</off></item>
                </thingSet>
                <nextToken/>
                <empty></empty>
            </DescribeThings>"#,
        )
        .unwrap();
        let names: Vec<_> = root.items("thingSet").iter().map(|item| item.required("name").unwrap()).collect();
        assert_eq!(names, ["a & b<>", "<c>"]);
        assert!(root.items("thingSet")[0].is_true("on") && !root.items("thingSet")[1].is_true("off"));
        assert_eq!((root.text("nextToken"), root.text("empty"), root.text("missing")), (None, None, None));
        assert!(root.child("empty").is_some() && root.items("empty").is_empty());
        assert_eq!(root.required("missing"), Err(Incomplete("missing")));
    }

    #[test]
    fn what_is_cut_off_or_no_xml_is_an_error() {
        for wrong in ["", "<a><b>1</b>", "<a><b>1</a></b>", "<a>1</a></b>", "<a>&unknown;</a>", "<a>&</a>", "{}", "<a"]
        {
            assert!(Element::parse(wrong).is_err(), "{wrong}");
        }
    }
}
