//! A receiver: the deliveries that it passes to its handler, and its response to a sender without the secret.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use axum::body::{Body, to_bytes};
use axum::extract::FromRef;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Router, response::IntoResponse as _};
use hb_portal::axum::{ChooseVerifier, VerifiedWebhook};
use hb_portal::replay::{Claim, DeliveryKey, MemoryReplayGuard, Once, OnceError, ReplayGuard as _, handle_once};
use hb_portal::verify::{Delivery, Envelope, ReceiveError, SignatureScheme, Signer, Verifier, VerifyError};
use hb_portal::{EventType, SigningSecret};
use http::header::{CONTENT_TYPE, HeaderMap};
use http_body::Frame;
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
fn the_event_is_read_from_the_body_and_an_unknown_one_is_kept() {
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
fn a_delivery_keeps_every_byte_and_prints_none() {
    let body = "{ \"event\": \"x\",\n \"name\": \"canary\" }\n";
    let delivery = receive::<Value>(body).unwrap();
    assert_eq!((delivery.body(), delivery.json()), (body.as_bytes(), body));
    assert_eq!(delivery.data, json!({"event": "x", "name": "canary"}));
    assert_eq!(delivery.verified().secret_index(), 0);
    assert!(!format!("{delivery:?}").contains("canary"));
}

#[test]
fn a_signed_body_of_another_shape_is_an_error_that_does_not_quote_it() {
    #[derive(serde::Deserialize)]
    struct Expected {
        #[serde(rename = "id")]
        _id: u64,
    }
    for (body, error) in [
        (&b"{\"id\":\"canary\"}"[..], ReceiveError::OtherShape { line: 1, column: 14 }),
        (b"{\"canary\":1}", ReceiveError::OtherShape { line: 1, column: 12 }),
        (b"{\"id\":", ReceiveError::NotJson { line: 1, column: 6 }),
        (b"\n canary", ReceiveError::NotJson { line: 2, column: 2 }),
        (b"", ReceiveError::NotJson { line: 1, column: 0 }),
        (b"{\"id\":1,\"canary\":\"\xff\"}", ReceiveError::NotJson { line: 0, column: 0 }),
    ] {
        let received = verifier().receive::<Expected>(&sign(body), body.to_vec()).unwrap_err();
        assert_eq!(received, error);
        assert!(!format!("{received} {received:?}").contains("canary"));
    }
    let forged = verifier().receive::<Expected>(&sign(b"x"), "{}").unwrap_err();
    assert_eq!(forged, ReceiveError::Refused(VerifyError::NoMatch));
}

#[test]
fn the_vendors_envelope_is_typed() {
    let body = r#"{"event_id":"0b1f","more":[1],"event_type":"reference.declined","occurred_at":"2026-02-17T09:30:00+00:00","data":{"id":7}}"#;
    let delivery = receive::<Envelope<Value>>(body).unwrap();
    assert_eq!(delivery.event(), Some(EventType::ReferenceDeclined));
    let Envelope { event_id, event_type, occurred_at, data, .. } = delivery.data;
    assert_eq!((event_id.as_str(), event_type, &data), ("0b1f", EventType::ReferenceDeclined, &json!({"id": 7})));
    assert_eq!(occurred_at.to_rfc3339(), "2026-02-17T09:30:00+00:00");
    for member in ["event_id", "event_type", "occurred_at", "data"] {
        let mut without: Value = serde_json::from_str(body).unwrap();
        without.as_object_mut().unwrap().remove(member);
        let error = receive::<Envelope<Value>>(&without.to_string()).unwrap_err();
        assert!(matches!(error, ReceiveError::OtherShape { .. }), "{member}: {error}");
    }
}

#[test]
fn a_queued_delivery_is_received_as_of_its_arrival() {
    let scheme = SignatureScheme::stripe("S");
    let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    let headers = Signer::new(scheme.clone(), &secret()).unwrap().sign_at("x", at(1_700_000_000), b"[7]").unwrap();
    let verifier = Verifier::new(scheme, &secret()).unwrap();
    let received = verifier.receive_at::<Value>(&headers, "[7]", at(1_700_000_010)).unwrap();
    assert_eq!(received.data, json!([7]));
    let now = verifier.receive::<Value>(&headers, "[7]").unwrap_err();
    assert!(matches!(now, ReceiveError::Refused(VerifyError::TooOld { .. })));
}

/// A state that contains more than a verifier.
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

async fn record(axum::extract::State(app): axum::extract::State<App>, VerifiedWebhook(delivery): VerifiedWebhook) {
    app.seen.lock().unwrap().push(delivery.data);
}

async fn small(VerifiedWebhook(_): VerifiedWebhook<Value, 10>) {}

async fn report(result: Result<VerifiedWebhook, ReceiveError>) -> axum::response::Response {
    match result {
        Ok(_) => StatusCode::OK.into_response(),
        Err(rejection) => (StatusCode::IM_A_TEAPOT, format!("{rejection:?}")).into_response(),
    }
}

fn router() -> (Router, Arc<Mutex<Vec<Value>>>) {
    let seen = Arc::default();
    let app = App { verifier: verifier(), seen: Arc::clone(&seen) };
    let router = Router::new()
        .route("/", post(record))
        .route("/small", post(small))
        .route("/report", post(report))
        .with_state(app);
    (router, seen)
}

/// Returns the status and the body of the response.
async fn respond(mut router: Router, path: &str, headers: HeaderMap, body: &str) -> (u16, String) {
    let mut request = http::Request::post(path).body(Body::from(body.to_owned())).unwrap();
    *request.headers_mut() = headers;
    let response = router.call(request).await.unwrap();
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn a_handler_gets_only_signed_bodies_and_a_stranger_gets_only_a_status() {
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
        ("/", sign(body.as_bytes()), body, 200),
        // A signed delivery is accepted whatever its content type.
        ("/", json(sign(body.as_bytes()), "text/plain"), body, 200),
        ("/", json(sign(body.as_bytes()), ""), body, 200),
        ("/", sign(mib.as_bytes()), &mib, 200),
        ("/", json(sign(b"other"), "application/json"), body, 401),
        ("/", json(HeaderMap::new(), "application/json"), body, 401),
        ("/", HeaderMap::new(), &large, 401),
        ("/", sign(large.as_bytes()), &large, 413),
        ("/", json(sign(b"not json"), "application/json"), "not json", 400),
        ("/small", sign(b"\"1234567\""), "\"1234567\"", 200),
        ("/small", sign(body.as_bytes()), body, 413),
    ];
    let mut accepted = 0;
    for (path, headers, body, status) in cases {
        let received = respond(router.clone(), path, headers, body).await;
        assert_eq!(received, (status, String::new()), "{path} {}", &body[..body.len().min(40)]);
        accepted += usize::from(status == 200 && path == "/");
        assert_eq!(seen.lock().unwrap().len(), accepted);
    }
}

/// Returns the status of the response to a request whose body never ends.
async fn endless(headers: &HeaderMap) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let stream = tokio::net::TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    tokio::spawn(async move { axum::serve(listener, router().0).await });
    let (mut reader, mut writer) = stream.into_split();
    let mut head = "POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n".to_owned();
    for (name, value) in headers {
        head.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    writer.write_all(format!("{head}\r\n").as_bytes()).await.unwrap();
    let body = tokio::spawn(async move {
        let chunk = format!("1000\r\n{}\r\n", "x".repeat(0x1000));
        while writer.write_all(chunk.as_bytes()).await.is_ok() {}
    });
    let mut response = [0; 12];
    reader.read_exact(&mut response).await.unwrap();
    body.abort();
    String::from_utf8_lossy(&response[9..]).into_owned()
}

#[tokio::test]
async fn a_body_of_unknown_length_is_read_only_up_to_the_limit() {
    assert_eq!(endless(&sign(b"x")).await, "413");
}

#[tokio::test]
async fn a_body_is_read_only_if_signature_and_age_may_be_right() {
    /// A body that panics when it is read.
    struct Unread;
    impl http_body::Body for Unread {
        type Data = axum::body::Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
            panic!("the body was read");
        }
    }
    let stripe = SignatureScheme::stripe("S");
    let old = Signer::new(stripe.clone(), &secret()).unwrap();
    let old = old.sign_at("x", SystemTime::now() - Duration::from_secs(301), b"{}").unwrap();
    let mut odd = HeaderMap::new();
    odd.insert("signature", "not hexadecimal".parse().unwrap());
    let router = |scheme| {
        let verifier = Verifier::new(scheme, &secret()).unwrap();
        Router::new().route("/", post(|_: VerifiedWebhook| async {})).with_state(verifier)
    };
    for (scheme, headers) in [(stripe, old), (scheme(), odd), (scheme(), HeaderMap::new())] {
        let mut request = http::Request::post("/").body(Body::new(Unread)).unwrap();
        *request.headers_mut() = headers;
        assert_eq!(router(scheme).call(request).await.unwrap().status(), 401);
    }
}

