//! Verifies deliveries.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{HeaderMap, header};
use serde_core::de::DeserializeOwned;

use super::{
    Delivery, KeyFormat, ReceiveError, SetupError, SignatureScheme, Verified, VerifyError, key::Key, layout::Layout,
    presented::Presented, respell, verified::Name,
};
use crate::SigningSecret;

/// What Stripe's and Standard Webhooks' own libraries tolerate.
const TOLERANCE: Duration = Duration::from_secs(300);

/// Verifies that deliveries were signed with the endpoint's secret.
///
/// It is cheap to clone and shares what it holds. It keeps the key and not the secret, and wipes it when dropped; `Debug`
/// shows neither.
///
/// ```
/// use std::time::Duration;
///
/// use hb_portal::SigningSecret;
/// use hb_portal::verify::{SignatureScheme, Verifier};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (new, old) = (SigningSecret::new("the new signing secret"), SigningSecret::new("the old signing secret"));
/// let verifier = Verifier::new(SignatureScheme::stripe("Stripe-Signature"), &new)?
///     .also_accept(&old)?
///     .tolerance(Duration::from_secs(60));
/// # let _ = verifier;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Verifier {
    /// One block for all of it: an extractor clones a verifier for each request.
    shared: Arc<Shared>,
    tolerance: Duration,
}

#[derive(Clone)]
struct Shared {
    layout: Layout,
    key_format: KeyFormat,
    keys: Vec<Accepted>,
}

/// The key of a secret, and the one that the secret has without white space around it, if there is some.
#[derive(Clone)]
struct Accepted {
    key: Key,
    trimmed: Option<Key>,
}

impl Verifier {
    /// Verifies by `scheme`, with `secret`.
    ///
    /// A timestamp, if the scheme has one, may be five minutes off in both directions; [`tolerance`](Self::tolerance) says
    /// otherwise.
    ///
    /// # Errors
    ///
    /// The secret is empty, has a key of fewer than 14 bytes, or is not base64 where the scheme says so; or the scheme makes
    /// no sense.
    pub fn new(scheme: SignatureScheme, secret: &SigningSecret) -> Result<Self, SetupError> {
        let shared = Shared { layout: Layout::new(&scheme)?, key_format: scheme.key, keys: Vec::new() };
        Self { shared: Arc::new(shared), tolerance: TOLERANCE }.also_accept(secret)
    }

    /// Accepts what `secret` signed as well, while secrets are rotated.
    ///
    /// # Errors
    ///
    /// The secret is empty, has a key of fewer than 14 bytes, or is not base64 where the scheme says so.
    pub fn also_accept(mut self, secret: &SigningSecret) -> Result<Self, SetupError> {
        let Shared { layout, key_format, keys } = Arc::make_mut(&mut self.shared);
        keys.push(Accepted {
            key: Key::read(secret, key_format, layout.hash)?,
            trimmed: Key::read_trimmed(secret, key_format, layout.hash),
        });
        Ok(self)
    }

    /// How far a timestamp may be off, back and ahead; five minutes unless set. It matters only to schemes that sign one.
    #[must_use]
    pub fn tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Verifies a delivery that arrives now. A delivery that passes costs no heap allocation.
    ///
    /// `body` is the body as it arrived: it need not be JSON nor UTF-8, and is not copied.
    ///
    /// # Errors
    ///
    /// The delivery is to be refused; [`VerifyError`] says why, to you and not to the caller.
    pub fn verify(&self, headers: &HeaderMap, body: &[u8]) -> Result<Verified, VerifyError> {
        // Without a timestamp the clock does not matter, and asking it costs more than reading the headers.
        let now = if self.shared.layout.timestamp.is_some() { SystemTime::now() } else { SystemTime::UNIX_EPOCH };
        self.verify_at(headers, body, now)
    }

