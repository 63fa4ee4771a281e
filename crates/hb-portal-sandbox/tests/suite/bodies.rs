//! The bodies that a `201` comes with, each held against what its name says.

use hb_portal_sandbox::{Fault, Sandbox, StoredEndpoint};
use serde_json::{Value, json};

use crate::client::{Answer, ask, create, find, post};

type Check = fn(&[u8], &StoredEndpoint) -> bool;

fn parsed(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap()
}

/// The answer to a request that the named fault strikes, and the endpoint it made.
async fn struck(name: &str) -> (Answer, StoredEndpoint) {
    let sandbox = Sandbox::start().await.unwrap();
    let fault = Fault::all().into_iter().find(|fault| fault.name() == name);
    sandbox.inject(fault.unwrap_or_else(|| panic!("no fault is named {name:?}")));
    let answer = ask(&sandbox, create(&sandbox));
    (answer, sandbox.endpoints().remove(0))
}

/// The names as the catalogue has them, without `answers 201, and `.
const CHECKS: &[(&str, Check)] = &[
    ("its dates are all there", |body, _| {
        let date = json!("2019-08-24T14:15:22.123Z");
        let data = &parsed(body)["data"];
        data["last_called_at"] == date && data["last_failed_at"] == date
    }),
    ("last_called_at is null", |body, _| parsed(body)["data"]["last_called_at"].is_null()),
    ("it has more members", |body, _| {
        let answer = parsed(body);
        answer["meta"]["version"] == 2 && answer["data"]["headers"] == json!({})
    }),
    ("its message is missing", |body, _| keys(&parsed(body)) == ["data", "secret"]),
    ("its date has a space", |body, _| parsed(body)["data"]["created_at"] == "2019-08-24 14:15:22"),
    ("its date is none", |body, _| parsed(body)["data"]["created_at"] == "just now"),
    ("its id is a string", |body, _| parsed(body)["data"]["id"] == "1"),
    ("its timeout is a string", |body, _| parsed(body)["data"]["timeout_seconds"] == "30"),
    ("is_active is 1", |body, _| parsed(body)["data"]["is_active"] == 1),
    ("it is a one-element array", |body, held| {
        let answer = parsed(body);
        answer.as_array().unwrap().len() == 1 && answer[0]["secret"] == held.expose_secret()
    }),
    ("its data is missing", |body, _| keys(&parsed(body)) == ["message", "secret"]),
    ("its secret is inside data", |body, held| {
        let answer = parsed(body);
        answer["data"]["secret"] == held.expose_secret() && keys(&answer) == ["data", "message"]
    }),
    ("it starts with a byte-order mark", |body, held| {
        let rest = body.strip_prefix("\u{feff}".as_bytes()).unwrap();
        parsed(rest)["secret"] == held.expose_secret()
    }),
    ("it is truncated after the secret", |body, held| {
        let quoted = format!("\"secret\":\"{}\",", held.expose_secret());
        find(body, quoted.as_bytes()).is_some() && serde_json::from_slice::<Value>(body).is_err()
    }),
    ("it is not wrapped in data", |body, held| {
        let answer = parsed(body);
        answer["id"] == 1 && answer["secret"] == held.expose_secret()
    }),
    ("it is truncated inside the secret", |body, held| {
        let half = &held.expose_secret()[..32];
        body.ends_with(format!("\"secret\":\"{half}").as_bytes())
    }),
    ("its slashes are escaped", |body, held| {
        let slashes = find(body, br#""https:\/\/your-app.com\/webhooks\/references""#);
        slashes.is_some() && parsed(body)["secret"] == held.expose_secret()
    }),
    ("its secret is written in escapes", |body, held| {
        parsed(body)["secret"] == held.expose_secret() && !held.secret_went_out
    }),
    ("its secret is missing", |body, _| keys(&parsed(body)) == ["data", "message"]),
    ("its secret is null", |body, _| parsed(body)["secret"].is_null()),
    ("its secret is empty", |body, _| parsed(body)["secret"] == ""),
    ("it is empty", |body, _| body.is_empty()),
    ("it is HTML", |body, _| body.starts_with(b"<!doctype html>")),
    ("it has 100 MB after the secret", |body, held| {
        let at = find(body, held.expose_secret().as_bytes()).unwrap();
        at < 1000 && body.len() > 100 << 20 && body.ends_with(b"xxx\"}")
    }),
    ("it has 100 MB before the secret", |body, held| {
        let end = &body[body.len() - 1000..];
        body.len() > 100 << 20 && find(end, held.expose_secret().as_bytes()).is_some()
    }),
];

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn each_is_what_its_name_says() {
    for (name, check) in CHECKS {
        let (answer, held) = struck(&format!("answers 201, and {name}")).await;
        assert_eq!(answer.status, 201, "{name}");
        assert_eq!(answer.header("content-type"), Some("application/json"), "{name}");
        assert!(check(&answer.body, &held), "{name}");
    }
}

#[tokio::test]
async fn each_holds_also_for_a_request_and_a_secret_that_need_care() {
    let body = r#"{"url":"http://a.example/?a=,,{,}&\"secret\":1","events":["\"id\":","},"]}"#;
    for (name, check) in CHECKS {
        // These look at the secret's and the URL's bytes, which are others here.
        if ["truncated", "100 MB", "slashes", "in escapes"].iter().any(|word| name.contains(word)) {
            continue;
        }
        let sandbox = Sandbox::builder().secrets(|| "0\"/\\é1".repeat(9)).start().await.unwrap();
        let fault = Fault::all().into_iter().find(|fault| fault.name().ends_with(name));
        sandbox.inject(fault.unwrap());
        let answer = ask(&sandbox, post("/api/v2/webhooks", Some(sandbox.access_token()), body));
        let held = sandbox.endpoints().remove(0);
        assert!(check(&answer.body, &held), "{name}");
    }
}

#[test]
fn none_is_left_out() {
    let bodies = Fault::all().iter().filter(|fault| fault.name().starts_with("answers 201, and ")).count();
    assert_eq!(bodies, CHECKS.len());
}

#[tokio::test]
async fn the_gzipped_one_can_be_unpacked() {
    let (answer, held) = struck("commits, then the answer is gzipped").await;
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    assert!(!held.secret_went_out);
    let plain = literals(&answer.body);
    assert_eq!(parsed(&plain)["secret"], held.expose_secret());
}

/// Unpacks the one kind of gzip stream that the sandbox writes: a block with fixed codes, and of those the eight-bit ones.
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
