//! Faults that respond with another status: their headers and bodies.

use std::time::SystemTime;

use chrono::{DateTime, Utc};
use hb_portal_sandbox::{Fault, Sandbox};
use serde_json::Value;

use crate::client::{Response, ask, create};

/// The response to a request that the named fault strikes.
async fn response(name: &str) -> Response {
    let sandbox = Sandbox::start().await.unwrap();
    let fault = Fault::all().into_iter().find(|fault| fault.name() == name);
    sandbox.inject(fault.unwrap_or_else(|| panic!("no fault is named {name:?}")));
    ask(&sandbox, create(&sandbox))
}

#[tokio::test]
async fn a_redirect_has_a_location() {
    for status in [301, 302, 303, 307, 308] {
        let response = response(&format!("responds with {status}")).await;
        assert_eq!(response.headers, ["location: /elsewhere", "content-length: 0"]);
    }
    let committed = response("commits, then responds with 302").await;
    assert_eq!(committed.header("location"), Some("/elsewhere"));
}

#[tokio::test]
async fn errors_of_the_portal_have_a_message_in_json() {
    for name in [
        "responds with 401",
        "responds with 403",
        "responds with 409",
        "responds with 419",
        "responds with 422",
        "responds with 429",
        "responds with 500",
        "responds with 503",
        "commits, then responds with 500",
        "commits, then responds with 503",
    ] {
        let response = response(name).await;
        assert_eq!(response.header("content-type"), Some("application/json"), "{name}");
        assert!(response.json()["message"].is_string(), "{name}");
        assert!(response.header("retry-after").is_none(), "{name}");
    }
    assert!(response("responds with 422").await.json()["errors"]["url"].is_array());
}

#[tokio::test]
async fn errors_of_a_proxy_are_html() {
    for name in [
        "responds with 413",
        "responds with 422 in HTML",
        "responds with 501",
        "responds with 502",
        "responds with 505",
        "commits, then responds with 502",
    ] {
        let response = response(name).await;
        assert_eq!(response.header("content-type"), Some("text/html; charset=UTF-8"), "{name}");
        assert!(response.body.starts_with(b"<h1>"), "{name}");
    }
}

#[tokio::test]
async fn a_body_can_be_missing_or_not_be_text() {
    assert!(response("responds with 422 and no body").await.body.is_empty());
    let odd = response("responds with 422 and a body that is not UTF-8").await.body;
    assert!(serde_json::from_slice::<Value>(&odd).is_err());
    assert!(String::from_utf8(odd).is_err());
    let empty = response("commits, then responds with 204").await;
    assert!(empty.headers.is_empty() && empty.body.is_empty());
}

#[tokio::test]
async fn a_429_says_when_to_retry() {
    for (name, value) in [("in seconds", "1"), ("in fractional seconds", "1.5"), ("as a list", "1, 2")] {
        let throttled = response(&format!("responds with 429 and Retry-After {name}")).await;
        assert_eq!(throttled.header("retry-after"), Some(value));
    }

    let before = DateTime::<Utc>::from(SystemTime::now());
    let date = response("responds with 429 and Retry-After as a date").await;
    let date = DateTime::parse_from_rfc2822(date.header("retry-after").unwrap()).unwrap();
    // Dates have whole seconds, and this one is never earlier than requested.
    assert!((date.to_utc() - before).num_milliseconds() >= 1000, "{date}");
}
