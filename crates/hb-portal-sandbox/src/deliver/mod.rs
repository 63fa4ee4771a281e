//! Delivers events to endpoints, as the portal may: signed, with a timeout, and again when it fails.

mod attempt;
mod post;
mod signing;
mod target;

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime};

pub use attempt::{AttemptResult, DeliveryAttempt};
pub(crate) use post::Sent;
pub use signing::Signing;

use crate::endpoint::StoredEndpoint;
use crate::state::State;
use crate::{clock, random};
use target::Target;

/// How far back an old delivery is signed; longer than receivers tolerate.
const OLD: Duration = Duration::from_secs(3600);

/// The body of a huge delivery; longer than receivers read.
const HUGE: usize = 8 * 1024 * 1024;

/// The most that a wait before the next try grows to.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// A delivery to make: see [`Sandbox::deliver`](crate::Sandbox::deliver).
///
/// What the portal puts into a delivery is documented nowhere: the body says the event and that it is a test, unless you give
/// one.
#[derive(Clone, Debug)]
#[must_use = "a delivery does nothing until the sandbox delivers it"]
pub struct TestDelivery {
    endpoint: u64,
    signing: Signing,
    event: String,
    body: Option<Vec<u8>>,
    flaw: Option<Flaw>,
    connect_to: Option<SocketAddr>,
    backoff: Duration,
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

/// Delivers, and resolves with the tries that it took.
pub(crate) async fn deliver(state: &State, delivery: TestDelivery) -> io::Result<Vec<DeliveryAttempt>> {
    let endpoint = state.endpoint(delivery.endpoint).ok_or_else(|| invalid("no endpoint has this id"))?;
    let target = Target::of(&endpoint.url, delivery.connect_to)?;
    let id = format!("msg_{}", random::text()?);
    let tries = if delivery.flaw.is_some() { 1 } else { endpoint.max_retries.saturating_add(1) };
    let mut wait = delivery.backoff;
    let mut attempts: Vec<DeliveryAttempt> = Vec::new();
    for number in 1..=tries {
        if number > 1 {
            tokio::time::sleep(wait).await;
            wait = wait.saturating_mul(2).min(LONGEST_WAIT);
        }
        // Signed anew for each try: what was signed long ago is refused.
        let sent = match delivery.flaw {
            Some(Flaw::Replayed) => {
                let last = state.last_sent(endpoint.id);
                last.ok_or_else(|| invalid("nothing was delivered to the endpoint yet that could be replayed"))?
            }
            _ => prepare(&endpoint, &delivery, &id)?,
        };
        let (at, started) = (SystemTime::now(), Instant::now());
        let timeout = Duration::from_secs(endpoint.timeout_seconds.into());
        let result = match tokio::time::timeout(timeout, post::post(&target, &sent)).await {
            Ok(Ok(status)) => AttemptResult::Answered(status),
            Ok(Err(error)) => AttemptResult::Broke(error.to_string()),
            Err(_) => AttemptResult::TimedOut,
        };
        let attempt = DeliveryAttempt {
            endpoint: endpoint.id,
            delivery: sent.id.clone(),
            event: sent.event.clone(),
            number,
            flaw: delivery.flaw,
            at,
            duration: started.elapsed(),
            result,
        };
        state.attempted(&attempt, sent);
        let accepted = attempt.is_accepted();
        attempts.push(attempt);
        if accepted {
            break;
        }
    }
    Ok(attempts)
}

/// The request of a delivery, signed now.
fn prepare(endpoint: &StoredEndpoint, delivery: &TestDelivery, id: &str) -> io::Result<Sent> {
    let now = SystemTime::now();
    let event = serde_json::Value::from(delivery.event.as_str());
    let body = match (delivery.flaw, &delivery.body) {
        (Some(Flaw::NotJson), _) => b"event=reference.submitted, and this is not JSON".to_vec(),
        (Some(Flaw::Huge), _) => format!("{{\"event\":{event},\"filler\":\"{}\"}}", "x".repeat(HUGE)).into_bytes(),
        (_, Some(body)) => body.clone(),
        (_, None) => {
            format!("{{\"event\":{event},\"test\":true,\"sent_at\":\"{}\"}}", clock::documented(now)).into_bytes()
        }
    };
    let signed_at = if delivery.flaw == Some(Flaw::Old) { now.checked_sub(OLD).unwrap_or(now) } else { now };
    let seconds = signed_at.duration_since(SystemTime::UNIX_EPOCH).map_err(io::Error::other)?.as_secs();
    let other = random::text()?;
    let secret = if delivery.flaw == Some(Flaw::WrongSignature) { &other } else { endpoint.expose_secret() };
    let mut headers = delivery.signing.headers(secret, id, seconds, &body)?;
    headers.push(("content-type".to_owned(), "application/json".to_owned()));
    Ok(Sent { id: id.to_owned(), event: delivery.event.clone(), headers, body })
}

fn invalid(text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, text)
}
