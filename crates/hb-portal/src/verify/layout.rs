//! A scheme that was checked, and what it reads from the headers of a delivery.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName};

use super::{
    Encoding, Flaw, Hash, Place, SetupError, SignatureScheme, Signed, VerifyError,
    key::{Key, Tag},
};

/// Bounds of what a stranger can make a verifier look at; no sender comes near them.
const MAX_HEADER: usize = 16 * 1024;
const MAX_ENTRIES: usize = 64;
pub(super) const MAX_ID: usize = 255;

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

/// What the headers of a delivery say; nothing of it is to be believed yet.
pub(super) struct Presented<'h> {
    pub(super) id: Option<&'h str>,
    pub(super) timestamp: Option<Timestamp<'h>>,
    signatures: &'h [u8],
}

/// A timestamp as it was written, which is what is signed, and what it says.
pub(super) struct Timestamp<'h> {
    text: &'h [u8],
    pub(super) at: SystemTime,
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

    /// What `headers` say, as far as it is in the scheme's form.
    pub(super) fn read<'h>(&self, headers: &'h HeaderMap) -> Result<Presented<'h>, VerifyError> {
        let signatures = one(headers, &self.header)?;
        // Before anything is computed: what has not even the form is no signature.
        let len = self.prefix.len() + self.encoding.encoded_len(self.hash.tag_len());
        let (mut count, mut plausible) = (0, false);
        for entry in self.entries(signatures) {
            count += 1;
            plausible |= entry.len() == len && entry.starts_with(self.prefix.as_bytes());
        }
        if count > MAX_ENTRIES {
            return Err(malformed(&self.header, Flaw::TooManyEntries));
        }
        if !plausible {
            return Err(malformed(&self.header, Flaw::NoSignature));
        }
        let id = match &self.id {
            Some(source) => Some(self.find(headers, signatures, source, Flaw::Id, id)?),
            None => None,
        };
        let timestamp = match &self.timestamp {
            Some(source) => Some(self.find(headers, signatures, source, Flaw::Timestamp, Timestamp::parse)?),
            None => None,
        };
        Ok(Presented { id, timestamp, signatures })
    }

    /// The value at `source`, if `parse` takes it.
    fn find<'h, T>(
        &self,
        headers: &'h HeaderMap,
        signatures: &'h [u8],
        source: &Source,
        flaw: Flaw,
        parse: impl FnOnce(&'h [u8]) -> Option<T>,
    ) -> Result<T, VerifyError> {
        let (header, value) = match source {
            Source::Header(header) => (header, Some(one(headers, header)?)),
            Source::Field(start) => {
                let mut found = self.entries(signatures).filter_map(|entry| entry.strip_prefix(start.as_bytes()));
                let first = found.next();
                (&self.header, if found.next().is_some() { None } else { first })
            }
        };
        value.and_then(parse).ok_or_else(|| malformed(header, flaw))
    }

    fn entries<'h>(&self, value: &'h [u8]) -> Entries<'h> {
        Entries { rest: Some(value), separator: self.separator }
    }

    /// Whether one of the signatures that were presented is `tag`.
    pub(super) fn has(&self, presented: &Presented<'_>, tag: &Tag) -> bool {
        let mut decoded = [0; 64];
        let Some(decoded) = decoded.get_mut(..self.hash.tag_len()) else { return false };
        self.entries(presented.signatures)
            .filter_map(|entry| entry.strip_prefix(self.prefix.as_bytes()))
            .any(|digits| self.encoding.decode(digits, decoded) && tag.matches(decoded))
    }
}

/// What stands between separators. Without one, the value is not looked through for it.
struct Entries<'h> {
    rest: Option<&'h [u8]>,
    separator: Option<u8>,
}

impl<'h> Iterator for Entries<'h> {
    type Item = &'h [u8];

    fn next(&mut self) -> Option<&'h [u8]> {
        let rest = self.rest.take()?;
        let end = self.separator.and_then(|separator| rest.iter().position(|byte| *byte == separator));
        let Some((entry, rest)) = end.and_then(|end| rest.split_at_checked(end)) else { return Some(rest) };
        self.rest = rest.get(1..);
        Some(entry)
    }
}

impl Presented<'_> {
    /// `key` with everything read that is signed before the body.
    pub(super) fn begin(&self, key: &Key) -> Key {
        let mut mac = key.clone();
        let pieces = [self.id.map(str::as_bytes), self.timestamp.as_ref().map(|timestamp| timestamp.text)];
        for piece in pieces.into_iter().flatten() {
            mac.update(piece);
            mac.update(b".");
        }
        mac
    }
}

impl<'h> Timestamp<'h> {
    fn parse(text: &'h [u8]) -> Option<Self> {
        if text.is_empty() {
            return None;
        }
        let seconds = text.iter().try_fold(0_u64, |seconds, digit| {
            let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
            seconds.checked_mul(10)?.checked_add(digit)
        })?;
        Some(Self { text, at: SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))? })
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

/// An id without a full stop: with one, `a.1` and `2.x` would be signed as `a` and `1.2.x` are.
pub(super) fn id(text: &[u8]) -> Option<&str> {
    let plain = |byte: &u8| byte.is_ascii_graphic() && *byte != b'.';
    ((1..=MAX_ID).contains(&text.len()) && text.iter().all(plain)).then(|| std::str::from_utf8(text).ok()).flatten()
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

/// The only value of a header.
fn one<'h>(headers: &'h HeaderMap, header: &HeaderName) -> Result<&'h [u8], VerifyError> {
    let mut values = headers.get_all(header).iter();
    let Some(value) = values.next() else {
        return Err(VerifyError::HeaderMissing { header: header.clone() });
    };
    if values.next().is_some() {
        return Err(malformed(header, Flaw::Repeated));
    }
    if value.len() > MAX_HEADER {
        return Err(malformed(header, Flaw::TooLong));
    }
    Ok(value.as_bytes())
}

fn malformed(header: &HeaderName, flaw: Flaw) -> VerifyError {
    VerifyError::Malformed { header: header.clone(), flaw }
}
