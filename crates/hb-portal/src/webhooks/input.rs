//! Checks the input of a create, and converts it to the form that is sent.

use std::{fmt, time::Duration};

use hb_portal_client::types;
use reqwest::Url;

#[cfg(feature = "preview")]
use crate::endpoint::EndpointId;
use crate::{
    endpoint::ShownUrl,
    error::{CreateError, NotSent, NotSentReason},
    event::EventType,
};

/// The input of a create, as it was given.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) url: EndpointUrl,
    pub(super) events: Vec<EventType>,
    pub(super) delivery_timeout: Option<Duration>,
    pub(super) max_retries: Option<u32>,
}

/// The URL for deliveries, as it was given, and the problem with it, if there is one.
pub(super) struct EndpointUrl {
    pub(super) text: String,
    pub(super) problem: Option<&'static str>,
}

impl EndpointUrl {
    /// Accepts only a URL that its parser does not change, apart from case and a missing slash. If one parser repairs a URL, another
    /// may read a different one.
    pub(super) fn parse(text: &str) -> Self {
        let problem = match Url::parse(text) {
            // The parsed URL equals the given text, so the text need not be copied.
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.as_str() == text => {
                return Self { text: url.into(), problem: None };
            }
            Err(_) => Some("the endpoint's URL is not an absolute URL"),
            Ok(url) if !matches!(url.scheme(), "http" | "https") => {
                Some("the endpoint's URL is neither http nor https")
            }
            Ok(url) if !is_as_written(&url, text) => Some(
                "the endpoint's URL is not in its normal form: write it without white space, backslashes, dot segments and \
                 the default port, and with a non-ASCII host or path encoded",
            ),
            Ok(_) => None,
        };
        Self { text: text.to_owned(), problem }
    }

    /// Returns the URL to send.
    pub(super) fn checked(self) -> Result<String, NotSent> {
        self.problem.map_or(Ok(self.text), |problem| Err(refused(problem)))
    }
}

/// Whether the parser changed nothing but case and the trailing slash of a URL without a path.
fn is_as_written(url: &Url, text: &str) -> bool {
    let normal = url.as_str();
    let is_same = |normal: &str| normal.eq_ignore_ascii_case(text);
    is_same(normal) || normal.strip_suffix('/').is_some_and(is_same)
}

impl fmt::Debug for EndpointUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ShownUrl(&self.text).fmt(f)
    }
}

fn refused(why: &'static str) -> NotSent {
    NotSent::new(NotSentReason::Input, why)
}

/// Returns the body to send, or why it cannot be sent.
pub(super) fn check(request: Request) -> Result<types::CreateWebhookEndpoint, CreateError> {
    checked(request).map_err(CreateError::NotSent)
}

fn checked(request: Request) -> Result<types::CreateWebhookEndpoint, NotSent> {
    Ok(types::CreateWebhookEndpoint {
        url: request.url.checked()?,
        events: events(request.events)?,
        timeout_seconds: request.delivery_timeout.map(seconds).transpose()?,
        max_retries: request.max_retries.map(i64::from),
    })
}

/// Returns the names of the events, as they are sent.
pub(super) fn events(events: Vec<EventType>) -> Result<Vec<String>, NotSent> {
    if events.is_empty() {
        return Err(refused("no event was given, so the portal would never call the endpoint"));
    }
    if events.iter().any(|event| event.as_str().trim().is_empty()) {
        return Err(refused("an event has no name"));
    }
    Ok(events.into_iter().map(String::from).collect())
}

/// Returns a delivery timeout, as it is sent.
pub(super) fn seconds(timeout: Duration) -> Result<i64, NotSent> {
    if timeout.as_secs() == 0 || timeout.subsec_nanos() != 0 {
        return Err(refused("the delivery timeout is not a whole number of seconds, at least one"));
    }
    i64::try_from(timeout.as_secs()).map_err(|_| refused("the delivery timeout is longer than can be sent"))
}

/// Returns an id as it is sent: a path segment that cannot change the rest of the path.
#[cfg(feature = "preview")]
pub(super) fn id(id: &EndpointId) -> Result<&str, NotSent> {
    match id.as_str() {
        "" | "." | ".." => Err(refused("the endpoint's id is empty, or is not one")),
        id => Ok(id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_sent_as_it_was_given_or_refused() {
        for text in [
            "https://your-app.com",
            "https://your-app.com/",
            "HTTPS://Your-App.com/Hooks/%c3%a9?key=A%20b#part",
            "http://user:word@127.0.0.1:8080/a/",
            "https://[::1]/",
        ] {
            let url = EndpointUrl::parse(text);
            assert_eq!((url.text.as_str(), url.problem), (text, None));
        }
        for text in [
            " https://your-app.com ",
            "https://your-app.com/\n",
            "https://your-\napp.com/",
            "https:your-app.com",
            "https:/your-app.com",
            "https:\\\\your-app.com\\a",
            "https://your-app.com:443/",
            "https://your-app.com/a/../b",
            "https://your-app.com/a b",
            "https://your-app.com/\u{e9}",
            "https://\u{e9}.com/",
            "https://0x7f.1/",
            "ftp://your-app.com/",
            "your-app.com",
            "/hooks",
            "",
        ] {
            assert!(EndpointUrl::parse(text).problem.is_some(), "{text}");
        }
    }
}
