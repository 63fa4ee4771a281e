//! The envelope that the vendor's other APIs put around an event.

use std::{borrow::Cow, fmt, marker::PhantomData};

use chrono::{DateTime, Utc};
use serde_core::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use crate::event::EventType;

/// The body of a delivery in the vendor's house style, with your own type for the subject of the event.
///
/// Tier: `inferred`, from another API of the same vendor (the TDTA Client API). The content of the portal's own deliveries is not
/// documented, so check it with a delivery that you captured. Members that are not listed here are ignored; a body that lacks one
/// of them is [`ReceiveError::OtherShape`](super::ReceiveError::OtherShape).
///
/// ```
/// use hb_portal::verify::{Envelope, Place, SignatureScheme, Signer, Verifier};
/// use hb_portal::{EventType, SigningSecret};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = SigningSecret::new("the secret that the portal showed");
/// let body = r#"{"event_id":"0b1f","event_type":"reference.declined","occurred_at":"2026-02-17T09:30:00+00:00","data":{"id":7}}"#;
/// // The event's id is in the body, which is signed: it identifies the delivery, however many times it is sent.
/// let scheme = SignatureScheme::builder("Signature").id(Place::member("event_id")).build();
/// # let headers = Signer::new(scheme.clone(), &secret)?.sign(body.as_bytes())?;
/// let delivery = Verifier::new(scheme, &secret)?.receive::<Envelope<serde_json::Value>>(&headers, body)?;
/// assert_eq!(delivery.data.event_type, EventType::ReferenceDeclined);
/// assert_eq!(delivery.data.data["id"], 7);
/// assert_eq!(delivery.verified().id(), Some("0b1f"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Envelope<T = serde_json::Value> {
    /// The event's id, the same in every retry.
    pub event_id: String,
    /// The kind of event.
    pub event_type: EventType,
    /// The time when it happened.
    pub occurred_at: DateTime<Utc>,
    /// The subject of the event.
    pub data: T,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Envelope<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const FIELDS: &[&str] = &["event_id", "event_type", "occurred_at", "data"];
        deserializer.deserialize_struct("Envelope", FIELDS, Fields(PhantomData))
    }
}

struct Fields<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
    type Value = Envelope<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event in its envelope")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Envelope<T>, A::Error> {
        let (mut id, mut event, mut occurred, mut data) = (None, None::<String>, None, None);
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match &*key {
                "event_id" => id = Some(map.next_value()?),
                "event_type" => event = Some(map.next_value()?),
                "occurred_at" => occurred = Some(map.next_value()?),
                "data" => data = Some(map.next_value()?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Envelope {
            event_id: id.ok_or_else(|| A::Error::missing_field("event_id"))?,
            event_type: event.ok_or_else(|| A::Error::missing_field("event_type"))?.into(),
            occurred_at: occurred.ok_or_else(|| A::Error::missing_field("occurred_at"))?,
            data: data.ok_or_else(|| A::Error::missing_field("data"))?,
        })
    }
}
