//! The requests on the wire, byte for byte.

use std::time::Duration;

use hb_portal::{Client, EventType};
use hb_portal_tests::{capture::Capture, documented};
use serde_json::Value;

/// Returns the request that a create of the documented example sends to a server whose base URL has `path`.
async fn request_to(path: &str) -> String {
    let response = documented::response_with("whsec_canary").to_string();
    let server = Capture::start("201 Created", "content-type: application/json\r\n", response).await.unwrap();
    let base_url = format!("{}{path}", server.origin());
    let client = Client::builder().base_url(&base_url).access_token("token-1").build().unwrap();
    let events = [EventType::ReferenceSubmitted, EventType::ReferenceDeclined, EventType::ReferenceAllCompleted];
    let created = client
        .webhooks()
        .create("https://your-app.com/webhooks/references", events)
        .delivery_timeout(Duration::from_secs(30))
        .delivery_retries(3)
        .send()
        .await
        .unwrap();
    assert_eq!(created.secret.expose_secret(), "whsec_canary");
    assert!(created.deviations().is_empty(), "{:?}", created.deviations());
    let [request] = server.requests().try_into().expect("one request");
    request.replace(server.origin().trim_start_matches("http://"), "HOST")
}

/// Invariant 1, checked on a real socket. `snapshots.rs` shows each operation's request without a server.
#[tokio::test]
async fn nothing_is_sent_that_the_contract_does_not_document() {
    let request = request_to("/api/v2").await;
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let mut lines: Vec<&str> = head.split("\r\n").collect();
    assert_eq!(lines.remove(0), "POST /api/v2/webhooks HTTP/1.1");
    lines.sort_unstable();
    let user_agent = format!("user-agent: hb-portal-rust/{}", env!("CARGO_PKG_VERSION"));
    let length = format!("content-length: {}", body.len());
    assert_eq!(
        lines,
        [
            "accept-encoding: identity",
            "accept: application/json",
            "authorization: Bearer token-1",
            &length,
            "content-type: application/json",
            "host: HOST",
            &user_agent,
        ]
    );
    assert_eq!(serde_json::from_str::<Value>(body).unwrap(), documented::request());
}

#[tokio::test]
async fn a_base_url_works_with_and_without_a_path_and_a_slash() {
    for (path, line) in [
        ("", "POST /webhooks HTTP/1.1\r\n"),
        ("/", "POST /webhooks HTTP/1.1\r\n"),
        ("/api/v2", "POST /api/v2/webhooks HTTP/1.1\r\n"),
        ("/api/v2/", "POST /api/v2/webhooks HTTP/1.1\r\n"),
        ("/a%20b", "POST /a%20b/webhooks HTTP/1.1\r\n"),
    ] {
        let request = request_to(path).await;
        assert!(request.starts_with(line), "{path}: {request}");
    }
}

#[tokio::test]
async fn unset_fields_are_not_sent() {
    let response = documented::response_with("whsec_canary").to_string();
    let server = Capture::start("201 Created", "", response).await.unwrap();
    let client = Client::builder().base_url(server.origin()).access_token("token-1").build().unwrap();
    let created = client.webhooks().create("https://a.example/", ["x.y"]).send().await.unwrap();
    assert_eq!(created.secret.expose_secret(), "whsec_canary");
    let requests = server.requests();
    let (_, body) = requests[0].split_once("\r\n\r\n").unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(body).unwrap(),
        serde_json::json!({"url": "https://a.example/", "events": ["x.y"]})
    );
}

#[tokio::test]
async fn the_users_http_client_settings_are_completed() {
    let response = documented::response_with("whsec_canary").to_string();
    let server = Capture::start("201 Created", "", response).await.unwrap();
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::limited(3)).connection_verbose(true);
    let client = Client::builder()
        .base_url(server.origin())
        .access_token("token-1")
        .http_client(http)
        .user_agent("mine/1")
        .build()
        .unwrap();
    let created = client.webhooks().create("https://a.example/", ["x.y"]).send().await.unwrap();
    assert_eq!(created.secret.expose_secret(), "whsec_canary");
    assert!(server.requests()[0].contains("user-agent: mine/1\r\n"));
}
