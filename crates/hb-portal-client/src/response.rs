//! The response to a request, entirely in memory.

use std::fmt;

use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

/// A response, entirely in memory. `Debug` does not print its body, which is wiped when dropped.
pub struct Response {
    status: StatusCode,
    headers: HeaderMap,
    body: Zeroizing<Vec<u8>>,
}

impl Response {
    /// Creates a response from its received parts.
    #[must_use]
    pub fn new(status: StatusCode, headers: HeaderMap, body: Zeroizing<Vec<u8>>) -> Self {
        Self { status, headers, body }
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body, which may hold a secret.
    #[must_use]
    pub fn expose_body(&self) -> &[u8] {
        &self.body
    }

    /// Parses the body as JSON. serde's error is dropped, because it quotes the value that it cannot read.
    ///
    /// # Errors
    ///
    /// The body is not the JSON of a `T`.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Unread> {
        serde_json::from_slice(&self.body).map_err(|_| Unread::NotAsDocumented)
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response").field("status", &self.status).finish_non_exhaustive()
    }
}

/// The reason why a response was not read. The caller still has the response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unread {
    /// Its status is documented as a failure; `read_failure` decodes it.
    Failure,
    /// Its status is documented, but its body differs from what is documented for that status.
    NotAsDocumented,
    /// Its status is not documented for this operation and side, success or failure.
    Undocumented,
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Failure => "the response is a documented failure",
            Self::NotAsDocumented => "the body of the response differs from what is documented for its status",
            Self::Undocumented => "the status of the response is not documented",
        })
    }
}

impl std::error::Error for Unread {}
