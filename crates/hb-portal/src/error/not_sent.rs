//! The outcome of a call that sent nothing: the portal holds nothing new.

use std::{borrow::Cow, error::Error, fmt, time::Duration};

use super::{
    failure::{Failure, is_certificate},
    reason::NotSentReason,
};
use crate::boxed::BoxError;

/// Nothing was sent to the portal, or no connection to it was established. The portal holds nothing new, so retrying is safe.
#[derive(Debug)]
pub struct NotSent {
    reason: NotSentReason,
    why: Cow<'static, str>,
    retry_after: Option<Duration>,
    source: Option<BoxError>,
}

impl NotSent {
    pub(crate) fn new(reason: NotSentReason, why: impl Into<Cow<'static, str>>) -> Self {
        Self { reason, why: why.into(), retry_after: None, source: None }
    }

    pub(crate) fn because(self, source: BoxError) -> Self {
        Self { source: Some(source), ..self }
    }

    /// Translates the failure of a request that was not sent; returns the failure itself if the request may have been sent.
    pub(crate) fn of(failure: Failure) -> Result<Self, Failure> {
        let why = failure.to_string();
        let (reason, retry_after, source) = match failure {
            Failure::NoResponse(_) => return Err(failure),
            Failure::Token(failure) => {
                (failure.reason, failure.retry_after, failure.source.map(|source| Box::new(source) as BoxError))
            }
            Failure::NoConnection { error, .. } => (NotSentReason::Connection, None, Some(error.into())),
            Failure::OutOfTime | Failure::Abandoned => (NotSentReason::Deadline, None, None),
            Failure::Unsendable(error) => (NotSentReason::Request, None, Some(error)),
        };
        Ok(Self { reason, why: why.into(), retry_after, source })
    }

    /// The reason why nothing was sent.
    #[must_use]
    pub fn reason(&self) -> NotSentReason {
        self.reason
    }

    pub(super) fn is_retryable(&self) -> bool {
        match self.reason {
            NotSentReason::Connection => !is_certificate(self),
            NotSentReason::TokenUnavailable | NotSentReason::RateLimited | NotSentReason::Deadline => true,
            NotSentReason::Input | NotSentReason::TokenRefused | NotSentReason::Sink | NotSentReason::Request => false,
        }
    }

    /// The delay that the portal asked for, if it limits requests for access tokens.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}

impl Error for NotSent {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

impl fmt::Display for NotSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, "nothing was created")
    }
}

impl NotSent {
    /// Writes the message, with the effect at the portal.
    pub(super) fn write(&self, f: &mut fmt::Formatter<'_>, effect: &str) -> fmt::Result {
        write!(f, "{}; {effect}", self.why)?;
        if self.reason != NotSentReason::Sink {
            f.write_str(": ")?;
        }
        match (self.reason, self.retry_after) {
            (NotSentReason::Input, _) => f.write_str("correct it, then retry"),
            (NotSentReason::TokenRefused, _) => f.write_str("check the client id and the API key, then retry"),
            (NotSentReason::TokenUnavailable, _) => f.write_str("check where the token comes from, then retry"),
            (NotSentReason::RateLimited, wait) => write!(f, "{}", RetryIn(wait)),
            // The source, which is the sink's own error, names the fix.
            (NotSentReason::Sink, _) => Ok(()),
            (NotSentReason::Connection, _) => f.write_str("check the base URL and the network, then retry"),
            (NotSentReason::Deadline, _) => f.write_str("retry, perhaps with a longer deadline"),
            (NotSentReason::Request, _) => f.write_str("report this as a defect of the SDK"),
        }
    }
}

/// Displays when to retry, according to `Retry-After`.
pub(super) struct RetryIn(pub(super) Option<Duration>);

impl fmt::Display for RetryIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.map(|wait| wait.as_secs()) {
            None | Some(0) => f.write_str("retry later"),
            Some(1) => f.write_str("retry in 1 second"),
            Some(seconds) => write!(f, "retry in {seconds} seconds"),
        }
    }
}
