//! Receives deliveries at `http://127.0.0.1:8090`, verifies each with the secret in the file `webhook-secret`, and handles it once.

use std::{convert::Infallible, sync::Arc};

use axum::{Router, extract::FromRef, extract::State, http::StatusCode, routing::post};
use hb_portal::{
    SecretFile,
    axum::VerifiedWebhook,
    replay::{MemoryReplayGuard, Once, OnceError, handle_once},
    verify::{Delivery, SignatureScheme, Verifier},
};

/// The router's state, which contains the extractor's verifier.
#[derive(Clone)]
struct Receiver {
    verifier: Verifier,
    guard: Arc<MemoryReplayGuard>,
}

impl FromRef<Receiver> for Verifier {
    fn from_ref(receiver: &Receiver) -> Self {
        receiver.verifier.clone()
    }
}

async fn receive(
    State(receiver): State<Receiver>,
    VerifiedWebhook(delivery): VerifiedWebhook,
) -> Result<Once<StatusCode>, OnceError<Infallible>> {
    let key = delivery.verified().delivery_key();
    // The result becomes the response: 503 with Retry-After if the sender must retry.
    handle_once(&*receiver.guard, &key, || handle(&delivery)).await
}

/// Replace this with your own work: keep what you need, and respond soon.
async fn handle(delivery: &Delivery) -> Result<StatusCode, Infallible> {
    println!("{:?}, {} bytes", delivery.event(), delivery.body().len());
    Ok(StatusCode::NO_CONTENT)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let stored = SecretFile::new("webhook-secret").load()?.ok_or("there is no file webhook-secret")?;
    // The portal does not document how it signs: `hb-portal detect` finds the scheme of a captured delivery.
    let verifier = Verifier::new(SignatureScheme::hmac_sha256_hex("Signature"), &stored.secret)?;
    let receiver = Receiver { verifier, guard: Arc::default() };
    let router = Router::new().fallback(post(receive)).with_state(receiver);
    axum::serve(tokio::net::TcpListener::bind("127.0.0.1:8090").await?, router).await?;
    Ok(())
}
