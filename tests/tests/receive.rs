//! What a receiver hands its handler, and what it tells a stranger.

use std::sync::{Arc, Mutex};

use axum::body::{Body, to_bytes};
use axum::extract::FromRef;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Router, response::IntoResponse as _};
use hb_portal::axum::{VerifiedWebhook, WebhookRejection};
use hb_portal::verify::{Delivery, ReceiveError, SignatureScheme, Signer, Verifier, VerifyError};
use hb_portal::{EventType, SigningSecret};
use http::header::{CONTENT_TYPE, HeaderMap};
use serde_json::{Value, json};
use tower_service::Service as _;

fn scheme() -> SignatureScheme {
    SignatureScheme::hmac_sha256_hex("Signature")
}

fn secret() -> SigningSecret {
    SigningSecret::new("canary-secret-0123456789")
}

fn verifier() -> Verifier {
    Verifier::new(scheme(), &secret()).unwrap()
}

fn sign(body: &[u8]) -> HeaderMap {
    Signer::new(scheme(), &secret()).unwrap().sign(body).unwrap()
}

fn receive<T: serde::de::DeserializeOwned>(body: &str) -> Result<Delivery<T>, ReceiveError> {
    verifier().receive(&sign(body.as_bytes()), body.to_owned())
}

#[test]
fn the_event_is_what_the_body_says_and_an_unknown_one_is_kept() {
    for (body, event) in [
        (r#"{"event":"reference.submitted"}"#, Some(EventType::ReferenceSubmitted)),
        (r#"{"type":"reference.declined","data":{"event":"x"}}"#, Some(EventType::ReferenceDeclined)),
        (r#"{"type":"x","event_type":"reference.all_completed"}"#, Some(EventType::ReferenceAllCompleted)),
        (r#"{"\u0065vent":"reference.\u0072eopened"}"#, Some(EventType::from("reference.reopened"))),
        (r#"{"event":{"name":"x"},"type":"y"}"#, Some(EventType::from("y"))),
        (r#"{"event":7}"#, None),
        (r#"{}"#, None),
        (r#"["event"]"#, None),
        ("null", None),
    ] {
        assert_eq!(receive::<Value>(body).unwrap().event(), event, "{body}");
    }
}

#[test]
fn a_delivery_keeps_every_byte_and_shows_none_of_them() {
    let body = "{ \"event\": \"x\",\n \"name\": \"canary\" }\n";
    let delivery = receive::<Value>(body).unwrap();
    assert_eq!((delivery.body(), delivery.json()), (body.as_bytes(), body));
    assert_eq!(delivery.data, json!({"event": "x", "name": "canary"}));
    assert_eq!(delivery.verified().secret_index(), 0);
    assert!(!format!("{delivery:?}").contains("canary"));
}

#[test]
fn what_is_signed_and_is_not_what_was_expected_is_named_without_a_word_of_it() {
    #[derive(serde::Deserialize)]
    struct Expected {
        #[serde(rename = "id")]
        _id: u64,
    }
    for (body, other_shape) in [
        (&b"{\"id\":\"canary\"}"[..], true),
        (b"{\"canary\":1}", true),
        (b"{\"id\":", false),
        (b"canary", false),
        (b"", false),
        (b"{\"id\":1,\"canary\":\"\xff\"}", false),
    ] {
        let error = verifier().receive::<Expected>(&sign(body), body.to_vec()).unwrap_err();
        let ReceiveError::NotJson(cause) = &error else { panic!("{error:?}") };
        assert_eq!(cause.is_other_shape(), other_shape, "{cause}");
        assert!(!format!("{error} {error:?} {cause}").contains("canary"));
    }
    let forged = verifier().receive::<Expected>(&sign(b"x"), "{}").unwrap_err();
    assert_eq!(forged, ReceiveError::Refused(VerifyError::NoMatch));
}

/// A state that has more than a verifier.
#[derive(Clone)]
struct App {
    verifier: Verifier,
    seen: Arc<Mutex<Vec<Value>>>,
}

impl FromRef<App> for Verifier {
    fn from_ref(app: &App) -> Self {
        app.verifier.clone()
    }
}

async fn keep(axum::extract::State(app): axum::extract::State<App>, VerifiedWebhook(delivery): VerifiedWebhook) {
    app.seen.lock().unwrap().push(delivery.data);
}

async fn small(VerifiedWebhook(_): VerifiedWebhook<Value, 10>) {}

async fn told(result: Result<VerifiedWebhook, WebhookRejection>) -> axum::response::Response {
    match result {
        Ok(_) => StatusCode::OK.into_response(),
        Err(rejection) => (StatusCode::IM_A_TEAPOT, format!("{rejection:?}")).into_response(),
    }
}

fn router() -> (Router, Arc<Mutex<Vec<Value>>>) {
    let seen = Arc::default();
    let app = App { verifier: verifier(), seen: Arc::clone(&seen) };
    let router =
        Router::new().route("/", post(keep)).route("/small", post(small)).route("/told", post(told)).with_state(app);
    (router, seen)
}

/// The status and the body of the answer.
async fn answer(mut router: Router, path: &str, headers: HeaderMap, body: &str) -> (u16, String) {
    let mut request = http::Request::post(path).body(Body::from(body.to_owned())).unwrap();
    *request.headers_mut() = headers;
    let response = router.call(request).await.unwrap();
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn a_handler_sees_only_what_is_signed_and_a_stranger_sees_a_status() {
    let (router, seen) = router();
    let body = r#"{"event":"reference.submitted"}"#;
    let json = |headers: HeaderMap, kind: &str| {
        let mut headers = headers;
        headers.insert(CONTENT_TYPE, kind.parse().unwrap());
        headers
    };
    let (mib, large) = (format!("\"{}\"", "x".repeat(1024 * 1024 - 2)), "x".repeat(1024 * 1024 + 1));
    let cases = [
        ("/", json(sign(body.as_bytes()), "application/json"), body, 200),
        ("/", json(sign(body.as_bytes()), "Application/vnd.hb+json; charset=utf-8"), body, 200),
        ("/", sign(body.as_bytes()), body, 200),
        ("/", sign(mib.as_bytes()), &mib, 200),
        ("/", json(sign(b"other"), "application/json"), body, 401),
        ("/", json(HeaderMap::new(), "application/json"), body, 401),
        ("/", json(sign(b"other"), "text/plain"), "not json", 401),
        ("/", sign(large.as_bytes()), &large, 413),
        ("/", json(sign(body.as_bytes()), "text/plain"), body, 415),
        ("/", json(sign(b"not json"), "application/json"), "not json", 400),
        ("/small", sign(b"\"1234567\""), "\"1234567\"", 200),
        ("/small", sign(body.as_bytes()), body, 413),
    ];
    let mut accepted = 0;
    for (path, headers, body, status) in cases {
        let said = answer(router.clone(), path, headers, body).await;
        assert_eq!(said, (status, String::new()), "{path} {}", &body[..body.len().min(40)]);
        accepted += usize::from(status == 200 && path == "/");
        assert_eq!(seen.lock().unwrap().len(), accepted);
    }
}

#[tokio::test]
async fn a_body_of_unknown_length_is_read_up_to_the_limit_and_no_further() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let stream = tokio::net::TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    tokio::spawn(async move { axum::serve(listener, router().0).await });
    let (mut reader, mut writer) = stream.into_split();
    writer.write_all(b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n").await.unwrap();
    // It never ends: the answer comes because of the limit.
    let endless = tokio::spawn(async move {
        let chunk = format!("1000\r\n{}\r\n", "x".repeat(0x1000));
        while writer.write_all(chunk.as_bytes()).await.is_ok() {}
    });
    let mut answer = [0; 12];
    reader.read_exact(&mut answer).await.unwrap();
    endless.abort();
    assert!(answer.starts_with(b"HTTP/1.1 413"), "{}", String::from_utf8_lossy(&answer));
}

#[tokio::test]
async fn a_handler_that_asks_is_told_why() {
    let (status, said) = answer(router().0, "/told", HeaderMap::new(), "{}").await;
    assert_eq!(status, 418);
    assert!(said.contains("HeaderMissing"), "{said}");
}
