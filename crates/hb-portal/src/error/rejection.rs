//! The outcome of a request that the portal refused: the portal holds nothing new.

use std::{collections::BTreeMap, fmt, time::Duration};

use http::StatusCode;

use super::not_sent::RetryIn;
use crate::response::{PortalResponse, Shown};

/// The portal refused the request. It created and changed nothing.
///
/// Only the status is certain. A message, messages by field and `Retry-After` are common for a portal of this kind (`inferred`),
/// but may be absent. A body that is HTML, empty or not UTF-8 contains no messages.
#[derive(Debug)]
pub struct Rejection(Box<PortalResponse>);

impl Rejection {
    pub(crate) fn new(response: PortalResponse) -> Self {
        Self(Box::new(response))
    }

    #[cfg(any(feature = "operations", feature = "preview"))]
    pub(super) fn response(&self) -> &PortalResponse {
        &self.0
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status()
    }

    /// The portal's human-readable message, with the tokens and the key that the client knows masked.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.0.message()
    }

    /// The portal's messages about each field of the request, masked like the message.
    #[must_use]
    pub fn field_errors(&self) -> &BTreeMap<String, Vec<String>> {
        self.0.field_errors()
    }

    /// The delay that the portal asks for in `Retry-After`: a number of seconds, or the time from the response's own `Date` to a
    /// date.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after()
    }

    /// The id that the portal gave the request, if it gave one (`inferred`).
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id()
    }

    /// The body, as it arrived. It may repeat what was sent.
    #[must_use]
    pub fn expose_body(&self) -> &[u8] {
        self.0.expose_body()
    }
}

impl std::error::Error for Rejection {}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, "nothing was created", "check the base URL")
    }
}

impl Rejection {
    /// Writes the message, with its effect at the portal, and the fix for a path at which the portal has nothing.
    pub(super) fn write(&self, f: &mut fmt::Formatter<'_>, effect: &str, missing: &str) -> fmt::Result {
        write!(f, "the portal refused with {}", Shown(self.status()))?;
        self.0.write_to(f)?;
        write!(f, "; {effect}")?;
        if self.status() == StatusCode::CONFLICT {
            return f
                .write_str(", because it conflicts with what exists: look at the portal's endpoints before retrying");
        }
        f.write_str(": ")?;
        match self.status().as_u16() {
            401 | 403 => f.write_str("check the token and its permissions, then retry"),
            404 => f.write_str(missing),
            405 | 501 | 505 => f.write_str("check the base URL"),
            429 => write!(f, "{}", RetryIn(self.retry_after())),
            301 | 307 | 308 => f.write_str("check the base URL, because redirects are not followed"),
            _ => f.write_str("correct the request, then retry"),
        }
    }
}
