//! Signs deliveries as a sender does, for tests of receivers.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
    time::SystemTime,
};

use http::{HeaderMap, HeaderName, HeaderValue};

use super::{
    SetupError, SignatureScheme,
    encoding::LONGEST,
    key::Key,
    layout::{Layout, Source},
    presented,
};
use crate::SigningSecret;

/// Signs deliveries by a scheme: in tests of your receiver it stands in for the portal.
///
/// ```
/// use hb_portal::SigningSecret;
/// use hb_portal::verify::{SignatureScheme, Signer};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // As in GitHub's documentation, "Validating webhook deliveries".
/// let signer = Signer::new(SignatureScheme::github(), &SigningSecret::new("It's a Secret to Everybody"))?;
/// assert_eq!(
///     signer.sign(b"Hello, World!")?["x-hub-signature-256"],
///     "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
/// );
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Signer {
    layout: Layout,
    key: Key,
}

impl Signer {
    /// Signs by `scheme`, with `secret`.
    ///
    /// # Errors
    ///
    /// As [`Verifier::new`](super::Verifier::new): what no verifier takes is not signed.
    pub fn new(scheme: SignatureScheme, secret: &SigningSecret) -> Result<Self, SetupError> {
        let layout = Layout::new(&scheme)?;
        let key = Key::read(secret, &scheme.key, layout.hash)?;
        Ok(Self { layout, key })
    }

    /// The headers of a delivery of `body` now, with an id that no other delivery of this process has. Timestamp and id are
    /// used where the scheme has them.
    ///
    /// # Errors
    ///
    /// The clock stands before 1970.
    pub fn sign(&self, body: &[u8]) -> Result<HeaderMap, SignError> {
        static COUNT: AtomicU64 = AtomicU64::new(1);
        let now = SystemTime::now();
        let nanoseconds = now.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.as_nanos());
        self.sign_at(&format!("msg_{nanoseconds:x}_{:x}", COUNT.fetch_add(1, Ordering::Relaxed)), now, body)
    }

    /// The headers of a delivery of `body` with this id and timestamp, where the scheme has them.
    ///
    /// # Errors
    ///
    /// The id is not 1 to 255 visible ASCII characters without a full stop and without the scheme's separator, or the
    /// timestamp is before 1970.
    pub fn sign_at(&self, id: &str, at: SystemTime, body: &[u8]) -> Result<HeaderMap, SignError> {
        let seconds = at.duration_since(SystemTime::UNIX_EPOCH).map_err(|_| SignError::Timestamp)?.as_secs();
        let timestamp = seconds.to_string();
        let splits = |byte| matches!(self.layout.id, Some(Source::Field(_))) && Some(byte) == self.layout.separator;
        if presented::id(id.as_bytes()).is_none() || id.bytes().any(splits) {
            return Err(SignError::Id);
        }
        let (mut signed, mut headers, mut fields) = (Vec::new(), HeaderMap::new(), String::new());
        for (source, text) in [(&self.layout.id, id), (&self.layout.timestamp, &timestamp)] {
            let Some(source) = source else { continue };
            signed.extend([text.as_bytes(), b"."]);
            match source {
                Source::Header(header) => insert(&mut headers, header, text)?,
                Source::Field(start) => {
                    fields.push_str(&format!("{start}{text}"));
                    fields.extend(self.layout.separator.map(char::from));
                }
            }
        }
        signed.push(body);
        let (tag, mut text) = (self.key.sign(&signed), [0; LONGEST]);
        fields.push_str(&self.layout.prefix);
        fields.extend(self.layout.encoding.encode(tag.bytes(), &mut text).iter().map(|digit| char::from(*digit)));
        insert(&mut headers, &self.layout.header, &fields)?;
        Ok(headers)
    }
}

fn insert(headers: &mut HeaderMap, header: &HeaderName, text: &str) -> Result<(), SignError> {
    // All of it is visible ASCII: ids are checked, prefixes and separators were.
    headers.insert(header.clone(), HeaderValue::from_str(text).map_err(|_| SignError::Id)?);
    Ok(())
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("header", &self.layout.header).finish_non_exhaustive()
    }
}

/// Why something cannot be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignError {
    /// The id is not one that a delivery can have.
    Id,
    /// The timestamp is before 1970.
    Timestamp,
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Id => "the id is not visible ASCII without a full stop and without the scheme's separator",
            Self::Timestamp => "the timestamp is before 1970",
        })
    }
}

impl std::error::Error for SignError {}
