//! A response as bytes, and the positions of its parts.

/// A response as it is sent over the wire.
pub(crate) struct Packet {
    pub(crate) bytes: Vec<u8>,
    /// The position at which its body starts.
    pub(crate) body_at: usize,
    /// Whether the body is chunked, so that chunk sizes interrupt its bytes.
    pub(crate) chunked: bool,
}

impl Packet {
    /// The position at which `text` ends, if the body contains it in one piece.
    pub(crate) fn end_of(&self, text: &str) -> Option<usize> {
        let body = self.bytes.get(self.body_at..)?;
        let start = match std::str::from_utf8(body) {
            Ok(body) => occurrence(body, text)?,
            Err(_) => position(body, text.as_bytes())?,
        };
        Some(self.body_at + start + text.len())
    }

    /// Whether a client that reads the first `reach` bytes has the whole of `text`.
    pub(crate) fn shows(&self, text: &str, reach: usize) -> bool {
        if !self.chunked {
            return self.end_of(text).is_some_and(|end| end <= reach);
        }
        let read = self.bytes.get(self.body_at..reach).unwrap_or_default();
        position(&unchunked(read), text.as_bytes()).is_some()
    }
}

/// The contents of the chunks in `read`, the last of which may be incomplete.
fn unchunked(mut read: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(line) = position(read, b"\r\n") {
        let size = read.get(..line).unwrap_or_default();
        let size = std::str::from_utf8(size).unwrap_or_default();
        let size = usize::from_str_radix(size, 16).unwrap_or_default();
        let rest = read.get(line + 2..).unwrap_or_default();
        body.extend(rest.iter().take(size));
        read = rest.get(size + 2..).unwrap_or_default();
    }
    body
}

/// The position of `wanted` in `text`. It checks only positions that have the same first character, because a plain string search
/// through 100 MB of padding takes seconds in an unoptimised build.
fn occurrence(text: &str, wanted: &str) -> Option<usize> {
    let first = wanted.chars().next()?;
    let mut from = 0;
    loop {
        let at = from + text.get(from..)?.find(first)?;
        if text.get(at..)?.starts_with(wanted) {
            return Some(at);
        }
        from = at + first.len_utf8();
    }
}

/// The position of `wanted` in `bytes`.
pub(super) fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len().max(1)).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_after_a_partial_match() {
        assert_eq!(occurrence("ééaéab", "éab"), Some(5));
        assert_eq!(occurrence("aab", "b"), Some(2));
        assert_eq!(occurrence("aab", "ba"), None);
        assert_eq!(occurrence("", "a"), None);
    }

    #[test]
    fn a_text_split_by_chunks_is_shown_once_its_last_byte_is() {
        let head = "head\r\n\r\n";
        let packet = Packet {
            bytes: format!("{head}3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n").into(),
            body_at: head.len(),
            chunked: true,
        };
        let whole = packet.bytes.len();
        let shown = (0..=whole).find(|reach| packet.shows("bcd", *reach));
        assert_eq!(shown, Some(head.len() + "3\r\nabc\r\n2\r\nd".len()));
        assert!(!packet.shows("bce", whole));
    }
}
