//! The sink of a create: the user's choice, and if that fails, a new file in the state folder.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hb_portal::{Attempt, BoxError, BoxFuture, CreatedWebhook, EndpointId, SecretFile, SecretSink};

use crate::state;

/// The state of the secret so far, which is known even if nothing waits for the create.
#[derive(Debug, Clone, Default)]
pub(super) enum Kept {
    /// Nothing was sent yet.
    #[default]
    NotBegun,
    /// The request may be on its way.
    Waiting(Attempt),
    /// The portal holds nothing new.
    Nothing,
    /// The secret is where it should be.
    Stored(Option<EndpointId>),
    /// The secret is in the last resort, and why it is not where it should be.
    InLastResort(Option<EndpointId>, String),
    /// An endpoint exists or may exist, and its secret is stored nowhere, at least not yet.
    Lost(Option<EndpointId>),
}

impl Kept {
    /// The current step of the create.
    pub(super) fn step(&self) -> &'static str {
        match self {
            Self::NotBegun => "making sure that the secret can be stored",
            Self::Waiting(_) | Self::Nothing => "waiting for the portal",
            Self::Stored(_) | Self::InLastResort(..) | Self::Lost(_) => "storing the secret",
        }
    }
}

/// The chosen sink and the last resort. Both are prepared before anything is sent; if either cannot store, nothing is.
pub(super) struct Keeper {
    chosen: Box<dyn SecretSink>,
    last: SecretFile,
    kept: Arc<Mutex<Kept>>,
}

impl Keeper {
    pub(super) fn new(chosen: Box<dyn SecretSink>, last: SecretFile) -> Self {
        Self { chosen, last, kept: Arc::default() }
    }

    /// Reads the state of the secret, also after the create has ended.
    pub(super) fn kept(&self) -> impl Fn() -> Kept + use<> {
        let kept = Arc::clone(&self.kept);
        move || lock(&kept).clone()
    }

    fn set(&self, kept: Kept) {
        *lock(&self.kept) = kept;
    }

    /// Discards `sink` after the other one stored the secret. A failure is ignored, because it leaves only the attempt's name.
    async fn discard_unneeded(&self, sink: &dyn SecretSink, attempt: Option<&Attempt>) {
        if let Some(attempt) = attempt {
            let _ = sink.discard(attempt).await;
        }
    }
}

fn lock(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    // Ignores poisoning: no critical section can leave the value half-updated.
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

impl SecretSink for Keeper {
    fn prepare<'a>(&'a self, attempt: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move {
            self.chosen.prepare(attempt).await?;
            let last = match state::create_folder_of(self.last.path()) {
                Ok(()) => self.last.prepare(attempt).await,
                Err(error) => Err(error.into()),
            };
            match last {
                Ok(()) => self.set(Kept::Waiting(attempt.clone())),
                Err(_) => self.chosen.discard(attempt).await?,
            }
            last
        })
    }

    fn store<'a>(&'a self, created: &'a CreatedWebhook) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move {
            let id = created.endpoint.id.clone();
            let attempt = match std::mem::replace(&mut *lock(&self.kept), Kept::Lost(id.clone())) {
                Kept::Waiting(attempt) => Some(attempt),
                _ => None,
            };
            let Err(why) = self.chosen.store(created).await else {
                self.set(Kept::Stored(id));
                self.discard_unneeded(&self.last, attempt.as_ref()).await;
                return Ok(());
            };
            match self.last.store(created).await {
                Ok(()) => {
                    self.set(Kept::InLastResort(id, why.to_string()));
                    self.discard_unneeded(&*self.chosen, attempt.as_ref()).await;
                    Ok(())
                }
                Err(error) => Err(format!("{why}; then the last resort failed: {error}").into()),
            }
        })
    }

    fn discard<'a>(&'a self, attempt: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move {
            self.set(Kept::Nothing);
            self.chosen.discard(attempt).await.and(self.last.discard(attempt).await)
        })
    }

    fn keep_response<'a>(
        &'a self,
        attempt: &'a Attempt,
        body: &'a [u8],
    ) -> BoxFuture<'a, Result<Option<String>, BoxError>> {
        Box::pin(async move {
            match self.chosen.keep_response(attempt, body).await {
                Ok(Some(place)) => Ok(Some(place)),
                _ => self.last.keep_response(attempt, body).await,
            }
        })
    }

    fn give_up<'a>(&'a self, attempt: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move {
            self.set(Kept::Lost(attempt.id.clone()));
            self.chosen.give_up(attempt).await.and(self.last.give_up(attempt).await)
        })
    }
}
