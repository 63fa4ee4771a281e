//! The place where a signing secret is stored as soon as it arrives.

mod attempt;
mod caught;
mod forward;

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

pub(crate) use attempt::nonce;
pub use attempt::{Attempt, Liveness};
pub(crate) use caught::caught;

use crate::{
    boxed::{BoxError, BoxFuture},
    created::CreatedWebhook,
};

/// A place to store a signing secret: a secret store, a file ([`SecretFile`](crate::SecretFile)), a command
/// ([`SecretCommand`](crate::SecretCommand)).
///
/// A call with a sink runs `prepare` before it sends anything. Then exactly one of these ends the attempt:
///
/// | method | when |
/// |---|---|
/// | [`store`](Self::store), which returns `Ok` | the secret is stored |
/// | [`discard`](Self::discard) | this sink is not needed: nothing was created, or another sink stored the secret |
/// | [`give_up`](Self::give_up) | an endpoint exists or may exist, and its secret is not stored |
///
/// A panic in a sink is treated as a failure. Under `panic = "abort"`, however, the process ends, and the secret of an endpoint
/// that was just created is lost.
///
/// `Box<dyn SecretSink>` and `Arc<S>` are sinks too. A sink that several calls share must tell their attempts apart by
/// [`Attempt::nonce`].
///
/// ```
/// use hb_portal::{Attempt, BoxError, BoxFuture, CreatedWebhook, SecretSink};
///
/// # mod vault {
/// #     pub async fn ping() -> Result<(), std::io::Error> { Ok(()) }
/// #     pub async fn put(_: &str, _: &str) -> Result<(), std::io::Error> { Ok(()) }
/// # }
/// struct Vault;
///
/// impl SecretSink for Vault {
///     fn prepare<'a>(&'a self, _: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
///         Box::pin(async { Ok(vault::ping().await?) })
///     }
///
///     fn store<'a>(&'a self, created: &'a CreatedWebhook) -> BoxFuture<'a, Result<(), BoxError>> {
///         Box::pin(async { Ok(vault::put("hb-portal-webhook", created.secret.expose_secret()).await?) })
///     }
/// }
/// ```
pub trait SecretSink: Send + Sync {
    /// Makes sure that a secret can be stored now. Nothing has been sent yet.
    ///
    /// It counts towards the call's deadline. If the deadline passes first, a background task lets `prepare` finish, and then
    /// undoes it with [`discard`](Self::discard).
    ///
    /// # Errors
    ///
    /// A secret cannot be stored: nothing is sent, and the call returns [`CreateError::NotSent`](crate::CreateError::NotSent),
    /// whose source is this error. The error should name the fix.
    fn prepare<'a>(&'a self, attempt: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>>;

    /// Stores the secret. Once it returns `Ok`, the secret must outlive the process.
    ///
    /// # Errors
    ///
    /// The secret is not stored: the call returns [`CreateError::NotStored`](crate::CreateError::NotStored), which holds it.
    fn store<'a>(&'a self, created: &'a CreatedWebhook) -> BoxFuture<'a, Result<(), BoxError>>;

    /// Undoes what [`prepare`](Self::prepare) did. By default there is nothing to undo.
    ///
    /// # Errors
    ///
    /// It could not be undone. The error is logged as a warning.
    fn discard<'a>(&'a self, attempt: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        let _ = attempt;
        Box::pin(async { Ok(()) })
    }

    /// Keeps the body of a successful response in which no secret was found, and describes where, for an error message.
    ///
    /// The body may hold the secret in an unforeseen form. By default nothing is kept.
    ///
    /// # Errors
    ///
    /// It could not be kept. The error is logged as a warning.
    fn keep_response<'a>(
        &'a self,
        attempt: &'a Attempt,
        body: &'a [u8],
    ) -> BoxFuture<'a, Result<Option<String>, BoxError>> {
        let _ = (attempt, body);
        Box::pin(async { Ok(None) })
    }

    /// Records that the attempt is over, that an endpoint exists or may exist, and that its secret is not stored.
    ///
    /// `attempt` has the status and the id as far as they are known. By default nothing is recorded.
    ///
    /// # Errors
    ///
    /// It could not be recorded. The error is logged as a warning.
    fn give_up<'a>(&'a self, attempt: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        let _ = attempt;
        Box::pin(async { Ok(()) })
    }

    /// Combines this sink with `other`, which is used if this one fails.
    ///
    /// Both are prepared. If only one succeeds, the call proceeds with that one, and the other's error is logged as a warning.
    /// This sink stores the secret if it can; otherwise `other` does. The sink that does not have the secret is discarded, even
    /// if it tried to store it. A body that [`keep_response`](Self::keep_response) should keep is offered in the same order.
    ///
    /// Do not use one combination for several calls at the same time.
    ///
    /// ```
    /// use hb_portal::{SecretCommand, SecretFile, SecretSink as _};
    ///
    /// let sink = SecretCommand::new("pass", ["insert", "--multiline", "hb-portal-webhook"])
    ///     .or(SecretFile::new("hb-portal-webhook-secret"));
    /// ```
    fn or<S: SecretSink>(self, other: S) -> Or<Self, S>
    where
        Self: Sized,
    {
        Or { first: self, second: other, prepared: Mutex::new(None) }
    }
}

