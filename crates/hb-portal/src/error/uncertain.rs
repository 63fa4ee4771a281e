//! The outcomes after which the portal holds, or may hold, an endpoint whose secret is not where it should be.

use std::{error::Error, fmt, time::SystemTime};

use chrono::{DateTime, Utc};
use http::StatusCode;

use super::failure::Failure;
use crate::{
    boxed::BoxError,
    created::CreatedWebhook,
    endpoint::{EndpointId, ShownUrl},
    response::{PortalResponse, Shown},
    sink::Attempt,
};

/// The request may have arrived, and its outcome is unknown. The portal may hold one new endpoint.
///
/// The request was not sent again. Before you send it again, look for an endpoint with its URL at the portal and delete it:
/// without its secret, which the portal does not show again, the endpoint is useless.
pub struct Unconfirmed {
    attempt: Box<Attempt>,
    at: DateTime<Utc>,
    known: Known,
    kept: Option<String>,
}

/// The facts known about a request whose outcome is unknown.
#[derive(Debug)]
enum Known {
    PortalResponse(Box<PortalResponse>),
    Failure(Box<Failure>),
    Interrupted,
}

impl Unconfirmed {
    pub(crate) fn responded(attempt: Attempt, response: PortalResponse) -> Self {
        let attempt = Attempt { status: Some(response.status()), ..attempt };
        Self::new(attempt, Known::PortalResponse(Box::new(response)))
    }

    pub(crate) fn failed(attempt: Attempt, failure: Failure) -> Self {
        Self::new(attempt, Known::Failure(Box::new(failure)))
    }

    pub(crate) fn interrupted(attempt: Attempt) -> Self {
        Self::new(attempt, Known::Interrupted)
    }

    fn new(attempt: Attempt, known: Known) -> Self {
        Self { attempt: Box::new(attempt), at: SystemTime::now().into(), known, kept: None }
    }

    fn response(&self) -> Option<&PortalResponse> {
        if let Known::PortalResponse(response) = &self.known { Some(response) } else { None }
    }

    /// The URL of the endpoint that may exist, as it was given. If you show it, reduce it to its origin and path, as this error
    /// does.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.attempt.url
    }

    /// The attempt, which is over. Recovery looks for its endpoint at the portal.
    #[must_use]
    pub fn attempt(&self) -> &Attempt {
        &self.attempt
    }

    /// The time when the call ended. If an endpoint was created, it was created shortly before.
    #[must_use]
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// The status, if the portal responded.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.response().map(PortalResponse::status)
    }

    /// The portal's human-readable message, if it responded, with the tokens and the key that the client knows masked.
    ///
    /// It is not printed with the error, because a failure's message may quote the statement that failed, secret included.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.response()?.message()
    }

    /// The id that the portal gave the request, if it responded and gave one (`inferred`).
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.response()?.request_id()
    }

    /// The body, as it arrived; it may hold anything. Empty if the portal did not respond.
    #[must_use]
    pub fn expose_body(&self) -> &[u8] {
        self.response().map_or(&[], PortalResponse::expose_body)
    }

    /// The place where the sink kept the body of the response, if it did.
    #[must_use]
    pub fn response_kept_in(&self) -> Option<&str> {
        self.kept.as_deref()
    }

    pub(crate) fn kept_in(&mut self, place: Option<String>) {
        self.kept = place;
    }

    /// Whether the time ran out before a response arrived.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(&self.known, Known::Failure(failure) if failure.is_response_timeout())
    }
}

impl fmt::Debug for Unconfirmed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unconfirmed")
            .field("attempt", &self.attempt)
            .field("at", &self.at)
            .field("known", &self.known)
            .finish()
    }
}

impl Error for Unconfirmed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        if let Known::Failure(failure) = &self.known { failure.source() } else { None }
    }
}

impl fmt::Display for Unconfirmed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.known {
            Known::PortalResponse(response) => {
                write!(f, "the portal responded {}", Shown(response.status()))?;
                match response.cut() {
                    _ if !response.status().is_success() => {}
                    Some(cut) => write!(f, ", but {cut} before the response was complete")?,
                    None => f.write_str(" with neither a signing secret nor an endpoint's id")?,
                }
                response.write_to(f)?;
            }
            Known::Failure(failure) => write!(f, "{failure}")?,
            Known::Interrupted => f.write_str("the runtime shut down before a response arrived")?,
        }
        let (url, at) = (ShownUrl(self.url()), self.at.format("%H:%M UTC"));
        write!(
            f,
            "; an endpoint for {url} may have been created shortly before {at}: before retrying, look for it at the portal and \
             delete it"
        )?;
        write_kept(f, self.kept.as_deref())
    }
}

