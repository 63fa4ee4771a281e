//! The reasons why a request has no response. The transport's errors are translated only here.

use std::{fmt, sync::Arc, time::Duration};

use super::reason::NotSentReason;
use crate::boxed::BoxError;

/// The reason why a request has no response.
#[derive(Debug)]
pub(crate) enum Failure {
    /// There was no token to send.
    Token(TokenFailure),
    /// No connection was established to `to`, the host and port.
    NoConnection { to: String, error: reqwest::Error },
    /// No request can be built from the input.
    Unsendable(BoxError),
    /// The deadline passed before the request was sent.
    OutOfTime,
    /// The caller dropped the call before the request was sent.
    Abandoned,
    /// The request may have arrived. In every other case it was not sent.
    NoResponse(reqwest::Error),
}

impl Failure {
    /// Whether the time ran out while waiting for the response.
    pub(crate) fn is_response_timeout(&self) -> bool {
        matches!(self, Self::NoResponse(error) if error.is_timeout())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(failure) => failure.fmt(f),
            Self::NoConnection { to, error } if error.is_timeout() => {
                write!(f, "could not connect to {to} in time")
            }
            Self::NoConnection { to, .. } => write!(f, "could not connect to {to}"),
            Self::Unsendable(_) => f.write_str("could not build the request"),
            Self::OutOfTime => f.write_str("the deadline passed before the request was sent"),
            Self::Abandoned => f.write_str("the call was dropped before the request was sent"),
            Self::NoResponse(error) if error.is_timeout() => f.write_str("no response arrived in time"),
            Self::NoResponse(_) => f.write_str("the connection broke before a response arrived"),
        }
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Token(failure) => std::error::Error::source(failure),
            Self::Unsendable(error) => Some(&**error),
            Self::NoConnection { error, .. } | Self::NoResponse(error) => Some(error),
            Self::OutOfTime | Self::Abandoned => None,
        }
    }
}

/// Whether the portal's certificate was refused, so that another attempt would fail too.
pub(crate) fn is_certificate(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut causes = std::iter::successors(Some(error), |error| error.source());
    causes.any(|cause| cause.to_string().contains("certificate"))
}

/// The reason why there is no access token. It can be cloned, because every call that waits for the same token gets it.
#[derive(Debug, Clone)]
pub(crate) struct TokenFailure {
    pub(super) reason: NotSentReason,
    why: Arc<str>,
    pub(super) retry_after: Option<Duration>,
    pub(super) source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl TokenFailure {
    pub(crate) fn new(reason: NotSentReason, why: &str) -> Self {
        Self { reason, why: why.into(), retry_after: None, source: None }
    }

    pub(crate) fn retry_after(self, retry_after: Option<Duration>) -> Self {
        Self { retry_after, ..self }
    }

    /// The user's own provider has no token.
    pub(crate) fn of_provider(error: BoxError) -> Self {
        let why = "the token provider returned no access token";
        Self { source: Some(error.into()), ..Self::new(NotSentReason::TokenUnavailable, why) }
    }

    /// The request for a token has no response.
    pub(crate) fn of_request(failure: Failure) -> Self {
        let reason = match &failure {
            Failure::NoConnection { .. } => NotSentReason::Connection,
            Failure::OutOfTime => NotSentReason::Deadline,
            _ => NotSentReason::TokenUnavailable,
        };
        let why = format!("could not get an access token: {failure}");
        let source = match failure {
            Failure::Token(failure) => failure.source,
            Failure::NoConnection { error, .. } | Failure::NoResponse(error) => Some(Arc::new(error) as _),
            Failure::Unsendable(error) => Some(error.into()),
            Failure::OutOfTime | Failure::Abandoned => None,
        };
        Self { source, ..Self::new(reason, &why) }
    }
}

impl fmt::Display for TokenFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl std::error::Error for TokenFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
