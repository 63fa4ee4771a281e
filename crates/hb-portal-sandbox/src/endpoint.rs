//! An endpoint as the sandbox holds it.

use std::fmt;

/// An endpoint that was committed, whatever its client was told.
///
/// `Debug` leaves the secret out; [`expose_secret`](Self::expose_secret) is the only way to it.
#[derive(Clone)]
#[non_exhaustive]
pub struct StoredEndpoint {
    /// Counts from 1.
    pub id: u64,
    /// As the request gave it.
    pub url: String,
    /// As the request gave them, in its order.
    pub events: Vec<String>,
    /// `true` until an update says otherwise.
    pub is_active: bool,
    /// Seconds; 30 when the request did not say.
    pub timeout_seconds: u32,
    /// 3 when the request did not say.
    pub max_retries: u32,
    /// How many tries to deliver failed, flawed ones left out. What the portal counts is not documented.
    pub failure_count: u32,
    /// When a delivery was last tried, flawed ones left out, as the portal writes moments.
    pub last_called_at: Option<String>,
    /// When a try last failed, flawed ones left out, as the portal writes moments.
    pub last_failed_at: Option<String>,
    /// How many tries failed since the last one that did not, flawed ones left out.
    pub consecutive_failures: u32,
    /// The status that the last try was answered with, flawed ones left out; `None` when it was not answered.
    pub last_response_code: Option<u16>,
    /// When it was committed, as the portal writes moments.
    pub created_at: String,
    /// When it was committed or last updated, as the portal writes moments.
    pub updated_at: String,
    /// Whether the answer that was written held the whole secret in clear, to its closing quote: `false` when a fault left it
    /// out, cut it, encoded it, or answered something else. A client that then says that it has no secret is right.
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
