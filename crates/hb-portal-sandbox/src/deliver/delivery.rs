//! A delivery to make, and the request that it becomes.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use super::post::Sent;
use super::signing::Signing;
use crate::endpoint::StoredEndpoint;
use crate::{clock, random};

/// How far back an old delivery is signed; longer than receivers tolerate.
const OLD: Duration = Duration::from_secs(3600);

/// The body of a huge delivery; longer than receivers read.
const HUGE: usize = 8 * 1024 * 1024;

/// A delivery to make: see [`Sandbox::deliver`](crate::Sandbox::deliver).
///
/// What the portal puts into a delivery is documented nowhere: the body says the event and that it is a test, unless you give
/// one.
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
    /// One of `reference.submitted` to the endpoint with this id.
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

    /// One of another event.
    pub fn event(mut self, event: impl Into<String>) -> Self {
        self.event = event.into();
        self
    }

    /// With this body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// With something wrong with it. Such a delivery is made once, whatever comes of it, and does not count as the endpoint's.
    pub fn flaw(mut self, flaw: Flaw) -> Self {
        self.flaw = Some(flaw);
        self
    }

    /// To a receiver at this address of this machine, by http, whatever host the endpoint's URL names.
    pub fn connect_to(mut self, address: SocketAddr) -> Self {
        self.connect_to = Some(address);
        self
    }

    /// It is tried once, whatever comes of it.
    pub fn once(mut self) -> Self {
        self.once = true;
        self
    }

    /// How long to wait before the second try; one second unless set. The wait doubles from try to try, to a minute at most.
    pub fn backoff(mut self, first: Duration) -> Self {
        self.backoff = first;
        self
    }
}

/// What is wrong with a delivery on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Flaw {
    /// It is signed with another secret.
    WrongSignature,
    /// It was signed an hour ago, which shows only where the timestamp is signed.
    Old,
    /// It is what was last delivered to the endpoint, byte for byte.
    Replayed,
    /// Its body is 8 MiB long. The signature is right.
    Huge,
    /// Its body is not JSON. The signature is right.
    NotJson,
}

impl TestDelivery {
    /// The request to `endpoint`, signed now.
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
