//! The stored secret, and next to it a record of the endpoint that it belongs to.

use std::{
    fmt, fs,
    io::{self, ErrorKind, Read as _},
    time::SystemTime,
};

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{layout::Layout, refusal::about};
use crate::{
    created::CreatedWebhook,
    endpoint::{EndpointId, ShownUrl},
    event::EventType,
    secret::SigningSecret,
};

/// A secret that is stored. Returned by [`SecretFile::load`](crate::SecretFile::load).
#[derive(Debug)]
#[non_exhaustive]
pub struct Stored {
    /// The secret.
    pub secret: SigningSecret,
    /// The endpoint that it belongs to, if the file was written by this crate.
    pub endpoint: Option<StoredEndpoint>,
}

/// The endpoint whose secret is stored. `Debug` reduces the URL to its origin and path.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredEndpoint {
    /// The endpoint's id, if the portal's response had one.
    pub id: Option<EndpointId>,
    /// The URL of the endpoint, as it was given.
    pub url: String,
    /// The events that the portal delivers to the endpoint.
    pub events: Vec<EventType>,
    /// When it was created: by the portal's clock if its response had the time, else by this machine's.
    pub created_at: DateTime<Utc>,
}

impl StoredEndpoint {
    pub(super) fn of(created: &CreatedWebhook, url: String, events: Vec<EventType>) -> Self {
        let created_at = created.endpoint.created_at.unwrap_or_else(|| SystemTime::now().into());
        Self { id: created.endpoint.id.clone(), url, events, created_at }
    }

    /// The text of the record of a secret that has `length` bytes.
    pub(super) fn text(&self, length: usize) -> String {
        let text = json!({
            "id": self.id.as_ref().map(EndpointId::as_str),
            "url": self.url,
            "events": self.events.iter().map(EventType::as_str).collect::<Vec<_>>(),
            "created_at": self.created_at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            "secret_bytes": length,
        });
        format!("{text:#}\n")
    }

    fn parse(text: &str) -> Option<(Self, usize)> {
        let value: Value = serde_json::from_str(text).ok()?;
        let endpoint = Self {
            id: value.get("id")?.as_str().map(EndpointId::from),
            url: value.get("url")?.as_str()?.to_owned(),
            events: value.get("events")?.as_array()?.iter().filter_map(Value::as_str).map(EventType::from).collect(),
            created_at: DateTime::parse_from_rfc3339(value.get("created_at")?.as_str()?).ok()?.to_utc(),
        };
        Some((endpoint, value.get("secret_bytes")?.as_u64()?.try_into().ok()?))
    }
}

impl fmt::Debug for StoredEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredEndpoint")
            .field("id", &self.id)
            .field("url", &ShownUrl(&self.url))
            .field("events", &self.events)
            .field("created_at", &self.created_at)
            .finish()
    }
}

/// No secret is longer; a larger file is not a secret.
const MOST_BYTES: usize = 64 * 1024;

/// Reads the secret and its record. `interrupted` says that a journal is there: then the secret counts only if it is as long
/// as its record says, because on a file system without hard links a crash can leave a part of it.
pub(super) fn load(layout: &Layout, interrupted: bool) -> io::Result<Option<Stored>> {
    let refuse = |what: &str| {
        let why = format!("{} {what}: move it away, or choose another path", layout.secret.display());
        Err(io::Error::new(ErrorKind::InvalidData, why))
    };
    match fs::metadata(&layout.secret) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Ok(found) if found.is_file() => {}
        Ok(_) => return refuse("is not a file"),
        Err(error) => return Err(about(layout, error)),
    }
    // The buffer has its size from the start, so that it does not grow and leave a copy behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MOST_BYTES + 1));
    fs::File::open(&layout.secret)
        .and_then(|file| file.take(MOST_BYTES as u64 + 1).read_to_end(&mut bytes))
        .map_err(|error| about(layout, error))?;
    if bytes.len() > MOST_BYTES {
        return refuse("is larger than any secret");
    }
    let Ok(text) = std::str::from_utf8(&bytes) else { return refuse("is not text, so it holds no secret") };
    let secret = text.strip_suffix('\n').map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
    if secret.is_empty() {
        return refuse("is empty, so it holds no secret");
    }
    let record = match fs::read_to_string(&layout.record) {
        Ok(text) => StoredEndpoint::parse(&text),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidData) => None,
        Err(error) => return Err(about(layout, error)),
    };
    if interrupted && record.as_ref().is_none_or(|(_, length)| *length != secret.len()) {
        return refuse("may be incomplete, because the attempt that wrote it was interrupted");
    }
    let endpoint = record.map(|(endpoint, _)| endpoint);
    Ok(Some(Stored { secret: SigningSecret::new(secret), endpoint }))
}
