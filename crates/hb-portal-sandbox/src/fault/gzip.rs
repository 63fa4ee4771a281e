//! The minimal part of gzip that one fault needs: every byte is written as a literal, so nothing is compressed.

use axum::http::HeaderMap;

/// Whether a request with these headers permits gzip (RFC 9110, 12.5.3). It does if it lists `gzip` or `*` without a weight of
/// zero, or has no `Accept-Encoding` at all.
pub(super) fn is_permitted(headers: &HeaderMap) -> bool {
    let mut accepted = headers.get_all("accept-encoding").iter().filter_map(|value| value.to_str().ok()).peekable();
    let unnamed = accepted.peek().is_none();
    let mut codings = accepted.flat_map(|value| value.split(','));
    unnamed
        || codings.any(|coding| {
            let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
            let weight = weight.trim().strip_prefix("q=").unwrap_or("1");
            let is_zero = weight.parse::<f32>().is_ok_and(|weight| weight <= 0.0);
            !is_zero && ["gzip", "*"].iter().any(|gzip| name.trim().eq_ignore_ascii_case(gzip))
        })
}

/// Returns `plain` as a gzip stream (RFC 1952) of one block with fixed codes (RFC 1951, 3.2.6). A stored block would need less
/// code, but would leave the secret readable, unlike the response of a real server.
pub(super) fn encode(plain: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    let mut bits = Bits::default();
    bits.push(0b1, 1); // The last block …
    bits.push(0b01, 2); // … with fixed codes.
    for byte in plain {
        let byte = u16::from(*byte);
        if byte < 144 {
            bits.push_code(0x30 + byte, 8);
        } else {
            bits.push_code(0x190 + byte - 144, 9);
        }
    }
    bits.push_code(0, 7); // The end of the block.
    stream.append(&mut bits.finish());
    stream.extend(crc32(plain).to_le_bytes());
    // The format stores the length modulo 2^32.
    stream.extend((plain.len() as u32).to_le_bytes());
    stream
}

/// Bits, packed into bytes starting at the lowest bit.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    pending: u32,
    count: u32,
}

impl Bits {
    fn push(&mut self, value: u16, width: u32) {
        self.pending |= u32::from(value) << self.count;
        self.count += width;
        while self.count >= 8 {
            self.bytes.push(self.pending as u8);
            self.pending >>= 8;
            self.count -= 8;
        }
    }

    /// Adds a code; codes, unlike numbers, start with their highest bit.
    fn push_code(&mut self, code: u16, width: u32) {
        self.push(code.reverse_bits() >> (16 - width), width);
    }

    fn finish(mut self) -> Vec<u8> {
        if self.count > 0 {
            self.bytes.push(self.pending as u8);
        }
        self.bytes
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_one_that_gzip_uses() {
        // The check value that every description of CRC-32 gives.
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }
}
