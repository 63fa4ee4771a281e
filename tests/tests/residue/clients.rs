//! The measured clients: ours, and one as other generators write it, without our hardening.

use std::sync::Arc;

use hb_portal::{Client, ClientCredentials, CreateError, CreatedWebhook, EventType, SecretSink};
use reqwest::header::ACCEPT;
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use super::{
    canary::{API_KEY, SECRET, TOKEN},
    certificate::Certificate,
    responses::Outcome,
    watch::Watch,
};

const URL: &str = "https://your-app.com/webhooks";

/// The arguments of a client.
pub struct Run<'a> {
    pub base_url: &'a str,
    pub certificate: &'a Certificate,
    pub watch: &'a Watch<'a>,
    /// Sent when the client has read everything that the server sends.
    pub read: oneshot::Receiver<()>,
}

/// The source of a client's token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authorization {
    Given,
    Minted,
}

/// Creates an endpoint with the facade, with a sink if there is one, and drops everything.
pub async fn ours(run: Run<'_>, authorization: Authorization, sink: Option<impl SecretSink + 'static>) -> Outcome {
    run.watch.phase("create");
    let client = client(&run, authorization);
    let create = client.webhooks().create(URL, [EventType::ReferenceSubmitted]);
    let result = match sink {
        Some(sink) => create.store_secret_in(sink).send().await,
        None => create.send().await,
    };
    let outcome = match &result {
        Ok(created) => {
            assert_secret_of(created);
            Outcome::Ok
        }
        Err(CreateError::NotStored(error)) => {
            assert_secret_of(error.created());
            Outcome::NotStored
        }
        Err(CreateError::SecretMissing(_)) => Outcome::SecretMissing,
        Err(CreateError::Unconfirmed(_)) => Outcome::Unconfirmed,
        Err(other) => panic!("{other}"),
    };
    run.watch.phase("drop");
    drop(result);
    run.watch.phase("close");
    drop(client);
    outcome
}

/// Begins to create an endpoint with the facade, and drops the call once it has read everything that the server sends.
pub async fn ours_dropped(run: Run<'_>) {
    run.watch.phase("create");
    let client = client(&run, Authorization::Given);
    {
        let call = client.webhooks().create(URL, [EventType::ReferenceSubmitted]).send();
        tokio::select! {
            result = call => panic!("the response is incomplete, but the call returned: {result:?}"),
            read = run.read => read.unwrap(),
        }
        run.watch.phase("drop");
    }
    run.watch.phase("close");
}

fn client(run: &Run<'_>, authorization: Authorization) -> Client {
    let builder = Client::builder().base_url(run.base_url).root_certificates(run.certificate.pem.as_str());
    let builder = match authorization {
        Authorization::Given => builder.access_token(TOKEN),
        Authorization::Minted => builder.credentials(ClientCredentials::new(17, API_KEY)),
    };
    builder.build().unwrap()
}

fn assert_secret_of(created: &CreatedWebhook) {
    assert!(created.secret.expose_secret() == SECRET, "the secret is not the one that the portal sent");
}

/// Creates an endpoint as generated code does: reqwest collects the response, which is decoded into a struct with a
/// `String`. Drops everything afterwards.
pub async fn raw(run: Run<'_>) {
    run.watch.phase("create");
    let client = reqwest::Client::builder().no_proxy().tls_backend_preconfigured(tls(run.certificate)).build().unwrap();
    let request = client.post(format!("{}/webhooks", run.base_url)).bearer_auth(TOKEN);
    let body = Request { url: URL, events: &["reference.submitted"] };
    let bytes = request.header(ACCEPT, "application/json").json(&body).send().await.unwrap().bytes().await;
    let created = bytes.as_ref().ok().map(|bytes| serde_json::from_slice::<Created>(bytes));
    run.watch.phase("drop");
    drop((created, bytes));
    run.watch.phase("close");
}

#[derive(Serialize)]
struct Request {
    url: &'static str,
    events: &'static [&'static str],
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "they are decoded, not read")]
struct Created {
    data: Data,
    secret: String,
    message: Option<String>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "they are decoded, not read")]
struct Data {
    id: i64,
    url: String,
    events: Vec<String>,
    created_at: Option<String>,
}

fn tls(certificate: &Certificate) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.der.clone()).unwrap();
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}
