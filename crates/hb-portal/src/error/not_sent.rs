//! Nothing was sent: the portal holds nothing new.

use std::{borrow::Cow, error::Error, fmt};

/// Nothing was sent to the portal, or no connection to it was made. It holds nothing new, so calling again is safe.
#[derive(Debug)]
pub struct NotSent {
    reason: NotSentReason,
    why: Cow<'static, str>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// Why nothing was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NotSentReason {
    /// What was to be sent is not valid, such as the URL or the events.
    Input,
    /// There is no access token to be had.
    Token,
    /// The sink cannot store a secret now.
    Sink,
    /// No connection to the portal could be made.
    Connection,
    /// The deadline passed.
    Deadline,
    /// The request could not be built.
    Request,
}

impl NotSent {
    pub(crate) fn new(reason: NotSentReason, why: impl Into<Cow<'static, str>>) -> Self {
        Self { reason, why: why.into(), source: None }
    }

    pub(crate) fn because(self, source: Box<dyn Error + Send + Sync>) -> Self {
        Self { source: Some(source), ..self }
    }

    /// Why.
    #[must_use]
    pub fn reason(&self) -> NotSentReason {
        self.reason
    }
}

impl Error for NotSent {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

impl fmt::Display for NotSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mend = match self.reason {
            NotSentReason::Input => "correct it and call again",
            NotSentReason::Token => "see to the token or the API credentials and call again",
            NotSentReason::Sink => "make room for the secret and call again",
            NotSentReason::Connection => "check the base URL and the network; calling again is safe",
            NotSentReason::Deadline => "calling again is safe",
            NotSentReason::Request => "please report this as a defect of the SDK",
        };
        write!(f, "{}; nothing was created: {mend}", self.why)
    }
}
