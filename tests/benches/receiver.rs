//! Requests a second of an axum receiver with the extractor, beside one that only reads the body.
//!
//! `cargo bench -p hb-portal-tests --bench receiver`. Receivers and clients share the machine, so that only the ratio says
//! something.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::routing::post;
use hb_portal::SigningSecret;
use hb_portal::axum::VerifiedWebhook;
use hb_portal::verify::{SignatureScheme, Signer, Verifier};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const CONNECTIONS: usize = 32;
const ROUNDS: usize = 15;
const ROUND: Duration = Duration::from_millis(400);

/// What a receiver may expect of a body, and leaves out of it.
#[derive(serde::Deserialize)]
struct Expected {
    #[serde(rename = "event")]
    _event: String,
}

async fn reads(_: Bytes) -> StatusCode {
    StatusCode::NO_CONTENT
}

async fn any_json(VerifiedWebhook(_): VerifiedWebhook) -> StatusCode {
    StatusCode::NO_CONTENT
}

async fn typed(VerifiedWebhook(_): VerifiedWebhook<Expected>) -> StatusCode {
    StatusCode::NO_CONTENT
}

/// One request after the other over each connection, for as long as a round lasts.
async fn rate(address: SocketAddr, request: &'static [u8]) -> f64 {
    let started = Instant::now();
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..CONNECTIONS {
        clients.spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.set_nodelay(true).unwrap();
            let (mut count, mut answer) = (0_u32, vec![0; 4096]);
            while started.elapsed() < ROUND {
                stream.write_all(request).await.unwrap();
                let mut length = 0;
                while !answer[..length].ends_with(b"\r\n\r\n") {
                    length += stream.read(&mut answer[length..]).await.unwrap();
                }
                assert!(answer.starts_with(b"HTTP/1.1 204"), "{}", String::from_utf8_lossy(&answer[..length]));
                count += 1;
            }
            count
        });
    }
    let count: u32 = clients.join_all().await.into_iter().sum();
    f64::from(count) / started.elapsed().as_secs_f64()
}

#[tokio::main]
async fn main() {
    let secret = SigningSecret::new("a signing secret of some length");
    let scheme = || SignatureScheme::hmac_sha256_hex("Signature");
    // 1 KiB, as a list of people with a few short members each.
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
        .route("/json", post(any_json))
        .route("/type", post(typed))
        .with_state(Verifier::new(scheme(), &secret).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });

    let contenders =
        [("only reads the body", "read"), ("VerifiedWebhook<Expected>", "type"), ("VerifiedWebhook", "json")];
    let requests = contenders.map(|(_, path)| &*request.replace("PATH", path).into_bytes().leak());
    let mut rounds = vec![Vec::new(); contenders.len()];
    for _ in 0..ROUNDS {
        for (request, rates) in requests.iter().zip(&mut rounds) {
            rates.push(rate(address, request).await);
        }
    }
    println!("| receiver, 1 KiB | requests/s | of reading only |\n|---|---|---|");
    let medians: Vec<f64> = rounds
        .into_iter()
        .map(|mut rates| {
            rates.sort_by(f64::total_cmp);
            rates[rates.len() / 2]
        })
        .collect();
    for ((what, _), rate) in contenders.iter().zip(&medians) {
        println!("| {what} | {rate:.0} | {:.2} |", rate / medians[0]);
    }
}
