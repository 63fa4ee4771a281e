//! An endpoint as the sandbox holds it, and the documented answer that tells of it.

use std::fmt;

use serde_json::Value;

/// The `message` of a `201`.
const MESSAGE: &str = "Webhook endpoint created. Store the secret securely: it is not shown again.";

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
    /// `true`: a new endpoint is active.
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
    /// When it was committed, as the answer writes it.
    pub created_at: String,
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

    /// The body of the documented `201`: its members, in its order, on one line.
    pub(crate) fn documented_answer(&self) -> String {
        let Self { id, is_active, timeout_seconds, max_retries, failure_count, .. } = self;
        let url = quoted(&self.url);
        let events = Value::from(self.events.as_slice());
        let created_at = quoted(&self.created_at);
        let secret = quoted(&self.secret);
        let message = quoted(MESSAGE);
        // A new endpoint was never called, so both of its `last_…` dates are null (inferred).
        format!(
            "{{\"data\":{{\"id\":{id},\"url\":{url},\"events\":{events},\"is_active\":{is_active},\
             \"timeout_seconds\":{timeout_seconds},\"max_retries\":{max_retries},\
             \"failure_count\":{failure_count},\"last_called_at\":null,\"last_failed_at\":null,\
             \"created_at\":{created_at}}},\"secret\":{secret},\"message\":{message}}}"
        )
    }
}

/// `text` as JSON writes it, quotes included.
fn quoted(text: &str) -> Value {
    Value::from(text)
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
            .field("created_at", &self.created_at)
            .field("secret_went_out", &self.secret_went_out)
            .finish_non_exhaustive()
    }
}
