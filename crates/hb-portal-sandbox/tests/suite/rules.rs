//! Validation, limits, recording and redaction, and the lifetime of a sandbox.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc;

use hb_portal_sandbox::Sandbox;
use serde_json::json;

use crate::client::{Client, End, PATIENCE, ask, create, mint, post};

#[tokio::test]
async fn an_invalid_create_receives_an_error_for_each_field() {
    let sandbox = Sandbox::start().await.unwrap();
    let both_missing = json!({
        "message": "The url field is required. (and 1 more error)",
        "errors": {"url": ["The url field is required."], "events": ["The events field is required."]}
    });
    let only = |field: &str, text: &str| json!({"message": text, "errors": {field: [text]}});
    for (body, expected) in [
        ("{}", both_missing.clone()),
        ("[]", both_missing.clone()),
        ("", both_missing.clone()),
        ("{\"url\":", both_missing),
        (r#"{"url":"","events":["e"]}"#, only("url", "The url field is required.")),
        (r#"{"url":7,"events":["e"]}"#, only("url", "The url field must be a string.")),
        (r#"{"url":"ftp://a","events":["e"]}"#, only("url", "The url field must be a valid URL.")),
        (r#"{"url":"http://a","events":[]}"#, only("events", "The events field is required.")),
        (r#"{"url":"http://a","events":"e"}"#, only("events", "The events field must be an array.")),
        (r#"{"url":"http://a","events":["e",1]}"#, only("events.1", "The events.1 field must be a string.")),
        (r#"{"url":"http://a","events":[""]}"#, only("events.0", "The events.0 field is required.")),
        (
            r#"{"url":"http://a","events":["e"],"timeout_seconds":0}"#,
            only("timeout_seconds", "The timeout seconds field must be at least 1."),
        ),
        (
            r#"{"url":"http://a","events":["e"],"timeout_seconds":"30"}"#,
            only("timeout_seconds", "The timeout seconds field must be an integer."),
        ),
        (
            r#"{"url":"http://a","events":["e"],"max_retries":-1}"#,
            only("max_retries", "The max retries field must be at least 0."),
        ),
        (
            r#"{"url":"http://a","events":["e"],"max_retries":4294967296}"#,
            only("max_retries", "The max retries field must not be greater than 4294967295."),
        ),
    ] {
        let response = ask(&sandbox, post("/api/v2/webhooks", Some(sandbox.access_token()), body));
        assert_eq!(response.status, 422, "{body}");
        assert_eq!(response.json(), expected, "{body}");
    }
    assert!(sandbox.endpoints().is_empty());
}

#[tokio::test]
async fn a_body_that_is_not_declared_as_json_is_ignored() {
    let sandbox = Sandbox::start().await.unwrap();
    let form = create(&sandbox).replace("application/json", "text/plain");
    assert_eq!(ask(&sandbox, form).status, 422);
    let charset = create(&sandbox).replace("application/json", "Application/JSON; charset=utf-8");
    assert_eq!(ask(&sandbox, charset).status, 201);
}

#[tokio::test]
async fn an_invalid_token_request_receives_an_error_for_each_field() {
    let sandbox = Sandbox::start().await.unwrap();
    let body = r#"{"client_id": "1"}"#;
    let response = ask(&sandbox, post("/api/v2/auth/token", None, body));
    assert_eq!(response.status, 422);
    let errors = json!({
        "client_id": ["The client id field must be an integer."],
        "api_key": ["The api key field is required."]
    });
    assert_eq!(response.json()["errors"], errors);
    assert_eq!(sandbox.tokens_minted(), 0);
}

#[tokio::test]
async fn other_paths_and_methods_do_not_exist() {
    let sandbox = Sandbox::start().await.unwrap();
    for path in ["/", "/webhooks", "/api/v2", "/api/v2/webhooks/1/2", "/api/v2//webhooks"] {
        let response = ask(&sandbox, create(&sandbox).replace("/api/v2/webhooks", path));
        assert_eq!(response.status, 404, "{path}");
        assert_eq!(response.body, br#"{"message":"Not Found."}"#);
    }
    for method in ["PUT", "DELETE"] {
        let response = ask(&sandbox, create(&sandbox).replace("POST", method));
        assert_eq!(response.status, 405, "{method}");
        assert_eq!(response.body, br#"{"message":"Method Not Allowed."}"#);
        assert_eq!(response.header("allow"), Some("POST,GET,HEAD"));
    }
}

#[tokio::test]
async fn a_request_beyond_the_rate_limit_receives_a_429_with_retry_after() {
    let sandbox = Sandbox::builder().rate_limit(2).start().await.unwrap();
    assert_eq!(ask(&sandbox, mint(&sandbox)).status, 200);
    assert_eq!(ask(&sandbox, create(&sandbox)).status, 201);
    for request in [create(&sandbox), mint(&sandbox)] {
        let response = ask(&sandbox, request);
        assert_eq!(response.status, 429);
        assert_eq!(response.body, br#"{"message":"Too Many Attempts."}"#);
        let seconds: u64 = response.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=60).contains(&seconds));
    }
    assert_eq!((sandbox.endpoints().len(), sandbox.tokens_minted()), (1, 1));
}

#[tokio::test]
async fn the_base_path_can_be_chosen() {
    for (given, base) in [("", ""), ("/", ""), ("/x/y.z/", "/x/y.z")] {
        let sandbox = Sandbox::builder().base_path(given).start().await.unwrap();
        let url = format!("http://{}{base}", sandbox.address());
        assert_eq!(sandbox.base_url(), url);
        let request = create(&sandbox).replace("/api/v2", base);
        assert_eq!(ask(&sandbox, request).status, 201);
    }
    for bad in ["x", "/a b", "/{id}", "/a//b", "/ü", "/a?b"] {
        let error = Sandbox::builder().base_path(bad).start().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{bad}");
    }
}

#[tokio::test]
async fn it_listens_only_on_loopback_and_not_on_a_port_in_use() {
    let anywhere = SocketAddr::from(([0, 0, 0, 0], 0));
    let error = Sandbox::builder().bind(anywhere).start().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);

    let first = Sandbox::start().await.unwrap();
    let error = Sandbox::builder().bind(first.address()).start().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
}

#[tokio::test]
async fn dropping_it_stops_it_and_closes_its_connections() {
    let sandbox = Sandbox::start().await.unwrap();
    let address = sandbox.address();
    let mut idle = Client::connect(&sandbox);
    idle.send(create(&sandbox));
    idle.response();
    let mut halfway = Client::connect(&sandbox);
    halfway.send("POST /api/v2/webhooks HTTP/1.1\r\n");

    drop(sandbox);
    assert_eq!(idle.rest(), (Vec::new(), End::Closed));
    assert!(halfway.rest().0.is_empty());
    let refused = TcpStream::connect(address).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn closing_its_connections_leaves_it_listening() {
    let sandbox = Sandbox::start().await.unwrap();
    let mut idle = Client::connect(&sandbox);
    idle.send(create(&sandbox));
    idle.response();
    tokio::time::timeout(PATIENCE, sandbox.close_connections()).await.unwrap();
    assert_eq!(idle.rest(), (Vec::new(), End::Closed));
    assert_eq!(ask(&sandbox, create(&sandbox)).status, 201);
}

#[tokio::test]
async fn each_request_is_recorded_to_the_last_byte_and_can_be_forgotten() {
    let sandbox = Sandbox::start().await.unwrap();
    let request = create(&sandbox).replace("/webhooks ", "/webhooks?page=1 ");
    ask(&sandbox, &request);
    let recorded = &sandbox.requests()[0];
    assert_eq!(recorded.method(), "POST");
    assert_eq!(recorded.path(), "/api/v2/webhooks");
    assert_eq!(recorded.target(), "/api/v2/webhooks?page=1");
    assert_eq!(recorded.headers()["content-type"], "application/json");
    let whole = [recorded.raw_head(), recorded.body()].concat();
    assert_eq!(String::from_utf8(whole).unwrap(), request);
    sandbox.forget_requests();
    assert!(sandbox.requests().is_empty());
}

#[tokio::test]
async fn each_request_is_reported_before_its_response() {
    let (sender, receiver) = mpsc::channel();
    let sandbox =
        Sandbox::builder().on_request(move |handled| sender.send(handled.clone()).unwrap()).start().await.unwrap();
    ask(&sandbox, create(&sandbox).replace("/webhooks ", "/webhooks?page=1 "));
    let handled = receiver.try_recv().unwrap();
    assert_eq!(handled.method, "POST");
    assert_eq!(handled.path, "/api/v2/webhooks");
    assert_eq!(handled.status, Some(201));
    assert!(receiver.try_recv().is_err());
}

#[tokio::test]
async fn debug_shows_no_secret_token_or_key() {
    let sandbox = Sandbox::builder()
        .access_token("canary-1")
        .credentials(1, "canary-2")
        .secrets(|| "canary-3".to_owned())
        .start()
        .await
        .unwrap();
    ask(&sandbox, create(&sandbox));
    ask(&sandbox, mint(&sandbox));
    let builder = Sandbox::builder().access_token("canary-1").credentials(1, "canary-2");
    let shown = format!(
        "{sandbox:?} {sandbox:#?} {:?} {:?} {:#?} {builder:?}",
        sandbox.requests()[0].headers(),
        sandbox.endpoints(),
        sandbox.requests()
    );
    assert!(!shown.contains("canary"), "{shown}");
    let requests = format!("{:?}", sandbox.requests());
    assert!(!requests.contains("your-app") && !requests.contains("Bearer"), "{requests}");
    assert!(shown.contains("authorization") && shown.contains("body_length"));
}
