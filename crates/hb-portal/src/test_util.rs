//! Constructors for tests of programs that use this crate: every value that a mock of the portal or of a call returns.
//!
//! Tests that only need responses can use a real client with [`ClientBuilder::respond_with`](crate::ClientBuilder::respond_with).
//! With these constructors, you can test code behind your own trait without a client:
//!
//! ```
//! use hb_portal::{AtPortal, CreateError, CreatedWebhook, SigningSecret, WebhookEndpoint, test_util};
//!
//! trait Registrar {
//!     fn register(&self, url: &str) -> Result<CreatedWebhook, CreateError>;
//! }
//!
//! struct Works;
//! impl Registrar for Works {
//!     fn register(&self, url: &str) -> Result<CreatedWebhook, CreateError> {
//!         let mut endpoint = WebhookEndpoint::default();
//!         endpoint.id = Some("5".into());
//!         endpoint.url = Some(url.to_owned());
//!         Ok(test_util::created(endpoint, SigningSecret::new("whsec_example")))
//!     }
//! }
//!
//! struct TimesOut;
//! impl Registrar for TimesOut {
//!     fn register(&self, url: &str) -> Result<CreatedWebhook, CreateError> {
//!         Err(CreateError::Unconfirmed(test_util::unconfirmed(url)))
//!     }
//! }
//!
//! assert_eq!(Works.register("https://your-app.com/")?.secret.expose_secret(), "whsec_example");
//! assert_eq!(TimesOut.register("https://your-app.com/").unwrap_err().at_portal(), AtPortal::PerhapsOne);
//! # Ok::<(), CreateError>(())
//! ```

use http::{HeaderMap, StatusCode};

use crate::{
    boxed::BoxError,
    created::CreatedWebhook,
    endpoint::{EndpointId, WebhookEndpoint},
    error::{NotSent, NotSentReason, NotStored, Rejection, SecretMissing, Unconfirmed},
    event::EventType,
    mask::Mask,
    response::PortalResponse,
    secret::SigningSecret,
    sink::Attempt,
};
#[cfg(any(feature = "operations", feature = "preview"))]
use crate::{
    call::NOT_AS_DOCUMENTED,
    error::{InTransit, Unreadable},
};
#[cfg(feature = "preview")]
use crate::{
    credentials::AccessToken,
    recovery::{Doubt, Orphan, Orphans},
    tokens::RefreshedToken,
};

/// The result of a successful create.
pub fn created(endpoint: WebhookEndpoint, secret: SigningSecret) -> CreatedWebhook {
    CreatedWebhook { endpoint, secret, message: None, deviations: Vec::new(), request_id: None }
}

/// An attempt that begins now, as [`SecretSink::prepare`](crate::SecretSink::prepare) receives it. You can change its fields.
///
/// # Errors
///
/// The system has no source of randomness.
pub fn attempt(url: &str, events: impl IntoIterator<Item = impl Into<EventType>>) -> Result<Attempt, BoxError> {
    let events = events.into_iter().map(Into::into).collect();
    Ok(Attempt::begin(url.to_owned(), events, "https://portal.test".to_owned(), None)?)
}

/// The error of a create that sent nothing, for `reason`.
#[must_use]
pub fn not_sent(reason: NotSentReason, why: &str) -> NotSent {
    NotSent::new(reason, why.to_owned())
}

/// The error of a create that the portal refused with this response.
#[must_use]
pub fn rejection(response: &http::Response<Vec<u8>>) -> Rejection {
    Rejection::new(portal_response(response.status(), response.headers(), response.body()))
}

/// The error of a create whose outcome no response states.
#[must_use]
pub fn unconfirmed(url: &str) -> Unconfirmed {
    Unconfirmed::interrupted(over(url, None))
}

/// The error of a create for which the portal created an endpoint, but whose response has no secret.
#[must_use]
pub fn secret_missing(url: &str, id: Option<EndpointId>, response: &http::Response<Vec<u8>>) -> SecretMissing {
    let response = portal_response(response.status(), response.headers(), response.body());
    SecretMissing::new(over(url, id), Vec::new(), response)
}

/// The error of a call, other than a create, whose request may have arrived, and whose response proves nothing.
#[cfg(any(feature = "operations", feature = "preview"))]
#[must_use]
pub fn in_transit(response: &http::Response<Vec<u8>>) -> InTransit {
    InTransit::responded(portal_response(response.status(), response.headers(), response.body()))
}

/// The error of a call, other than a create, that succeeded with a response that cannot be read.
#[cfg(any(feature = "operations", feature = "preview"))]
#[must_use]
pub fn unreadable(response: &http::Response<Vec<u8>>) -> Unreadable {
    Unreadable::new(portal_response(response.status(), response.headers(), response.body()), NOT_AS_DOCUMENTED)
}

/// The result of a search for orphans; `doubts` are about the search as a whole.
#[cfg(feature = "preview")]
#[must_use]
pub fn orphans(candidates: Vec<Orphan>, doubts: Vec<Doubt>) -> Orphans {
    Orphans::new(candidates, doubts)
}

/// The result of a refresh.
#[cfg(feature = "preview")]
pub fn refreshed(access_token: AccessToken) -> RefreshedToken {
    RefreshedToken { access_token, refresh_token: None, expires_in: None }
}

/// The error of a create for which the portal created the endpoint, but a sink failed to store its secret.
pub fn not_stored(created: CreatedWebhook, error: impl Into<BoxError>) -> NotStored {
    NotStored::new(created, error.into())
}

fn over(url: &str, id: Option<EndpointId>) -> Attempt {
    let began = std::time::SystemTime::now();
    Attempt { id, ..Attempt::over(url.to_owned(), Vec::new(), "https://portal.test".to_owned(), began, None) }
}

fn portal_response(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> PortalResponse {
    let response = hb_portal_client::Response::new(status, headers.clone(), body.to_vec().into());
    PortalResponse::new(response, &Mask::new(None))
}
