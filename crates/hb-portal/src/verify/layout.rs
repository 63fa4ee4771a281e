//! A scheme that was checked.

use http::HeaderName;

use super::{Encoding, Hash, Place, SetupError, SignatureScheme, Signed};

/// A scheme, with its names parsed.
#[derive(Clone)]
pub(super) struct Layout {
    pub(super) header: HeaderName,
    pub(super) hash: Hash,
    pub(super) encoding: Encoding,
    pub(super) prefix: Box<str>,
    pub(super) separator: Option<u8>,
    pub(super) id: Option<Source>,
    pub(super) timestamp: Option<Source>,
}

/// Where a value is.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Source {
    Header(HeaderName),
    /// An entry of the signature's header that starts so.
    Field(Box<str>),
}

impl Layout {
    pub(super) fn new(scheme: &SignatureScheme) -> Result<Self, SetupError> {
        let (id, timestamp) = match &scheme.signed {
            Signed::Body => (None, None),
            Signed::TimestampBody { timestamp } => (None, Some(timestamp)),
            Signed::IdTimestampBody { id, timestamp } => (Some(id), Some(timestamp)),
        };
        let layout = Self {
            header: name(&scheme.header)?,
            hash: scheme.hash,
            encoding: scheme.encoding,
            prefix: scheme.prefix.as_str().into(),
            separator: scheme.separator.map(separator).transpose()?,
            id: id.map(Source::new).transpose()?,
            timestamp: timestamp.map(Source::new).transpose()?,
        };
        match layout.contradiction() {
            Some(flaw) => Err(SetupError::Scheme(flaw)),
            None => Ok(layout),
        }
    }

    fn contradiction(&self) -> Option<&'static str> {
        let separator = self.separator.map(char::from);
        let splits = |text: &str| separator.is_some_and(|separator| text.contains(separator));
        if !self.prefix.bytes().all(|byte| (b' '..=b'~').contains(&byte)) || splits(&self.prefix) {
            return Some("the prefix is visible ASCII, and the separator is not in it");
        }
        for source in [&self.id, &self.timestamp].into_iter().flatten() {
            match source {
                Source::Header(header) if *header == self.header => {
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
        (self.id.is_some() && self.id == self.timestamp).then_some("timestamp and id need different places")
    }
}

impl Source {
    fn new(place: &Place) -> Result<Self, SetupError> {
        match place {
            Place::Header(text) => Ok(Self::Header(name(text)?)),
            Place::Field(text) if text.is_empty() => Err(SetupError::Scheme("a field has a name")),
            Place::Field(text) => Ok(Self::Field(format!("{text}=").into())),
        }
    }
}

fn name(text: &str) -> Result<HeaderName, SetupError> {
    HeaderName::from_bytes(text.as_bytes()).map_err(|_| SetupError::HeaderName(text.to_owned()))
}

fn separator(separator: char) -> Result<u8, SetupError> {
    let plain = |byte: &u8| (b' '..=b'~').contains(byte) && !byte.is_ascii_alphanumeric() && !b"+/=".contains(byte);
    u8::try_from(separator)
        .ok()
        .filter(plain)
        .ok_or(SetupError::Scheme("the separator is visible ASCII that occurs in no signature, or a space"))
}
