//! The faults that are an answer of another status: what comes with it.

use std::time::SystemTime;

use chrono::{DateTime, Utc};
use hb_portal_sandbox::{Fault, Sandbox};
use serde_json::Value;

use crate::client::{Answer, ask, create};

/// What answers a request that the named fault strikes.
async fn answer(name: &str) -> Answer {
    let sandbox = Sandbox::start().await.unwrap();
    let fault = Fault::all().into_iter().find(|fault| fault.name() == name);
    sandbox.inject(fault.unwrap_or_else(|| panic!("no fault is named {name:?}")));
    ask(&sandbox, create(&sandbox))
}

#[tokio::test]
async fn a_redirect_says_where_to() {
    for status in [301, 302, 303, 307, 308] {
        let answer = answer(&format!("answers {status}")).await;
        assert_eq!(answer.headers, ["location: /elsewhere", "content-length: 0"]);
    }
    let committed = answer("commits, then answers 302").await;
    assert_eq!(committed.header("location"), Some("/elsewhere"));
}

#[tokio::test]
async fn a_portal_that_is_reached_says_what_is_wrong_in_json() {
    for name in [
        "answers 401",
        "answers 403",
        "answers 409",
        "answers 419",
        "answers 422",
        "answers 429",
        "answers 500",
        "answers 503",
        "commits, then answers 500",
        "commits, then answers 503",
    ] {
        let answer = answer(name).await;
        assert_eq!(answer.header("content-type"), Some("application/json"), "{name}");
        assert!(answer.json()["message"].is_string(), "{name}");
        assert!(answer.header("retry-after").is_none(), "{name}");
    }
    assert!(answer("answers 422").await.json()["errors"]["url"].is_array());
}

#[tokio::test]
async fn a_proxy_says_it_in_html() {
    for name in
        ["answers 413", "answers 422 in HTML", "answers 501", "answers 502", "answers 505", "commits, then answers 502"]
    {
        let answer = answer(name).await;
        assert_eq!(answer.header("content-type"), Some("text/html; charset=UTF-8"), "{name}");
        assert!(answer.body.starts_with(b"<h1>"), "{name}");
    }
}

#[tokio::test]
async fn a_body_may_be_missing_or_no_text() {
    assert!(answer("answers 422 without a body").await.body.is_empty());
    let odd = answer("answers 422 that is not UTF-8").await.body;
    assert!(serde_json::from_slice::<Value>(&odd).is_err());
    assert!(String::from_utf8(odd).is_err());
    let empty = answer("commits, then answers 204").await;
    assert!(empty.headers.is_empty() && empty.body.is_empty());
}

#[tokio::test]
async fn a_429_says_when_to_come_again() {
    for (name, value) in [("in seconds", "1"), ("in a fraction of seconds", "1.5"), ("in a list", "1, 2")] {
        let throttled = answer(&format!("answers 429 with Retry-After {name}")).await;
        assert_eq!(throttled.header("retry-after"), Some(value));
    }

    let before = DateTime::<Utc>::from(SystemTime::now());
    let date = answer("answers 429 with Retry-After as a date").await;
    let date = DateTime::parse_from_rfc2822(date.header("retry-after").unwrap()).unwrap();
    // A whole second, and never less far ahead than was asked for.
    assert!((date.to_utc() - before).num_milliseconds() >= 1000, "{date}");
}
