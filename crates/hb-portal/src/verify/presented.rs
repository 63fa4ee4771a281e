//! What the headers of a delivery say, read as a scheme says. Nothing of it is to be believed yet.

use std::time::{Duration, SystemTime};

use ctutils::CtEq as _;
use http::{HeaderMap, HeaderName};

use super::{
    Flaw, VerifyError,
    encoding::LONGEST,
    key::Tag,
    layout::{Layout, Source},
};

/// Bounds of what a stranger can make a verifier look at; no sender comes near them.
const MAX_HEADER: usize = 16 * 1024;
const MAX_ENTRIES: usize = 64;
pub(super) const MAX_ID: usize = 255;

/// What has more of them is no time that a system knows.
const MAX_DIGITS: usize = 19;

/// What was presented.
pub(super) struct Presented<'h> {
    pub(super) id: Option<&'h [u8]>,
    pub(super) timestamp: Option<Timestamp<'h>>,
    /// The first signature in the scheme's form, without its prefix.
    signature: &'h [u8],
    /// What stands after it: a list is looked through for separators only once.
    others: Entries<'h>,
}

/// A timestamp as it was written, which is what is signed, and what it says.
pub(super) struct Timestamp<'h> {
    text: &'h [u8],
    pub(super) at: SystemTime,
}

impl Layout {
    /// What `headers` say, as far as it is in the scheme's form.
    #[inline]
    pub(super) fn read<'h>(&self, headers: &'h HeaderMap) -> Result<Presented<'h>, VerifyError> {
        let mut list = Found::Nothing;
        let mut id = Part::new(self.id.as_ref());
        let mut timestamp = Part::new(self.timestamp.as_ref());
        // To compare each name costs less than to look one up, for which `http` hashes it byte by byte.
        for (name, value) in headers {
            if *name == self.header {
                list.add(value.as_bytes());
            } else {
                id.look_at_header(name, value.as_bytes());
                timestamp.look_at_header(name, value.as_bytes());
            }
        }

        let list = list.in_header(&self.header)?;
        let mut entries = Entries { rest: Some(list), separator: self.separator };
        let (mut count, mut first) = (0, None);
        while let Some(entry) = entries.next() {
            count += 1;
            if count > MAX_ENTRIES {
                return Err(malformed(&self.header, Flaw::TooManyEntries));
            }
            id.look_at_entry(entry);
            timestamp.look_at_entry(entry);
            if first.is_none() {
                first = self.signature(entry).map(|signature| (signature, entries.clone()));
            }
        }
        // Before anything is computed: what has not even the form is no signature.
        let (signature, others) = first.ok_or_else(|| malformed(&self.header, Flaw::NoSignature))?;
        let id = id.value(&self.header, Flaw::Id, self::id)?;
        let timestamp = timestamp.value(&self.header, Flaw::Timestamp, Timestamp::parse)?;
        Ok(Presented { id, timestamp, signature, others })
    }

    /// The digits of an entry, if it has the form of a signature.
    fn signature<'h>(&self, entry: &'h [u8]) -> Option<&'h [u8]> {
        let (prefix, digits) = entry.split_at_checked(self.prefix.len())?;
        let fits = digits.len() == self.encoding.encoded_len(self.hash.tag_len());
        // An empty prefix is not compared: its pointer points nowhere, and the processor takes 40 ns to find that out.
        (fits && (prefix.is_empty() || *prefix == *self.prefix.as_bytes())).then_some(digits)
    }

    /// Whether one of the signatures that were presented is `tag`. It is compared as text, which each value has only one of,
    /// and in a time that depends on its length alone.
    #[inline]
    pub(super) fn has(&self, presented: &Presented<'_>, tag: &Tag) -> bool {
        let mut text = [0; LONGEST];
        let right = self.encoding.encode(tag.bytes(), &mut text);
        let is_right = |given: &[u8]| right.ct_eq(given).into();
        is_right(presented.signature)
            || presented.others.clone().filter_map(|entry| self.signature(entry)).any(is_right)
    }
}

impl Presented<'_> {
    /// What is signed with `body`: before it the id and the timestamp, if the scheme has them, and a full stop after each.
    #[inline]
    pub(super) fn signed<'a>(&'a self, body: &'a [u8]) -> [&'a [u8]; 5] {
        let before = |part: Option<&'a [u8]>| part.map_or((&b""[..], &b""[..]), |part| (part, b"."));
        let (id, id_end) = before(self.id);
        let (timestamp, timestamp_end) = before(self.timestamp.as_ref().map(|timestamp| timestamp.text));
        [id, id_end, timestamp, timestamp_end, body]
    }
}

