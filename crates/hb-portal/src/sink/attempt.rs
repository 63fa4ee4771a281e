//! One attempt to create an endpoint, as a sink and recovery see it.

use std::{
    fmt::{self, Write as _},
    io,
    time::{Duration, SystemTime},
};

use chrono::{DateTime, SecondsFormat, Utc};
use http::StatusCode;

use crate::{
    endpoint::{EndpointId, ShownUrl},
    event::EventType,
};

/// An attempt to create an endpoint: one that is about to be sent, or one that a journal describes.
///
/// `Debug` reduces the URL to its origin and path, because receivers' URLs carry credentials.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// The URL of the endpoint, as it was given.
    pub url: String,
    /// The events that the portal should deliver to the endpoint.
    pub events: Vec<EventType>,
    /// The time when the attempt began.
    pub started_at: DateTime<Utc>,
    /// The time by which the attempt must end, if it has a limit.
    pub deadline: Option<DateTime<Utc>>,
    /// The base URL of the portal.
    pub base_url: String,
    /// The id of the process that makes or made the attempt.
    pub process: u32,
    /// The unique name of this attempt: 32 random hexadecimal digits; empty if the attempt had no sink.
    pub nonce: String,
    /// Whether the attempt is still running.
    pub liveness: Liveness,
    /// The status of the portal's response, if one arrived.
    pub status: Option<StatusCode>,
    /// The id of the endpoint, if the response had one.
    pub id: Option<EndpointId>,
}

/// Whether an attempt is still running.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Liveness {
    /// It is running.
    Live,
    /// It is over: its process ended, or it gave up.
    Dead,
    /// Unknown, because the file system has no locks.
    Unknown,
}

impl Attempt {
    /// Describes an attempt without a sink that began at `started_at` and is over.
    pub(crate) fn over(
        url: String,
        events: Vec<EventType>,
        base_url: String,
        started_at: SystemTime,
        limit: Option<Duration>,
    ) -> Self {
        let started_at = DateTime::from(started_at);
        let limit = limit.and_then(|limit| chrono::TimeDelta::from_std(limit).ok());
        Self {
            url,
            events,
            started_at,
            deadline: limit.and_then(|limit| started_at.checked_add_signed(limit)),
            base_url,
            process: std::process::id(),
            nonce: String::new(),
            liveness: Liveness::Dead,
            status: None,
            id: None,
        }
    }

    /// Begins an attempt now. This fails only if the system has no source of randomness.
    pub(crate) fn begin(
        url: String,
        events: Vec<EventType>,
        base_url: String,
        limit: Option<Duration>,
    ) -> io::Result<Self> {
        let over = Self::over(url, events, base_url, SystemTime::now(), limit);
        Ok(Self { nonce: nonce()?, liveness: Liveness::Live, ..over })
    }

    /// The time when it began, in whole seconds.
    pub(crate) fn since(&self) -> String {
        self.started_at.to_rfc3339_opts(SecondsFormat::Secs, true)
    }
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt")
            .field("url", &ShownUrl(&self.url))
            .field("events", &self.events)
            .field("started_at", &self.started_at)
            .field("deadline", &self.deadline)
            .field("base_url", &self.base_url)
            .field("process", &self.process)
            .field("nonce", &self.nonce)
            .field("liveness", &self.liveness)
            .field("status", &self.status)
            .field("id", &self.id)
            .finish()
    }
}

/// Returns 128 random bits as 32 hexadecimal digits.
pub(crate) fn nonce() -> io::Result<String> {
    let mut bytes = [0; 16];
    getrandom_02::getrandom(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(bytes.iter().fold(String::with_capacity(32), |mut text, byte| {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    }))
}