    /// Verifies a delivery that arrived at `now`: for tests, and for deliveries that waited in a queue of yours.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify).
    pub fn verify_at(&self, headers: &HeaderMap, body: &[u8], now: SystemTime) -> Result<Verified, VerifyError> {
        let presented = self.shared.layout.read(headers)?;
        let timestamp = presented.timestamp.as_ref().map(|timestamp| timestamp.at);
        if let Some(at) = timestamp {
            // First, because it costs nothing and needs no secret: its answer tells nothing about one.
            self.check_age(at, now)?;
        }
        let mut first = None;
        for (index, accepted) in self.shared.keys.iter().enumerate() {
            let tag = accepted.key.sign(&presented.signed(body));
            if self.shared.layout.has(&presented, &tag) {
                let name = presented.id.map_or_else(|| Name::signature(first.as_ref().unwrap_or(&tag)), Name::id);
                return Ok(Verified::new(index, timestamp, name));
            }
            first.get_or_insert(tag);
        }
        Err(self.diagnose(&presented, headers, body))
    }

    /// Verifies a delivery that arrives now, and reads its body as a `T`. The body is not copied.
    ///
    /// # Errors
    ///
    /// The delivery is to be refused, or it is signed and its body is not the JSON that `T` is.
    pub fn receive<T: DeserializeOwned>(
        &self,
        headers: &HeaderMap,
        body: impl Into<Bytes>,
    ) -> Result<Delivery<T>, ReceiveError> {
        let body = body.into();
        let verified = self.verify(headers, &body)?;
        Ok(Delivery::parse(verified, body)?)
    }

    fn check_age(&self, at: SystemTime, now: SystemTime) -> Result<(), VerifyError> {
        let tolerance = self.tolerance;
        let late = now.checked_sub(tolerance).is_some_and(|earliest| at < earliest);
        let early = now.checked_add(tolerance).is_some_and(|latest| at > latest);
        if !late && !early {
            return Ok(());
        }
        Err(match now.duration_since(at) {
            Ok(age) => VerifyError::TooOld { age: whole_seconds(age), tolerance },
            Err(error) => VerifyError::InTheFuture { ahead: whole_seconds(error.duration()), tolerance },
        })
    }

    /// Why nothing matched. Nothing that it finds is accepted: each is a delivery that was signed, and changed since.
    #[cold]
    fn diagnose(&self, presented: &Presented<'_>, headers: &HeaderMap, body: &[u8]) -> VerifyError {
        let matches = |key: &Key, body: &[u8]| self.shared.layout.has(presented, &key.sign(&presented.signed(body)));
        if self.shared.keys.iter().filter_map(|accepted| accepted.trimmed.as_ref()).any(|key| matches(key, body)) {
            return VerifyError::SecretHasWhiteSpace;
        }
        if has_other_length(headers, body) {
            return VerifyError::Reserialised;
        }
        if let Some(json) = respell::json(body) {
            for spelling in respell::SPELLINGS {
                let body = spelling.write(json);
                if self.shared.keys.iter().any(|accepted| matches(&accepted.key, &body)) {
                    return VerifyError::Reserialised;
                }
            }
        }
        VerifyError::NoMatch
    }
}

/// Whether the body cannot be the one that the sender measured.
fn has_other_length(headers: &HeaderMap, body: &[u8]) -> bool {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    // Decoding changes the length of a body, and leaves it what was signed.
    !headers.contains_key(header::CONTENT_ENCODING) && length.is_some_and(|length| length != body.len())
}

fn whole_seconds(duration: Duration) -> Duration {
    Duration::from_secs(duration.as_secs())
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("header", &self.shared.layout.header)
            .field("secrets", &self.shared.keys.len())
            .field("tolerance", &self.tolerance)
            .finish_non_exhaustive()
    }
}

// It is shared by every task of a server.
const _: () = {
    const fn is_shareable<T: Send + Sync + 'static>() {}
    is_shareable::<Verifier>();
};
