//! What is kept of each try to deliver.

use std::fmt;
use std::time::{Duration, SystemTime};

use super::delivery::Flaw;

/// One request to a receiver, and what became of it. It has no secret, no signature and no body.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeliveryAttempt {
    /// The endpoint's id.
    pub endpoint: u64,
    /// The delivery's id, which stays the same from try to try.
    pub delivery: String,
    /// The event.
    pub event: String,
    /// 1 for the first try.
    pub number: u32,
    /// What was wrong with it, on purpose.
    pub flaw: Option<Flaw>,
    /// When it began.
    pub at: SystemTime,
    /// How long it took.
    pub duration: Duration,
    /// What became of it.
    pub result: AttemptResult,
}

impl DeliveryAttempt {
    /// Whether the receiver answered with a 2xx.
    pub fn is_accepted(&self) -> bool {
        matches!(self.result, AttemptResult::Answered(200..=299))
    }
}

/// What became of a try to deliver.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttemptResult {
    /// The receiver answered with this status.
    Answered(u16),
    /// The receiver did not answer within the endpoint's `timeout_seconds`.
    TimedOut,
    /// There was no connection, or it broke: the system's words.
    Broke(String),
}

impl fmt::Display for AttemptResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answered(status) => write!(f, "{status}"),
            Self::TimedOut => f.write_str("no answer in time"),
            Self::Broke(why) => f.write_str(why),
        }
    }
}
