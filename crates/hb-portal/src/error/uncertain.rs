//! The portal holds, or may hold, an endpoint, and its secret is not where it should be.

use std::{error::Error, fmt};

use http::StatusCode;

use super::failure::Failure;
use crate::{BoxError, CreatedWebhook, EndpointId, response::PortalResponse};

/// The request may have arrived, and it is not known what became of it. The portal holds perhaps one new endpoint.
///
/// It was not sent again, and should not be before someone has looked among the webhook endpoints for its URL: the
/// secret of an endpoint that was created is not shown again, so such an endpoint is of no use but to be deleted.
#[derive(Debug)]
pub struct Unconfirmed {
    url: String,
    known: Known,
}

/// What is known of a request whose outcome is not.
#[derive(Debug)]
enum Known {
    PortalResponse(Box<PortalResponse>),
    Failure(Box<Failure>),
    Interrupted,
}

impl Unconfirmed {
    pub(crate) fn answered(url: String, answer: PortalResponse) -> Self {
        Self { url, known: Known::PortalResponse(Box::new(answer)) }
    }

    pub(crate) fn failed(url: String, failure: Failure) -> Self {
        Self { url, known: Known::Failure(Box::new(failure)) }
    }

    pub(crate) fn interrupted(url: String) -> Self {
        Self { url, known: Known::Interrupted }
    }

    fn answer(&self) -> Option<&PortalResponse> {
        if let Known::PortalResponse(answer) = &self.known { Some(answer) } else { None }
    }

    /// The URL of the endpoint that may have come to be.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The status, if the portal answered.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.answer().map(PortalResponse::status)
    }

    /// What the portal says to people, if it answered, with the tokens and the key that the client knows masked. It is not
    /// printed with the error: a failure's own words may hold what the statement held that failed.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.answer()?.message()
    }

    /// The id that the portal gave the request, if it answered.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.answer()?.request_id()
    }

    /// The body as it came, which may hold anything; empty if the portal did not answer.
    #[must_use]
    pub fn expose_body(&self) -> &[u8] {
        self.answer().map_or(&[], PortalResponse::expose_body)
    }

    /// Whether the time ran out before an answer came.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(&self.known, Known::Failure(failure) if failure.is_response_timeout())
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
            Known::PortalResponse(answer) => {
                write!(f, "the portal answered {}", answer.status())?;
                if answer.status().is_success() {
                    f.write_str(" with neither a signing secret nor an endpoint's id")?;
                }
                answer.write_to(f)?;
            }
            Known::Failure(failure) => write!(f, "{failure}")?,
            Known::Interrupted => f.write_str("the runtime shut down while the answer was awaited")?,
        }
        write!(
            f,
            "; perhaps a webhook endpoint was created: before calling again, look among the portal's for {} and delete it",
            self.url
        )
    }
}

/// The portal created the endpoint, and its answer holds no secret. The secret is not shown again and cannot be
/// recovered: delete the endpoint, and create it anew.
#[derive(Debug)]
pub struct SecretMissing {
    url: String,
    id: Option<EndpointId>,
    answer: Box<PortalResponse>,
}

impl SecretMissing {
    pub(crate) fn new(url: String, id: Option<EndpointId>, answer: PortalResponse) -> Self {
        Self { url, id, answer: Box::new(answer) }
    }

    /// The id of the endpoint, if the answer had it.
    #[must_use]
    pub fn id(&self) -> Option<&EndpointId> {
        self.id.as_ref()
    }

    /// The URL of the endpoint.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.answer.status()
    }

    /// What the portal says to people, with the tokens and the key that the client knows masked. It is not printed with the
    /// error: it may hold the secret in words of its own.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.answer.message()
    }

    /// The id that the portal gave the request.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.answer.request_id()
    }

    /// The body as it came, in case the secret is in it in a form that nobody foresaw.
    #[must_use]
    pub fn expose_body(&self) -> &[u8] {
        self.answer.expose_body()
    }
}

impl Error for SecretMissing {}

impl fmt::Display for SecretMissing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the portal answered {} without a signing secret", self.status())?;
        self.answer.write_to(f)?;
        write!(f, "; a webhook endpoint was created for {}", self.url)?;
        if let Some(id) = &self.id {
            write!(f, " with id {id}")?;
        }
        f.write_str(" and its secret cannot be recovered: delete it at the portal and create it anew")
    }
}

/// The portal created the endpoint, and the sink did not store its secret. Everything is in here:
/// [`into_created`](Self::into_created) gives the endpoint with its secret.
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

    /// The endpoint with its secret, to keep.
    pub fn into_created(self) -> CreatedWebhook {
        *self.created
    }

    /// Why the sink did not store it.
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
        f.write_str("a webhook endpoint was created")?;
        if let Some(id) = &self.created.endpoint.id {
            write!(f, " with id {id}")?;
        }
        f.write_str(
            " and its signing secret could not be stored: it is in this error, \
             so take it with `into_created` and keep it",
        )
    }
}
