//! A verified delivery and its body.

use std::{collections::BTreeMap, fmt};

use bytes::Bytes;
use serde_core::de::DeserializeOwned;
use serde_json::{error::Category, value::RawValue};

use super::{
    error::ReceiveError,
    verified::{Facts, Verified},
};
use crate::event::EventType;

/// The members in which senders name the event, in the order in which they are searched.
const EVENT_MEMBERS: [&str; 3] = ["event", "event_type", "type"];

/// A verified delivery, with its body as a `T` (by default any JSON).
///
/// No documentation that we have describes the content of a delivery, so nothing about it is promised: you choose `T`, and the
/// bytes contain everything that `T` leaves out. [`Envelope`](super::Envelope) is the vendor's house style. A delivery comes from
/// [`Verifier::receive`](super::Verifier::receive), or from the extractor of the feature `axum`. `Debug` shows neither the data
/// nor the body, because they are about people.
///
/// ```
/// use hb_portal::verify::{SignatureScheme, Signer, Verifier};
/// use hb_portal::{EventType, SigningSecret};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = SigningSecret::new("the secret that the portal showed");
/// # let headers = Signer::new(SignatureScheme::github(), &secret)?.sign(br#"{"event":"reference.declined","id":7}"#)?;
/// let verifier = Verifier::new(SignatureScheme::github(), &secret)?;
/// let delivery = verifier.receive::<serde_json::Value>(&headers, r#"{"event":"reference.declined","id":7}"#)?;
/// assert_eq!(delivery.event(), Some(EventType::ReferenceDeclined));
/// assert_eq!(delivery.data["id"], 7);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Delivery<T = serde_json::Value> {
    /// The body, parsed.
    pub data: T,
    body: Bytes,
    facts: Facts,
}

impl<T> Delivery<T> {
    /// The event, if the body names one: the first of its members `event`, `event_type` and `type` that is a string (`inferred`:
    /// common names, none of them documented). An unknown event keeps its name.
    #[must_use]
    pub fn event(&self) -> Option<EventType> {
        let members: BTreeMap<String, &RawValue> = serde_json::from_slice(&self.body).ok()?;
        let texts = EVENT_MEMBERS.iter().filter_map(|name| members.get(*name));
        texts.filter_map(|value| serde_json::from_str::<String>(value.get()).ok()).map(EventType::from).next()
    }

    /// The body as it arrived.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body as it arrived, as JSON text.
    #[must_use]
    pub fn json(&self) -> &str {
        // Every delivery is text.
        std::str::from_utf8(&self.body).unwrap_or_default()
    }

    /// The verified facts of the delivery: the secret that matched, its id, its timestamp, and the key that identifies it.
    #[must_use]
    pub fn verified(&self) -> Verified<'_> {
        Verified::new(self.facts.clone(), &self.body)
    }
}

impl<T: DeserializeOwned> Delivery<T> {
    pub(super) fn parse(facts: Facts, body: Bytes) -> Result<Self, ReceiveError> {
        // A `T` that reads only part of the body would accept bytes that are not text elsewhere in it.
        let text = std::str::from_utf8(&body).map_err(|_| ReceiveError::NotJson { line: 0, column: 0 })?;
        // Only the position, because the parser's message quotes the unexpected text.
        let data = serde_json::from_str(text).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            match error.classify() {
                Category::Data => ReceiveError::OtherShape { line, column },
                Category::Eof | Category::Syntax | Category::Io => ReceiveError::NotJson { line, column },
            }
        })?;
        Ok(Self { data, body, facts })
    }
}

impl<T> fmt::Debug for Delivery<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("event", &self.event())
            .field("length", &self.body.len())
            .field("verified", &self.verified())
            .finish_non_exhaustive()
    }
}
