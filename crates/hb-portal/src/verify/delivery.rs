//! A delivery that was verified, and what its body says.

use std::{collections::BTreeMap, fmt};

use bytes::Bytes;
use serde_core::de::DeserializeOwned;
use serde_json::{error::Category, value::RawValue};

use super::{Verified, VerifyError};
use crate::EventType;

/// Where senders name the event, in the order in which it is looked for.
const EVENT_MEMBERS: [&str; 3] = ["event", "event_type", "type"];

/// A delivery that was verified, with its body as a `T`: any JSON unless you say what you expect.
///
/// What the portal puts into a delivery is documented nowhere that we have, so nothing of it is promised: `T` is yours, and the
/// bytes are here for whatever it leaves out. It comes from [`Verifier::receive`](super::Verifier::receive), or from the
/// extractor of the feature `axum`. `Debug` shows neither the data nor the body, because they are about people.
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
    verified: Verified,
}

impl<T> Delivery<T> {
    /// The event, if the body names one: the first of its members `event`, `event_type` and `type` that is a text
    /// (`inferred`: common names, none of them documented). A name that is not known is kept.
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

    /// The body as it arrived, as the JSON text that it is.
    #[must_use]
    pub fn json(&self) -> &str {
        // Whatever became a delivery is text.
        std::str::from_utf8(&self.body).unwrap_or_default()
    }

    /// What is known from the headers: which secret matched, id, timestamp.
    #[must_use]
    pub fn verified(&self) -> &Verified {
        &self.verified
    }
}

impl<T: DeserializeOwned> Delivery<T> {
    pub(crate) fn parse(verified: Verified, body: Bytes) -> Result<Self, NotJson> {
        // A body that is read only in part would pass with bytes in it that are no text.
        let text = std::str::from_utf8(&body).map_err(|_| NotJson::NOT_TEXT)?;
        let data = serde_json::from_str(text).map_err(|error| NotJson::of(&error))?;
        Ok(Self { data, body, verified })
    }
}

impl<T> fmt::Debug for Delivery<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("event", &self.event())
            .field("length", &self.body.len())
            .field("verified", &self.verified)
            .finish_non_exhaustive()
    }
}

/// Why a delivery was not received.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReceiveError {
    /// It was not signed by whom it should be: refuse it.
    Refused(VerifyError),
    /// It was signed, and its body is not what was expected.
    NotJson(NotJson),
}

impl fmt::Display for ReceiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refused(_) => "the delivery was refused",
            Self::NotJson(_) => "the delivery is signed, and its body cannot be read",
        })
    }
}

impl std::error::Error for ReceiveError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Refused(error) => Some(error),
            Self::NotJson(error) => Some(error),
        }
    }
}

impl From<VerifyError> for ReceiveError {
    fn from(error: VerifyError) -> Self {
        Self::Refused(error)
    }
}

impl From<NotJson> for ReceiveError {
    fn from(error: NotJson) -> Self {
        Self::NotJson(error)
    }
}

/// Where a body stops being the JSON that was expected. It shows nothing of the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotJson {
    what: &'static str,
    line: usize,
    column: usize,
}

impl NotJson {
    const NOT_TEXT: Self = Self { what: "is not UTF-8", line: 0, column: 0 };

    /// The place alone: the parser's own words quote what they do not expect.
    fn of(error: &serde_json::Error) -> Self {
        let what = match error.classify() {
            Category::Data => "is JSON of another shape than expected",
            Category::Eof => "is JSON that ends too early",
            Category::Syntax | Category::Io => "is not JSON",
        };
        Self { what, line: error.line(), column: error.column() }
    }

    /// Whether it is JSON, and of another shape than the type that was asked for.
    #[must_use]
    pub fn is_other_shape(&self) -> bool {
        self.what == "is JSON of another shape than expected"
    }
}

impl fmt::Display for NotJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the body {}", self.what)?;
        match self.line {
            0 => Ok(()),
            line => write!(f, ", from line {line}, column {}", self.column),
        }
    }
}

impl std::error::Error for NotJson {}
