//! The bodies of faults that respond with `201`, each compared with its name.

use hb_portal_sandbox::{Fault, Sandbox, StoredEndpoint};
use serde_json::{Value, json};

use crate::client::{Response, ask, create, find, post};

type Check = fn(&[u8], &StoredEndpoint) -> bool;

fn parsed(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap()
}

/// The response to a request that the named fault strikes, and the endpoint that the request created.
async fn struck(name: &str) -> (Response, StoredEndpoint) {
    let sandbox = Sandbox::start().await.unwrap();
    let fault = Fault::all().into_iter().find(|fault| fault.name() == name);
    sandbox.inject(fault.unwrap_or_else(|| panic!("no fault is named {name:?}")));
    let response = ask(&sandbox, create(&sandbox));
    (response, sandbox.endpoints().remove(0))
}

/// The names in the catalogue, without `responds with 201, and `.
const CHECKS: &[(&str, Check)] = &[
    ("all dates are set", |body, _| {
        let date = json!("2019-08-24T14:15:22.123Z");
        let data = &parsed(body)["data"];
        data["last_called_at"] == date && data["last_failed_at"] == date
    }),
    ("last_called_at is null", |body, _| parsed(body)["data"]["last_called_at"].is_null()),
    ("the body has extra members", |body, _| {
        let response = parsed(body);
        response["meta"]["version"] == 2 && response["data"]["headers"] == json!({})
    }),
    ("the message is missing", |body, _| keys(&parsed(body)) == ["data", "secret"]),
    ("created_at has a space instead of a T", |body, _| parsed(body)["data"]["created_at"] == "2019-08-24 14:15:22"),
    ("created_at is not a date", |body, _| parsed(body)["data"]["created_at"] == "just now"),
    ("the id is a string", |body, _| parsed(body)["data"]["id"] == "1"),
    ("the timeout is a string", |body, _| parsed(body)["data"]["timeout_seconds"] == "30"),
    ("is_active is 1", |body, _| parsed(body)["data"]["is_active"] == 1),
    ("the body is a one-element array", |body, held| {
        let response = parsed(body);
        response.as_array().unwrap().len() == 1 && response[0]["secret"] == held.expose_secret()
    }),
    ("data is missing", |body, _| keys(&parsed(body)) == ["message", "secret"]),
    ("the secret is inside data", |body, held| {
        let response = parsed(body);
        response["data"]["secret"] == held.expose_secret() && keys(&response) == ["data", "message"]
    }),
    ("the body starts with a byte-order mark", |body, held| {
        let rest = body.strip_prefix("\u{feff}".as_bytes()).unwrap();
        parsed(rest)["secret"] == held.expose_secret()
    }),
    ("the body is truncated after the secret", |body, held| {
        let quoted = format!("\"secret\":\"{}\",", held.expose_secret());
        find(body, quoted.as_bytes()).is_some() && serde_json::from_slice::<Value>(body).is_err()
    }),
    ("the body is not wrapped in data", |body, held| {
        let response = parsed(body);
        response["id"] == 1 && response["secret"] == held.expose_secret()
    }),
    ("the body is truncated inside the secret", |body, held| {
        let half = &held.expose_secret()[..32];
        body.ends_with(format!("\"secret\":\"{half}").as_bytes())
    }),
    ("slashes are escaped", |body, held| {
        let slashes = find(body, br#""https:\/\/your-app.com\/webhooks\/references""#);
        slashes.is_some() && parsed(body)["secret"] == held.expose_secret()
    }),
    ("the secret is written in escapes", |body, held| {
        parsed(body)["secret"] == held.expose_secret() && !held.secret_went_out
    }),
    ("the secret is missing", |body, _| keys(&parsed(body)) == ["data", "message"]),
    ("the secret is null", |body, _| parsed(body)["secret"].is_null()),
    ("the secret is empty", |body, _| parsed(body)["secret"] == ""),
    ("the body is empty", |body, _| body.is_empty()),
    ("the body is HTML", |body, _| body.starts_with(b"<!doctype html>")),
    ("the body has 100 MB after the secret", |body, held| {
        let at = find(body, held.expose_secret().as_bytes()).unwrap();
        at < 1000 && body.len() > 100 << 20 && body.ends_with(b"xxx\"}")
    }),
    ("the body has 100 MB before the secret", |body, held| {
        let end = &body[body.len() - 1000..];
        body.len() > 100 << 20 && find(end, held.expose_secret().as_bytes()).is_some()
    }),
];

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn each_body_matches_its_name() {
    for (name, check) in CHECKS {
        let (response, held) = struck(&format!("responds with 201, and {name}")).await;
        assert_eq!(response.status, 201, "{name}");
        assert_eq!(response.header("content-type"), Some("application/json"), "{name}");
        assert!(check(&response.body, &held), "{name}");
    }
}

#[tokio::test]
async fn each_body_matches_its_name_for_awkward_requests_and_secrets() {
    let body = r#"{"url":"http://a.example/?a=,,{,}&\"secret\":1","events":["\"id\":","},"]}"#;
    for (name, check) in CHECKS {
        // These checks expect the bytes of the ordinary secret and URL.
        if ["truncated", "100 MB", "slashes", "in escapes"].iter().any(|word| name.contains(word)) {
            continue;
        }
        let sandbox = Sandbox::builder().secrets(|| "0\"/\\é1".repeat(9)).start().await.unwrap();
        let fault = Fault::all().into_iter().find(|fault| fault.name().ends_with(name));
        sandbox.inject(fault.unwrap());
        let response = ask(&sandbox, post("/api/v2/webhooks", Some(sandbox.access_token()), body));
        let held = sandbox.endpoints().remove(0);
        assert!(check(&response.body, &held), "{name}");
    }
}

#[test]
fn every_body_is_checked() {
    let bodies = Fault::all().iter().filter(|fault| fault.name().starts_with("responds with 201, and ")).count();
    assert_eq!(bodies, CHECKS.len());
}

#[tokio::test]
async fn the_gzipped_response_can_be_decompressed() {
    let (response, held) = struck("commits, then the response is gzipped").await;
    assert_eq!(response.header("content-encoding"), Some("gzip"));
    assert!(!held.secret_went_out);
    let plain = literals(&response.body);
    assert_eq!(parsed(&plain)["secret"], held.expose_secret());
}

/// Decompresses the only kind of gzip stream that the sandbox writes: one block with fixed codes, here only eight-bit ones.
fn literals(stream: &[u8]) -> Vec<u8> {
    let (header, rest) = stream.split_at(10);
    assert_eq!(header[..4], [0x1f, 0x8b, 8, 0]);
    let (block, trailer) = rest.split_at(rest.len() - 8);
    let mut bits = block.iter().flat_map(|byte| (0..8).map(move |bit| byte >> bit & 1));
    assert!(bits.by_ref().take(3).eq([1, 1, 0]));
    let mut plain = Vec::new();
    loop {
        let code = |bits: &mut dyn Iterator<Item = u8>, width| bits.take(width).fold(0, |code, bit| code << 1 | bit);
        let start = code(&mut bits, 7);
        if start == 0 {
            break;
        }
        plain.push((start << 1 | code(&mut bits, 1)) - 0x30);
    }
    assert_eq!(trailer[4..], (plain.len() as u32).to_le_bytes());
    plain
}