impl<'h> Timestamp<'h> {
    fn parse(text: &'h [u8]) -> Option<Self> {
        if text.is_empty() {
            return None;
        }
        let zeros = text.iter().take_while(|digit| **digit == b'0').count();
        let digits = text.get(zeros..).filter(|digits| digits.len() <= MAX_DIGITS)?;
        let seconds = digits.iter().try_fold(0, |seconds: u64, digit| {
            // Nineteen digits overflow nothing.
            digit.is_ascii_digit().then(|| seconds.wrapping_mul(10).wrapping_add(u64::from(digit - b'0')))
        })?;
        Some(Self { text, at: SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))? })
    }
}

/// An id without a full stop: with one, `a.1` and `2.x` would be signed as `a` and `1.2.x` are.
pub(super) fn id(text: &[u8]) -> Option<&[u8]> {
    // Without a way out halfway, many bytes at a time.
    let plain = |all, byte: &u8| all & byte.is_ascii_graphic() & (*byte != b'.');
    ((1..=MAX_ID).contains(&text.len()) && text.iter().fold(true, plain)).then_some(text)
}

/// The id or the timestamp: where it has to be, and what is there.
struct Part<'l, 'h> {
    source: Option<&'l Source>,
    found: Found<'h>,
}

impl<'l, 'h> Part<'l, 'h> {
    fn new(source: Option<&'l Source>) -> Self {
        Self { source, found: Found::Nothing }
    }

    fn look_at_header(&mut self, name: &HeaderName, value: &'h [u8]) {
        match self.source {
            Some(Source::Header(wanted)) if wanted == name => self.found.add(value),
            _ => {}
        }
    }

    fn look_at_entry(&mut self, entry: &'h [u8]) {
        if let Some(Source::Field(start)) = self.source {
            if let Some(value) = entry.strip_prefix(start.as_bytes()) {
                self.found.add(value);
            }
        }
    }

    /// What `parse` makes of it; `None` when the scheme has no such part. `list` is the header that fields are in.
    #[inline]
    fn value<T>(
        &self,
        list: &HeaderName,
        flaw: Flaw,
        parse: impl FnOnce(&'h [u8]) -> Option<T>,
    ) -> Result<Option<T>, VerifyError> {
        let (header, value) = match (self.source, self.found) {
            (None, _) => return Ok(None),
            (Some(Source::Header(header)), found) => (header, Some(found.in_header(header)?)),
            (Some(Source::Field(_)), Found::One(value)) => (list, Some(value)),
            (Some(Source::Field(_)), _) => (list, None),
        };
        value.and_then(parse).map(Some).ok_or_else(|| malformed(header, flaw))
    }
}

/// What was found under a name.
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

    /// The only value of `header`.
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

/// What stands between separators. Without one, the value is not looked through for it.
#[derive(Clone)]
struct Entries<'h> {
    rest: Option<&'h [u8]>,
    separator: Option<u8>,
}

impl<'h> Iterator for Entries<'h> {
    type Item = &'h [u8];

    fn next(&mut self) -> Option<&'h [u8]> {
        let rest = self.rest.take()?;
        let end = self.separator.and_then(|separator| memchr::memchr(separator, rest));
        let Some((entry, rest)) = end.and_then(|end| rest.split_at_checked(end)) else { return Some(rest) };
        self.rest = rest.get(1..);
        Some(entry)
    }
}

#[cold]
fn malformed(header: &HeaderName, flaw: Flaw) -> VerifyError {
    VerifyError::Malformed { header: header.clone(), flaw }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_is_what_its_digits_say_or_none() {
        let numbers = ["0", "7", "1700000000", "9223372036854775807", "9223372036854775808", "18446744073709551616"];
        let padded = numbers.iter().map(|number| format!("{number:0>300}"));
        let malformed =
            ["", "-1", "+1", "1 ", " 1", "1.5", "0x1", "a", "1a", "\u{661}", "000a", "12345678901234567890a"];
        for text in numbers.map(str::to_owned).into_iter().chain(padded).chain(malformed.map(str::to_owned)) {
            let plain = text.bytes().all(|byte| byte.is_ascii_digit());
            let seconds = text.parse().ok().filter(|_| plain);
            let at = seconds.and_then(|seconds| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)));
            assert_eq!(Timestamp::parse(text.as_bytes()).map(|timestamp| timestamp.at), at, "{text}");
        }
    }

    #[test]
    fn an_id_is_visible_ascii_without_a_full_stop() {
        for len in [1, 15, 16, 17, 40, MAX_ID] {
            for (place, byte) in (0..len).flat_map(|place| (0..=255).map(move |byte| (place, byte))) {
                let mut text = vec![b'a'; len];
                text[place] = byte;
                let right = (b'!'..=b'~').contains(&byte) && byte != b'.';
                assert_eq!(id(&text), right.then_some(&text[..]), "{byte} at {place} of {len}");
            }
        }
        assert!(id(b"").is_none() && id(&[b'a'; MAX_ID + 1]).is_none());
    }
}
