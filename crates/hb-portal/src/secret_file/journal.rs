//! The note of an attempt, which outlives the process that made it.

use std::io;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::{Attempt, EventType};

/// An attempt to create an endpoint that was not finished: an endpoint may exist.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Journal {
    /// The URL of the endpoint that may have come to be.
    pub url: String,
    /// The events it was to be called for.
    pub events: Vec<EventType>,
    /// When the attempt began.
    pub started_at: DateTime<Utc>,
}

impl Journal {
    pub(super) fn of(attempt: &Attempt) -> Self {
        Self { url: attempt.url.clone(), events: attempt.events.clone(), started_at: attempt.started_at }
    }

    /// The text of the file.
    pub(super) fn to_text(&self) -> String {
        let text = json!({
            "note": "A webhook endpoint for this URL may exist at the portal, and its signing secret was not stored.",
            "url": self.url,
            "events": self.events.iter().map(EventType::as_str).collect::<Vec<_>>(),
            "started_at": self.started_at.to_rfc3339_opts(SecondsFormat::Millis, true),
        });
        format!("{text:#}\n")
    }

    pub(super) fn from_text(text: &str) -> io::Result<Self> {
        let read = || {
            let value: Value = serde_json::from_str(text).ok()?;
            Some(Self {
                url: value.get("url")?.as_str()?.to_owned(),
                events: value
                    .get("events")?
                    .as_array()?
                    .iter()
                    .filter_map(Value::as_str)
                    .map(EventType::from)
                    .collect(),
                started_at: DateTime::parse_from_rfc3339(value.get("started_at")?.as_str()?).ok()?.to_utc(),
            })
        };
        read().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the journal is not one of this crate's"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_is_read_back_as_it_was_written() {
        let journal = Journal {
            url: "https://your-app.com/\"quoted\"".to_owned(),
            events: vec![EventType::ReferenceSubmitted, EventType::from("x")],
            started_at: DateTime::parse_from_rfc3339("2026-02-17T18:56:15.123Z").unwrap().to_utc(),
        };
        assert_eq!(Journal::from_text(&journal.to_text()).unwrap(), journal);
    }

    #[test]
    fn a_file_that_is_no_journal_is_refused() {
        for text in ["", "{}", "{\"url\":\"a\",\"events\":[],\"started_at\":\"x\"}"] {
            assert_eq!(Journal::from_text(text).unwrap_err().kind(), io::ErrorKind::InvalidData);
        }
    }
}