/// Chooses a tenant's verifier by path. An unknown tenant has none.
#[derive(Clone)]
struct Tenants;

impl ChooseVerifier for Tenants {
    async fn choose(&self, request: &http::request::Parts) -> Option<Verifier> {
        let tenant = request.uri.path().strip_prefix("/tenants/").filter(|tenant| *tenant != "unknown")?;
        Some(Verifier::new(scheme(), &SigningSecret::new(format!("the secret of {tenant}"))).unwrap())
    }
}

#[tokio::test]
async fn a_verifier_is_chosen_for_each_request() {
    let router = Router::new().route("/tenants/{tenant}", post(|_: VerifiedWebhook| async {})).with_state(Tenants);
    let signed = |tenant: &str| {
        let secret = SigningSecret::new(format!("the secret of {tenant}"));
        Signer::new(scheme(), &secret).unwrap().sign(b"{}").unwrap()
    };
    for (path, tenant, status) in
        [("one", "one", 200), ("two", "two", 200), ("one", "two", 401), ("unknown", "unknown", 404)]
    {
        let (received, _) = respond(router.clone(), &format!("/tenants/{path}"), signed(tenant), "{}").await;
        assert_eq!(received, status, "{path} signed by {tenant}");
    }
}

#[tokio::test]
async fn a_delivery_that_is_in_progress_or_cannot_be_claimed_is_requested_again() {
    let guard = MemoryReplayGuard::new().capacity(1);
    let (one, two) = (DeliveryKey::from_id("one"), DeliveryKey::from_id("two"));
    let handle = |key| handle_once(&guard, key, || async { Ok::<_, String>(StatusCode::ACCEPTED) });
    let Claim::Yours(ticket) = guard.claim(&one).await.unwrap() else { panic!("the delivery should be unclaimed") };
    for response in [handle(&one).await.into_response(), handle(&two).await.into_response()] {
        assert_eq!(
            (response.status(), &response.headers()["retry-after"]),
            (StatusCode::SERVICE_UNAVAILABLE, &"30".parse().unwrap())
        );
    }
    guard.release(&one, &ticket).await.unwrap();
    assert_eq!(handle(&one).await.into_response().status(), StatusCode::ACCEPTED);
    assert_eq!(handle(&one).await.into_response().status(), StatusCode::NO_CONTENT);
    let failed: Result<Once<StatusCode>, _> = Err(OnceError::Handler("it failed"));
    assert_eq!(failed.into_response().status(), StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test]
async fn a_handler_that_takes_a_result_gets_the_reason() {
    let (status, received) = respond(router().0, "/report", HeaderMap::new(), "{}").await;
    assert_eq!(status, 418);
    assert!(received.contains("HeaderMissing"), "{received}");
}
