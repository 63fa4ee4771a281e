//! The extractor that hands an axum handler only what was verified.
//!
//! ```no_run
//! use axum::{Router, http::StatusCode, routing::post};
//! use hb_portal::SigningSecret;
//! use hb_portal::axum::VerifiedWebhook;
//! use hb_portal::verify::{SignatureScheme, Verifier};
//!
//! async fn receive(VerifiedWebhook(delivery): VerifiedWebhook) -> StatusCode {
//!     println!("{:?}: {}", delivery.event(), delivery.data["id"]);
//!     StatusCode::NO_CONTENT
//! }
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let secret = SigningSecret::new(std::fs::read_to_string("webhook-secret")?);
//! let verifier = Verifier::new(SignatureScheme::hmac_sha256_hex("Signature"), &secret)?;
//! let router: Router = Router::new().route("/webhooks/references", post(receive)).with_state(verifier);
//! # let _ = router;
//! # Ok(())
//! # }
//! ```

use std::fmt;

use axum_core::{
    body::Body,
    extract::{FromRef, FromRequest, Request},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde_core::de::DeserializeOwned;

use crate::verify::{Delivery, NotJson, Verifier, VerifyError};

/// How long a body may be unless the type says otherwise: 1 MiB.
pub const DEFAULT_LIMIT: usize = 1024 * 1024;

/// A delivery that was verified, its body a `T`: any JSON unless you say what you expect, and at most `LIMIT` bytes of it.
///
/// The router's state is a [`Verifier`], or has one ([`FromRef`]). The body is read as it arrives, up to `LIMIT`; then it
/// is verified; then, and only then, it is looked at. A handler that takes `Result<VerifiedWebhook, WebhookRejection>`
/// sees what was refused.
///
/// ```
/// use hb_portal::axum::VerifiedWebhook;
///
/// #[derive(serde::Deserialize)]
/// struct Declined {
///     id: u64,
/// }
///
/// /// Takes at most 16 KiB.
/// async fn declined(VerifiedWebhook(delivery): VerifiedWebhook<Declined, { 16 * 1024 }>) -> String {
///     format!("noted {}", delivery.data.id)
/// }
/// # let _ = declined;
/// ```
#[derive(Debug, Clone)]
pub struct VerifiedWebhook<T = serde_json::Value, const LIMIT: usize = DEFAULT_LIMIT>(pub Delivery<T>);

impl<S, T, const LIMIT: usize> FromRequest<S> for VerifiedWebhook<T, LIMIT>
where
    S: Send + Sync,
    T: DeserializeOwned,
    Verifier: FromRef<S>,
{
    type Rejection = WebhookRejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, WebhookRejection> {
        let (parts, body) = request.into_parts();
        let received = read(&parts.headers, body, LIMIT).await.and_then(|body| {
            let verified = Verifier::from_ref(state).verify(&parts.headers, &body)?;
            // After the signature: a stranger does not get to know what is expected here.
            if !says_json(&parts.headers) {
                return Err(WebhookRejection::NotJsonType);
            }
            Ok(Delivery::parse(verified, body)?)
        });
        received.map(Self).inspect_err(WebhookRejection::log)
    }
}

/// The body, if it is no longer than `limit`.
async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, WebhookRejection> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|announced| u64::try_from(limit).is_ok_and(|limit| announced > limit)) {
        return Err(WebhookRejection::TooLarge);
    }
    match Limited::new(body, limit).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(WebhookRejection::TooLarge),
        Err(_) => Err(WebhookRejection::Unreadable),
    }
}

/// Whether the headers say JSON, or nothing: what type the portal's deliveries say is not documented, and a delivery that is
/// signed is not lost for a header that is missing.
fn says_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return true };
    let kind = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let (kind, subtype) = kind.split_once('/').unwrap_or_default();
    let suffix = subtype.rsplit_once('+').map_or(subtype, |(_, suffix)| suffix);
    kind.eq_ignore_ascii_case("application") && suffix.eq_ignore_ascii_case("json")
}

/// Why a request did not become a [`VerifiedWebhook`]. As a response it is its status and an empty body, which tells a stranger
/// nothing; what was wrong is in the log.
///
/// What a stranger can bring about is logged at the level `DEBUG`, what takes the secret at `WARN`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WebhookRejection {
    /// `413`: the body is longer than the limit, and was not read to its end.
    TooLarge,
    /// `400`: the body broke off.
    Unreadable,
    /// `401`: it is not signed by whom it should be.
    Refused(VerifyError),
    /// `415`: it is signed, and says that it is something else than JSON.
    NotJsonType,
    /// `400`: it is signed, and is not the JSON that the handler expects.
    NotJson(NotJson),
}

impl WebhookRejection {
    /// The status that the sender gets.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unreadable | Self::NotJson(_) => StatusCode::BAD_REQUEST,
            Self::Refused(_) => StatusCode::UNAUTHORIZED,
            Self::NotJsonType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        }
    }

    fn log(&self) {
        let cause = std::error::Error::source(self).map(tracing::field::display);
        match self {
            Self::NotJsonType
            | Self::NotJson(_)
            | Self::Refused(VerifyError::Reserialised | VerifyError::SecretHasWhiteSpace) => {
                tracing::warn!(cause, "webhook: {self}");
            }
            Self::TooLarge | Self::Unreadable | Self::Refused(_) => tracing::debug!(cause, "webhook: {self}"),
        }
    }
}

impl IntoResponse for WebhookRejection {
    fn into_response(self) -> Response {
        self.status().into_response()
    }
}

impl fmt::Display for WebhookRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLarge => "the body is longer than the limit",
            Self::Unreadable => "the body broke off",
            Self::Refused(_) => "the delivery was refused",
            Self::NotJsonType => "the delivery is signed, and its content type is not JSON",
            Self::NotJson(_) => "the delivery is signed, and its body cannot be read",
        })
    }
}

impl std::error::Error for WebhookRejection {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Refused(error) => Some(error),
            Self::NotJson(error) => Some(error),
            Self::TooLarge | Self::Unreadable | Self::NotJsonType => None,
        }
    }
}

impl From<VerifyError> for WebhookRejection {
    fn from(error: VerifyError) -> Self {
        Self::Refused(error)
    }
}

impl From<NotJson> for WebhookRejection {
    fn from(error: NotJson) -> Self {
        Self::NotJson(error)
    }
}
