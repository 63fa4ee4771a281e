//! A response's body as UTF-8.

use std::ops::Deref;

use hb_portal_client::Response;
use zeroize::Zeroizing;

/// A response's body as UTF-8: as it arrived, or converted from UTF-16 and wiped when dropped.
pub(crate) enum Text<'r> {
    AsSent(&'r [u8]),
    Converted(Zeroizing<String>),
}

impl<'r> Text<'r> {
    /// The body of `response`. It is UTF-16 if it begins with that encoding's byte-order mark, or if one of its first two bytes
    /// is zero: JSON begins with ASCII and has no zero bytes.
    pub(crate) fn of(response: &'r Response) -> Self {
        let body = response.expose_body();
        let (is_big_endian, body) = match body {
            [0xfe, 0xff, rest @ ..] => (true, rest),
            [0xff, 0xfe, rest @ ..] => (false, rest),
            [0, _, ..] => (true, body),
            [_, 0, ..] => (false, body),
            _ => return Self::AsSent(body),
        };
        let unit = if is_big_endian { u16::from_be_bytes } else { u16::from_le_bytes };
        let units = body.chunks_exact(2).filter_map(|pair| Some(unit(pair.try_into().ok()?)));
        // A unit becomes at most three bytes, so the buffer never grows and leaves no copy behind.
        let mut text = Zeroizing::new(String::with_capacity(body.len() / 2 * 3));
        text.extend(char::decode_utf16(units).map_while(Result::ok));
        Self::Converted(text)
    }

    pub(crate) fn is_converted(&self) -> bool {
        matches!(self, Self::Converted(_))
    }
}

impl Deref for Text<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::AsSent(body) => body,
            Self::Converted(text) => text.as_bytes(),
        }
    }
}
