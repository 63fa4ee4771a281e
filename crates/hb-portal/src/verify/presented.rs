//! Reads the headers of a delivery according to a scheme. None of the values can be trusted yet.

use std::time::SystemTime;

use ctutils::CtEq as _;
use http::{HeaderMap, HeaderName};

use super::{
    encoding::LONGEST,
    error::{Flaw, VerifyError},
    key::{Key, Tag},
    layout::{Layout, MAX_PARTS, Source},
    part::Part,
};

/// Limits on the work that a stranger can cause, far above what any sender needs.
const MAX_HEADER: usize = 16 * 1024;
const MAX_ENTRIES: usize = 64;
pub(super) const MAX_ID: usize = 255;

/// The values in the headers.
pub(super) struct Presented<'h> {
    /// The id in a header or a field.
    pub(super) id: Option<&'h [u8]>,
    pub(super) timestamp: Option<Timestamp<'h>>,
    /// The first signature in the scheme's form, without its prefix.
    signature: &'h [u8],
    /// The entries after it, so that a list is searched for separators only once.
    others: Entries<'h>,
}

/// A timestamp as it was written, which is what is signed, and its value.
pub(super) struct Timestamp<'h> {
    pub(super) text: &'h [u8],
    pub(super) at: SystemTime,
}

impl Layout {
    /// Reads the values in `headers`, if they are in the scheme's form.
    #[inline]
    pub(super) fn read<'h>(&self, headers: &'h HeaderMap) -> Result<Presented<'h>, VerifyError> {
        let mut list = Found::Nothing;
        let mut id = Found::Nothing;
        let mut timestamp = Found::Nothing;
        let id_source = self.id.as_ref();
        let timestamp_source = self.timestamp.as_ref().map(|(source, _)| source);
        // Comparing every name is cheaper than a lookup, for which `http` hashes the name byte by byte.
        for (name, value) in headers {
            if *name == self.header {
                list.add(value.as_bytes());
            } else {
                id.look_at_header(id_source, name, value.as_bytes());
                timestamp.look_at_header(timestamp_source, name, value.as_bytes());
            }
        }

        let list = list.in_header(&self.header)?;
        let mut entries = Entries { rest: Some(list), separator: self.separator, is_first: true };
        let (mut count, mut first) = (0, None);
        while let Some(entry) = entries.next() {
            count += 1;
            if count > MAX_ENTRIES {
                return Err(malformed(&self.header, Flaw::TooManyEntries));
            }
            id.look_at_entry(id_source, entry);
            timestamp.look_at_entry(timestamp_source, entry);
            if first.is_none() {
                first = self.signature(entry).map(|signature| (signature, entries.clone()));
            }
        }
        // Refuses text in another form before it computes anything.
        let (signature, others) = first.ok_or_else(|| malformed(&self.header, Flaw::NoSignature))?;
        let id = match id_source {
            None | Some(Source::Member(_, None)) => None,
            Some(source) => Some(id.value(&self.header, source, Flaw::Id, |text| id_of(text, self.id_stops))?),
        };
        let timestamp = match &self.timestamp {
            None => None,
            Some((source, format)) => Some(timestamp.value(&self.header, source, Flaw::Timestamp, |text| {
                let fits = self.timestamp_len.is_none_or(|len| text.len() == len);
                fits.then(|| format.parse(text)).flatten().map(|at| Timestamp { text, at })
            })?),
        };
        Ok(Presented { id, timestamp, signature, others })
    }

    /// Returns the digits of an entry, if it has the form of a signature.
    fn signature<'h>(&self, entry: &'h [u8]) -> Option<&'h [u8]> {
        let (prefix, digits) = entry.split_at_checked(self.prefix.len())?;
        let fits = digits.len() == self.encoding.encoded_len(self.hash.tag_len());
        // Does not compare an empty prefix, because its dangling pointer costs the processor 40 ns.
        (fits && (prefix.is_empty() || *prefix == *self.prefix.as_bytes())).then_some(digits)
    }

    /// Whether `key` produces one of the presented signatures. They are compared as text, because each value has exactly one, in
    /// a time that depends only on the length.
    #[inline]
    pub(super) fn matches(&self, presented: &Presented<'_>, body: &[u8], key: &Key) -> bool {
        // An array, because feeding the hash from an iterator is slower for short bodies.
        let mut pieces = [&[][..]; MAX_PARTS];
        for (piece, part) in pieces.iter_mut().zip(&self.parts) {
            *piece = presented.text(part, body);
        }
        let tag: Tag = key.sign(pieces.into_iter());
        let mut text = [0; LONGEST];
        let right = self.encoding.encode(tag.bytes(), &mut text);
        let is_right = |given: &[u8]| right.ct_eq(given).into();
        is_right(presented.signature)
            || presented.others.clone().filter_map(|entry| self.signature(entry)).any(is_right)
    }
}

