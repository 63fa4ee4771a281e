//! A sink whose `prepare` outlasts the deadline is finished and undone in the background.

use std::{sync::Arc, time::Duration};

use hb_portal::{
    Attempt, BoxError, BoxFuture, Client, CreateError, CreatedWebhook, Liveness, NotSentReason, SecretFile, SecretSink,
};
use hb_portal_sandbox::Sandbox;
use tokio::{sync::Semaphore, time};

/// A file whose `prepare` ends when the test allows it.
struct Slow {
    file: SecretFile,
    ready: Arc<Semaphore>,
}

impl SecretSink for Slow {
    fn prepare<'a>(&'a self, attempt: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async {
            self.file.prepare(attempt).await?;
            self.ready.acquire().await?.forget();
            Ok(())
        })
    }

    fn store<'a>(&'a self, created: &'a CreatedWebhook) -> BoxFuture<'a, Result<(), BoxError>> {
        self.file.store(created)
    }

    fn discard<'a>(&'a self, attempt: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        self.file.discard(attempt)
    }
}

/// While a file is prepared, tokio's clock does not advance.
#[tokio::test(start_paused = true)]
async fn until_it_is_undone_the_next_attempt_sees_a_running_one_and_drain_waits() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::builder().base_url(sandbox.base_url()).access_token(sandbox.access_token()).build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = SecretFile::new(folder.path().join("secret"));
    let create = || client.webhooks().create("https://your-app.com/webhooks", ["reference.submitted"]);

    let ready = Arc::new(Semaphore::new(0));
    let slow = Slow { file: file.clone(), ready: Arc::clone(&ready) };
    let outcome = create().store_secret_in(slow).deadline(Duration::from_millis(300)).send().await;
    let Err(CreateError::NotSent(error)) = outcome else { panic!("{outcome:?}") };
    assert_eq!(error.reason(), NotSentReason::Deadline);

    assert_eq!(file.unfinished().unwrap().unwrap().liveness, Liveness::Live);
    assert!(file.acknowledge().unwrap_err().to_string().contains("has been running since"));
    let outcome = create().store_secret_in(file.clone()).send().await;
    let Err(CreateError::NotSent(error)) = outcome else { panic!("{outcome:?}") };
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains(&format!("in process {}: wait", std::process::id())), "{cause}");
    assert!(time::timeout(Duration::from_millis(100), client.drain()).await.is_err(), "it drained too early");

    ready.add_permits(1);
    client.drain().await;
    assert_eq!(file.unfinished().unwrap(), None);
    assert!(sandbox.requests().is_empty(), "something was sent");
    time::resume();
    drop(create().store_secret_in(file.clone()).send().await.unwrap());
    assert!(file.load().unwrap().is_some());
}

/// Once the sink has prepared, it is discarded, and the request is never sent.
#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_while_its_sink_prepares_sends_nothing_and_drain_waits() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::builder().base_url(sandbox.base_url()).access_token(sandbox.access_token()).build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = SecretFile::new(folder.path().join("secret"));
    let ready = Arc::new(Semaphore::new(0));
    let slow = Slow { file: file.clone(), ready: Arc::clone(&ready) };
    let call = client.webhooks().create("https://your-app.com/webhooks", ["reference.submitted"]).store_secret_in(slow);
    assert!(time::timeout(Duration::from_millis(200), call.send()).await.is_err());
    assert!(time::timeout(Duration::from_millis(100), client.drain()).await.is_err(), "it drained too early");
    ready.add_permits(1);
    client.drain().await;
    assert!(sandbox.requests().is_empty() && file.unfinished().unwrap().is_none());
}
