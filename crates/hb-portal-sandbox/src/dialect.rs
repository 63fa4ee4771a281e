//! The styles in which a portal may write its responses.

use std::fmt;
use std::io;
use std::time::SystemTime;

use serde_json::{Value, json};

use crate::clock;
use crate::deliver::{AttemptResult, DeliveryAttempt};
use crate::endpoint::StoredEndpoint;

/// The `message` of a `201`, or its `signing_secret_notice`.
const MESSAGE: &str = "Webhook endpoint created. Store the secret securely: it is not shown again.";

/// An endpoint's members, in order: those of the documentation page, and those that the other copy of that page shares with the
/// vendor's other APIs.
const PAGE: &[&str] = &[
    "id",
    "url",
    "events",
    "is_active",
    "timeout_seconds",
    "max_retries",
    "failure_count",
    "last_called_at",
    "last_failed_at",
    "created_at",
];
const NEWER: &[&str] = &[
    "id",
    "name",
    "url",
    "events",
    "is_active",
    "timeout_seconds",
    "secret_prefix",
    "last_delivered_at",
    "last_response_code",
    "consecutive_failures",
    "created_at",
];

/// The style of every response, chosen when a sandbox is built. Even the one documented operation is known in three styles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dialect {
    /// The documentation page "Create webhook endpoint" (documented).
    #[default]
    Page,
    /// Another stored copy of the same page, with other fields in an endpoint (corroborated).
    Drifted,
    /// The vendor's other APIs, with no `data` around an endpoint, and the secret in `signing_secret` (inferred).
    House,
}

impl Dialect {
    /// All dialects, for tests that iterate over them.
    pub const ALL: [Self; 3] = [Self::Page, Self::Drifted, Self::House];

