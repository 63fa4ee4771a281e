//! An answer, and what it says besides its body: to people, and to clients.

pub(crate) mod json;

use std::{
    collections::BTreeMap,
    fmt,
    time::{Duration, SystemTime},
};

use hb_portal_client::Response;
use http::{HeaderMap, HeaderName, StatusCode, header::RETRY_AFTER};

use json::{Node, Tree};

use crate::mask::Mask;

/// What is read of an answer's headers: how long to wait, and where portals put a request's id (`inferred`: the
/// documentation has no such header).
pub(crate) const HEADERS_READ: [HeaderName; 5] = [
    RETRY_AFTER,
    HeaderName::from_static("x-request-id"),
    HeaderName::from_static("request-id"),
    HeaderName::from_static("x-correlation-id"),
    HeaderName::from_static("x-trace-id"),
];

/// An answer of the portal's that is not a success, or not quite.
pub(crate) struct PortalResponse {
    response: Response,
    message: Option<String>,
    field_errors: BTreeMap<String, Vec<String>>,
    request_id: Option<String>,
}

impl PortalResponse {
    /// What `response` says, with the credentials in `mask` masked where the portal repeats them.
    pub(crate) fn new(response: Response, mask: &Mask<'_>) -> Self {
        let tree = Tree::parse(response.expose_body());
        let root = tree.root().map(Node::unwrapped);
        let message = root.and_then(|root| root.get("message")?.text()).map(|text| mask.hide(text));
        let mut field_errors = BTreeMap::new();
        if let Some(Node::Object(fields)) = root.and_then(|root| root.get("errors")) {
            for (field, messages) in fields {
                let messages = match messages {
                    Node::Array(messages) => messages.iter().filter_map(Node::text).collect(),
                    message => message.text().into_iter().collect::<Vec<_>>(),
                };
                let messages = messages.into_iter().map(|text| mask.hide(text)).collect();
                field_errors.insert(mask.hide(field.to_string()), messages);
            }
        }
        let request_id = request_id(response.headers()).map(|id| mask.hide(id.to_owned()));
        Self { message, field_errors, request_id, response }
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.response.status()
    }

    pub(crate) fn message(&self) -> Option<&str> {
        self.message.as_deref().filter(|message| !message.is_empty())
    }

    /// Whether nothing was made, so that what the answer says may be printed. Any other may hold, unknown to us, the secret
    /// of what was made: a success in its own words, a failure in those of the statement that failed.
    pub(crate) fn says_nothing_was_made(&self) -> bool {
        self.status().is_client_error() || matches!(self.status().as_u16(), 301 | 307 | 308)
    }

    pub(crate) fn field_errors(&self) -> &BTreeMap<String, Vec<String>> {
        &self.field_errors
    }

    pub(crate) fn retry_after(&self) -> Option<Duration> {
        retry_after(self.response.headers())
    }

    pub(crate) fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    #[cfg(feature = "operations")]
    pub(crate) fn as_response(&self) -> &Response {
        &self.response
    }

    pub(crate) fn expose_body(&self) -> &[u8] {
        self.response.expose_body()
    }

    /// What the portal says to people, quoted and escaped: it is theirs, and goes to a terminal. Then the request's id.
    pub(crate) fn write_to(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.says_nothing_was_made() {
            if let Some(message) = self.message() {
                write!(f, ": {message:?}")?;
            }
            for (field, messages) in self.field_errors() {
                write!(f, ", {}: {:?}", field.escape_debug(), messages.join(" "))?;
            }
        }
        if let Some(id) = self.request_id() {
            write!(f, " (request id {})", id.escape_debug())?;
        }
        Ok(())
    }
}

impl fmt::Debug for PortalResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut answer = f.debug_struct("PortalResponse");
        answer.field("status", &self.status());
        if self.says_nothing_was_made() {
            answer.field("message", &self.message).field("field_errors", &self.field_errors);
        }
        answer.field("request_id", &self.request_id()).finish_non_exhaustive()
    }
}

/// The id that the portal gave the request, if it gave one.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<&str> {
    let [_, ids @ ..] = &HEADERS_READ;
    ids.iter().find_map(|name| headers.get(name)?.to_str().ok()).filter(|id| !id.is_empty())
}

/// How long `Retry-After` says to wait, in seconds or until a date (RFC 9110, 10.2.3).
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date: SystemTime = chrono::DateTime::parse_from_rfc2822(value).ok()?.into();
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;

    fn answer(body: &[u8], mask: &Mask<'_>) -> PortalResponse {
        let body = Zeroizing::new(body.to_vec());
        PortalResponse::new(Response::new(StatusCode::UNPROCESSABLE_ENTITY, HeaderMap::new(), body), mask)
    }

    #[test]
    fn the_portals_messages_are_read_in_whatever_shape_they_come() {
        let answer = answer(
            br#"[{"message":"The url is taken.","errors":{"url":["taken","odd"],"events":"none","x":7}}]"#,
            &Mask::new(None),
        );
        assert_eq!(answer.message(), Some("The url is taken."));
        assert_eq!(answer.field_errors()["url"], ["taken", "odd"]);
        assert_eq!(answer.field_errors()["events"], ["none"]);
        assert!(answer.field_errors()["x"].is_empty());
    }

    #[test]
    fn a_body_that_is_not_json_says_nothing() {
        for body in [&b"<html>"[..], b"", b"\xff\xfe", b"7", b"{\"message\":7}"] {
            let answer = answer(body, &Mask::new(None));
            assert_eq!(answer.message(), None);
            assert_eq!(answer.expose_body(), body);
        }
    }

    #[test]
    fn a_secret_that_is_known_is_masked_in_what_the_portal_says() {
        let body = br#"{"message":"no user has canar\u0079","errors":{"canary":["canary!"]}}"#;
        let answer = answer(body, &Mask::new(Some(&hb_portal_client::Secret::new("canary"))));
        assert_eq!(answer.message(), Some("no user has [REDACTED]"));
        assert_eq!(answer.field_errors()["[REDACTED]"], ["[REDACTED]!"]);
        assert!(!format!("{answer:?}").contains("canary"));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let after = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, value.parse().unwrap());
            retry_after(&headers)
        };
        assert_eq!(after("120"), Some(Duration::from_secs(120)));
        assert_eq!(after("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO), "long past");
        let far = after("Fri, 31 Dec 2100 23:59:59 GMT");
        assert!(far > Some(Duration::from_secs(3600)), "{far:?}");
        assert_eq!(after("soon"), None);
        assert_eq!(after("-1"), None);
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
