//! Verifies deliveries.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::HeaderMap;
use serde_core::de::DeserializeOwned;

use super::{
    delivery::Delivery,
    diagnose::{Diagnosis, diagnose},
    error::{ReceiveError, SetupError, VerifyError},
    key::{Key, LEAST},
    layout::Layout,
    part::KeyFormat,
    presented::Presented,
    refusals::Refusals,
    scheme::SignatureScheme,
    verified::{Facts, Verified},
};
use crate::secret::SigningSecret;

/// The tolerance of Stripe's and Standard Webhooks' own libraries.
const TOLERANCE: Duration = Duration::from_secs(300);

/// Verifies that deliveries were signed with the endpoint's secret.
///
/// It is cheap to clone; clones share the keys, and the secrets for [`diagnose`](Self::diagnose). Both are wiped when dropped;
/// `Debug` shows neither.
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
    /// A single allocation, because an extractor clones the verifier for each request.
    shared: Arc<Shared>,
    tolerance: Duration,
}

#[derive(Clone)]
struct Shared {
    layout: Layout,
    key_format: KeyFormat,
    least: usize,
    accepted: Vec<Accepted>,
    refusals: Arc<Refusals>,
}

#[derive(Clone)]
struct Accepted {
    key: Key,
    /// Used only to explain a refusal.
    secret: Arc<SigningSecret>,
}

impl Verifier {
    /// Creates a verifier for `scheme` and `secret`.
    ///
    /// # Errors
    ///
    /// The secret is empty, has a key of fewer than 14 bytes, or is not base64 although the scheme requires it; or the scheme
    /// contradicts itself.
    pub fn new(scheme: SignatureScheme, secret: &SigningSecret) -> Result<Self, SetupError> {
        let shared = Shared {
            layout: Layout::new(&scheme)?,
            key_format: scheme.key,
            least: if scheme.short_secret { 1 } else { LEAST },
            accepted: Vec::new(),
            refusals: Arc::default(),
        };
        Self { shared: Arc::new(shared), tolerance: TOLERANCE }.also_accept(secret)
    }

    /// Also accepts deliveries that are signed with `secret`, the secret of another endpoint.
    ///
    /// At this portal, a new secret requires a new endpoint. While both exist, each event probably arrives from both (`inferred`).
    /// See the [guide](crate::guide::rotation). [`Verified::secret_index`] tells them apart: give each secret its own
    /// [replay guard](crate::replay), because ids may repeat across endpoints.
    ///
    /// # Errors
    ///
    /// The secret is empty, has a key of fewer than 14 bytes, or is not base64 although the scheme requires it.
    pub fn also_accept(mut self, secret: &SigningSecret) -> Result<Self, SetupError> {
        let Shared { layout, key_format, least, accepted, .. } = Arc::make_mut(&mut self.shared);
        let text = secret.expose_secret();
        let key = Key::read(text, key_format, layout.hash, *least)?;
        accepted.push(Accepted { key, secret: Arc::new(SigningSecret::new(text)) });
        Ok(self)
    }

