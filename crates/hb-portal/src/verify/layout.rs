//! A checked signature scheme.

use http::HeaderName;

use super::{
    error::SetupError,
    part::{Encoding, Hash, Part, Place, TimestampFormat},
    scheme::SignatureScheme,
};

/// The maximum length of the literals, in bytes: the stored part of a delivery has room for them.
const MAX_LITERALS: usize = 128;

/// An id, a timestamp, the body, and the literals around them.
pub(super) const MAX_PARTS: usize = 7;

/// A scheme, with its names parsed.
#[derive(Clone)]
pub(super) struct Layout {
    pub(super) header: HeaderName,
    pub(super) hash: Hash,
    pub(super) encoding: Encoding,
    pub(super) prefix: Box<str>,
    pub(super) separator: Option<u8>,
    pub(super) parts: Box<[Part]>,
    pub(super) id: Option<Source>,
    /// The bytes that an id must not contain, because they would make its beginning or end ambiguous.
    pub(super) id_stops: [u8; 2],
    pub(super) timestamp: Option<(Source, TimestampFormat)>,
    /// The required length of the timestamp, where only its length separates it from the body.
    pub(super) timestamp_len: Option<usize>,
}

/// The place of a value.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Source {
    Header(HeaderName),
    /// An entry of the signature's header that starts with this text.
    Field(Box<str>),
    /// A member of the body, and the header that must equal it, if there is one.
    Member(Box<str>, Option<HeaderName>),
}

impl Source {
    /// Whether the value is known before the body is.
    pub(super) fn is_in_headers(&self) -> bool {
        !matches!(self, Self::Member(..))
    }

    fn new(place: &Place) -> Result<Self, SetupError> {
        let named = |text: &str| match text {
            "" => Err(SetupError::Scheme("a field or a member has a name")),
            text => Ok(text.into()),
        };
        Ok(match place {
            Place::Header(text) => Self::Header(name(text)?),
            Place::Field(text) => Self::Field(named(text).map(|text: String| format!("{text}="))?.into()),
            Place::Member(text) => Self::Member(named(text).map(String::into)?, None),
            Place::HeaderAndMember { header, member } => {
                Self::Member(named(member).map(String::into)?, Some(name(header)?))
            }
        })
    }
}

impl Layout {
    pub(super) fn new(scheme: &SignatureScheme) -> Result<Self, SetupError> {
        let timestamp = match &scheme.timestamp {
            Some((place, format)) => Some((Source::new(place)?, *format)),
            None => None,
        };
        let mut layout = Self {
            header: name(&scheme.header)?,
            hash: scheme.hash,
            encoding: scheme.encoding,
            prefix: scheme.prefix.as_str().into(),
            separator: scheme.separator.map(separator).transpose()?,
            parts: merged(&scheme.signed),
            id: scheme.id.as_ref().map(Source::new).transpose()?,
            id_stops: [0; 2],
            timestamp,
            timestamp_len: None,
        };
        match layout.flaw_of_places().or_else(|| layout.flaw_of_parts()) {
            Some(flaw) => Err(SetupError::Scheme(flaw)),
            None => Ok(layout),
        }
    }

