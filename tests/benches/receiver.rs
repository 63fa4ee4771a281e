//! Requests per second of an axum receiver with the extractor, compared with handlers that only read the body, or read
//! and parse it.
//!
//! Run with `cargo bench -p hb-portal-tests --bench receiver`, on Linux. The receiver runs on one thread and the
//! clients on another. Requests are counted per second of the receiver's processor time, which excludes everything else
//! that the machine does. Only the ratios are meaningful, because machines differ.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::post;
use hb_portal::SigningSecret;
use hb_portal::axum::{DEFAULT_LIMIT, VerifiedWebhook};
use hb_portal::verify::{SignatureScheme, Signer, Verifier};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const CONNECTIONS: usize = 32;
const ROUNDS: usize = 31;
const ROUND: Duration = Duration::from_millis(200);

/// The fields that a receiver may expect in a body. The body has more.
#[derive(serde::Deserialize)]
struct Expected {
    #[serde(rename = "event")]
    _event: String,
}

async fn reads(_: Bytes) -> StatusCode {
    StatusCode::NO_CONTENT
}

/// Does what the extractor does, except the verification.
async fn parses<T: serde::de::DeserializeOwned>(body: Bytes) -> StatusCode {
    match serde_json::from_slice::<T>(&body) {
        Ok(_) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::BAD_REQUEST,
    }
}

async fn verifies<T>(VerifiedWebhook(_): VerifiedWebhook<T>) -> StatusCode {
    StatusCode::NO_CONTENT
}

/// A receiver on its own thread.
struct Receiver {
    address: SocketAddr,
    /// The file in which Linux reports how long the thread has run, in nanoseconds.
    clock: PathBuf,
}

impl Receiver {
    fn start(router: Router) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let thread = std::fs::read_link("/proc/thread-self").unwrap();
            sender.send(Path::new("/proc").join(thread).join("schedstat")).unwrap();
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async { axum::serve(TcpListener::from_std(listener).unwrap(), router).await })
        });
        Self { address, clock: receiver.recv().unwrap() }
    }

    fn processor_time(&self) -> Duration {
        let text = std::fs::read_to_string(&self.clock).unwrap();
        Duration::from_nanos(text.split(' ').next().unwrap().parse().unwrap())
    }

    /// Returns the number of requests per second of the receiver's processor time. Each connection sends one request after
    /// another until the round is over.
    async fn rate(&self, request: &'static [u8]) -> f64 {
        let mut streams = Vec::new();
        for _ in 0..CONNECTIONS {
            let stream = TcpStream::connect(self.address).await.unwrap();
            stream.set_nodelay(true).unwrap();
            streams.push(stream);
        }
        let (started, before) = (Instant::now(), self.processor_time());
        let mut clients = tokio::task::JoinSet::new();
        for mut stream in streams {
            clients.spawn(async move {
                let (mut count, mut response) = (0_u32, vec![0; 4096]);
                while started.elapsed() < ROUND {
                    stream.write_all(request).await.unwrap();
                    let mut length = 0;
                    while !response[..length].ends_with(b"\r\n\r\n") {
                        length += stream.read(&mut response[length..]).await.unwrap();
                    }
                    assert!(response.starts_with(b"HTTP/1.1 204"), "{}", String::from_utf8_lossy(&response[..length]));
                    count += 1;
                }
                count
            });
        }
        let count: u32 = clients.join_all().await.into_iter().sum();
        f64::from(count) / (self.processor_time() - before).as_secs_f64()
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let secret = SigningSecret::new("a signing secret of some length");
    let scheme = || SignatureScheme::hmac_sha256_hex("Signature");
    // 1 KiB: a list of people with a few short fields each.
    let person = r#"{"id":12345,"name":"Zoe Example","email":"zoe@example.com","answered":true,"score":4.5}"#;
    let mut body = format!(r#"{{"event":"reference.submitted","data":[{}],"note":""#, [person; 10].join(","));
    body.push_str(&"x".repeat(1024 - body.len() - 2));
    body.push_str("\"}");
    assert_eq!(body.len(), 1024);
    let signature = Signer::new(scheme(), &secret).unwrap().sign(body.as_bytes()).unwrap();
    let request = format!(
        "POST /PATH HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nsignature: {}\r\ncontent-length: 1024\r\n\r\n{body}",
        signature["signature"].to_str().unwrap(),
    );
    let router = Router::new()
        .route("/read", post(reads))
        .route("/parse", post(parses::<Expected>))
        .route("/type", post(verifies::<Expected>))
        .route("/value", post(parses::<serde_json::Value>))
        .route("/json", post(verifies::<serde_json::Value>))
        .layer(DefaultBodyLimit::max(DEFAULT_LIMIT))
        .with_state(Verifier::new(scheme(), &secret).unwrap());
    let receiver = Receiver::start(router);

    let contenders = [
        ("only reads the body", "read"),
        ("reads it and parses it as `Expected`", "parse"),
        ("`VerifiedWebhook<Expected>`", "type"),
        ("reads it and parses it as `Value`", "value"),
        ("`VerifiedWebhook`", "json"),
    ];
    let requests = contenders.map(|(_, path)| &*request.replace("PATH", path).into_bytes().leak());
    let mut rounds = vec![Vec::new(); contenders.len()];
    for _ in 0..ROUNDS {
        for (request, rates) in requests.iter().zip(&mut rounds) {
            rates.push(receiver.rate(request).await);
        }
    }
    println!("| receiver, 1 KiB | requests/s | of reading only |\n|---|---|---|");
    for ((name, _), rates) in contenders.iter().zip(&rounds) {
        // Ratios are taken within each round, because a slow round affects both sides.
        let ratio = median(rates.iter().zip(&rounds[0]).map(|(rate, read)| rate / read).collect());
        println!("| {name} | {:.0} | {ratio:.2} |", median(rates.clone()));
    }
}
