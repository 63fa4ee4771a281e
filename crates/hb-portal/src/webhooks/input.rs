//! What is to be sent: as it was given, and as it may be.

use std::time::Duration;

use hb_portal_client::types;

use crate::{CreateError, EventType, NotSent, NotSentReason};

/// What is to be sent, as it was given.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) url: EndpointUrl,
    pub(super) events: Vec<EventType>,
    pub(super) delivery_timeout: Option<Duration>,
    pub(super) max_retries: Option<u32>,
}

/// Where deliveries are to go, as it was given, and what is wrong with that if anything is.
#[derive(Debug)]
pub(super) struct EndpointUrl {
    pub(super) text: String,
    pub(super) problem: Option<&'static str>,
}

impl EndpointUrl {
    pub(super) fn parse(text: &str) -> Self {
        let problem = match reqwest::Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => {
                // Written as it was given, it need not be copied once more.
                let text = if url.as_str() == text { url.into() } else { text.to_owned() };
                return Self { text, problem: None };
            }
            Ok(_) => "the endpoint's URL is neither http nor https",
            Err(_) => "the endpoint's URL is not an absolute URL",
        };
        Self { text: text.to_owned(), problem: Some(problem) }
    }
}

/// What the portal would be sent, or why it cannot be.
pub(super) fn check(request: Request) -> Result<types::CreateWebhookEndpoint, CreateError> {
    let refuse = |why: &'static str| Err(CreateError::NotSent(NotSent::new(NotSentReason::Input, why)));
    if let Some(problem) = request.url.problem {
        return refuse(problem);
    }
    if request.events.is_empty() {
        return refuse("no event was given, so the endpoint would never be called");
    }
    if request.events.iter().any(|event| event.as_str().trim().is_empty()) {
        return refuse("an event has no name");
    }
    let timeout_seconds = match request.delivery_timeout {
        Some(timeout) if timeout.as_secs() == 0 || timeout.subsec_nanos() != 0 => {
            return refuse("the delivery timeout is not a whole number of seconds, at least one");
        }
        Some(timeout) => match i64::try_from(timeout.as_secs()) {
            Ok(seconds) => Some(seconds),
            Err(_) => return refuse("the delivery timeout is longer than can be sent"),
        },
        None => None,
    };
    Ok(types::CreateWebhookEndpoint {
        url: request.url.text,
        events: request.events.into_iter().map(String::from).collect(),
        timeout_seconds,
        max_retries: request.max_retries.map(i64::from),
    })
}
