//! Random text for secrets, tokens and keys.

use std::fmt::Write as _;
use std::io;

/// 32 bytes from the operating system, as 64 hexadecimal digits.
pub(crate) fn text() -> io::Result<String> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    }))
}
