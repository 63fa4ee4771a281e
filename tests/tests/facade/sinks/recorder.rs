//! A sink that records its calls and behaves as configured.

use std::sync::{Arc, Mutex};

use hb_portal::{Attempt, BoxError, BoxFuture, Client, CreateError, CreatedWebhook, RetryPolicy, SecretSink};
use hb_portal_sandbox::{Fault, Sandbox};

/// The behaviour of a step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Behaviour {
    #[default]
    Works,
    Fails,
    /// It panics while it is called.
    Panics,
    /// It panics while it is awaited.
    PanicsLater,
}

/// The calls to all the sinks that share this list.
pub type Calls = Arc<Mutex<Vec<String>>>;

/// A sink that records its calls.
#[derive(Debug, Default)]
pub struct Recorder {
    pub name: &'static str,
    pub calls: Calls,
    pub prepare: Behaviour,
    pub store: Behaviour,
    /// The behaviour of `keep_response`, `discard` and `give_up`.
    pub rest: Behaviour,
    pub keeps: bool,
}

impl Recorder {
    fn run<T: Send + 'static>(&self, step: &str, does: Behaviour, value: T) -> BoxFuture<'static, Result<T, BoxError>> {
        self.calls.lock().unwrap().push(format!("{}{step}", self.name));
        assert!(does != Behaviour::Panics, "canary");
        Box::pin(async move {
            tokio::task::yield_now().await;
            assert!(does != Behaviour::PanicsLater, "canary");
            if does == Behaviour::Fails { Err("the vault is sealed".into()) } else { Ok(value) }
        })
    }
}

impl SecretSink for Recorder {
    fn prepare<'a>(&'a self, _: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        self.run("prepare", self.prepare, ())
    }

    fn store<'a>(&'a self, created: &'a CreatedWebhook) -> BoxFuture<'a, Result<(), BoxError>> {
        assert!(!created.secret.expose_secret().is_empty());
        self.run("store", self.store, ())
    }

    fn discard<'a>(&'a self, _: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        self.run("discard", self.rest, ())
    }

    fn keep_response<'a>(
        &'a self,
        attempt: &'a Attempt,
        body: &'a [u8],
    ) -> BoxFuture<'a, Result<Option<String>, BoxError>> {
        let known = (attempt.status.map(|status| status.as_u16()), attempt.id.as_ref().map(|id| id.as_str()));
        let step = format!("keep_response {known:?} {}", String::from_utf8_lossy(body));
        self.run(&step, self.rest, self.keeps.then(|| format!("{}vault", self.name)))
    }

    fn give_up<'a>(&'a self, attempt: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        let known = (attempt.status.map(|status| status.as_u16()), attempt.id.as_ref().map(|id| id.as_str()));
        self.run(&format!("give_up {known:?}"), self.rest, ())
    }
}

/// Makes one create with a sink, and returns the outcome and the secrets of the endpoints that the portal then holds.
pub async fn create(
    sink: impl SecretSink + 'static,
    fault: Option<Fault>,
) -> (Result<CreatedWebhook, CreateError>, Vec<String>) {
    let sandbox = Sandbox::start().await.unwrap();
    fault.into_iter().for_each(|fault| sandbox.inject(fault));
    let client = Client::builder().base_url(sandbox.base_url()).access_token(sandbox.access_token());
    let client = client.retry(RetryPolicy::none()).build().unwrap();
    let create = client.webhooks().create("https://your-app.com/webhooks", ["reference.submitted"]);
    let outcome = create.store_secret_in(sink).send().await;
    let secrets = sandbox.endpoints().iter().map(|endpoint| endpoint.expose_secret().to_owned()).collect();
    (outcome, secrets)
}
