//! The way back, in a sandbox: a delivery arrives, and the stored secret tells it from a forgery.

use std::{net::SocketAddr, path::Path};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, http::StatusCode, routing::post};
use hb_portal::{
    SecretFile,
    verify::{SignatureScheme, Verifier},
};
use hb_portal_sandbox::{AttemptResult, Flaw, Sandbox, Signing, TestDelivery};

/// The sandbox's own choice: how the portal signs is documented nowhere.
const HEADER: &str = "Signature";

type Error = Box<dyn std::error::Error>;

/// The receiver: it verifies the bytes that arrived before it parses them.
async fn receive(State(verifier): State<Verifier>, headers: HeaderMap, body: Bytes) -> StatusCode {
    match verifier.receive::<serde_json::Value>(&headers, body) {
        Ok(delivery) if delivery.event().is_some() => StatusCode::NO_CONTENT,
        Ok(_) => StatusCode::BAD_REQUEST,
        Err(_) => StatusCode::UNAUTHORIZED,
    }
}

/// Has the sandbox send a signed and a forged delivery to a receiver with the secret in `path`, and returns what to report.
pub(crate) async fn trip(sandbox: &Sandbox, path: &Path) -> Result<[(&'static str, String); 2], Error> {
    let file = SecretFile::new(path);
    let stored = tokio::task::spawn_blocking(move || file.load()).await??.ok_or("the secret is not in its file")?;
    let verifier = Verifier::new(SignatureScheme::hmac_sha256_hex(HEADER), &stored.secret)?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let router = Router::new().fallback(post(receive)).with_state(verifier);
    // It ends with the runtime, when the example ends.
    tokio::spawn(async move { axum::serve(listener, router).await });

    let accepted = deliver(sandbox, address, None).await?;
    let refused = deliver(sandbox, address, Some(Flaw::WrongSignature)).await?;
    match (&accepted, &refused) {
        (AttemptResult::Answered(204), AttemptResult::Answered(401)) => Ok([
            ("delivery", format!("received, and verified with the stored secret ({accepted})")),
            ("forgery", format!("received, and refused ({refused})")),
        ]),
        _ => Err(format!("a delivery was answered with {accepted}, and a forged one with {refused}").into()),
    }
}

/// Delivers to the newest endpoint, but to `address`: its URL is somebody else's, and a sandbox does not go there.
async fn deliver(sandbox: &Sandbox, address: SocketAddr, flaw: Option<Flaw>) -> Result<AttemptResult, Error> {
    let endpoint = sandbox.endpoints().last().map(|endpoint| endpoint.id).ok_or("the sandbox holds no endpoint")?;
    let mut delivery = TestDelivery::new(endpoint, Signing::Hex(HEADER.to_owned())).connect_to(address);
    if let Some(flaw) = flaw {
        delivery = delivery.flaw(flaw);
    }
    let attempts = sandbox.deliver(delivery).await?;
    Ok(attempts.last().map(|attempt| attempt.result.clone()).ok_or("nothing was delivered")?)
}
