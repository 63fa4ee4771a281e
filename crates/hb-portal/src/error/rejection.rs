//! The portal refused: it holds nothing new.

use std::{collections::BTreeMap, fmt, time::Duration};

use http::StatusCode;

use crate::response::PortalResponse;

/// The portal refused to create the endpoint. It holds nothing new.
///
/// Only the status is certain. Messages, messages by field and `Retry-After` are what a portal of this kind sends
/// (`inferred`); they are there when the answer has them, and a body that is HTML, empty or not UTF-8 has none.
#[derive(Debug)]
pub struct Rejection(Box<PortalResponse>);

impl Rejection {
    pub(crate) fn new(answer: PortalResponse) -> Self {
        Self(Box::new(answer))
    }

    #[cfg(feature = "operations")]
    pub(super) fn response(&self) -> &PortalResponse {
        &self.0
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status()
    }

    /// What the portal says to people, with the token and the key that the client knows masked.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.0.message()
    }

    /// What the portal says of each field of the request, masked like the message.
    #[must_use]
    pub fn field_errors(&self) -> &BTreeMap<String, Vec<String>> {
        self.0.field_errors()
    }

    /// How long the portal asks to wait, from `Retry-After` in seconds or as a date.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after()
    }

    /// The id that the portal gave the request.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id()
    }

    /// The body as it came, in which the portal may repeat what was sent.
    #[must_use]
    pub fn expose_body(&self) -> &[u8] {
        self.0.expose_body()
    }
}

impl std::error::Error for Rejection {}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, "nothing was created")
    }
}

impl Rejection {
    /// The message, with what that means at the portal.
    pub(super) fn write(&self, f: &mut fmt::Formatter<'_>, effect: &str) -> fmt::Result {
        write!(f, "the portal refused with {}", self.status())?;
        self.0.write_to(f)?;
        write!(f, "; {effect}: ")?;
        match (self.status(), self.retry_after()) {
            (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, _) => f.write_str("check the token and what it may do"),
            (StatusCode::TOO_MANY_REQUESTS, Some(wait)) => write!(f, "call again in {} seconds", wait.as_secs()),
            (StatusCode::TOO_MANY_REQUESTS, None) => f.write_str("call again later"),
            (StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED, _) => f.write_str("check the base URL"),
            (status, _) if status.is_redirection() => {
                f.write_str("check the base URL, because a token is not sent to where a redirect points")
            }
            _ => f.write_str("correct the request and call again"),
        }
    }
}
