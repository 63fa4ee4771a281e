//! The extractor that passes only verified deliveries to an axum handler.
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
//!
//! # What it does, in order
//!
//! 1. It chooses the verifier: the router's state, or the one that [`ChooseVerifier`] returns for this request.
//! 2. It checks that the headers carry a signature in the scheme's form and a recent timestamp. It refuses a request without them
//!    before it reads the body.
//! 3. It reads the body, up to the limit of the type.
//! 4. It verifies the signature, and only then parses the body. It ignores `Content-Type`, because the type of the portal's
//!    deliveries is not documented, and a signed delivery must not be lost because of a header.
//!
//! # What your server adds
//!
//! - **Time.** A sender that stops midway holds its connection and up to `LIMIT` bytes of memory. Bound the time with
//!   [`RequestBodyTimeoutLayer`] of the crate `tower-http`, for example
//!   `.layer(RequestBodyTimeoutLayer::new(Duration::from_secs(10)))`.
//! - **Size.** axum's `DefaultBodyLimit` has no effect here: the limit is the second parameter of [`VerifiedWebhook`], 1 MiB unless
//!   set. (tower-http's `RequestBodyLimitLayer` does have an effect.)
//! - **Decompression.** The signature covers the bytes that were sent: do not put a decompression layer in front of the
//!   extractor, unless the sender compresses after it signs.
//! - **Once.** With [`handle_once`](crate::replay::handle_once), a delivery that arrives again has no effect. Its result
//!   implements `IntoResponse`.
//!
//! With plain hyper, use [`Verifier::receive`].
//!
//! [`RequestBodyTimeoutLayer`]: https://docs.rs/tower-http/latest/tower_http/timeout/struct.RequestBodyTimeoutLayer.html

use std::{fmt, time::SystemTime};

use axum_core::{
    body::Body,
    extract::{FromRef, FromRequest, Request},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde_core::de::DeserializeOwned;

use crate::{
    replay::{Once, OnceError, RETRY_AFTER},
    verify::{Delivery, ReceiveError, Verifier},
};

/// The default limit of a body: 1 MiB.
pub const DEFAULT_LIMIT: usize = 1024 * 1024;

/// A verified delivery, whose body of at most `LIMIT` bytes is deserialised as a `T` (by default, any JSON).
///
/// The router's state is a [`Verifier`], contains one ([`FromRef`]), or chooses one ([`ChooseVerifier`]). A handler that takes
/// `Result<VerifiedWebhook, ReceiveError>` also sees why a request was refused.
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
#[derive(Clone)]
pub struct VerifiedWebhook<T = serde_json::Value, const LIMIT: usize = DEFAULT_LIMIT>(pub Delivery<T>);

impl<T, const LIMIT: usize> fmt::Debug for VerifiedWebhook<T, LIMIT> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VerifiedWebhook").field(&self.0).finish()
    }
}

/// Chooses the verifier of each request, for a service that receives for several endpoints or tenants.
///
/// State that is or contains a [`Verifier`] always chooses that one. Give each endpoint its own [replay guard](crate::replay), or
/// its own namespace: ids are unique within an endpoint at most.
///
/// ```
/// use std::{collections::HashMap, sync::Arc};
///
/// use axum::{Router, http::request::Parts, routing::post};
/// use hb_portal::axum::{ChooseVerifier, VerifiedWebhook};
/// use hb_portal::verify::Verifier;
///
/// #[derive(Clone)]
/// struct Tenants(Arc<HashMap<String, Verifier>>);
///
/// impl ChooseVerifier for Tenants {
///     async fn choose(&self, request: &Parts) -> Option<Verifier> {
///         self.0.get(request.uri.path().strip_prefix("/webhooks/")?).cloned()
///     }
/// }
///
/// # let tenants = Tenants(Arc::default());
/// let router: Router = Router::new().route("/webhooks/{tenant}", post(|_: VerifiedWebhook| async {})).with_state(tenants);
/// # let _ = router;
/// ```
#[diagnostic::on_unimplemented(
    message = "the router's state `{Self}` has no `Verifier`",
    note = "implement `FromRef<{Self}>` for `Verifier`, or `ChooseVerifier` for `{Self}`"
)]
pub trait ChooseVerifier: Send + Sync {
    /// Returns the verifier for the request, or `None`, which becomes `404`, if there is no such endpoint.
    fn choose(&self, request: &Parts) -> impl Future<Output = Option<Verifier>> + Send;
}

impl<S> ChooseVerifier for S
where
    S: Send + Sync,
    Verifier: FromRef<S>,
{
    async fn choose(&self, _: &Parts) -> Option<Verifier> {
        Some(Verifier::from_ref(self))
    }
}

impl<S, T, const LIMIT: usize> FromRequest<S> for VerifiedWebhook<T, LIMIT>
where
    S: ChooseVerifier,
    T: DeserializeOwned,
{
    type Rejection = ReceiveError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ReceiveError> {
        let (parts, body) = request.into_parts();
        let verifier = state.choose(&parts).await.ok_or(ReceiveError::NoVerifier)?;
        let now = SystemTime::now();
        let checked = verifier.check_headers_at(&parts.headers, now).map_err(ReceiveError::from);
        let body = match checked {
            Ok(()) => read(&parts.headers, body, LIMIT).await,
            Err(error) => Err(error),
        };
        let body = body.inspect_err(|error| verifier.log_refusal(error, &parts.headers, None, now))?;
        verifier.receive_at(&parts.headers, body, now).map(Self)
    }
}

/// Reads the body, if it is no longer than `limit`.
async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, ReceiveError> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|announced| u64::try_from(limit).is_ok_and(|limit| announced > limit)) {
        return Err(ReceiveError::TooLarge);
    }
    match Limited::new(body, limit).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(ReceiveError::TooLarge),
        Err(_) => Err(ReceiveError::Unreadable),
    }
}

impl IntoResponse for ReceiveError {
    fn into_response(self) -> Response {
        self.status().into_response()
    }
}

impl<T: IntoResponse> IntoResponse for Once<T> {
    fn into_response(self) -> Response {
        match self {
            Self::Handled(value) | Self::Unconfirmed(value, _) => value.into_response(),
            Self::AlreadyHandled => StatusCode::NO_CONTENT.into_response(),
            Self::InProgress => come_again(),
        }
    }
}

impl<E> IntoResponse for OnceError<E> {
    fn into_response(self) -> Response {
        match self {
            Self::Guard(_) => come_again(),
            Self::Handler(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }
}

fn come_again() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER))]).into_response()
}
