//! The moments at which a call can be dropped, and a sink, a token provider and a portal that stop there.

use std::sync::{Arc, Condvar, Mutex};

use hb_portal::{AccessToken, Attempt, BoxError, BoxFuture, CreatedWebhook, SecretFile, SecretSink, TokenProvider};
use tokio::sync::{oneshot, watch};

/// A moment of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// The sink is about to prepare.
    Preparing,
    /// The sink has prepared, but not returned.
    Prepared,
    /// The provider is asked for a token.
    Token,
    /// The portal has minted a token, but not responded.
    Minting,
    /// The provider is asked for another token.
    Refreshing,
    /// The portal has created the endpoint, but not responded.
    Created,
    /// The sink has received the secret.
    Storing,
    /// The sink has stored the secret, but not returned.
    Stored,
}

/// The moment at which a call is to be dropped. A call that reaches it waits until it is dropped.
#[derive(Debug, Clone)]
pub(crate) struct Stop(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    at: Option<Moment>,
    reached: watch::Sender<bool>,
    dropped: watch::Sender<bool>,
    /// The same, for the portal's thread, which may block.
    dropped_blocking: (Mutex<bool>, Condvar),
}

impl Stop {
    pub(crate) fn new(at: Option<Moment>) -> Self {
        let (reached, dropped) = (watch::Sender::new(false), watch::Sender::new(false));
        Self(Arc::new(Inner { at, reached, dropped, dropped_blocking: Default::default() }))
    }

    /// Resolves at the moment.
    pub(crate) async fn reached(&self) {
        self.0.reached.subscribe().wait_for(|reached| *reached).await.unwrap();
    }

    pub(crate) fn was_reached(&self) -> bool {
        *self.0.reached.borrow()
    }

    /// Signals that the call was dropped.
    pub(crate) fn dropped(&self) {
        self.0.dropped.send_replace(true);
        *self.0.dropped_blocking.0.lock().unwrap() = true;
        self.0.dropped_blocking.1.notify_all();
    }

    /// Passes a moment. This is an await even if the call does not stop here.
    async fn pass(&self, moment: Moment) {
        if self.0.at == Some(moment) {
            self.0.reached.send_replace(true);
            self.0.dropped.subscribe().wait_for(|dropped| *dropped).await.unwrap();
        } else {
            tokio::task::yield_now().await;
        }
    }

    /// Passes a moment on a thread that may block.
    pub(crate) fn pass_blocking(&self, moment: Moment) {
        if self.0.at == Some(moment) {
            self.0.reached.send_replace(true);
            let dropped = self.0.dropped_blocking.0.lock().unwrap();
            drop(self.0.dropped_blocking.1.wait_while(dropped, |dropped| !*dropped).unwrap());
        }
    }
}

/// A file that notes its calls, and signals when it is dropped.
pub(crate) struct Watched {
    pub(crate) stop: Stop,
    pub(crate) file: SecretFile,
    pub(crate) fails_to_store: bool,
    pub(crate) notes: Arc<Mutex<Vec<&'static str>>>,
    /// Dropped with the sink, which is dropped with the call or the task that finishes it.
    pub(crate) _dropped: oneshot::Sender<()>,
}

impl Watched {
    fn note(&self, what: &'static str) {
        self.notes.lock().unwrap().push(what);
    }
}

impl SecretSink for Watched {
    fn prepare<'a>(&'a self, attempt: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async {
            self.stop.pass(Moment::Preparing).await;
            self.file.prepare(attempt).await?;
            self.note("prepared");
            self.stop.pass(Moment::Prepared).await;
            Ok(())
        })
    }

    fn store<'a>(&'a self, created: &'a CreatedWebhook) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async {
            self.stop.pass(Moment::Storing).await;
            if self.fails_to_store {
                // Like most sinks, it has read the secret by then.
                return Err(format!("no room for {} bytes", created.secret.expose_secret().len()).into());
            }
            self.file.store(created).await?;
            self.note("stored");
            self.stop.pass(Moment::Stored).await;
            Ok(())
        })
    }

    fn discard<'a>(&'a self, attempt: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async {
            self.file.discard(attempt).await?;
            self.note("discarded");
            Ok(())
        })
    }
}

/// A provider of two tokens. The portal may refuse the first one.
pub(crate) struct Provider {
    pub(crate) stop: Stop,
    pub(crate) first: AccessToken,
    pub(crate) second: AccessToken,
}

impl TokenProvider for Provider {
    fn token(&self) -> BoxFuture<'_, Result<AccessToken, BoxError>> {
        Box::pin(async {
            self.stop.pass(Moment::Token).await;
            Ok(self.first.clone())
        })
    }

    fn refresh<'a>(&'a self, _: &'a AccessToken) -> BoxFuture<'a, Result<Option<AccessToken>, BoxError>> {
        Box::pin(async {
            self.stop.pass(Moment::Refreshing).await;
            Ok(Some(self.second.clone()))
        })
    }
}