/// Two sinks, the second of which is used if the first fails. Returned by [`SecretSink::or`].
pub struct Or<A, B> {
    first: A,
    second: B,
    prepared: Mutex<Option<Prepared>>,
}

/// The sinks that can store the secret of an attempt.
#[derive(Clone)]
struct Prepared {
    attempt: Attempt,
    first: bool,
    second: bool,
}

impl<A, B> Or<A, B> {
    fn prepared(&self) -> MutexGuard<'_, Option<Prepared>> {
        // Ignores poisoning: no critical section can leave the value half-updated.
        self.prepared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<A: SecretSink, B: SecretSink> Or<A, B> {
    /// The sinks that are prepared, in order.
    fn sinks(&self) -> Vec<&dyn SecretSink> {
        let prepared = self.prepared();
        let is_prepared = |of: fn(&Prepared) -> bool| prepared.as_ref().is_some_and(of);
        let first = is_prepared(|prepared| prepared.first).then_some(&self.first as &dyn SecretSink);
        let second = is_prepared(|prepared| prepared.second).then_some(&self.second as &dyn SecretSink);
        first.into_iter().chain(second).collect()
    }
}

impl<A: SecretSink, B: SecretSink> SecretSink for Or<A, B> {
    fn prepare<'a>(&'a self, attempt: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move {
            let first = caught(|| self.first.prepare(attempt)).await;
            let second = caught(|| self.second.prepare(attempt)).await;
            let prepared = Prepared { attempt: attempt.clone(), first: first.is_ok(), second: second.is_ok() };
            match (first, second) {
                (Err(first), Err(second)) => Err(NeitherError { first, second }.into()),
                (first, second) => {
                    warn_if_failed("prepare", first);
                    warn_if_failed("prepare", second);
                    *self.prepared() = Some(prepared);
                    Ok(())
                }
            }
        })
    }

    fn store<'a>(&'a self, created: &'a CreatedWebhook) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move {
            let attempt = self.prepared().as_ref().map(|prepared| prepared.attempt.clone());
            let (sinks, mut failed) = (self.sinks(), None);
            for (index, sink) in sinks.iter().enumerate() {
                let Err(error) = caught(|| sink.store(created)).await else {
                    for (other, unneeded) in sinks.iter().enumerate() {
                        if let Some(attempt) = attempt.as_ref().filter(|_| other != index) {
                            warn_if_failed("discard", caught(|| unneeded.discard(attempt)).await);
                        }
                    }
                    return Ok(());
                };
                failed = Some(match failed {
                    Some(first) => NeitherError { first, second: error }.into(),
                    None => error,
                });
            }
            Err(failed.unwrap_or_else(|| "neither sink was prepared".into()))
        })
    }

    fn discard<'a>(&'a self, attempt: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move {
            for sink in self.sinks() {
                warn_if_failed("discard", caught(|| sink.discard(attempt)).await);
            }
            Ok(())
        })
    }

    fn keep_response<'a>(
        &'a self,
        attempt: &'a Attempt,
        body: &'a [u8],
    ) -> BoxFuture<'a, Result<Option<String>, BoxError>> {
        Box::pin(async move {
            for sink in self.sinks() {
                let kept =
                    warn_if_failed("keep_response", caught(|| sink.keep_response(attempt, body)).await).flatten();
                if kept.is_some() {
                    return Ok(kept);
                }
            }
            Ok(None)
        })
    }

    fn give_up<'a>(&'a self, attempt: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move {
            for sink in self.sinks() {
                warn_if_failed("give_up", caught(|| sink.give_up(attempt)).await);
            }
            Ok(())
        })
    }
}

impl<A: fmt::Debug, B: fmt::Debug> fmt::Debug for Or<A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Or").field("first", &self.first).field("second", &self.second).finish_non_exhaustive()
    }
}

/// Logs the error of a step that does not decide the outcome of the call.
pub(crate) fn warn_if_failed<T>(step: &'static str, outcome: Result<T, BoxError>) -> Option<T> {
    outcome
        .inspect_err(|error| {
            let error = &**error as &dyn std::error::Error;
            tracing::warn!(step, error, "a sink for signing secrets failed");
        })
        .ok()
}

/// Both sinks failed.
#[derive(Debug)]
struct NeitherError {
    first: BoxError,
    second: BoxError,
}

impl fmt::Display for NeitherError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "first choice: {}; second choice: {}", self.first, self.second)
    }
}

impl std::error::Error for NeitherError {}
