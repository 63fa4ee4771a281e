//! A JSON value that borrows from the text that was sent. Strings are decoded only on request.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDateTime, Utc};
use hb_portal_client::Secret;

/// A value in a response.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node<'a> {
    Null,
    Bool(bool),
    Number(&'a str),
    /// The literal, quotes and escapes included.
    String(Literal<'a>),
    Array(Vec<Node<'a>>),
    Object(Vec<(Cow<'a, str>, Node<'a>)>),
}

/// A string literal. It may be the secret, so it does not print.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Literal<'a>(pub(super) &'a [u8]);

impl std::fmt::Debug for Literal<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("\"…\"")
    }
}

impl<'a> Node<'a> {
    /// The value's kind, in the contract's terms.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Number(text) if text.contains(['.', 'e', 'E']) => "number",
            Self::Number(_) => "integer",
            Self::String(_) => "string",
            Self::Array(_) => "array",
            Self::Object(_) => "object",
        }
    }

    /// The last member of that name, which is the one that lenient decoders keep.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        self.members(name).next_back()
    }

    /// Every member of that name.
    pub(crate) fn members(&self, name: &str) -> impl DoubleEndedIterator<Item = &Self> {
        self.entries().iter().filter(move |(key, _)| key == name).map(|(_, node)| node)
    }

    /// All members, if it is an object.
    pub(crate) fn entries(&self) -> &[(Cow<'a, str>, Self)] {
        if let Self::Object(members) = self { members } else { &[] }
    }

    /// All items, if it is an array.
    pub(crate) fn items(&self) -> &[Self] {
        if let Self::Array(items) = self { items } else { &[] }
    }

    /// The value without any arrays of one element around it.
    pub(crate) fn unwrapped(&self) -> &Self {
        if let [item] = self.items() { item.unwrapped() } else { self }
    }

    /// Whether it is an object with at least `members` members, or an array that contains one at any depth.
    pub(super) fn has_object(&self, members: usize) -> bool {
        match self {
            Self::Object(found) => found.len() >= members,
            _ => self.items().iter().any(|item| item.has_object(members)),
        }
    }

    /// The text of a string that is not a secret.
    pub(crate) fn text(&self) -> Option<Cow<'a, str>> {
        let Self::String(Literal(literal)) = self else { return None };
        let plain = literal.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
        if plain.contains(&b'\\') {
            return serde_json::from_slice(literal).ok().map(Cow::Owned);
        }
        std::str::from_utf8(plain).ok().map(Cow::Borrowed)
    }

    /// The text of a string, as a secret. serde_json would unescape it into a buffer that it does not wipe.
    pub(super) fn secret(&self) -> Option<Secret> {
        let Self::String(Literal(literal)) = self else { return None };
        Secret::from_json_literal(std::str::from_utf8(literal).ok()?)
    }

    /// An id, which the portal has sent both as a number and as a string.
    pub(crate) fn id(&self) -> Option<Cow<'a, str>> {
        match self {
            Self::Number(text) => Some(Cow::Borrowed(*text)),
            _ => self.text().filter(|text| !text.is_empty()),
        }
    }

    /// A truth value, or the one that a number or a text represents.
    pub(crate) fn truth(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            Self::Number("1") => Some(true),
            Self::Number("0") => Some(false),
            _ => self.text()?.parse().ok(),
        }
    }

    /// A date, as in RFC 3339, or as databases print it: without a zone, which is taken as UTC.
    pub(crate) fn date_time(&self) -> Option<DateTime<Utc>> {
        let text = self.text()?;
        let zoned = DateTime::parse_from_rfc3339(&text).ok().map(|date| date.to_utc());
        zoned.or_else(|| {
            let formats = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"];
            let dates = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(&text, format).ok());
            dates.map(|date| date.and_utc())
        })
    }

    /// A whole number, or the one that a text represents.
    pub(crate) fn number<T: std::str::FromStr>(&self) -> Option<T> {
        match self {
            Self::Number(text) => text.parse().ok(),
            _ => self.text()?.trim().parse().ok(),
        }
    }
}