    fn flaw_of_places(&self) -> Option<&'static str> {
        let separator = self.separator.map(char::from);
        let splits = |text: &str| separator.is_some_and(|separator| text.contains(separator) || text.starts_with(' '));
        if !self.prefix.bytes().all(|byte| (b' '..=b'~').contains(&byte)) || splits(&self.prefix) {
            return Some("the prefix is visible ASCII, does not start with a space, and the separator is not in it");
        }
        let timestamp = self.timestamp.as_ref().map(|(source, _)| source);
        for source in [self.id.as_ref(), timestamp].into_iter().flatten() {
            match source {
                Source::Header(header) | Source::Member(_, Some(header)) if *header == self.header => {
                    return Some("a timestamp or an id in the signature's header is a field");
                }
                Source::Field(_) if separator.is_none() => return Some("fields need a separator between them"),
                Source::Field(start) if splits(start) || !start.bytes().all(|byte| byte.is_ascii_graphic()) => {
                    return Some("a field's name is visible ASCII, and the separator is not in it");
                }
                Source::Field(start) if self.prefix.starts_with(&**start) => {
                    return Some("a field and the signature need different names");
                }
                _ => {}
            }
        }
        if timestamp.is_some_and(|source| !source.is_in_headers()) {
            return Some("a timestamp is in a header or a field");
        }
        (self.id.is_some() && self.id.as_ref() == timestamp).then_some("timestamp and id need different places")
    }

    /// Rejects schemes in which two deliveries could have the same signed text, and records what that requires of ids and
    /// timestamps.
    fn flaw_of_parts(&mut self) -> Option<&'static str> {
        let count = |wanted: &Part| self.parts.iter().filter(|part| *part == wanted).count();
        if count(&Part::Body) != 1 {
            return Some("the body is signed exactly once");
        }
        if count(&Part::Timestamp) != usize::from(self.timestamp.is_some()) {
            return Some("a timestamp is signed once, and has a place");
        }
        if count(&Part::Id) != usize::from(self.id.as_ref().is_some_and(Source::is_in_headers)) {
            return Some(
                "an id in a header or a field is signed, one in the body is signed with the body, and a header that is not \
                 signed counts only with a member of the body that it equals",
            );
        }
        let literals = self.parts.iter().map(|part| if let Part::Literal(text) = part { text.len() } else { 0 });
        if literals.sum::<usize>() > MAX_LITERALS {
            return Some("the literals have at most 128 bytes");
        }
        let digits = self.timestamp.as_ref().and_then(|(_, format)| format.digits());
        for pair in self.parts.windows(2) {
            match pair {
                [Part::Id, Part::Literal(text)] => self.id_stops[1] = text.bytes().next().unwrap_or_default(),
                [Part::Literal(text), Part::Id] => self.id_stops[0] = text.bytes().last().unwrap_or_default(),
                [Part::Timestamp, Part::Literal(text)]
                    if digits.is_some() && text.starts_with(|c: char| c.is_ascii_digit()) =>
                {
                    return Some("a literal next to a timestamp in digits has no digit there");
                }
                [Part::Literal(text), Part::Timestamp]
                    if digits.is_some() && text.ends_with(|c: char| c.is_ascii_digit()) =>
                {
                    return Some("a literal next to a timestamp in digits has no digit there");
                }
                [Part::Id, Part::Body] | [Part::Body, Part::Id] => {
                    return Some("an id and the body need a literal between them");
                }
                [Part::Id, Part::Timestamp] | [Part::Timestamp, Part::Id] if digits.is_some() => {
                    return Some("an id and a timestamp in digits need a literal between them");
                }
                [Part::Timestamp, Part::Body] | [Part::Body, Part::Timestamp] => self.timestamp_len = digits,
                _ => {}
            }
        }
        None
    }
}

/// Returns the parts, with consecutive literals merged into one.
fn merged(parts: &[Part]) -> Box<[Part]> {
    let mut merged: Vec<Part> = Vec::new();
    for part in parts {
        match (merged.last_mut(), part) {
            (_, Part::Literal(text)) if text.is_empty() => {}
            (Some(Part::Literal(before)), Part::Literal(text)) => before.push_str(text),
            (_, part) => merged.push(part.clone()),
        }
    }
    merged.into()
}

fn name(text: &str) -> Result<HeaderName, SetupError> {
    HeaderName::from_bytes(text.as_bytes()).map_err(|_| SetupError::HeaderName(text.to_owned()))
}

fn separator(separator: char) -> Result<u8, SetupError> {
    let plain = |byte: &u8| (b' '..=b'~').contains(byte) && !byte.is_ascii_alphanumeric() && !b"+/=-_".contains(byte);
    u8::try_from(separator)
        .ok()
        .filter(plain)
        .ok_or(SetupError::Scheme("the separator is visible ASCII that occurs in no signature, or a space"))
}
