//! A webhook endpoint, as the portal describes it.

use std::fmt;

use chrono::{DateTime, Utc};
use reqwest::Url;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::event::EventType;

/// The id of a webhook endpoint. It is text, because the portal has sent ids as numbers and as strings (`corroborated`).
///
/// It is serialised as a string, and deserialised from a string or a whole number.
///
/// ```
/// use hb_portal::EndpointId;
///
/// assert_eq!(EndpointId::from("20417").to_string(), "20417");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndpointId(String);

impl EndpointId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for EndpointId {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for EndpointId {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for EndpointId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for EndpointId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for EndpointId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = EndpointId;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or a whole number")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<EndpointId, E> {
                Ok(EndpointId::from(text))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<EndpointId, E> {
                Ok(EndpointId(number.to_string()))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<EndpointId, E> {
                Ok(EndpointId(number.to_string()))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// A webhook endpoint, as the portal's response describes it.
///
/// The fields up to `created_at` are `documented`; those after it are in another copy of the same page, which lacks some of the
/// others (`corroborated`). Both show names and types; what a field means follows from its name (`inferred`). The documentation
/// does not say which fields are always present, so each but `events` is an [`Option`]: `None` if the response does not have it in
/// a readable form.
///
/// Receivers' URLs carry credentials, so `Debug` and serialisation reduce the `url` of an endpoint to its origin and path. The
/// field itself has the whole URL.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct WebhookEndpoint {
    /// The endpoint's id.
    pub id: Option<EndpointId>,
    /// The URL that the portal sends deliveries to.
    #[serde(serialize_with = "serialize_shown")]
    pub url: Option<String>,
    /// The events that the portal delivers to the endpoint; empty if the response has none.
    pub events: Vec<EventType>,
    /// Whether the portal sends deliveries to it.
    pub is_active: Option<bool>,
    /// The time that the portal waits for the response to a delivery, in seconds.
    pub timeout_seconds: Option<u64>,
    /// The number of times that the portal retries a failed delivery.
    pub max_retries: Option<u64>,
    /// The number of failed deliveries.
    pub failure_count: Option<u64>,
    /// The time of the last call; `None` if there was none.
    pub last_called_at: Option<DateTime<Utc>>,
    /// The time of the last failed delivery; `None` if there was none.
    pub last_failed_at: Option<DateTime<Utc>>,
    /// The time when it was created.
    pub created_at: Option<DateTime<Utc>>,
    /// Its name.
    pub name: Option<String>,
    /// The time of the last successful delivery.
    pub last_delivered_at: Option<DateTime<Utc>>,
    /// The status of the receiver's last response.
    pub last_response_code: Option<u16>,
    /// The number of failed deliveries since the last successful one.
    pub consecutive_failures: Option<u64>,
    /// The time when it was last changed (`corroborated`).
    pub updated_at: Option<DateTime<Utc>>,
}

impl fmt::Debug for WebhookEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookEndpoint")
            .field("id", &self.id)
            .field("url", &self.url.as_deref().map(ShownUrl))
            .field("events", &self.events)
            .field("is_active", &self.is_active)
            .field("timeout_seconds", &self.timeout_seconds)
            .field("max_retries", &self.max_retries)
            .field("failure_count", &self.failure_count)
            .field("last_called_at", &self.last_called_at)
            .field("last_failed_at", &self.last_failed_at)
            .field("created_at", &self.created_at)
            .field("name", &self.name)
            .field("last_delivered_at", &self.last_delivered_at)
            .field("last_response_code", &self.last_response_code)
            .field("consecutive_failures", &self.consecutive_failures)
            .field("updated_at", &self.updated_at)
            .finish()
    }
}

fn serialize_shown<S: Serializer>(url: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    url.as_deref().map(|url| ShownUrl(url).to_string()).serialize(serializer)
}

/// A URL in a form that is safe to show: its origin and path. User info, query and fragment may hold credentials.
pub(crate) struct ShownUrl<'u>(pub(crate) &'u str);

impl fmt::Display for ShownUrl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Url::parse(self.0) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => {
                write!(f, "{}{}", url.origin().ascii_serialization(), url.path())
            }
            _ => f.write_str("(not a URL)"),
        }
    }
}

/// Returns `text` with each http and https URL reduced to its origin and path.
#[cfg(any(feature = "operations", feature = "preview"))]
pub(crate) fn shown_text(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    let begins = |text: &str| {
        let lower = text.to_ascii_lowercase();
        ["http://", "https://"].iter().filter_map(|scheme| lower.find(scheme)).min()
    };
    while let Some((before, url)) = begins(rest).and_then(|at| rest.split_at_checked(at)) {
        let is_end = |char: char| char.is_whitespace() || char.is_control() || "\"'`<>()|\\^".contains(char);
        let (url, after) = url.split_at(url.find(is_end).unwrap_or(url.len()));
        shown.push_str(before);
        shown.push_str(&ShownUrl(url).to_string());
        rest = after;
    }
    shown + rest
}

impl fmt::Debug for ShownUrl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_what_may_be_a_credential() {
        for (url, shown) in [
            ("https://your-app.com/webhooks", "https://your-app.com/webhooks"),
            ("https://user:canary@Your-App.com:8443/a/b?key=canary#canary", "https://your-app.com:8443/a/b"),
            ("http://a.example", "http://a.example/"),
            ("canary", "(not a URL)"),
            ("mailto:canary@a.example", "(not a URL)"),
            ("foo://canary@a.example/b", "(not a URL)"),
        ] {
            assert_eq!(ShownUrl(url).to_string(), shown);
            let endpoint = WebhookEndpoint { url: Some(url.to_owned()), ..WebhookEndpoint::default() };
            let json = serde_json::to_string(&endpoint).unwrap();
            for text in [format!("{endpoint:?}"), format!("{endpoint:#?}"), json] {
                assert!(text.contains(shown) && !text.contains("canary"), "{text}");
            }
        }
    }

    #[cfg(any(feature = "operations", feature = "preview"))]
    #[test]
    fn urls_in_a_text_are_shown_without_what_may_be_a_credential() {
        for (text, shown) in [
            ("no URL", "no URL"),
            ("(https://user:canary@a.example/b?canary) failed", "(https://a.example/b) failed"),
            ("HTTP://a.example?canary, https://b.example/#canary", "http://a.example/ https://b.example/"),
            ("http://[::1]:8/a?b=1&amp;key=canary;", "http://[::1]:8/a"),
            ("https://canary@", "(not a URL)"),
            ("\u{130}https://a.example/?canary", "\u{130}https://a.example/"),
        ] {
            assert_eq!(shown_text(text), shown);
        }
    }

    #[test]
    fn an_endpoint_is_read_back_as_it_was_written() {
        let json = r#"{"id":7,"url":"https://a.example/b","events":["reference.submitted","new"],"is_active":true}"#;
        let endpoint: WebhookEndpoint = serde_json::from_str(json).unwrap();
        assert_eq!(endpoint.id, Some(EndpointId::from("7")));
        assert_eq!(endpoint.events, [EventType::ReferenceSubmitted, EventType::from("new")]);
        let again = serde_json::to_string(&endpoint).unwrap();
        assert!(again.contains(r#""id":"7""#), "{again}");
        assert_eq!(serde_json::from_str::<WebhookEndpoint>(&again).unwrap(), endpoint);
        assert!(serde_json::from_str::<EndpointId>("[7]").is_err());
    }
}
