//! A delivery, and the request that carries it.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use super::post::Sent;
use super::signing::Signing;
use crate::endpoint::StoredEndpoint;
use crate::{clock, random};

/// The age of an old delivery's timestamp, which is more than receivers tolerate.
const OLD: Duration = Duration::from_secs(3600);

/// The body length of a huge delivery, which is more than receivers read.
const HUGE: usize = 8 * 1024 * 1024;

/// A delivery to make with [`Sandbox::deliver`](crate::Sandbox::deliver).
///
/// The portal does not document the contents of its deliveries. Unless you set a body, it contains the event, `"test":true` and
/// the time.
#[derive(Clone, Debug)]
#[must_use = "a delivery does nothing until the sandbox delivers it"]
pub struct TestDelivery {
    pub(crate) endpoint: u64,
    pub(crate) signing: Signing,
    pub(crate) event: String,
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) flaw: Option<Flaw>,
    pub(crate) connect_to: Option<SocketAddr>,
    pub(crate) backoff: Duration,
    pub(crate) once: bool,
}

impl TestDelivery {
    /// Creates a delivery of `reference.submitted` to the endpoint with this id.
    pub fn new(endpoint: u64, signing: Signing) -> Self {
        Self {
            endpoint,
            signing,
            event: "reference.submitted".to_owned(),
            body: None,
            flaw: None,
            connect_to: None,
            backoff: Duration::from_secs(1),
            once: false,
        }
    }

    /// Sets the event.
    pub fn event(mut self, event: impl Into<String>) -> Self {
        self.event = event.into();
        self
    }

    /// Sets the body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Adds a deliberate flaw. A flawed delivery is attempted only once and does not change the endpoint's counters.
    pub fn flaw(mut self, flaw: Flaw) -> Self {
        self.flaw = Some(flaw);
        self
    }

    /// Delivers to a receiver at this address over http, regardless of the host in the endpoint's URL. The address must be on
    /// this machine.
    pub fn connect_to(mut self, address: SocketAddr) -> Self {
        self.connect_to = Some(address);
        self
    }

    /// Makes only one attempt, even if it fails.
    pub fn once(mut self) -> Self {
        self.once = true;
        self
    }

    /// Sets the delay before the second attempt. Default: one second. It doubles for each further attempt, up to one minute.
    pub fn backoff(mut self, first: Duration) -> Self {
        self.backoff = first;
        self
    }
}

/// A deliberate flaw of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Flaw {
    /// The delivery is signed with another secret.
    WrongSignature,
    /// The timestamp is one hour old, which has an effect only if the scheme signs a timestamp.
    Old,
    /// The last delivery to the endpoint is repeated byte for byte.
    Replayed,
    /// The body is 8 MiB long. The signature is correct.
    Huge,
    /// The body is not JSON. The signature is correct.
    NotJson,
}

impl TestDelivery {
    /// Builds the request to `endpoint`, signed with the current time.
    pub(crate) fn sent(&self, endpoint: &StoredEndpoint, id: &str) -> io::Result<Sent> {
        let now = SystemTime::now();
        let event = serde_json::Value::from(self.event.as_str());
        let body = match (self.flaw, &self.body) {
            (Some(Flaw::NotJson), _) => b"event=reference.submitted, and this is not JSON".to_vec(),
            (Some(Flaw::Huge), _) => format!("{{\"event\":{event},\"filler\":\"{}\"}}", "x".repeat(HUGE)).into_bytes(),
            (_, Some(body)) => body.clone(),
            (_, None) => {
                format!("{{\"event\":{event},\"test\":true,\"sent_at\":\"{}\"}}", clock::documented(now)).into_bytes()
            }
        };
        let signed_at = if self.flaw == Some(Flaw::Old) { now.checked_sub(OLD).unwrap_or(now) } else { now };
        let seconds = signed_at.duration_since(SystemTime::UNIX_EPOCH).map_err(io::Error::other)?.as_secs();
        let other = random::text()?;
        let secret = if self.flaw == Some(Flaw::WrongSignature) { &other } else { endpoint.expose_secret() };
        let mut headers = self.signing.headers(secret, id, seconds, &body)?;
        headers.push(("content-type".to_owned(), "application/json".to_owned()));
        Ok(Sent { id: id.to_owned(), event: self.event.clone(), headers, body })
    }
}
