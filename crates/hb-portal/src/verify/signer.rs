//! Signs deliveries as a sender does, for tests of receivers.

use std::{fmt, time::SystemTime};

use http::{HeaderMap, HeaderName, HeaderValue};

use super::{
    encoding::LONGEST,
    error::SetupError,
    key::{Key, LEAST},
    layout::{Layout, Source},
    member,
    part::Part,
    presented::id_of,
    scheme::SignatureScheme,
};
use crate::secret::SigningSecret;

/// Signs deliveries with a scheme. It replaces the portal in tests of your receiver.
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
    /// Creates a signer for `scheme` and `secret`.
    ///
    /// # Errors
    ///
    /// The same as those of [`Verifier::new`](super::Verifier::new): a signer refuses every scheme that a verifier refuses.
    pub fn new(scheme: SignatureScheme, secret: &SigningSecret) -> Result<Self, SetupError> {
        let layout = Layout::new(&scheme)?;
        let least = if scheme.short_secret { 1 } else { LEAST };
        let key = Key::read(secret.expose_secret(), &scheme.key, layout.hash, least)?;
        Ok(Self { layout, key })
    }

    /// Returns the headers of a delivery of `body` now, with an id that no other delivery of this process has. Timestamp and id
    /// are used only if the scheme has them.
    ///
    /// # Errors
    ///
    /// The clock is set before 1970, or the body lacks the id that the scheme expects in it.
    #[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
    pub fn sign(&self, body: &[u8]) -> Result<HeaderMap, SetupError> {
        use std::sync::atomic::{AtomicU64, Ordering};

        static COUNT: AtomicU64 = AtomicU64::new(1);
        let now = SystemTime::now();
        let nanoseconds = now.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.as_nanos());
        self.sign_at(&format!("msg_{nanoseconds:x}_{:x}", COUNT.fetch_add(1, Ordering::Relaxed)), now, body)
    }

    /// Returns the headers of a delivery of `body` with this id and timestamp, if the scheme has them. If the scheme's id is in
    /// the body, it is read from there.
    ///
    /// # Errors
    ///
    /// The id is not 1 to 255 visible ASCII characters without the scheme's separator and joiners, or is missing from the body
    /// although the scheme requires it; or the scheme cannot write the timestamp, such as one before 1970.
    pub fn sign_at(&self, id: &str, at: SystemTime, body: &[u8]) -> Result<HeaderMap, SetupError> {
        let layout = &self.layout;
        let (mut headers, mut fields) = (HeaderMap::new(), String::new());
        let mut place = |source: &Source, text: &str| match source {
            Source::Header(header) | Source::Member(_, Some(header)) => insert(&mut headers, header, text),
            Source::Field(start) => {
                fields.push_str(&format!("{start}{text}"));
                fields.extend(layout.separator.map(char::from));
                Ok(())
            }
            Source::Member(_, None) => Ok(()),
        };
        if let Some(source) = &layout.id {
            let in_body = match source {
                Source::Member(name, Some(_)) => Some(member::text_of(body, name).ok_or(SetupError::Id)?),
                _ => None,
            };
            let id = in_body.as_deref().unwrap_or(id);
            let splits = |byte| matches!(source, Source::Field(_)) && Some(byte) == layout.separator;
            id_of(id.as_bytes(), layout.id_stops).filter(|id| !id.iter().copied().any(splits)).ok_or(SetupError::Id)?;
            place(source, id)?;
        }
        let mut timestamp = String::new();
        if let Some((source, format)) = &layout.timestamp {
            let fits = |text: &String| layout.timestamp_len.is_none_or(|len| text.len() == len);
            timestamp = format.write(at).filter(fits).ok_or(SetupError::Timestamp)?;
            place(source, &timestamp)?;
        }
        let tag = self.key.sign(layout.parts.iter().map(|part| match part {
            Part::Id => id.as_bytes(),
            Part::Timestamp => timestamp.as_bytes(),
            Part::Body => body,
            Part::Literal(text) => text.as_bytes(),
        }));
        fields.push_str(&layout.prefix);
        let mut text = [0; LONGEST];
        fields.extend(layout.encoding.encode(tag.bytes(), &mut text).iter().map(|digit| char::from(*digit)));
        insert(&mut headers, &layout.header, &fields)?;
        Ok(headers)
    }
}

fn insert(headers: &mut HeaderMap, header: &HeaderName, text: &str) -> Result<(), SetupError> {
    // All of it is visible ASCII: ids, prefixes and separators were checked.
    headers.insert(header.clone(), HeaderValue::from_str(text).map_err(|_| SetupError::Id)?);
    Ok(())
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("header", &self.layout.header).finish_non_exhaustive()
    }
}
