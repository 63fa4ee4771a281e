//! The events that the portal delivers to a webhook endpoint.

use std::{
    cmp::Ordering,
    convert::Infallible,
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
};

#[cfg(any(feature = "client", feature = "verify"))]
use serde_core::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The name of an event.
///
/// The three events that have a variant are in the documentation's example (`documented`), which does not say whether there are
/// others. So any other name is an [`EventType::Other`]. Two values are equal if their names are. A value is serialised as its
/// name.
///
/// ```
/// use hb_portal::EventType;
///
/// assert_eq!(EventType::from("reference.submitted"), EventType::ReferenceSubmitted);
/// assert_eq!(EventType::from("reference.reopened").as_str(), "reference.reopened");
/// assert_eq!(EventType::ReferenceDeclined.to_string(), "reference.declined");
/// assert_eq!("reference.declined".parse(), Ok(EventType::ReferenceDeclined));
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum EventType {
    /// `reference.submitted`
    ReferenceSubmitted,
    /// `reference.declined`
    ReferenceDeclined,
    /// `reference.all_completed`
    ReferenceAllCompleted,
    /// An event with another name.
    Other(String),
}

impl EventType {
    /// The event's name, as it is sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::ReferenceSubmitted => "reference.submitted",
            Self::ReferenceDeclined => "reference.declined",
            Self::ReferenceAllCompleted => "reference.all_completed",
            Self::Other(name) => name,
        }
    }
}

impl From<&str> for EventType {
    fn from(name: &str) -> Self {
        match name {
            "reference.submitted" => Self::ReferenceSubmitted,
            "reference.declined" => Self::ReferenceDeclined,
            "reference.all_completed" => Self::ReferenceAllCompleted,
            _ => Self::Other(name.to_owned()),
        }
    }
}

impl From<&&str> for EventType {
    fn from(name: &&str) -> Self {
        Self::from(*name)
    }
}

impl From<String> for EventType {
    fn from(name: String) -> Self {
        Self::from(name.as_str())
    }
}

impl From<EventType> for String {
    fn from(event: EventType) -> Self {
        match event {
            EventType::Other(name) => name,
            known => known.as_str().to_owned(),
        }
    }
}

impl From<&String> for EventType {
    fn from(name: &String) -> Self {
        Self::from(name.as_str())
    }
}

impl From<&EventType> for EventType {
    fn from(event: &EventType) -> Self {
        event.clone()
    }
}

impl FromStr for EventType {
    type Err = Infallible;

    fn from_str(name: &str) -> Result<Self, Infallible> {
        Ok(Self::from(name))
    }
}

#[cfg(any(feature = "client", feature = "verify"))]
impl Serialize for EventType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(any(feature = "client", feature = "verify"))]
impl<'de> Deserialize<'de> for EventType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = EventType;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of an event")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<EventType, E> {
                Ok(EventType::from(name))
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl PartialEq for EventType {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for EventType {}

impl PartialOrd for EventType {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for EventType {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for EventType {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_event_however_it_is_written() {
        for event in [EventType::ReferenceSubmitted, EventType::ReferenceDeclined, EventType::ReferenceAllCompleted] {
            assert!(!matches!(EventType::from(event.as_str()), EventType::Other(_)));
            assert_eq!(EventType::Other(event.to_string()), event);
        }
    }
}
