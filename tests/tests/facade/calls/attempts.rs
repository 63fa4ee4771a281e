//! When a create is attempted again, with which token, and when it is not.

use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, TcpListener},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use hb_portal::{
    Client, ClientBuilder, ClientCredentials, CreateError, CreatedWebhook, NotSentReason, RetryPolicy, http,
};
use hb_portal_tests::reserved_port;
use socket2::SockRef;
use tokio::time::{self, Instant};

const PATIENT: RetryPolicyOf = RetryPolicyOf { max_retries: 2, max_delay: 60 };

/// A policy whose own delay is zero, so that only delays demanded by the portal count.
struct RetryPolicyOf {
    max_retries: u32,
    max_delay: u64,
}

impl RetryPolicyOf {
    fn policy(&self) -> RetryPolicy {
        RetryPolicy::default()
            .max_retries(self.max_retries)
            .base_delay(Duration::ZERO)
            .max_delay(Duration::from_secs(self.max_delay))
    }
}

/// The requests that a portal received: the path and the `Authorization` of each.
type Log = Arc<Mutex<Vec<(String, String)>>>;

fn response(status: u16, headers: &[(&str, &str)], body: String) -> http::Response<Vec<u8>> {
    let builder = headers
        .iter()
        .fold(http::Response::builder().status(status), |builder, (name, value)| builder.header(*name, *value));
    builder.body(body.into_bytes()).unwrap()
}