/// Writes where a response that may hold the secret was kept.
fn write_kept(f: &mut fmt::Formatter<'_>, kept: Option<&str>) -> fmt::Result {
    kept.map_or(Ok(()), |place| write!(f, "; the response, which may hold the secret, is kept in {place}"))
}

/// The portal created the endpoint, but no secret was found in the response.
///
/// The secret may still be in [`expose_body`](Self::expose_body), in a form that is not recognised. If it is not, delete the
/// endpoint and create it again: the portal does not show the secret again.
pub struct SecretMissing {
    attempt: Box<Attempt>,
    candidates: Vec<String>,
    response: Box<PortalResponse>,
    kept: Option<String>,
}

impl SecretMissing {
    pub(crate) fn new(attempt: Attempt, candidates: Vec<String>, response: PortalResponse) -> Self {
        let attempt = Box::new(Attempt { status: Some(response.status()), ..attempt });
        Self { attempt, candidates, response: Box::new(response), kept: None }
    }

    /// The attempt, which is over. Recovery looks for its endpoint at the portal.
    #[must_use]
    pub fn attempt(&self) -> &Attempt {
        &self.attempt
    }

    /// The id of the endpoint, if the response has it.
    #[must_use]
    pub fn id(&self) -> Option<&EndpointId> {
        self.attempt.id.as_ref()
    }

    /// The JSON pointers (RFC 6901) of the strings in the body that could be the secret, if several different strings could be;
    /// otherwise empty.
    ///
    /// In a pointer, `…` replaces a key that is not shown. None of the strings was taken, because storing the wrong secret is
    /// worse than reporting a missing one.
    #[must_use]
    pub fn candidates(&self) -> &[String] {
        &self.candidates
    }

    /// The URL of the endpoint, as it was given. If you show it, reduce it to its origin and path, as this error does.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.attempt.url
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// The portal's human-readable message, with the tokens and the key that the client knows masked.
    ///
    /// It is not printed with the error, because it may hold the secret.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.response.message()
    }

    /// The id that the portal gave the request, if it gave one (`inferred`).
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.response.request_id()
    }

    /// The place where the sink kept the body of the response, if it did.
    #[must_use]
    pub fn response_kept_in(&self) -> Option<&str> {
        self.kept.as_deref()
    }

    pub(crate) fn kept_in(&mut self, place: Option<String>) {
        self.kept = place;
    }

    /// The body, as it arrived. It may hold the secret in a form that is not recognised.
    #[must_use]
    pub fn expose_body(&self) -> &[u8] {
        self.response.expose_body()
    }
}

impl fmt::Debug for SecretMissing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretMissing")
            .field("attempt", &self.attempt)
            .field("candidates", &self.candidates)
            .field("response", &self.response)
            .finish()
    }
}

impl Error for SecretMissing {}

impl fmt::Display for SecretMissing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the portal responded {}", Shown(self.status()))?;
        match self.response.cut() {
            _ if !self.candidates.is_empty() => {
                let places = self.candidates.join(", ");
                write!(f, " with several strings that could be the signing secret ({places}), and none was taken")?;
            }
            Some(cut) => write!(f, ", but {cut} before a signing secret arrived")?,
            None => f.write_str(", but no signing secret was found in the response")?,
        }
        self.response.write_to(f)?;
        write!(f, "; an endpoint for {} was created", ShownUrl(self.url()))?;
        if let Some(id) = self.id() {
            write!(f, " with id {}", id.as_str().escape_debug())?;
        }
        f.write_str(": look for the secret in the body (`expose_body`), or delete the endpoint and create it again")?;
        write_kept(f, self.kept.as_deref())
    }
}

/// The portal created the endpoint, but the sink did not store its secret.
///
/// [`into_created`](Self::into_created) returns the endpoint with its secret.
#[derive(Debug)]
pub struct NotStored {
    created: Box<CreatedWebhook>,
    error: BoxError,
}

impl NotStored {
    pub(crate) fn new(created: CreatedWebhook, error: BoxError) -> Self {
        Self { created: Box::new(created), error }
    }

    /// The endpoint with its secret.
    pub fn created(&self) -> &CreatedWebhook {
        &self.created
    }

    /// Takes the endpoint with its secret out of the error.
    pub fn into_created(self) -> CreatedWebhook {
        *self.created
    }

    /// The sink's error, which says why it did not store the secret.
    #[must_use]
    pub fn error(&self) -> &(dyn Error + Send + Sync + 'static) {
        &*self.error
    }
}

impl Error for NotStored {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.error)
    }
}

impl fmt::Display for NotStored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the signing secret could not be stored; an endpoint was created")?;
        if let Some(id) = &self.created.endpoint.id {
            write!(f, " with id {}", id.as_str().escape_debug())?;
        }
        f.write_str(": take the secret out of this error (`into_created`) and store it, because the portal does not show it again")
    }
}
