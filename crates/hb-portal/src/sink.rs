//! Where a signing secret goes the moment it is there.

use chrono::{DateTime, Utc};

use crate::{BoxError, BoxFuture, CreatedWebhook, EventType};

/// A place for a signing secret, asked before the request is sent and told after: a secret store, a file
/// ([`SecretFile`](crate::SecretFile)), another process.
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
    /// Makes sure that a secret could be stored now. Nothing has been sent yet.
    ///
    /// # Errors
    ///
    /// It could not. Then nothing is sent, and the call ends in [`CreateError::NotSent`](crate::CreateError::NotSent).
    fn prepare<'a>(&'a self, attempt: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>>;

    /// Stores the secret. When it returns `Ok`, the secret must outlive the process.
    ///
    /// # Errors
    ///
    /// It could not be stored. The call ends in [`CreateError::NotStored`](crate::CreateError::NotStored), which holds the
    /// secret.
    fn store<'a>(&'a self, created: &'a CreatedWebhook) -> BoxFuture<'a, Result<(), BoxError>>;

    /// Takes back what [`prepare`](Self::prepare) did: it is certain that this attempt created nothing. By default there
    /// is nothing to take back.
    ///
    /// # Errors
    ///
    /// It could not be taken back, which is logged as a warning.
    fn discard<'a>(&'a self, attempt: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        let _ = attempt;
        Box::pin(async { Ok(()) })
    }
}

/// A create that is about to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// The URL of the endpoint that may come to be.
    pub url: String,
    /// The events it is to be called for.
    pub events: Vec<EventType>,
    /// When the attempt began.
    pub started_at: DateTime<Utc>,
}
