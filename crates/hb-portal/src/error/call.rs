//! The error of a call other than a create.

use std::{error::Error, fmt};

use http::StatusCode;

use super::{failure::Failure, not_sent::NotSent, rejection::Rejection};
use crate::response::{PortalResponse, Shown};

/// The error of a call other than a create. Each variant states what the portal did.
///
/// No variant prints a secret, a token or a response body.
#[derive(Debug)]
#[non_exhaustive]
pub enum CallError {
    /// Nothing was sent, or no connection was established.
    NotSent(NotSent),
    /// The portal refused the request; nothing changed.
    Rejected(Rejection),
    /// The request may have arrived, but no response states whether the portal carried it out: there is none, or its status is a
    /// 5xx or another one that proves nothing.
    InTransit(InTransit),
    /// The portal reports success in a form that cannot be read.
    Unreadable(Unreadable),
}

impl CallError {
    /// Classifies a missing response.
    pub(crate) fn failed(failure: Failure) -> Self {
        match NotSent::of(failure) {
            Ok(not_sent) => Self::NotSent(not_sent),
            Err(failure) => Self::InTransit(InTransit(Known::Failure(Box::new(failure)))),
        }
    }

    /// Classifies a response without a result. If it is a success, `why` is the problem with it.
    pub(crate) fn responded(response: PortalResponse, why: &'static str) -> Self {
        if response.status().is_success() {
            Self::Unreadable(Unreadable::new(response, why))
        } else if response.says_nothing_was_made() {
            Self::Rejected(Rejection::new(response))
        } else {
            Self::InTransit(InTransit::responded(response))
        }
    }

    fn response(&self) -> Option<&PortalResponse> {
        match self {
            Self::NotSent(_) => None,
            Self::Rejected(rejection) => Some(rejection.response()),
            Self::InTransit(in_transit) => in_transit.response(),
            Self::Unreadable(unreadable) => Some(&unreadable.response),
        }
    }

    /// The status, if the portal responded.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.response().map(PortalResponse::status)
    }

    /// The id that the portal gave the request, if it gave one (`inferred`).
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.response()?.request_id()
    }

    /// The response's body, as it arrived; it may hold a secret. Empty if the portal did not respond.
    #[must_use]
    pub fn expose_body(&self) -> &[u8] {
        self.response().map_or(&[], PortalResponse::expose_body)
    }

    /// Whether the same call, made again later, may succeed, and has not been carried out yet.
    ///
    /// It is true for a rate limit, a connection that failed for a reason other than its certificate, a deadline that passed
    /// before anything was sent, and a token that could not be obtained now.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::NotSent(error) => error.is_retryable(),
            Self::Rejected(rejection) => rejection.status() == StatusCode::TOO_MANY_REQUESTS,
            Self::InTransit(_) | Self::Unreadable(_) => false,
        }
    }

    /// The response decoded as the failure that the contract defines for its status, if it is one.
    #[cfg(feature = "operations")]
    #[must_use]
    pub fn failure<O: hb_portal_client::Operation>(&self) -> Option<O::Failure> {
        O::read_failure(self.response()?.as_response()).ok()
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSent(error) => error.write(f, "nothing was sent"),
            Self::Rejected(error) => error.write(f, "nothing was changed", "check the id and the base URL"),
            Self::InTransit(error) => error.fmt(f),
            Self::Unreadable(error) => error.fmt(f),
        }
    }
}

impl Error for CallError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::NotSent(error) => error.source(),
            Self::Rejected(error) => error.source(),
            Self::InTransit(error) => error.source(),
            Self::Unreadable(error) => error.source(),
        }
    }
}

/// The request may have arrived, but no response states whether the portal carried it out.
#[derive(Debug)]
pub struct InTransit(Known);

#[derive(Debug)]
enum Known {
    Response(Box<PortalResponse>),
    Failure(Box<Failure>),
}

impl InTransit {
    pub(crate) fn responded(response: PortalResponse) -> Self {
        Self(Known::Response(Box::new(response)))
    }

    fn response(&self) -> Option<&PortalResponse> {
        if let Known::Response(response) = &self.0 { Some(response) } else { None }
    }

    /// Whether the time ran out before a response arrived.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(&self.0, Known::Failure(failure) if failure.is_response_timeout())
    }

    /// The portal's human-readable message, if it responded, with the client's credentials masked. The error does not print it,
    /// because it may contain anything.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.response()?.message()
    }
}

impl Error for InTransit {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        if let Known::Failure(failure) = &self.0 { failure.source() } else { None }
    }
}

impl fmt::Display for InTransit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Known::Response(response) => {
                write!(f, "the portal responded {}", Shown(response.status()))?;
                response.write_to(f)?;
            }
            Known::Failure(failure) => failure.fmt(f)?,
        }
        f.write_str("; the portal may have done what was asked: check before you retry")
    }
}

/// The portal reports success in a form that cannot be read, or that contradicts itself.
#[derive(Debug)]
pub struct Unreadable {
    response: Box<PortalResponse>,
    why: &'static str,
}

impl Unreadable {
    pub(crate) fn new(response: PortalResponse, why: &'static str) -> Self {
        Self { response: Box::new(response), why }
    }

    /// The response's body, as it arrived; it may hold a secret.
    #[must_use]
    pub fn expose_body(&self) -> &[u8] {
        self.response.expose_body()
    }
}

impl Error for Unreadable {}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the portal responded {}, ", Shown(self.response.status()))?;
        match self.response.cut() {
            Some(cut) => write!(f, "but {cut} before the response was complete")?,
            None => f.write_str(self.why)?,
        }
        self.response.write_to(f)?;
        f.write_str(
            "; it says that it succeeded, so check before you repeat a change: the response is in `expose_body`",
        )
    }
}
