//! A response, with the messages in it.

mod head;
pub(crate) mod json;
#[cfg(feature = "preview")]
pub(crate) mod lenient;
pub(crate) mod node;
pub(crate) mod pointer;
pub(crate) mod salvage;
mod text;

use std::{collections::BTreeMap, fmt, time::Duration};

use hb_portal_client::Response;
use http::StatusCode;

use json::Tree;
use node::Node;

#[cfg(feature = "preview")]
pub(crate) use head::sent_at;
pub(crate) use head::{HEADERS_READ, request_id, retry_after};
pub(crate) use text::Text;

use crate::mask::Mask;

/// Why the rest of a response is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The connection broke.
    Broken,
    /// The rest did not arrive in time.
    Stalled,
    /// The body is longer than the limit.
    TooLong,
}

/// Describes what happened; `before …` follows it.
impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Broken => "the connection broke",
            Self::Stalled => "the time ran out",
            Self::TooLong => "reading stopped at 1 MiB",
        })
    }
}

/// Whether a status means that the request had no effect. HTTP defines this, not the documentation, whose only status is `201`
/// (`inferred`). A proxy sends 408 and 499 even if the portal got the whole request and is still working on it, so these prove
/// nothing.
pub(crate) fn had_no_effect(status: StatusCode) -> bool {
    matches!(
        status.as_u16(),
        301 | 307 | 308 | 400 | 401 | 403..=406 | 409..=411 | 413..=415 | 417 | 419 | 421 | 422 | 426 | 428 | 429
            | 431 | 451 | 501 | 505
    )
}

/// Displays a status with HTTP's name for it, if it has one.
pub(crate) struct Shown(pub(crate) StatusCode);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.canonical_reason() {
            Some(reason) => write!(f, "{} {reason}", self.0.as_u16()),
            None => write!(f, "{}", self.0.as_u16()),
        }
    }
}

/// A response from the portal that is not a complete success.
pub(crate) struct PortalResponse {
    response: Response,
    cut: Option<Cut>,
    message: Option<String>,
    field_errors: BTreeMap<String, Vec<String>>,
    request_id: Option<String>,
}

impl PortalResponse {
    /// Reads the messages in `response`, and masks the secrets in `mask` where the portal repeats them.
    pub(crate) fn new(response: Response, mask: &Mask<'_>) -> Self {
        let text = Text::of(&response);
        let tree = Tree::parse(&text);
        let root = tree.root().map(Node::unwrapped);
        let masked = |node: &Node<'_>| Some(mask.hide(node.text()?.into_owned()));
        let message = root.and_then(|root| masked(root.get("message")?));
        let mut field_errors = BTreeMap::new();
        for (field, messages) in root.and_then(|root| root.get("errors")).map(Node::entries).unwrap_or_default() {
            let messages = match messages {
                Node::Array(messages) => messages.iter().filter_map(masked).collect(),
                message => masked(message).into_iter().collect::<Vec<_>>(),
            };
            field_errors.insert(mask.hide(field.to_string()), messages);
        }
        let request_id = request_id(response.headers()).map(|id| mask.hide(id.to_owned()));
        drop(tree);
        drop(text);
        Self { response, cut: None, message, field_errors, request_id }
    }

    /// Sets why the response was cut off.
    pub(crate) fn cut_off(self, cut: Option<Cut>) -> Self {
        Self { cut, ..self }
    }

    /// Why the response was cut off, if it was.
    pub(crate) fn cut(&self) -> Option<Cut> {
        self.cut
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.response.status()
    }

    pub(crate) fn message(&self) -> Option<&str> {
        self.message.as_deref().filter(|message| !message.is_empty())
    }

    /// Whether nothing was created, so that the messages of the response may be printed. Any other response may contain a secret
    /// that is not recognised: a success in its message, a failure where it quotes the statement that failed.
    pub(crate) fn says_nothing_was_made(&self) -> bool {
        had_no_effect(self.status())
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

    /// Writes the portal's message, quoted and escaped because it may be printed on a terminal, and the request's id.
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
        let mut response = f.debug_struct("PortalResponse");
        response.field("status", &self.status().as_u16()).field("cut", &self.cut);
        if self.says_nothing_was_made() {
            response.field("message", &self.message).field("field_errors", &self.field_errors);
        }
        response.field("request_id", &self.request_id()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use zeroize::Zeroizing;

    use super::*;

    fn response(body: &[u8], mask: &Mask<'_>) -> PortalResponse {
        let body = Zeroizing::new(body.to_vec());
        PortalResponse::new(Response::new(StatusCode::UNPROCESSABLE_ENTITY, HeaderMap::new(), body), mask)
    }

    #[test]
    fn the_portals_messages_are_read_in_whatever_shape_they_come() {
        let response = response(
            br#"[{"message":"The url is taken.","errors":{"url":["taken","odd"],"events":"none","x":7}}]"#,
            &Mask::new(None),
        );
        assert_eq!(response.message(), Some("The url is taken."));
        assert_eq!(response.field_errors()["url"], ["taken", "odd"]);
        assert_eq!(response.field_errors()["events"], ["none"]);
        assert!(response.field_errors()["x"].is_empty());
    }

    #[test]
    fn a_body_that_is_not_json_says_nothing() {
        for body in [&b"<html>"[..], b"", b"\xff\xfe", b"7", b"{\"message\":7}"] {
            let response = response(body, &Mask::new(None));
            assert_eq!(response.message(), None);
            assert_eq!(response.expose_body(), body);
        }
    }

    #[test]
    fn a_secret_that_is_known_is_masked_in_what_the_portal_says() {
        let body = br#"{"message":"no user has canar\u0079","errors":{"canary":["canary!"]}}"#;
        let response = response(body, &Mask::new(Some(&hb_portal_client::Secret::new("canary"))));
        assert_eq!(response.message(), Some("no user has [REDACTED]"));
        assert_eq!(response.field_errors()["[REDACTED]"], ["[REDACTED]!"]);
        assert!(!format!("{response:?}").contains("canary"));
    }

    #[test]
    fn a_status_is_shown_with_its_name_if_it_has_one() {
        assert_eq!(Shown(StatusCode::CONFLICT).to_string(), "409 Conflict");
        assert_eq!(Shown(StatusCode::from_u16(419).unwrap()).to_string(), "419");
    }
}
