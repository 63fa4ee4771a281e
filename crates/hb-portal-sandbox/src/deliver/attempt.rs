//! The record of a delivery attempt.

use std::fmt;
use std::time::{Duration, SystemTime};

use super::delivery::Flaw;

/// One request to a receiver, and its result. It contains no secret, no signature and no body.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeliveryAttempt {
    /// The id of the endpoint.
    pub endpoint: u64,
    /// The id of the delivery, which is the same for all its attempts.
    pub delivery: String,
    /// The event that was delivered.
    pub event: String,
    /// The number of this attempt; 1 for the first.
    pub number: u32,
    /// The deliberate flaw, if it had one.
    pub flaw: Option<Flaw>,
    /// The time when it started.
    pub at: SystemTime,
    /// The duration of the attempt.
    pub duration: Duration,
    /// The result.
    pub result: AttemptResult,
}

impl DeliveryAttempt {
    /// Whether the receiver responded with a 2xx.
    pub fn is_accepted(&self) -> bool {
        matches!(self.result, AttemptResult::Responded(200..=299))
    }
}

/// The result of a delivery attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttemptResult {
    /// The receiver responded with this status.
    Responded(u16),
    /// The receiver did not respond within the endpoint's `timeout_seconds`.
    TimedOut,
    /// The connection could not be established, or it broke. The text is the operating system's error message.
    Broke(String),
}

impl fmt::Display for AttemptResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Responded(status) => write!(f, "{status}"),
            Self::TimedOut => f.write_str("no response in time"),
            Self::Broke(why) => f.write_str(why),
        }
    }
}
