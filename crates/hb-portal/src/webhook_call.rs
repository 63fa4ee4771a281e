//! A call to a webhook endpoint, as the portal's log records it.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::event::EventType;

/// A call to a webhook endpoint, as the portal's log records it.
///
/// No source shows its fields (`inferred`), so each is an [`Option`], which is `None` if the response does not have it in a
/// readable form.
///
/// `Debug` does not show [`error`](Self::error).
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct WebhookCall {
    /// The call's id.
    pub id: Option<String>,
    /// The event of the call.
    pub event: Option<EventType>,
    /// The id of the delivery; all its attempts share it.
    pub delivery_id: Option<String>,
    /// The number of the attempt, counted from 1.
    pub attempt: Option<u64>,
    /// Whether the receiver accepted the delivery.
    pub success: Option<bool>,
    /// The status of the receiver's response.
    pub response_code: Option<u16>,
    /// The reason why there is no response. URLs in it are reduced to origin and path, and the client's credentials are masked.
    pub error: Option<String>,
    /// The duration of the call, in milliseconds.
    pub duration_ms: Option<u64>,
    /// The time of the call.
    pub called_at: Option<DateTime<Utc>>,
}

impl fmt::Debug for WebhookCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookCall")
            .field("id", &self.id)
            .field("event", &self.event)
            .field("delivery_id", &self.delivery_id)
            .field("attempt", &self.attempt)
            .field("success", &self.success)
            .field("response_code", &self.response_code)
            .field("duration_ms", &self.duration_ms)
            .field("called_at", &self.called_at)
            .finish_non_exhaustive()
    }
}
