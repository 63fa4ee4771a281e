//! The log: one line for each request and for each try to deliver, on standard error.

use std::io::{self, IsTerminal, Write};

use chrono::{DateTime, Utc};
use hb_portal_sandbox::{DeliveryAttempt, HandledRequest};

pub(super) struct Log {
    colours: bool,
}

impl Log {
    /// Coloured on a terminal whose user did not set `NO_COLOR`.
    pub(super) fn to_stderr() -> Self {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { colours: io::stderr().is_terminal() && !unwanted }
    }

    pub(super) fn write(&self, request: &HandledRequest) {
        // A log that nobody reads is no reason to stop.
        let _ = writeln!(io::stderr().lock(), "{}", self.line(request));
    }

    fn line(&self, request: &HandledRequest) -> String {
        let time = DateTime::<Utc>::from(request.at).format("%Y-%m-%dT%H:%M:%S%.3fZ");
        // Method and path are the client's: escaped, they stay on their line and move no cursor.
        let method = request.method.escape_debug();
        let path = request.path.escape_debug();
        let status = request.status.map_or_else(|| "---".to_owned(), |status| status.to_string());
        let (on, off) = match (self.colours, request.status) {
            (false, _) => ("", ""),
            (true, Some(200..=299)) => ("\x1b[32m", "\x1b[0m"),
            (true, Some(300..=499)) => ("\x1b[33m", "\x1b[0m"),
            (true, _) => ("\x1b[31m", "\x1b[0m"),
        };
        let milliseconds = request.duration.as_secs_f64() * 1000.0;
        format!("{time} {method} {path} {on}{status}{off} {milliseconds:.1}ms")
    }
}

/// Says what became of a try to deliver.
pub(super) fn write_attempt(made: &DeliveryAttempt) {
    let _ = writeln!(io::stderr().lock(), "{}", attempt(made));
}

/// A try to deliver, on one line, without its body and its signature.
pub(super) fn attempt(made: &DeliveryAttempt) -> String {
    let time = DateTime::<Utc>::from(made.at).format("%Y-%m-%dT%H:%M:%S%.3fZ");
    let DeliveryAttempt { endpoint, number, result, .. } = made;
    let event = made.event.escape_debug();
    let flaw = made.flaw.map_or_else(String::new, |flaw| format!(" {flaw:?}"));
    let milliseconds = made.duration.as_secs_f64() * 1000.0;
    format!("{time} deliver {event} to endpoint {endpoint}, try {number}{flaw}: {result} {milliseconds:.1}ms")
}
