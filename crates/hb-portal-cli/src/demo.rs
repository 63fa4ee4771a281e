//! `hb-portal demo`: runs the whole process once, in a sandbox.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, http::StatusCode, routing::post};
use clap::Args;
use hb_portal::{
    Client, EventType, SecretFile,
    verify::{SignatureScheme, Verifier},
};
use hb_portal_sandbox::{AttemptResult, Flaw, Sandbox, Signing, TestDelivery};
use serde_json::json;

use crate::{
    endpoint::print_created,
    exit::{Exit, Failure},
    failed::of_create,
    output::{Output, rows},
    scheme::{load, unusable},
    shown,
};

/// Create an endpoint in a sandbox, store its secret, verify a delivery with it, and refuse a forged one
///
/// It needs no network and no account. The secret stays in a new folder inside the system's temporary folder.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  hb-portal demo")]
pub(crate) struct Demo {
    /// The URL of the endpoint; deliveries are sent to a receiver in this process instead
    #[arg(long, default_value = "https://your-app.com/webhooks/references")]
    url: String,
}

/// The sandbox's own choice: the portal does not document how it signs.
const HEADER: &str = "Signature";

impl Demo {
    pub(crate) async fn run(self, output: Output) -> Result<Exit, Failure> {
        let sandbox = Sandbox::start().await.map_err(|error| failed("could not start the sandbox", error))?;
        output.step(&format!("started a sandbox of the portal at {}", sandbox.base_url()));
        let client = Client::builder().base_url(sandbox.base_url()).access_token(sandbox.access_token()).build()?;
        let path = new_path().map_err(|error| {
            failed("could not create a folder for the secret (set TMPDIR to choose another place)", error)
        })?;

        output.step(&format!("creating a webhook endpoint for {}", shown::url(&self.url)));
        let events = [EventType::ReferenceSubmitted, EventType::ReferenceDeclined, EventType::ReferenceAllCompleted];
        let create = client.webhooks().create(&self.url, events);
        let create = create.delivery_timeout(Duration::from_secs(30)).delivery_retries(3);
        let created = create.store_secret_in(SecretFile::new(&path)).send().await;
        let again = "run `hb-portal demo` again: the endpoint is gone with the sandbox";
        let created = created.map_err(|error| of_create(error, "").hint(again))?;
        print_created(output, &created, "created", ("file", Some(&path.display().to_string())));

        output.step("sending a signed and a forged delivery to a receiver on this machine");
        let verifier = Verifier::new(SignatureScheme::hmac_sha256_hex(HEADER), &load(&path)?).map_err(unusable)?;
        let receiver = receive_with(verifier).await.map_err(|error| failed("could not listen on 127.0.0.1", error))?;
        let signed = deliver(&sandbox, receiver, None).await?;
        let forged = deliver(&sandbox, receiver, Some(Flaw::WrongSignature)).await?;
        match (&signed, &forged) {
            (AttemptResult::Responded(204), AttemptResult::Responded(401)) => {
                let text = || {
                    let delivery = format!("received, and verified with the stored secret ({signed})");
                    let forgery = format!("received, and refused ({forged})");
                    format!("sent two deliveries\n{}", rows([("delivery", delivery), ("forgery", forgery)]))
                };
                output.result(text, || json!({"outcome": "delivered", "delivery": 204, "forgery": 401}));
                Ok(Exit::Done)
            }
            _ => {
                let text = format!(
                    "the results were {signed} for the signed delivery and {forged} for the forgery, not 204 and 401"
                );
                Err(Failure::new(Exit::No, text))
            }
        }
    }
}

/// A path in a new folder, which is kept because the secret has to outlive this process.
fn new_path() -> std::io::Result<PathBuf> {
    Ok(tempfile::Builder::new().prefix("hb-portal-").tempdir()?.keep().join("webhook-secret"))
}

/// Starts a receiver that verifies the bytes that arrived before it parses them. It ends with the runtime.
async fn receive_with(verifier: Verifier) -> std::io::Result<SocketAddr> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let router = Router::new().fallback(post(receive)).with_state(verifier);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

async fn receive(State(verifier): State<Verifier>, headers: HeaderMap, body: Bytes) -> StatusCode {
    match verifier.receive::<serde_json::Value>(&headers, body) {
        Ok(_) => StatusCode::NO_CONTENT,
        Err(error) => error.status(),
    }
}

/// Sends a delivery for the newest endpoint to `address`, because a sandbox must not contact the host of the endpoint's URL.
async fn deliver(sandbox: &Sandbox, address: SocketAddr, flaw: Option<Flaw>) -> Result<AttemptResult, Failure> {
    let nothing = || Failure::new(Exit::No, "the endpoint was created, but nothing was delivered");
    let endpoint = sandbox.endpoints().last().map(|endpoint| endpoint.id).ok_or_else(nothing)?;
    let mut delivery = TestDelivery::new(endpoint, Signing::Hex(HEADER.to_owned())).connect_to(address);
    if let Some(flaw) = flaw {
        delivery = delivery.flaw(flaw);
    }
    let undelivered = |error| failed("the endpoint was created, but the delivery failed", error);
    let attempts = sandbox.deliver(delivery).await.map_err(undelivered)?;
    attempts.last().map(|attempt| attempt.result.clone()).ok_or_else(nothing)
}

fn failed(what: &str, error: std::io::Error) -> Failure {
    Failure::new(Exit::No, format!("{what}: {error}"))
}