impl Presented<'_> {
    /// Returns the signed text of `part`.
    #[inline]
    pub(super) fn text<'a>(&'a self, part: &'a Part, body: &'a [u8]) -> &'a [u8] {
        match part {
            Part::Id => self.id.unwrap_or_default(),
            Part::Timestamp => self.timestamp.as_ref().map_or(&[], |timestamp| timestamp.text),
            Part::Body => body,
            Part::Literal(text) => text.as_bytes(),
        }
    }
}

/// Checks that an id cannot be confused with the text around it: with the joiner in the id, `a.1` and `2.x` would have the same
/// signed text as `a` and `1.2.x`.
pub(super) fn id_of(text: &[u8], [before, after]: [u8; 2]) -> Option<&[u8]> {
    // No early return, so that the compiler can process many bytes at a time.
    let plain = |all, byte: &u8| all & byte.is_ascii_graphic() & (*byte != before) & (*byte != after);
    ((1..=MAX_ID).contains(&text.len()) && text.iter().fold(true, plain)).then_some(text)
}

/// The values found in one place.
#[derive(Clone, Copy)]
enum Found<'h> {
    Nothing,
    One(&'h [u8]),
    Several,
}

impl<'h> Found<'h> {
    fn add(&mut self, value: &'h [u8]) {
        *self = match self {
            Self::Nothing => Self::One(value),
            Self::One(_) | Self::Several => Self::Several,
        };
    }

    fn look_at_header(&mut self, source: Option<&Source>, name: &HeaderName, value: &'h [u8]) {
        match source {
            Some(Source::Header(wanted) | Source::Member(_, Some(wanted))) if wanted == name => self.add(value),
            _ => {}
        }
    }

    fn look_at_entry(&mut self, source: Option<&Source>, entry: &'h [u8]) {
        if let Some(Source::Field(start)) = source
            && let Some(value) = entry.strip_prefix(start.as_bytes())
        {
            self.add(value);
        }
    }

    /// Returns the value as `parse` reads it. `list` is the header that contains the fields.
    #[inline]
    fn value<T>(
        self,
        list: &HeaderName,
        source: &Source,
        flaw: Flaw,
        parse: impl FnOnce(&'h [u8]) -> Option<T>,
    ) -> Result<T, VerifyError> {
        let (header, value) = match (source, self) {
            (Source::Header(header) | Source::Member(_, Some(header)), found) => {
                (header, Some(found.in_header(header)?))
            }
            (_, Self::One(value)) => (list, Some(value)),
            (_, _) => (list, None),
        };
        value.and_then(parse).ok_or_else(|| malformed(header, flaw))
    }

    /// Returns the only value of `header`.
    #[inline]
    fn in_header(self, header: &HeaderName) -> Result<&'h [u8], VerifyError> {
        match self {
            Self::Nothing => Err(VerifyError::HeaderMissing { header: header.clone() }),
            Self::Several => Err(malformed(header, Flaw::Repeated)),
            Self::One(value) if value.len() > MAX_HEADER => Err(malformed(header, Flaw::TooLong)),
            Self::One(value) => Ok(value),
        }
    }
}

/// The texts between separators, without the spaces after a separator. Without a separator, the value is a single entry.
#[derive(Clone)]
struct Entries<'h> {
    rest: Option<&'h [u8]>,
    separator: Option<u8>,
    is_first: bool,
}

impl<'h> Iterator for Entries<'h> {
    type Item = &'h [u8];

    fn next(&mut self) -> Option<&'h [u8]> {
        let mut rest = self.rest.take()?;
        if !std::mem::take(&mut self.is_first) && self.separator != Some(b' ') {
            while let Some(trimmed) = rest.strip_prefix(b" ") {
                rest = trimmed;
            }
        }
        let end = self.separator.and_then(|separator| memchr::memchr(separator, rest));
        let Some((entry, rest)) = end.and_then(|end| rest.split_at_checked(end)) else { return Some(rest) };
        self.rest = rest.get(1..);
        Some(entry)
    }
}

#[cold]
pub(super) fn malformed(header: &HeaderName, flaw: Flaw) -> VerifyError {
    VerifyError::Malformed { header: header.clone(), flaw }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_visible_ascii_without_what_joins_it() {
        for len in [1, 15, 16, 17, 40, MAX_ID] {
            for (place, byte) in (0..len).flat_map(|place| (0..=255).map(move |byte| (place, byte))) {
                let mut text = vec![b'a'; len];
                text[place] = byte;
                let right = (b'!'..=b'~').contains(&byte) && byte != b'.' && byte != b':';
                assert_eq!(id_of(&text, *b":."), right.then_some(&text[..]), "{byte} at {place} of {len}");
            }
        }
        assert!(id_of(b"", [0; 2]).is_none() && id_of(&[b'a'; MAX_ID + 1], [0; 2]).is_none());
    }
}
