//! Hexadecimal and base64, each with exactly one text for each value.

use super::part::Encoding;

/// The length of the longest text: a SHA-512 in hexadecimal.
pub(super) const LONGEST: usize = 128;

impl Encoding {
    /// The length of the text that encodes `bytes` bytes.
    pub(super) fn encoded_len(self, bytes: usize) -> usize {
        match self {
            Self::Hex | Self::HexUpper => bytes * 2,
            Self::Base64 | Self::Base64Url => bytes.div_ceil(3) * 4,
            Self::Base64UrlUnpadded => (bytes * 4).div_ceil(3),
        }
    }

    /// Encodes a signature or a hash of at most 64 bytes, and returns the text, which is ASCII.
    ///
    /// The expected signature is a secret, so no digit is looked up in a table, and the time depends only on the number of bytes.
    #[inline]
    pub(super) fn encode<'t>(self, bytes: &[u8], text: &'t mut [u8; LONGEST]) -> &'t [u8] {
        let padded = if self == Self::Base64UrlUnpadded { Self::Base64Url } else { self };
        let digits = text.get_mut(..padded.encoded_len(bytes.len())).unwrap_or_default();
        match padded {
            Self::Hex => encode_hex(b'a', bytes, digits),
            Self::HexUpper => encode_hex(b'A', bytes, digits),
            Self::Base64 => encode_base64(*b"+/", bytes, digits),
            Self::Base64Url | Self::Base64UrlUnpadded => encode_base64(*b"-_", bytes, digits),
        }
        digits.get(..self.encoded_len(bytes.len())).unwrap_or_default()
    }
}

fn encode_hex(ten: u8, bytes: &[u8], text: &mut [u8]) {
    let digit = |value: u8| value + b'0' + above(9, value, ten - b'9' - 1);
    for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
        pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 0xf)]);
    }
}

/// Encodes in base64, with padding; `last` has the digits for 62 and 63.
fn encode_base64(last: [u8; 2], bytes: &[u8], text: &mut [u8]) {
    let groups = bytes.chunks_exact(3);
    let rest = groups.remainder();
    let mut fours = text.chunks_exact_mut(4);
    for (group, four) in groups.zip(&mut fours) {
        if let [a, b, c] = *group {
            four.copy_from_slice(&sixes([0, a, b, c]));
        }
    }
    match (rest, fours.next()) {
        ([a, b], Some(four)) => four.copy_from_slice(&sixes([0, *a, *b, 0])),
        ([a], Some(four)) => four.copy_from_slice(&sixes([0, *a, 0, 0])),
        _ => {}
    }
    // A separate loop, which the compiler vectorises to sixteen digits at a time.
    for digit in &mut *text {
        let value = *digit;
        // `A` to `Z`, `a` to `z`, `0` to `9` and the last two, across the gaps between them in ASCII.
        *digit = (value + b'A' + above(25, value, b'a' - b'Z' - 1))
            .wrapping_sub(above(51, value, b'z' - b'0' + 1))
            .wrapping_sub(above(61, value, b'9' - last[0] + 1))
            .wrapping_add(above(62, value, last[1] - last[0] - 1));
    }
    let padding = text.len() - (bytes.len() * 4).div_ceil(3);
    for digit in text.iter_mut().rev().take(padding) {
        *digit = b'=';
    }
}

/// Spreads the last 24 bits, six to a byte.
fn sixes(bytes: [u8; 4]) -> [u8; 4] {
    let bits = u32::from_be_bytes(bytes);
    let sixes = (bits & 0xfc_0000) << 6 | (bits & 0x3_f000) << 4 | (bits & 0xfc0) << 2 | bits & 0x3f;
    sixes.to_be_bytes()
}

/// Returns `step` if `value` is above `limit`, else 0, without a branch; both must be below 128.
fn above(limit: u8, value: u8, step: u8) -> u8 {
    (limit.wrapping_sub(value) >> 7).wrapping_neg() & step
}