    /// Sets how far a timestamp may be in the past or in the future, in whole seconds. Default: five minutes.
    ///
    /// It matters only for schemes that sign a timestamp.
    ///
    /// A delivery whose timestamp is ahead by the tolerance stays valid for twice the tolerance. Let a
    /// [replay guard](crate::replay) remember deliveries for longer than that.
    #[must_use]
    pub fn tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Verifies a delivery that arrives now.
    ///
    /// A delivery that passes costs no heap allocation, and a delivery that is refused costs no more than one that passes.
    ///
    /// `body` is the body as it arrived: it need not be JSON or UTF-8, and is not copied. On targets without a clock
    /// (`wasm32-unknown-unknown`), only [`verify_at`](Self::verify_at) exists.
    ///
    /// # Errors
    ///
    /// The delivery must be refused; [`VerifyError`] explains why, to you and not to the caller.
    #[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
    pub fn verify<'b>(&self, headers: &HeaderMap, body: &'b [u8]) -> Result<Verified<'b>, VerifyError> {
        // Without a timestamp, the clock does not matter, and reading it costs more than reading the headers.
        let now = if self.shared.layout.timestamp.is_some() { SystemTime::now() } else { SystemTime::UNIX_EPOCH };
        self.verify_at(headers, body, now)
    }

    /// Verifies a delivery that arrived at `now`: for tests, for deliveries that waited in your queue, and for targets without a
    /// clock.
    ///
    /// # Errors
    ///
    /// The same as those of [`verify`](Self::verify).
    pub fn verify_at<'b>(
        &self,
        headers: &HeaderMap,
        body: &'b [u8],
        now: SystemTime,
    ) -> Result<Verified<'b>, VerifyError> {
        let shared = &*self.shared;
        let presented = self.read(headers, now)?;
        for (index, accepted) in shared.accepted.iter().enumerate() {
            if shared.layout.matches(&presented, body, &accepted.key) {
                return Ok(Verified::new(Facts::new(&shared.layout, &presented, body, index)?, body));
            }
        }
        Err(VerifyError::NoMatch)
    }

    /// Checks what can be checked before the body arrives: that the headers carry a signature in the scheme's form, and that the
    /// timestamp is recent.
    ///
    /// The extractor of the feature `axum` calls this before it reads a body; with another server, do the same.
    ///
    /// It says nothing about who sent the delivery.
    ///
    /// # Errors
    ///
    /// The delivery must be refused, whatever its body.
    pub fn check_headers_at(&self, headers: &HeaderMap, now: SystemTime) -> Result<(), VerifyError> {
        self.read(headers, now).map(drop)
    }

    /// Verifies a delivery that arrives now, and parses its body as a `T`.
    ///
    /// The body is not copied. It must be JSON, whatever `Content-Type` says.
    ///
    /// A refusal is logged at `WARN`, each reason at most once a minute, with advice.
    ///
    /// With plain hyper, or any server that uses [`http::HeaderMap`]:
    ///
    /// ```
    /// # use hb_portal::SigningSecret;
    /// # use hb_portal::verify::{SignatureScheme, Signer, Verifier};
    /// use bytes::Bytes;
    /// use http::{Request, StatusCode};
    ///
    /// /// `request` is a `Request<hyper::body::Incoming>` whose body you collected, with a limit (`http_body_util::Limited`).
    /// fn receive(verifier: &Verifier, request: Request<Bytes>) -> StatusCode {
    ///     let (head, body) = request.into_parts();
    ///     match verifier.receive::<serde_json::Value>(&head.headers, body) {
    ///         Ok(delivery) => {
    ///             println!("{:?}", delivery.event());
    ///             StatusCode::NO_CONTENT
    ///         }
    ///         Err(error) => error.status(),
    ///     }
    /// }
    /// # let secret = SigningSecret::new("the secret that the portal showed");
    /// # let verifier = Verifier::new(SignatureScheme::github(), &secret).unwrap();
    /// # let mut request = Request::new(Bytes::from_static(b"{}"));
    /// # assert_eq!(receive(&verifier, request.clone()), StatusCode::UNAUTHORIZED);
    /// # *request.headers_mut() = Signer::new(SignatureScheme::github(), &secret).unwrap().sign(b"{}").unwrap();
    /// # assert_eq!(receive(&verifier, request), StatusCode::NO_CONTENT);
    /// ```
    ///
    /// # Errors
    ///
    /// The delivery must be refused, or it is signed but its body is not the JSON of a `T`.
    #[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
    pub fn receive<T: DeserializeOwned>(
        &self,
        headers: &HeaderMap,
        body: impl Into<Bytes>,
    ) -> Result<Delivery<T>, ReceiveError> {
        self.receive_at(headers, body, SystemTime::now())
    }

    /// Verifies a delivery that arrived at `now`, and parses its body as a `T`: [`receive`](Self::receive) for tests, for
    /// deliveries that waited in your queue, and for targets without a clock.
    ///
    /// # Errors
    ///
    /// The same as those of [`receive`](Self::receive).
    pub fn receive_at<T: DeserializeOwned>(
        &self,
        headers: &HeaderMap,
        body: impl Into<Bytes>,
        now: SystemTime,
    ) -> Result<Delivery<T>, ReceiveError> {
        let body = body.into();
        let facts = self.verify_at(headers, &body, now).map(Verified::into_facts);
        let received = facts.map_err(ReceiveError::from).and_then(|facts| Delivery::parse(facts, body.clone()));
        received.inspect_err(|error| self.log_refusal(error, headers, Some(&body), now))
    }

    /// Looks for the reason why a delivery is refused, whatever its age.
    ///
    /// It finds causes of these kinds: the body was changed in transit, the secret has extra characters around it, or the scheme
    /// is slightly wrong. It never accepts a delivery.
    ///
    /// It costs up to a few hundred times as much as verifying, so call it for a delivery that you captured, not for every
    /// refused one.
    #[must_use]
    pub fn diagnose(&self, headers: &HeaderMap, body: &[u8]) -> Diagnosis {
        let Shared { layout, key_format, accepted, .. } = &*self.shared;
        diagnose(layout, key_format, accepted.iter().map(|accepted| &*accepted.secret), headers, body)
    }

    /// Logs a refusal, if that is due. If the body was not read, nothing is diagnosed.
    pub(crate) fn log_refusal(&self, error: &ReceiveError, headers: &HeaderMap, body: Option<&[u8]>, now: SystemTime) {
        self.shared.refusals.log(error, now, || {
            let diagnosis = self.diagnose(headers, body?);
            (diagnosis.is_proven() || !diagnosis.causes.is_empty()).then(|| diagnosis.to_string())
        });
    }

    /// Reads the values in the headers, unless the delivery is too old or from the future.
    #[inline]
    fn read<'h>(&self, headers: &'h HeaderMap, now: SystemTime) -> Result<Presented<'h>, VerifyError> {
        let presented = self.shared.layout.read(headers)?;
        if let Some(timestamp) = &presented.timestamp {
            // Checked first, because it costs nothing and needs no secret, so the result reveals nothing about one.
            self.check_age(timestamp.at, now)?;
        }
        Ok(presented)
    }

    /// Compares whole seconds, because errors report whole seconds.
    fn check_age(&self, at: SystemTime, now: SystemTime) -> Result<(), VerifyError> {
        let whole = |duration: Duration| Duration::from_secs(duration.as_secs());
        let tolerance = whole(self.tolerance);
        match now.duration_since(at).map(whole) {
            Ok(age) if age > tolerance => Err(VerifyError::TooOld { age, tolerance }),
            Err(error) if whole(error.duration()) > tolerance => {
                Err(VerifyError::InTheFuture { ahead: whole(error.duration()), tolerance })
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("header", &self.shared.layout.header)
            .field("secrets", &self.shared.accepted.len())
            .field("tolerance", &self.tolerance)
            .finish_non_exhaustive()
    }
}

// Every task of a server shares it.
const _: () = {
    const fn is_shareable<T: Send + Sync + 'static>() {}
    is_shareable::<Verifier>();
};