fn created() -> http::Response<Vec<u8>> {
    response(201, &[], r#"{"data":{"id":5},"secret":"whsec_example"}"#.to_owned())
}

/// A client of a portal that is a function of the path and of the number of the request to that path, counted from 1.
fn client(respond: impl Fn(&str, usize) -> http::Response<Vec<u8>> + Send + Sync + 'static) -> (ClientBuilder, Log) {
    let log = Log::default();
    let seen = Arc::clone(&log);
    let builder =
        Client::builder().base_url("https://portal.test").retry(PATIENT.policy()).respond_with(move |request| {
            let path = request.uri().path().to_owned();
            let authorization = request.headers().get("authorization").map(|value| value.to_str().unwrap().to_owned());
            let mut seen = seen.lock().unwrap();
            seen.push((path.clone(), authorization.unwrap_or_default()));
            let number = seen.iter().filter(|(other, _)| *other == path).count();
            drop(seen);
            respond(&path, number)
        });
    (builder, log)
}

/// A client that mints the tokens `token-1`, `token-2`, …, each valid for `seconds`. `respond` makes all other
/// responses.
fn minting(seconds: i64, respond: impl Fn(usize) -> http::Response<Vec<u8>> + Send + Sync + 'static) -> (Client, Log) {
    let (builder, log) = client(move |path, number| match path {
        "/auth/token" => response(200, &[], format!(r#"{{"access_token":"token-{number}","expires_in":{seconds}}}"#)),
        _ => respond(number),
    });
    (builder.credentials(ClientCredentials::new(7, "canary-key")).build().unwrap(), log)
}

async fn create(client: &Client) -> Result<CreatedWebhook, CreateError> {
    client.webhooks().create("https://your-app.com/", ["reference.submitted"]).send().await
}

async fn works(client: &Client) {
    assert!(!create(client).await.unwrap().secret.expose_secret().is_empty());
}

/// Returns the token of each create that was sent.
fn tokens(log: &Log) -> Vec<String> {
    let seen = log.lock().unwrap();
    let creates = seen.iter().filter(|(path, _)| path == "/webhooks");
    creates.map(|(_, authorization)| authorization.trim_start_matches("Bearer ").to_owned()).collect()
}

fn not_sent(outcome: Result<CreatedWebhook, CreateError>) -> hb_portal::NotSent {
    match outcome {
        Err(CreateError::NotSent(not_sent)) => not_sent,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_retry_that_would_start_after_the_deadline_is_not_waited_for() {
    let (builder, log) = client(|_, _| response(429, &[("retry-after", "30")], String::new()));
    let client = builder.access_token("token").deadline(Duration::from_secs(2)).build().unwrap();
    let began = Instant::now();
    assert!(matches!(create(&client).await, Err(CreateError::Rejected(rejection)) if rejection.status() == 429));
    assert_eq!((began.elapsed(), tokens(&log).len()), (Duration::ZERO, 1));
}

#[tokio::test(start_paused = true)]
async fn a_create_is_retried_within_its_deadline() {
    let (builder, log) = client(|_, number| match number {
        1 => response(429, &[("retry-after", "30")], String::new()),
        _ => created(),
    });
    let client = builder.access_token("token").deadline(Duration::from_secs(40)).build().unwrap();
    let began = Instant::now();
    works(&client).await;
    assert_eq!(tokens(&log).len(), 2);
    let waited = began.elapsed();
    assert!((30..32).contains(&waited.as_secs()), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn a_call_has_a_default_deadline() {
    let (builder, log) = client(|_, _| response(429, &[("retry-after", "50")], String::new()));
    let policy = RetryPolicyOf { max_retries: 100, ..PATIENT }.policy();
    let client = builder.access_token("token").retry(policy).build().unwrap();
    let began = Instant::now();
    create(&client).await.unwrap_err();
    assert!((200..300).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    assert!(tokens(&log).len() > 4);
}

#[tokio::test]
async fn a_connection_refused_after_a_429_is_reported_as_not_sent() {
    // The reservation keeps other tests off the port once this listener is gone. Only Linux lets both sockets have the port.
    let (reserved, port) = reserved_port();
    let _reserved = cfg!(target_os = "linux").then_some(reserved);
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]);
        // Nothing listens any more when the response arrives, not even the copy in a process that another test starts.
        // Only Linux stops all copies like that.
        let _ = SockRef::from(&listener).shutdown(Shutdown::Both);
        drop(listener);
        stream.write_all(b"HTTP/1.1 429 Too Many Requests\r\ncontent-length: 0\r\nretry-after: 0\r\n\r\n").unwrap();
    });
    let builder = Client::builder().base_url(&format!("http://{address}")).access_token("token");
    let error = not_sent(create(&builder.retry(PATIENT.policy()).build().unwrap()).await);
    server.join().unwrap();
    assert_eq!(error.reason(), NotSentReason::Connection);
    assert!(error.to_string().contains(&address.to_string()), "the error does not name the address: {error}");
    let cause = std::error::Error::source(&error).map(|cause| format!("{cause:?}")).unwrap_or_default();
    assert!(cause.contains("refused"), "{cause}");
}

#[tokio::test]
async fn a_refused_certificate_is_not_retried() {
    let sandbox = hb_portal_sandbox::Sandbox::builder().tls_self_signed().start().await.unwrap();
    let client = Client::builder().base_url(sandbox.base_url()).access_token("token").retry(PATIENT.policy());
    let client = client.build().unwrap();
    assert_eq!(not_sent(create(&client).await).reason(), NotSentReason::Connection);
    drop(client);
    sandbox.idle().await;
    assert_eq!(sandbox.connections().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_token_is_renewed_when_a_minute_or_a_quarter_of_its_lifetime_is_left() {
    for (lifetime, serves) in [(3600, 3540), (241, 181), (100, 75), (8, 6)] {
        let (client, log) = minting(lifetime, |_| created());
        works(&client).await;
        time::advance(Duration::from_secs(serves - 1)).await;
        works(&client).await;
        time::advance(Duration::from_secs(2)).await;
        works(&client).await;
        assert_eq!(tokens(&log), ["token-1", "token-1", "token-2"], "{lifetime}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_fresh_token_is_used_whatever_its_lifetime() {
    for lifetime in [0, -5] {
        let (client, log) = minting(lifetime, |_| created());
        works(&client).await;
        works(&client).await;
        assert_eq!(tokens(&log), ["token-1", "token-2"], "{lifetime}");
    }
}

#[tokio::test(start_paused = true)]
async fn if_renewing_fails_the_old_token_is_used_until_it_expires() {
    let (builder, log) = client(|path, number| match (path, number) {
        ("/auth/token", 1) => response(200, &[], r#"{"access_token":"token-1","expires_in":3600}"#.to_owned()),
        ("/auth/token", _) => response(503, &[], String::new()),
        _ => created(),
    });
    let client = builder.credentials(ClientCredentials::new(7, "canary-key")).build().unwrap();
    works(&client).await;
    time::advance(Duration::from_secs(3590)).await;
    works(&client).await;
    assert_eq!(tokens(&log), ["token-1", "token-1"]);
    time::advance(Duration::from_secs(11)).await;
    assert_eq!(not_sent(create(&client).await).reason(), NotSentReason::TokenUnavailable);
    assert_eq!(tokens(&log).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_expires_during_a_delay_is_renewed_before_the_next_attempt() {
    let (client, log) = minting(40, |number| match number {
        1 => response(429, &[("retry-after", "35")], String::new()),
        _ => created(),
    });
    works(&client).await;
    assert_eq!(tokens(&log), ["token-1", "token-2"]);
}

#[tokio::test(start_paused = true)]
async fn a_401_renews_the_token_once() {
    let (client, log) = minting(3600, |number| if number == 1 { response(401, &[], String::new()) } else { created() });
    works(&client).await;
    assert_eq!(tokens(&log), ["token-1", "token-2"]);
    let (client, log) = minting(3600, |_| response(401, &[], String::new()));
    assert!(matches!(create(&client).await, Err(CreateError::Rejected(rejection)) if rejection.status() == 401));
    assert_eq!(tokens(&log), ["token-1", "token-2"]);
}

#[tokio::test(start_paused = true)]
async fn the_reason_for_a_missing_token_depends_on_the_status() {
    for (status, reason, says) in [
        (400, NotSentReason::TokenRefused, "400"),
        (401, NotSentReason::TokenRefused, "401"),
        (403, NotSentReason::TokenRefused, "403"),
        (422, NotSentReason::TokenRefused, "422"),
        (404, NotSentReason::TokenUnavailable, "https://portal.test/auth/token responded 404"),
        (500, NotSentReason::TokenUnavailable, "https://portal.test/auth/token responded 500"),
        (200, NotSentReason::TokenUnavailable, "https://portal.test/auth/token"),
        (429, NotSentReason::RateLimited, "429"),
    ] {
        let (builder, log) = client(move |_, _| response(status, &[("retry-after", "90")], "{}".to_owned()));
        let client = builder.credentials(ClientCredentials::new(7, "canary-key")).build().unwrap();
        let error = not_sent(create(&client).await);
        assert_eq!(error.reason(), reason, "{status}");
        assert!(error.to_string().contains(says), "{status}: {error}");
        assert_eq!(error.retry_after().is_some(), status == 429, "{status}");
        assert!(tokens(&log).is_empty());
    }
}