/// Decodes base64, with its full padding or with none; `None` if `text` is not base64.
pub(super) fn base64(text: &[u8]) -> Option<zeroize::Zeroizing<Vec<u8>>> {
    let digits = text.iter().rposition(|byte| *byte != b'=').map_or(0, |last| last + 1);
    let (digits, padding) = text.split_at_checked(digits)?;
    let padded = !padding.is_empty();
    if digits.len() % 4 == 1 || padded && !text.len().is_multiple_of(4) || padding.len() > 2 {
        return None;
    }
    let mut bytes = zeroize::Zeroizing::new(vec![0; digits.len() * 3 / 4]);
    decode_base64(digits, &mut bytes).then_some(bytes)
}

/// Decodes `digits`, which has no padding and as many digits as `out` needs. Returns whether it is base64.
fn decode_base64(digits: &[u8], out: &mut [u8]) -> bool {
    let mut flaws = 0;
    for (group, bytes) in digits.chunks(4).zip(out.chunks_mut(3)) {
        let mut bits = 0_u32;
        for digit in group {
            // A byte is always a valid index into 256 values.
            let value = BASE64_VALUES.get(usize::from(*digit)).copied().unwrap_or(NONE);
            flaws |= value;
            bits = bits << 6 | u32::from(value & 0x3f);
        }
        // The last group may be short; this shifts its bits to their places in a whole group.
        bits <<= 6 * (4 - group.len());
        let [_, whole @ ..] = bits.to_be_bytes();
        let (used, unused) = whole.split_at(bytes.len());
        bytes.copy_from_slice(used);
        // Bits that belong to no byte must be zero, or one value would have several encodings (RFC 4648, section 3.5).
        flaws |= if unused.iter().any(|bits| *bits != 0) { NONE } else { 0 };
    }
    flaws & NONE == 0
}

/// The value of each byte as a digit of base64; any other byte has the highest bit set, so that one test at the end finds it.
static BASE64_VALUES: [u8; 256] = values(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");

const NONE: u8 = 0x80;

#[allow(clippy::indexing_slicing, reason = "evaluated at compile time, where a wrong index does not build")]
const fn values(alphabet: &[u8]) -> [u8; 256] {
    let mut values = [NONE; 256];
    let mut value = 0;
    while value < alphabet.len() {
        values[alphabet[value] as usize] = value as u8;
        value += 1;
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(encoding: Encoding, bytes: &[u8]) -> String {
        String::from_utf8(encoding.encode(bytes, &mut [0; LONGEST]).to_vec()).unwrap()
    }

    #[test]
    fn base64_is_as_rfc_4648_section_10_shows() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(written(Encoding::Base64, bytes.as_bytes()), text);
            assert_eq!(**base64(text.as_bytes()).unwrap(), *bytes.as_bytes());
            assert_eq!(**base64(text.trim_end_matches('=').as_bytes()).unwrap(), *bytes.as_bytes());
        }
    }

    /// Every value of every byte, at every place in a group, in texts of every length that there is.
    #[test]
    fn encoded_text_matches_a_table() {
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        for len in 0..=64_u8 {
            for first in 0..=255_u8 {
                let bytes: Vec<u8> = (0..len).map(|index| first.wrapping_add(index.wrapping_mul(37))).collect();
                let lower: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                assert_eq!(written(Encoding::Hex, &bytes), lower);
                assert_eq!(written(Encoding::HexUpper, &bytes), lower.to_uppercase());

                let bits: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
                let values =
                    bits.as_bytes().chunks(6).map(|bits| format!("{:0<6}", std::str::from_utf8(bits).unwrap()));
                let mut text: String =
                    values.map(|bits| char::from(alphabet[usize::from_str_radix(&bits, 2).unwrap()])).collect();
                text.push_str(["", "", "==", "="][text.len() % 4]);
                assert_eq!(written(Encoding::Base64, &bytes), text);
                let url = text.replace('+', "-").replace('/', "_");
                assert_eq!(written(Encoding::Base64Url, &bytes), url);
                assert_eq!(written(Encoding::Base64UrlUnpadded, &bytes), url.trim_end_matches('='));
                assert_eq!(**base64(text.as_bytes()).unwrap(), *bytes);
            }
        }
    }

    #[test]
    fn a_key_has_one_spelling() {
        for text in ["Zh==", "Z", "Zg=", "Zg===", "Zm9v====", "Z\n==", "Zm-_"] {
            assert!(base64(text.as_bytes()).is_none(), "{text}");
        }
    }
}
