//! Hexadecimal and base64, each with one spelling for each value.

use super::Encoding;

const HEX: &[u8; 16] = b"0123456789abcdef";
const HEX_UPPER: &[u8; 16] = b"0123456789ABCDEF";
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The value of each byte as a digit; what is no digit has the highest bit set, so that one test at the end finds it.
struct Digits([u8; 256]);

const NONE: u8 = 0x80;

impl Digits {
    #[allow(clippy::indexing_slicing, reason = "evaluated at compile time, where a wrong index does not build")]
    const fn of(alphabet: &[u8]) -> Self {
        let mut values = [NONE; 256];
        let mut value = 0;
        while value < alphabet.len() {
            values[alphabet[value] as usize] = value as u8;
            value += 1;
        }
        Self(values)
    }

    fn value(&self, digit: u8) -> u8 {
        // A byte is always an index of 256 values.
        self.0.get(usize::from(digit)).copied().unwrap_or(NONE)
    }
}

static HEX_DIGITS: Digits = Digits::of(HEX);
static HEX_UPPER_DIGITS: Digits = Digits::of(HEX_UPPER);
static BASE64_DIGITS: Digits = Digits::of(BASE64);

impl Encoding {
    /// How long `bytes` bytes are when they are written down.
    pub(super) fn encoded_len(self, bytes: usize) -> usize {
        match self {
            Self::Hex | Self::HexUpper => bytes * 2,
            Self::Base64 => bytes.div_ceil(3) * 4,
        }
    }

    /// Reads `text` into all of `out`; `false` when it is not exactly that.
    pub(super) fn decode(self, text: &[u8], out: &mut [u8]) -> bool {
        if text.len() != self.encoded_len(out.len()) {
            return false;
        }
        match self {
            Self::Hex => decode_hex(&HEX_DIGITS, text, out),
            Self::HexUpper => decode_hex(&HEX_UPPER_DIGITS, text, out),
            Self::Base64 => {
                let padding = match out.len() % 3 {
                    0 => "",
                    1 => "==",
                    _ => "=",
                };
                text.strip_suffix(padding.as_bytes()).is_some_and(|digits| decode_base64(digits, out))
            }
        }
    }

    /// Writes `bytes` down.
    pub(super) fn encode(self, bytes: &[u8]) -> String {
        match self {
            Self::Hex => encode_hex(HEX, bytes),
            Self::HexUpper => encode_hex(HEX_UPPER, bytes),
            Self::Base64 => encode_base64(bytes),
        }
    }
}

/// The bytes that `text` spells in base64, with its padding or without any; `None` when it is not base64.
pub(super) fn base64(text: &[u8]) -> Option<zeroize::Zeroizing<Vec<u8>>> {
    let digits = text.iter().rposition(|byte| *byte != b'=').map_or(0, |last| last + 1);
    let (digits, padding) = text.split_at_checked(digits)?;
    let padded = !padding.is_empty();
    if digits.len() % 4 == 1 || padded && text.len() % 4 != 0 || padding.len() > 2 {
        return None;
    }
    let mut bytes = zeroize::Zeroizing::new(vec![0; digits.len() * 3 / 4]);
    decode_base64(digits, &mut bytes).then_some(bytes)
}

fn decode_hex(digits: &Digits, text: &[u8], out: &mut [u8]) -> bool {
    let mut flaws = 0;
    for (pair, byte) in text.chunks_exact(2).zip(out) {
        if let [high, low] = pair {
            let (high, low) = (digits.value(*high), digits.value(*low));
            flaws |= high | low;
            *byte = high << 4 | low;
        }
    }
    flaws & NONE == 0
}

/// `digits` has no padding, and as many digits as `out` needs.
fn decode_base64(digits: &[u8], out: &mut [u8]) -> bool {
    let mut flaws = 0;
    for (group, bytes) in digits.chunks(4).zip(out.chunks_mut(3)) {
        let mut bits = 0_u32;
        for digit in group {
            let value = BASE64_DIGITS.value(*digit);
            flaws |= value;
            bits = bits << 6 | u32::from(value & 0x3f);
        }
        // The last group may be short; its bits move to where those of a whole one are.
        bits <<= 6 * (4 - group.len());
        let [_, whole @ ..] = bits.to_be_bytes();
        let (used, unused) = whole.split_at(bytes.len());
        bytes.copy_from_slice(used);
        // Bits that belong to no byte are zero, or one value would have several spellings (RFC 4648, section 3.5).
        flaws |= if unused.iter().any(|bits| *bits != 0) { NONE } else { 0 };
    }
    flaws & NONE == 0
}

fn encode_hex(alphabet: &[u8; 16], bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]).filter_map(|value| digit(alphabet, value)).collect()
}

fn encode_base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(Encoding::Base64.encoded_len(bytes.len()));
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for place in 0..4 {
            match place <= group.len() {
                true => text.extend(digit(BASE64, (bits >> (18 - 6 * place) & 0x3f) as u8)),
                false => text.push('='),
            }
        }
    }
    text
}

fn digit(alphabet: &[u8], value: u8) -> Option<char> {
    alphabet.get(usize::from(value)).map(|digit| char::from(*digit))
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(Encoding::Base64.encode(bytes.as_bytes()), text);
            let mut out = vec![0; bytes.len()];
            assert!(Encoding::Base64.decode(text.as_bytes(), &mut out), "{text}");
            assert_eq!(out, bytes.as_bytes());
            assert_eq!(**base64(text.as_bytes()).unwrap(), *bytes.as_bytes());
            assert_eq!(**base64(text.trim_end_matches('=').as_bytes()).unwrap(), *bytes.as_bytes());
        }
    }

    #[test]
    fn a_value_has_one_spelling() {
        let mut one = [0];
        for (encoding, text) in [
            (Encoding::Base64, "Zh=="),
            (Encoding::Base64, "Zg=A"),
            (Encoding::Base64, "Zg"),
            (Encoding::Base64, "Z==="),
            (Encoding::Hex, "6A"),
            (Encoding::HexUpper, "6a"),
            (Encoding::Hex, "6"),
            (Encoding::Hex, "6g"),
            (Encoding::Hex, "+6"),
        ] {
            assert!(!encoding.decode(text.as_bytes(), &mut one), "{text}");
        }
        for text in ["Zh==", "Z", "Zg=", "Zg===", "Zm9v====", "Z\n==", "Zm-_"] {
            assert!(base64(text.as_bytes()).is_none(), "{text}");
        }
    }

    #[test]
    fn hexadecimal_comes_back() {
        for encoding in [Encoding::Hex, Encoding::HexUpper] {
            let bytes: Vec<u8> = (0..=255).collect();
            let mut out = vec![0; 256];
            assert!(encoding.decode(encoding.encode(&bytes).as_bytes(), &mut out));
            assert_eq!(out, bytes);
        }
        assert_eq!(Encoding::Hex.encode(b"\x0f\xa0"), "0fa0");
        assert_eq!(Encoding::HexUpper.encode(b"\x0f\xa0"), "0FA0");
    }
}
