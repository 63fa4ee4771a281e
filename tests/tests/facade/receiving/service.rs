//! A service that registers itself at startup and receives deliveries. Each delivery is verified, and handled once.

use std::{
    convert::Infallible,
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use axum::{
    Router,
    extract::{FromRef, State},
    http::StatusCode,
    routing::post,
};
use hb_portal::{
    Client, Ensured, EventType, SecretFile,
    axum::VerifiedWebhook,
    replay::{MemoryReplayGuard, Once, OnceError, ReplayGuard, handle_once},
    verify::{SignatureScheme, Verifier},
};
use hb_portal_sandbox::{Flaw, Sandbox, Signing, TestDelivery};

#[derive(Clone)]
struct Service {
    verifier: Verifier,
    guard: Arc<dyn ReplayGuard>,
    handled: Arc<AtomicU32>,
}

impl FromRef<Service> for Verifier {
    fn from_ref(service: &Service) -> Self {
        service.verifier.clone()
    }
}

async fn receive(
    State(service): State<Service>,
    VerifiedWebhook(delivery): VerifiedWebhook,
) -> Result<Once<StatusCode>, OnceError<Infallible>> {
    let key = delivery.verified().delivery_key();
    handle_once(&*service.guard, &key, || async {
        service.handled.fetch_add(1, Ordering::SeqCst);
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

/// Registers the endpoint unless it is registered already, and returns a service that verifies with its secret.
async fn start(client: &Client, url: &str, file: SecretFile) -> Result<Service, Box<dyn std::error::Error>> {
    let secret = match client.webhooks().ensure(url, [EventType::ReferenceSubmitted], file).send().await? {
        Ensured::Stored(stored) => stored.secret,
        Ensured::Created(created) => created.secret,
    };
    let verifier = Verifier::new(SignatureScheme::hmac_sha256_hex("Signature"), &secret)?;
    Ok(Service { verifier, guard: Arc::new(MemoryReplayGuard::default()), handled: Arc::default() })
}

#[tokio::test]
async fn a_service_registers_once_and_handles_each_delivery_once() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::builder().base_url(sandbox.base_url()).access_token(sandbox.access_token()).build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = || SecretFile::new(folder.path().join("secret"));
    let url = "http://your-app.test/webhooks";
    start(&client, url, file()).await.unwrap();
    let service = start(&client, url, file()).await.unwrap();
    assert_eq!(sandbox.endpoints().len(), 1, "the second start finds the secret");

    let router = Router::new().route("/webhooks", post(receive)).with_state(service.clone());
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });

    let signing = Signing::parse("hex:Signature").unwrap();
    let delivery = || TestDelivery::new(1, signing.clone()).once().connect_to(address);
    for delivery in [delivery(), delivery().flaw(Flaw::Replayed)] {
        let attempts = sandbox.deliver(delivery).await.unwrap();
        assert!(attempts.iter().all(hb_portal_sandbox::DeliveryAttempt::is_accepted), "{attempts:?}");
    }
    assert_eq!(service.handled.load(Ordering::SeqCst), 1, "a replay is the same delivery");
    let forged = sandbox.deliver(delivery().flaw(Flaw::WrongSignature)).await.unwrap();
    assert!(!forged.iter().any(hb_portal_sandbox::DeliveryAttempt::is_accepted), "{forged:?}");
}
