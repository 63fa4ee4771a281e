//! An endpoint as the sandbox stores it.

use std::fmt;

/// An endpoint that was created, regardless of what the response told the client.
///
/// `Debug` omits the secret; only [`expose_secret`](Self::expose_secret) returns it.
#[derive(Clone)]
#[non_exhaustive]
pub struct StoredEndpoint {
    /// The id; ids count from 1.
    pub id: u64,
    /// The URL, exactly as in the request.
    pub url: String,
    /// The events, in the order of the request.
    pub events: Vec<String>,
    /// `true` until an update changes it.
    pub is_active: bool,
    /// The time that a delivery waits for a response, in seconds; 30 unless the request sets it.
    pub timeout_seconds: u32,
    /// The number of retries of a failed delivery; 3 unless the request sets it.
    pub max_retries: u32,
    /// The number of failed delivery attempts, not counting flawed ones. The portal does not document how it counts.
    pub failure_count: u32,
    /// The time of the last delivery attempt, not counting flawed ones, in the portal's timestamp format.
    pub last_called_at: Option<String>,
    /// The time of the last failed attempt, not counting flawed ones, in the portal's timestamp format.
    pub last_failed_at: Option<String>,
    /// The number of failed attempts since the last one that was accepted, not counting flawed ones.
    pub consecutive_failures: u32,
    /// The status of the response to the last attempt, not counting flawed ones; `None` if there was no response.
    pub last_response_code: Option<u16>,
    /// The time when the endpoint was created, in the portal's timestamp format.
    pub created_at: String,
    /// The time when the endpoint was created or last updated, in the portal's timestamp format.
    pub updated_at: String,
    /// Whether the response that was written contained the whole secret in clear text, up to its closing quote. `false` if a
    /// fault omitted, cut or encoded the secret, or sent another response. A client is then right to report that it has no
    /// secret.
    pub secret_went_out: bool,
    pub(crate) secret: String,
}

impl StoredEndpoint {
    /// The signing secret that belongs to this endpoint.
    pub fn expose_secret(&self) -> &str {
        &self.secret
    }
}

impl fmt::Debug for StoredEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredEndpoint")
            .field("id", &self.id)
            .field("url", &self.url)
            .field("events", &self.events)
            .field("is_active", &self.is_active)
            .field("timeout_seconds", &self.timeout_seconds)
            .field("max_retries", &self.max_retries)
            .field("failure_count", &self.failure_count)
            .field("last_called_at", &self.last_called_at)
            .field("last_failed_at", &self.last_failed_at)
            .field("consecutive_failures", &self.consecutive_failures)
            .field("last_response_code", &self.last_response_code)
            .field("created_at", &self.created_at)
            .field("updated_at", &self.updated_at)
            .field("secret_went_out", &self.secret_went_out)
            .finish_non_exhaustive()
    }
}
