//! The SDK verifies deliveries that the sandbox signs with its own code, and a receiver refuses every flaw that the
//! sandbox adds.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use axum::routing::post;
use hb_portal::axum::VerifiedWebhook;
use hb_portal::replay::{MemoryReplayGuard, Once, handle_once};
use hb_portal::verify::{SignatureScheme, Verifier};
use hb_portal::{Client, CreatedWebhook, EventType};
use hb_portal_sandbox::{AttemptResult, Flaw, Sandbox, Signing, TestDelivery};

#[derive(Clone)]
struct App {
    verifier: Verifier,
    guard: Arc<MemoryReplayGuard>,
    handled: Arc<Mutex<Vec<Option<EventType>>>>,
}

impl FromRef<App> for Verifier {
    fn from_ref(app: &App) -> Self {
        app.verifier.clone()
    }
}

async fn receive(State(app): State<App>, VerifiedWebhook(delivery): VerifiedWebhook) -> StatusCode {
    let handle = || async {
        app.handled.lock().unwrap().push(delivery.event());
        Ok::<_, String>(())
    };
    match handle_once(&*app.guard, &delivery.verified().delivery_key(), handle).await {
        Ok(Once::Handled(()) | Once::AlreadyHandled) => StatusCode::NO_CONTENT,
        other => panic!("{other:?}"),
    }
}

async fn created(sandbox: &Sandbox) -> CreatedWebhook {
    let client = Client::builder().base_url(sandbox.base_url()).access_token(sandbox.access_token()).build().unwrap();
    let events = [EventType::ReferenceSubmitted];
    client.webhooks().create("https://your-app.com/webhooks", events).delivery_retries(0).send().await.unwrap()
}

async fn serve(verifier: Verifier) -> (SocketAddr, App) {
    let app = App { verifier, guard: Arc::default(), handled: Arc::default() };
    let router = Router::new().route("/webhooks", post(receive)).with_state(app.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, app)
}

#[tokio::test]
async fn every_signing_of_the_sandbox_is_a_scheme_of_the_sdk_and_every_flaw_is_detected() {
    for (signing, scheme) in [
        ("hex:Signature", SignatureScheme::hmac_sha256_hex("Signature")),
        ("base64:X-Sig", SignatureScheme::hmac_sha256_base64("X-Sig")),
        ("github", SignatureScheme::github()),
        ("stripe:Stripe-Signature", SignatureScheme::stripe("Stripe-Signature")),
        ("standard-webhooks", SignatureScheme::standard_webhooks()),
    ] {
        let sandbox = Sandbox::start().await.unwrap();
        let webhook = created(&sandbox).await;
        let (address, app) = serve(Verifier::new(scheme, &webhook.secret).unwrap()).await;
        let delivery = || {
            let delivery = TestDelivery::new(1, Signing::parse(signing).unwrap()).connect_to(address);
            delivery.event("reference.all_completed")
        };
        let status = |delivery| async {
            match &sandbox.deliver(delivery).await.unwrap()[..] {
                [attempt] => attempt.result.clone(),
                other => panic!("{other:?}"),
            }
        };
        let handled = || app.handled.lock().unwrap().len();
        let responded = AttemptResult::Responded;
        assert_eq!(status(delivery()).await, responded(204), "{signing}");
        assert_eq!(*app.handled.lock().unwrap(), [Some(EventType::ReferenceAllCompleted)]);
        // A replay is correctly signed, and is not handled a second time.
        assert_eq!(status(delivery().flaw(Flaw::Replayed)).await, responded(204), "{signing}");
        assert_eq!(status(delivery().flaw(Flaw::WrongSignature)).await, responded(401), "{signing}");
        assert_eq!(status(delivery().flaw(Flaw::Huge)).await, responded(413), "{signing}");
        assert_eq!(status(delivery().flaw(Flaw::NotJson)).await, responded(400), "{signing}");
        assert_eq!(handled(), 1);
        // Age matters only if the timestamp is signed; otherwise an old delivery is accepted.
        let signs_time = signing.starts_with('s');
        let old = status(delivery().flaw(Flaw::Old)).await;
        assert_eq!(old, responded(if signs_time { 401 } else { 204 }), "{signing}");
        assert_eq!(handled(), if signs_time { 1 } else { 2 });
    }
}