    /// Parses `page`, `drifted` or `house`, as `hb-portal sandbox --dialect` accepts them.
    ///
    /// # Errors
    /// The text is none of these.
    ///
    /// # Examples
    /// ```
    /// use hb_portal_sandbox::Dialect;
    ///
    /// assert_eq!(Dialect::parse("house")?, Dialect::House);
    /// # Ok::<_, std::io::Error>(())
    /// ```
    pub fn parse(text: &str) -> io::Result<Self> {
        let dialect = Self::ALL.into_iter().find(|dialect| dialect.to_string() == text);
        dialect.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "expected page, drifted or house"))
    }

    /// The name of the member that holds the secret in the response to a create.
    pub(crate) fn secret_member(self) -> &'static str {
        match self {
            Self::Page | Self::Drifted => "secret",
            Self::House => "signing_secret",
        }
    }

    pub(crate) fn moment(self, moment: SystemTime) -> String {
        match self {
            Self::Page | Self::Drifted => clock::documented(moment),
            Self::House => clock::house(moment),
        }
    }

    /// The response body of a create, on one line.
    pub(crate) fn created(self, endpoint: &StoredEndpoint) -> String {
        let secret = (self.secret_member(), json!(endpoint.secret).to_string());
        match self {
            Self::Page | Self::Drifted => {
                object([("data", object(self.endpoint(endpoint))), secret, ("message", json!(MESSAGE).to_string())])
            }
            Self::House => {
                let notice = ("signing_secret_notice", json!(MESSAGE).to_string());
                object(self.endpoint(endpoint).into_iter().chain([secret, notice]))
            }
        }
    }

    /// A body with one endpoint, without its secret.
    pub(crate) fn one(self, endpoint: &StoredEndpoint) -> String {
        self.wrapped(object(self.endpoint(endpoint)))
    }

    /// A body with one call.
    pub(crate) fn one_call(self, id: usize, attempt: &DeliveryAttempt) -> String {
        self.wrapped(self.call(id, attempt))
    }

    fn wrapped(self, object_text: String) -> String {
        match self {
            Self::Page | Self::Drifted => object([("data", object_text)]),
            Self::House => object_text,
        }
    }

    /// An endpoint in a list.
    pub(crate) fn listed(self, endpoint: &StoredEndpoint) -> String {
        object(self.endpoint(endpoint))
    }

    fn endpoint(self, endpoint: &StoredEndpoint) -> Vec<(&'static str, String)> {
        let names = match self {
            Self::Page => PAGE.to_vec(),
            Self::Drifted => [NEWER, &["updated_at"]].concat(),
            Self::House => NEWER.to_vec(),
        };
        names.into_iter().map(|name| (name, self.member(endpoint, name).to_string())).collect()
    }

    fn member(self, endpoint: &StoredEndpoint, name: &str) -> Value {
        match name {
            "id" => json!(endpoint.id),
            "url" => json!(endpoint.url),
            "events" => json!(endpoint.events),
            "is_active" => json!(endpoint.is_active),
            "timeout_seconds" => json!(endpoint.timeout_seconds),
            "max_retries" => json!(endpoint.max_retries),
            "failure_count" => json!(endpoint.failure_count),
            // A new endpoint has never been called, so its `last_…` members are null (inferred).
            "last_called_at" | "last_delivered_at" => json!(endpoint.last_called_at),
            "last_failed_at" => json!(endpoint.last_failed_at),
            "last_response_code" => json!(endpoint.last_response_code),
            "consecutive_failures" => json!(endpoint.consecutive_failures),
            "secret_prefix" => json!(self.prefix(&endpoint.secret)),
            "created_at" => json!(endpoint.created_at),
            "updated_at" => json!(endpoint.updated_at),
            // A create request has no `name`.
            _ => Value::Null,
        }
    }

    /// The first twelve characters of a secret, or half of a short one, followed by bullets in the house dialect.
    fn prefix(self, secret: &str) -> String {
        let count = (secret.chars().count() / 2).min(12);
        let prefix: String = secret.chars().take(count).collect();
        prefix + if self == Self::House { "••••••••" } else { "" }
    }

    /// A call in a log of calls. The shape is inferred, because no source shows one.
    pub(crate) fn call(self, id: usize, attempt: &DeliveryAttempt) -> String {
        let (code, error) = match &attempt.result {
            AttemptResult::Responded(status) => (json!(status), Value::Null),
            other => (Value::Null, json!(other.to_string())),
        };
        let milliseconds = u64::try_from(attempt.duration.as_millis()).unwrap_or(u64::MAX);
        object([
            ("id", json!(id).to_string()),
            ("event", json!(attempt.event).to_string()),
            ("delivery_id", json!(attempt.delivery).to_string()),
            ("attempt", json!(attempt.number).to_string()),
            ("success", json!(attempt.is_accepted()).to_string()),
            ("response_code", code.to_string()),
            ("error", error.to_string()),
            ("duration_ms", json!(milliseconds).to_string()),
            ("called_at", json!(self.moment(attempt.at)).to_string()),
        ])
    }

    /// A page of a list. `items` are JSON, `url` is the list's URL, and `number` counts from 1.
    pub(crate) fn page(self, items: &[String], url: &str, number: usize, per_page: usize) -> String {
        let last = items.len().div_ceil(per_page).max(1);
        let shown: Vec<&str> =
            items.iter().skip((number - 1).saturating_mul(per_page)).take(per_page).map(String::as_str).collect();
        let link = |page: usize| match page {
            page if (1..=last).contains(&page) => json!(format!("{url}?per_page={per_page}&page={page}")),
            _ => Value::Null,
        };
        let meta = [("current_page", number), ("last_page", last), ("per_page", per_page), ("total", items.len())];
        let mut links = vec![("prev", link(number - 1)), ("next", link(number.saturating_add(1)))];
        if self != Self::House {
            links.splice(0..0, [("first", link(1)), ("last", link(last))]);
        }
        object([
            ("data", format!("[{}]", shown.join(","))),
            ("meta", object(meta.map(|(name, count)| (name, count.to_string())))),
            ("links", object(links.into_iter().map(|(name, link)| (name, link.to_string())))),
        ])
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Page => "page",
            Self::Drifted => "drifted",
            Self::House => "house",
        })
    }
}

/// An object on one line, from members that are already JSON, in the given order.
fn object(members: impl IntoIterator<Item = (&'static str, String)>) -> String {
    let members: Vec<String> = members.into_iter().map(|(name, json)| format!("\"{name}\":{json}")).collect();
    format!("{{{}}}", members.join(","))
}
