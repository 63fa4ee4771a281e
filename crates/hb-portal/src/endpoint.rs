//! A webhook endpoint, as the portal answered it.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::EventType;

/// The id of a webhook endpoint: text, because the portal has sent ids as numbers and as strings (`corroborated`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndpointId(String);

impl EndpointId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for EndpointId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A webhook endpoint: what the answer said of it. The fields are `documented`; which of them are always there is not,
/// so each is an [`Option`], and `None` when the answer did not have it in a form that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WebhookEndpoint {
    /// The endpoint's id.
    pub id: Option<EndpointId>,
    /// Where the portal sends deliveries.
    pub url: Option<String>,
    /// The events that the endpoint is called for; empty when the answer has none.
    pub events: Vec<EventType>,
    /// Whether the portal sends deliveries to it.
    pub is_active: Option<bool>,
    /// How long the portal waits for an answer to a delivery, in seconds.
    pub timeout_seconds: Option<u64>,
    /// How often the portal repeats a delivery that failed.
    pub max_retries: Option<u64>,
    /// How many deliveries failed.
    pub failure_count: Option<u64>,
    /// When it was last called; `None` on an endpoint that never was (`inferred`).
    pub last_called_at: Option<DateTime<Utc>>,
    /// When a delivery last failed; `None` when none has (`inferred`).
    pub last_failed_at: Option<DateTime<Utc>>,
    /// When it was created.
    pub created_at: Option<DateTime<Utc>>,
}
